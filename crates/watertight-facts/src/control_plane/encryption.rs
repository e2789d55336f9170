//! `EncryptionConfiguration` of `apiserver.config.k8s.io`, as the API server reads it
//! (`k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go`).

use watertight_model::{Identity, KeptKey, Object};
use watertight_syntax::{Path, Value};

/// An EncryptionConfiguration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Its rules in order; the first that covers a resource decides.
    pub rules: Vec<ResourceRule>,
}

/// One item of `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRule {
    /// Its place.
    pub path: Path,
    /// The resources that it is for: `secrets`, `pandas.example.com`, `*.apps`, `*.`, `*.*`.
    pub resources: Vec<String>,
    /// Its providers in order: the first encrypts, all decrypt.
    pub providers: Vec<Provider>,
}

/// How something is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// What it is.
    pub kind: ProviderKind,
    /// Its place.
    pub path: Path,
    /// The places of keys that stand in the file.
    pub keys: Vec<Path>,
    /// Why the API server does not start with it: where, and what is wrong.
    faults: Vec<(Path, String)>,
}

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// Nothing is encrypted.
    Identity,
    /// AES-GCM with keys in the file and a random nonce of 96 bits: safe only while keys change.
    AesGcm,
    /// AES-CBC with keys in the file and no check that the text is as it was.
    AesCbc,
    /// XSalsa20 and Poly1305 with keys in the file.
    Secretbox,
    /// A key management service, the first form of its protocol.
    KmsV1,
    /// A key management service.
    KmsV2,
    /// A provider that Kubernetes does not have.
    Unknown,
}

impl ProviderKind {
    /// The key under which it stands.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::AesGcm => "aesgcm",
            Self::AesCbc => "aescbc",
            Self::Secretbox => "secretbox",
            Self::KmsV1 | Self::KmsV2 => "kms",
            Self::Unknown => "unknown",
        }
    }
}

impl Encryption {
    /// The configuration that an object is; `None` for another kind.
    #[must_use]
    pub fn of(object: &Object) -> Option<Self> {
        let body = is_encryption(object.identity()).then(|| object.body().ok())??;
        let list = Path::root().key("resources");
        let rules = body.root().get("resources").into_iter().flat_map(Value::items).enumerate();
        Some(Self { rules: rules.map(|(index, rule)| ResourceRule::of(rule, list.index(index))).collect() })
    }

    /// The rule that decides about a resource of an API group (`""` for the core group): the first that names it,
    /// else the first for all of its group, else the first for everything (`transformerFromOverrides`).
    #[must_use]
    pub fn deciding(&self, resource: &str, group: &str) -> Option<&ResourceRule> {
        let first = |named: (&str, &str)| {
            self.rules.iter().find(|rule| rule.resources.iter().any(|pattern| parts(pattern) == named))
        };
        first((resource, group)).or_else(|| first(("*", group))).or_else(|| first(("*", "*")))
    }

    /// Why the API server does not start with it, or goes on with what it had: where, and what is wrong
    /// (`ValidateEncryptionConfiguration`, `k8s.io/apiserver/pkg/apis/apiserver/validation`; masked resources:
    /// `getTransformerOverridesAndKMSPluginProbes`).
    #[must_use]
    pub fn refusals(&self) -> Vec<(Path, String)> {
        let mut all = Vec::new();
        if self.rules.is_empty() {
            all.push((Path::root().key("resources"), "there is no rule".to_owned()));
        }
        let mut before: Vec<(&str, &str)> = Vec::new();
        for rule in &self.rules {
            for (key, count) in [("resources", rule.resources.len()), ("providers", rule.providers.len())] {
                if count == 0 {
                    all.push((rule.path.key(key), format!("the rule has no `{key}`")));
                }
            }
            for (index, pattern) in rule.resources.iter().enumerate() {
                let named = parts(pattern);
                if let Some(why) = refused(pattern, named, &rule.resources[..index], &before) {
                    all.push((rule.path.key("resources").index(index), why));
                }
            }
            before.extend(rule.resources.iter().map(|pattern| parts(pattern)));
            all.extend(rule.providers.iter().flat_map(|provider| provider.faults.iter().cloned()));
        }
        all
    }
}

impl ResourceRule {
    fn of(rule: Value<'_>, path: Path) -> Self {
        let resources = rule.get("resources").into_iter().flat_map(Value::items);
        let list = path.key("providers");
        let providers = rule.get("providers").into_iter().flat_map(Value::items).enumerate();
        Self {
            resources: resources.filter_map(Value::as_str).map(str::to_owned).collect(),
            providers: providers.map(|(index, provider)| Provider::of(provider, list.index(index))).collect(),
            path,
        }
    }

    /// The provider that encrypts what is written.
    #[must_use]
    pub fn writer(&self) -> Option<&Provider> {
        self.providers.first()
    }
}

