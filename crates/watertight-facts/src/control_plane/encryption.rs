//! `EncryptionConfiguration` of `apiserver.config.k8s.io`, as the API server reads it
//! (`k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go`).

use watertight_model::{Identity, Object};
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

    /// The rule that decides about a resource of an API group (`""` for the core group).
    #[must_use]
    pub fn deciding(&self, resource: &str, group: &str) -> Option<&ResourceRule> {
        self.rules.iter().find(|rule| rule.resources.iter().any(|pattern| covers(pattern, resource, group)))
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
        let keys = value.and_then(|value| value.get("keys"));
        let at = path.key(name.unwrap_or_default().to_owned()).key("keys");
        let has_secret = |key: Value<'_>| {
            key.get("secret").and_then(Value::as_str).is_some_and(|secret| !is_placeholder(secret))
        };
        let keys = keys.into_iter().flat_map(Value::items).enumerate();
        let keys = keys.filter(|(_, key)| has_secret(*key));
        Self { kind, keys: keys.map(|(index, _)| at.index(index).key("secret")).collect(), path }
    }
}

/// Whether an object is an EncryptionConfiguration. `EncryptionConfig` of `v1` is what it was called once.
pub(super) fn is_encryption(identity: &Identity) -> bool {
    match &*identity.kind {
        "EncryptionConfiguration" => &*identity.group == "apiserver.config.k8s.io",
        "EncryptionConfig" => identity.group.is_empty(),
        _ => false,
    }
}

/// Whether a text only stands for a key: a template, a variable, a hint.
fn is_placeholder(secret: &str) -> bool {
    secret.is_empty() || secret.contains(['<', '>', '$', '{', '}', ' '])
}

/// Whether a pattern of `resources` is for a resource (`schema.ParseGroupResource`, and the wildcards
/// of `getTransformerOverridesAndKMSPluginProbes`).
fn covers(pattern: &str, resource: &str, group: &str) -> bool {
    match pattern.split_once('.') {
        None => pattern == resource && group.is_empty(),
        Some(("*", "*")) => true,
        Some(("*", own)) => own == group,
        Some((own, of)) => own == resource && of == group,
    }
}
