//! Admission plugins: which are on by default, and `AdmissionConfiguration`.

use serde::Deserialize;
use watertight_model::{GroupKind, Identity, KubernetesVersion, Object};
use watertight_podsecurity::Configuration;
use watertight_syntax::{Path, Value};

/// Plugins that are on when nobody names them, each since the minor version
/// (`DefaultOffAdmissionPlugins`, `pkg/kubeapiserver/options/plugins.go`). Those that only default or
/// keep order are left out: nothing is said of them.
const ON_BY_DEFAULT: &[(&str, u16)] = &[
    ("CertificateApproval", 18),
    ("CertificateSigning", 18),
    ("CertificateSubjectRestriction", 18),
    ("ClusterTrustBundleAttest", 27),
    ("LimitRanger", 0),
    ("MutatingAdmissionWebhook", 0),
    ("NamespaceLifecycle", 0),
    ("PodSecurity", 23),
    ("ResourceQuota", 0),
    ("ServiceAccount", 0),
    ("ValidatingAdmissionPolicy", 26),
    ("ValidatingAdmissionWebhook", 0),
];

/// The plugins that a version has on when nobody names them, those that guard something.
pub fn plugins_on_by_default(target: KubernetesVersion) -> impl Iterator<Item = &'static str> {
    ON_BY_DEFAULT.iter().filter(move |(_, since)| *since <= target.minor).map(|(name, _)| *name)
}

/// The file of the plugin `PodSecurity`.
pub const POD_SECURITY_CONFIGURATION: GroupKind =
    GroupKind { group: "pod-security.admission.config.k8s.io", kind: "PodSecurityConfiguration" };

/// What an object says of the plugin `PodSecurity`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PodSecurityFile {
    /// Its configuration, and where it stands.
    Read(Path, Configuration),
    /// A configuration with which the API server does not start: where it stands, and why.
    Refused(Path, String),
    /// An AdmissionConfiguration that names a file.
    Elsewhere,
}

impl PodSecurityFile {
    /// The configuration that an object is or holds; `None` for an object that is neither a
    /// PodSecurityConfiguration nor an AdmissionConfiguration with the plugin.
    #[must_use]
    pub fn of(object: &Object) -> Option<Self> {
        let identity = object.identity();
        let is_own = POD_SECURITY_CONFIGURATION.is(identity);
        if !is_own && !is_admission(identity) {
            return None;
        }
        let body = object.body().ok()?;
        if is_own {
            return Some(Self::read(body.root(), Path::root()));
        }
        let list = Path::root().key("plugins");
        let plugins = body.root().get("plugins").into_iter().flat_map(Value::items);
        let named = |plugin: Value<'_>| plugin.get("name").and_then(Value::as_str) == Some("PodSecurity");
        let (index, plugin) = plugins.enumerate().find(|(_, plugin)| named(*plugin))?;
        match plugin.get("configuration").filter(|configuration| !configuration.is_null()) {
            Some(configuration) => Some(Self::read(configuration, list.index(index).key("configuration"))),
            None => Some(Self::Elsewhere),
        }
    }

    fn read(value: Value<'_>, at: Path) -> Self {
        match Configuration::deserialize(value.to_json()) {
            Ok(configuration) => Self::Read(at, configuration),
            Err(error) => Self::Refused(at, error.to_string()),
        }
    }
}

/// Whether an object is an AdmissionConfiguration.
pub(super) fn is_admission(identity: &Identity) -> bool {
    &*identity.kind == "AdmissionConfiguration"
        && matches!(&*identity.group, "apiserver.config.k8s.io" | "apiserver.k8s.io")
}