impl Provider {
    fn of(provider: Value<'_>, path: Path) -> Self {
        let known = provider.entries().filter(|(name, _)| PROVIDERS.contains(name)).count();
        let (name, value) = provider.entries().next().unzip();
        let kind = match name {
            Some("identity") => ProviderKind::Identity,
            Some("aesgcm") => ProviderKind::AesGcm,
            Some("aescbc") => ProviderKind::AesCbc,
            Some("secretbox") => ProviderKind::Secretbox,
            // An API version that is not given is `v1` (`SetDefaults_KMSConfiguration`, v1/defaults.go).
            Some("kms") => match value.and_then(|kms| kms.get("apiVersion")).and_then(Value::as_str) {
                Some("v2") => ProviderKind::KmsV2,
                _ => ProviderKind::KmsV1,
            },
            _ => ProviderKind::Unknown,
        };
        let inner = path.key(name.unwrap_or_default().to_owned());
        let mut faults = Vec::new();
        if known != 1 {
            faults.push((
                path.clone(),
                format!("it has {known} of the kinds of providers, and has to have one"),
            ));
        }
        let listed = value.and_then(|value| value.get("keys"));
        let at = inner.key("keys");
        let sizes: &[usize] = match kind {
            ProviderKind::AesGcm | ProviderKind::AesCbc => &[16, 24, 32],
            ProviderKind::Secretbox => &[32],
            _ => &[],
        };
        let mut keys = Vec::new();
        for (index, key) in listed.into_iter().flat_map(Value::items).enumerate() {
            let place = at.index(index).key("secret");
            match KeptKey::of(key.get("secret").and_then(Value::as_str)) {
                KeptKey::Placeholder => continue,
                KeptKey::Absent => faults.push((place, "the key is empty".to_owned())),
                KeptKey::Malformed => {
                    faults.push((place.clone(), "the key is not base64".to_owned()));
                    keys.push(place);
                }
                KeptKey::Bytes(count) => {
                    if !sizes.contains(&count) {
                        faults.push((
                            place.clone(),
                            format!("the key has {count} bytes, which is no size of one"),
                        ));
                    }
                    keys.push(place);
                }
            }
        }
        if !sizes.is_empty() && listed.is_none_or(|listed| listed.items().len() == 0) {
            faults.push((at, "there is no key".to_owned()));
        }
        if let Some(kms) = value.filter(|_| matches!(kind, ProviderKind::KmsV1 | ProviderKind::KmsV2)) {
            faults.extend(kms_faults(kms, &inner));
        }
        Self { kind, keys, path, faults }
    }
}

const PROVIDERS: &[&str] = &["aescbc", "aesgcm", "identity", "kms", "secretbox"];

fn kms_faults(kms: Value<'_>, at: &Path) -> Vec<(Path, String)> {
    let mut faults = Vec::new();
    let text = |key: &str| kms.get(key).and_then(Value::as_str);
    if text("name").unwrap_or_default().is_empty() {
        faults.push((at.key("name"), "a key management service needs a name".to_owned()));
    }
    if !text("endpoint").unwrap_or_default().starts_with("unix://") {
        faults.push((at.key("endpoint"), "the endpoint is no socket (`unix:///…`)".to_owned()));
    }
    if text("apiVersion").is_some_and(|version| !matches!(version, "v1" | "v2")) {
        faults.push((at.key("apiVersion"), "the protocol has to be `v1` or `v2`".to_owned()));
    }
    faults
}

/// Why an item of `resources` is refused, given those before it in its list and in earlier rules.
fn refused(pattern: &str, named: (&str, &str), listed: &[String], before: &[(&str, &str)]) -> Option<String> {
    let (resource, group) = named;
    if pattern.contains(|letter: char| letter.is_ascii_uppercase()) {
        return Some("a resource has a capital letter".to_owned());
    }
    match (pattern, resource, group) {
        ("*", ..) => return Some("`*` names nothing: `*.` is the core group and `*.*` is all".to_owned()),
        (_, _, "events.k8s.io" | "extensions") => {
            return Some(format!("`{group}` is stored under another group"));
        }
        (_, _, "*") if resource != "*" => {
            return Some("one resource of all groups cannot be named".to_owned());
        }
        _ => {}
    }
    let listed: Vec<(&str, &str)> = listed.iter().map(|pattern| parts(pattern)).collect();
    if listed.contains(&named) {
        return Some("it is in the list twice".to_owned());
    }
    let covers =
        |one: (&str, &str), other: (&str, &str)| one == ("*", "*") || (one.0 == "*" && one.1 == other.1);
    if listed.iter().any(|&other| covers(other, named) || covers(named, other)) {
        return Some("it overlaps with another of the list".to_owned());
    }
    before.iter().any(|&other| covers(other, named)).then(|| "an earlier rule is for it already".to_owned())
}

/// Whether an object is an EncryptionConfiguration. `EncryptionConfig` of `v1` is what it was called once.
pub(super) fn is_encryption(identity: &Identity) -> bool {
    match &*identity.kind {
        "EncryptionConfiguration" => &*identity.group == "apiserver.config.k8s.io",
        "EncryptionConfig" => identity.group.is_empty(),
        _ => false,
    }
}

/// Resource and group of an item of `resources` (`schema.ParseGroupResource`).
fn parts(pattern: &str) -> (&str, &str) {
    pattern.split_once('.').unwrap_or((pattern, ""))
}
