//! What a kubeconfig says: which clusters, who logs in and how. A pure function of one object.
//!
//! Credentials were replaced by words when the file was read (`watertight-model/src/kubeconfig.rs`); what the
//! words tell is read here. Upstream: `k8s.io/client-go/tools/clientcmd/api/v1/types.go`. Start reading at
//! [`Kubeconfig::of`].

use watertight_model::{
    BlankedToken, Date, Gap, GroupKind, Object, ObjectId, kept_certificate, kept_server, kept_type,
};
use watertight_syntax::{Kind, Path, Value};
use x509_cert::Certificate as X509;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;

use crate::{ObjectFacts, View};

/// The kind of a kubeconfig. No API has it.
pub const KUBECONFIG: GroupKind = GroupKind::core("Config");

/// A kubeconfig, as far as it can be judged.
#[derive(Debug, Clone, Default)]
pub struct Kubeconfig {
    /// Its clusters, in order.
    pub clusters: Vec<Cluster>,
    /// Its users, in order.
    pub users: Vec<User>,
    /// What cannot be read: where, and why.
    pub faults: Vec<(Path, String)>,
}

/// A cluster: where it is, and how its server proves who it is.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its name within the file.
    pub name: String,
    /// The path of its settings.
    pub path: Path,
    /// Scheme and host, without user, password and path.
    pub server: String,
    /// Whether any server is believed.
    pub skips_verification: bool,
}

/// A user: how somebody logs in. What is empty in the file is absent.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// Its name within the file.
    pub name: String,
    /// The path of its settings.
    pub path: Path,
    /// The client certificate in the file.
    pub certificate: Option<Certificate>,
    /// Whether the certificate's private key is in the file too.
    pub has_key: bool,
    /// The token in the file.
    pub token: Option<BlankedToken>,
    /// Whether a password is in the file.
    pub has_password: bool,
    /// The fields of an authentication provider that keep a token: `refresh-token` and the like.
    pub provider_tokens: Vec<String>,
}

/// Who a client certificate says its owner is. Upstream: `CommonNameUserConversion` in
/// `k8s.io/apiserver/pkg/authentication/request/x509/x509.go`: the common name is the user, each organization
/// a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The user.
    pub user: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The first day that it holds.
    pub from: Date,
    /// The last day that it holds.
    pub until: Date,
}

impl Certificate {
    /// Reads a certificate in DER form.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_der(der: &[u8]) -> Result<Self, String> {
        // RFC 5280, appendix A.1: id-at-commonName, id-at-organizationName.
        const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
        const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
        let certificate = X509::from_der(der).map_err(|_| "its bytes are no X.509 certificate".to_owned())?;
        let certificate = certificate.tbs_certificate();
        let (mut users, mut groups) = (Vec::new(), Vec::new());
        for attribute in
            certificate.subject().iter_rdn().flat_map(x509_cert::name::RelativeDistinguishedName::iter)
        {
            // Whatever kind of text it is, its bytes are the name; control characters are no name.
            let text = String::from_utf8_lossy(attribute.value.value());
            let text: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            match attribute.oid {
                COMMON_NAME => users.push(text),
                ORGANIZATION => groups.push(text),
                _ => {}
            }
        }
        let day = |time: &x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            Date::from_days(seconds.div_euclid(86_400))
        };
        let validity = certificate.validity();
        Ok(Self {
            // Go keeps the last of several.
            user: users.pop().unwrap_or_default(),
            groups,
            from: day(&validity.not_before),
            until: day(&validity.not_after),
        })
    }

    /// How many days it holds.
    #[must_use]
    pub fn days(&self) -> i64 {
        self.until.days() - self.from.days()
    }

    /// Whether it holds no more on a day.
    #[must_use]
    pub fn is_over(&self, today: Option<Date>) -> bool {
        today.is_some_and(|today| self.until < today)
    }
}

impl<'w> View<'w> {
    /// What an object says, when it is a kubeconfig.
    #[must_use]
    pub fn kubeconfig(self, id: ObjectId) -> Option<&'w Kubeconfig> {
        match self.facts(id) {
            ObjectFacts::Kubeconfig(kubeconfig) => Some(kubeconfig),
            _ => None,
        }
    }
}

impl Kubeconfig {
    /// What the body of a kubeconfig says.
    #[must_use]
    pub fn of(root: Value<'_>) -> Self {
        let mut read = Self::default();
        for (index, name, settings) in read.named(root, "clusters", "cluster") {
            let path = Path::root().at("clusters").index(index).key("cluster");
            read.cluster(name, path, settings);
        }
        for (index, name, settings) in read.named(root, "users", "user") {
            let path = Path::root().at("users").index(index).key("user");
            read.user(name, path, settings);
        }
        read
    }

