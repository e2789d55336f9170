//! What a kubeconfig says: which clusters, who logs in and how. A pure function of one object.
//!
//! Credentials were replaced by words when the file was read (`watertight-model/src/kubeconfig.rs`); what the
//! words tell is read here. Upstream: `k8s.io/client-go/tools/clientcmd/api/v1/types.go`. Start reading at
//! [`Kubeconfig::of`].

use watertight_credentials::Content;
use watertight_model::{
    BlankedToken, Date, Gap, GroupKind, Object, ObjectId, content_before, kept_certificate, kept_file,
    kept_proxy_password, kept_server, kept_type,
};
use watertight_syntax::{Kind, Path, Value};
use x509_cert::Certificate as X509;
use x509_cert::der::Decode;
use x509_cert::der::asn1::{ObjectIdentifier, Uint};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

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
    /// Whether the address of its proxy holds a password.
    pub has_proxy_password: bool,
}

/// A user: how somebody logs in. What is empty in the file is absent.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// Its name within the file.
    pub name: String,
    /// The path of its settings.
    pub path: Path,
    /// The client certificate, and the field that holds it or names its file.
    pub certificate: Option<Certificate>,
    /// The field of the certificate.
    pub certificate_field: &'static str,
    /// Whether the certificate's private key is in the file too.
    pub has_key: bool,
    /// The token, in the file or in one that it names.
    pub token: Option<BlankedToken>,
    /// The field of the token.
    pub token_field: &'static str,
    /// Variables of a plugin whose value is a credential: name and place.
    pub plugin_secrets: Vec<(String, Path)>,
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
    /// How large its key is, in bits, when it is one of RSA. Others (elliptic curves, Ed25519) have one size that
    /// is large enough.
    pub rsa_bits: Option<usize>,
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
            rsa_bits: rsa_bits(certificate.subject_public_key_info()),
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
        let has_proxy_password = kept_proxy_password(self.text(&path, settings, "proxy-url"));
        self.clusters.push(Cluster { name, path, server, skips_verification, has_proxy_password });
    }

    fn user(&mut self, name: String, path: Path, settings: Value<'_>) {
        let (certificate_field, word) = self.credential(&path, settings, CERTIFICATE);
        let certificate = kept_certificate(word).map(|der| der.and_then(|der| Certificate::of_der(&der)));
        let certificate = match certificate {
            Some(Err(why)) => {
                self.faults.push((path.key(certificate_field), why));
                None
            }
            Some(Ok(certificate)) => Some(certificate),
            None => None,
        };
        let (token_field, word) = self.credential(&path, settings, TOKEN);
        let token = BlankedToken::of(word);
        let has_key = !self.text(&path, settings, "client-key-data").is_empty()
            || kept_file(self.text(&path, settings, "client-key")).1.is_some();
        let has_password = !self.text(&path, settings, "password").is_empty();
        let provider = settings.get("auth-provider").and_then(|provider| provider.get("config"));
        let is_token = |key: &str| key.ends_with("token");
        let kept = provider.into_iter().flat_map(Value::entries);
        let kept =
            kept.filter(|(key, value)| is_token(key) && value.as_str().is_some_and(|text| !text.is_empty()));
        let provider_tokens = kept.map(|(key, _)| key.to_owned()).collect();
        let plugin_secrets = plugin_secrets(settings, &path);
        self.users.push(User {
            name,
            path,
            certificate,
            certificate_field,
            has_key,
            token,
            token_field,
            plugin_secrets,
            has_password,
            provider_tokens,
        });
    }

    /// The field that is in force of two that give one thing, and the word for what it gives: empty for nothing.
    /// A file that was not read is a fault.
    fn credential<'a>(
        &mut self,
        path: &Path,
        settings: Value<'a>,
        (first, second): (&'static str, &'static str),
    ) -> (&'static str, &'a str) {
        let (one, other) = (self.text(path, settings, first), self.text(path, settings, second));
        let (field, word) = if one.is_empty() && !other.is_empty() { (second, other) } else { (first, one) };
        if !NAMING_FILES.contains(&field) || word.is_empty() {
            return (field, word);
        }
        match kept_file(word) {
            (_, Some(content)) => (field, content),
            // The kubelet puts it there and changes it.
            (file, None) if file.starts_with(IN_POD) => (field, ""),
            (_, None) => {
                self.faults.push((path.key(field), NOT_READ.to_owned()));
                (field, "")
            }
        }
    }
}

/// What is in force of each two: an embedded certificate rather than a file, a file rather than a token that is
/// written (`AuthInfo`, `k8s.io/client-go/tools/clientcmd/api/types.go`).
const CERTIFICATE: (&str, &str) = ("client-certificate-data", "client-certificate");
const TOKEN: (&str, &str) = ("tokenFile", "token");
const NAMING_FILES: [&str; 2] = ["client-certificate", "tokenFile"];

/// Where a pod finds what the kubelet lets it log in with.
const IN_POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount/";

const NOT_READ: &str = "names a file that is not below the folders that are scanned, so that who logs in with it is \
     not judged: scan a folder that holds both";

/// The size of the modulus of a key, when it is one of RSA (RFC 8017, appendix A.1.1: a sequence of two numbers).
fn rsa_bits(key: &SubjectPublicKeyInfoOwned) -> Option<usize> {
    const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
    let key = Some(key).filter(|key| key.algorithm.oid == RSA)?;
    let numbers = Vec::<Uint>::from_der(key.subject_public_key.as_bytes()?).ok()?;
    let bytes = numbers.first()?.as_bytes();
    let zeros = usize::try_from(bytes.first()?.leading_zeros()).ok()?;
    (bytes.len() * 8).checked_sub(zeros)
}

/// The variables of a plugin whose value is a credential.
fn plugin_secrets(user: Value<'_>, path: &Path) -> Vec<(String, Path)> {
    let at = path.key("exec").key("env");
    let listed = user.get("exec").and_then(|exec| exec.get("env")).into_iter().flat_map(Value::items);
    let secret = |(index, variable): (usize, Value<'_>)| {
        let value = variable.get("value").filter(|value| content_before(*value) == Content::Secret)?;
        let name = variable.get("name").and_then(Value::as_str).unwrap_or_default();
        (!value.is_null()).then(|| (name.to_owned(), at.index(index).key("value")))
    };
    listed.enumerate().filter_map(secret).collect()
}

/// The type of a value before it was blanked.
fn described(value: Value<'_>) -> &'static str {
    kept_type(value).unwrap_or(Kind::String.described())
}