    /// What cannot be read of it.
    pub(crate) fn gaps(&self, object: &Object) -> impl Iterator<Item = Gap> {
        self.faults.iter().map(|(path, why)| Gap::in_object(object, path, why))
    }

    /// The items of a list of named settings.
    fn named<'a>(
        &mut self,
        root: Value<'a>,
        list: &'static str,
        inner: &'static str,
    ) -> Vec<(usize, String, Value<'a>)> {
        let Some(items) = root.get(list).filter(|items| !items.is_null()) else { return Vec::new() };
        if items.kind() != Kind::List {
            self.faults.push((Path::root().at(list), format!("is {}, not a list", described(items))));
        }
        let mut named = Vec::new();
        for (index, item) in items.items().enumerate() {
            let path = Path::root().at(list).index(index);
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            match item.get(inner) {
                _ if item.kind() != Kind::Map => {
                    self.faults.push((path, format!("is {}, not a map", described(item))));
                }
                Some(settings) if settings.kind() == Kind::Map => named.push((index, name, settings)),
                Some(settings) if !settings.is_null() => {
                    let why = format!("is {}, not a map", described(settings));
                    self.faults.push((path.key(inner), why));
                }
                _ => {}
            }
        }
        named
    }

    /// A text; what is something else is a fault, as kubectl refuses the file.
    fn text<'a>(&mut self, path: &Path, settings: Value<'a>, key: &'static str) -> &'a str {
        let Some(value) = settings.get(key).filter(|value| !value.is_null()) else { return "" };
        match kept_type(value) {
            None => value.as_str().unwrap_or_default(),
            Some(other) => {
                self.faults.push((path.key(key), format!("is {other}, not text")));
                ""
            }
        }
    }

    fn cluster(&mut self, name: String, path: Path, settings: Value<'_>) {
        const SKIPS: &str = "insecure-skip-tls-verify";
        let server = kept_server(self.text(&path, settings, "server")).unwrap_or_default().to_owned();
        let skips = settings.get(SKIPS).filter(|value| !value.is_null());
        if let Some(value) = skips.filter(|value| value.as_bool().is_none()) {
            self.faults.push((path.key(SKIPS), format!("is {}, not a boolean", described(value))));
        }
        let skips_verification = skips.and_then(Value::as_bool).unwrap_or(false);
        self.clusters.push(Cluster { name, path, server, skips_verification });
    }

    fn user(&mut self, name: String, path: Path, settings: Value<'_>) {
        let word = self.text(&path, settings, "client-certificate-data");
        let certificate = kept_certificate(word).map(|der| der.and_then(|der| Certificate::of_der(&der)));
        let certificate = match certificate {
            Some(Err(why)) => {
                self.faults.push((path.key("client-certificate-data"), why));
                None
            }
            Some(Ok(certificate)) => Some(certificate),
            None => None,
        };
        // An embedded certificate overrides the file; of tokens, the file wins (`AuthInfo` in
        // `k8s.io/client-go/tools/clientcmd/api/types.go`).
        let is_there = |key| settings.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let certificate_file = is_there("client-certificate") && !is_there("client-certificate-data");
        for (file, there) in [("client-certificate", certificate_file), ("tokenFile", is_there("tokenFile"))]
        {
            if there {
                let why = "names a file, which is not read: who logs in with it is not judged";
                self.faults.push((path.key(file), why.to_owned()));
            }
        }
        let has_key = !self.text(&path, settings, "client-key-data").is_empty();
        let token = BlankedToken::of(self.text(&path, settings, "token"));
        let has_password = !self.text(&path, settings, "password").is_empty();
        let provider = settings.get("auth-provider").and_then(|provider| provider.get("config"));
        let is_token = |key: &str| key.ends_with("token");
        let kept = provider.into_iter().flat_map(Value::entries);
        let kept =
            kept.filter(|(key, value)| is_token(key) && value.as_str().is_some_and(|text| !text.is_empty()));
        let provider_tokens = kept.map(|(key, _)| key.to_owned()).collect();
        self.users.push(User { name, path, certificate, has_key, token, has_password, provider_tokens });
    }
}

/// The type of a value before it was blanked.
fn described(value: Value<'_>) -> &'static str {
    kept_type(value).unwrap_or(Kind::String.described())
}
