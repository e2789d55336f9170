//! Admission plugins: which are on by default, and `AdmissionConfiguration`.

use watertight_model::{Identity, KubernetesVersion};
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

/// An AdmissionConfiguration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The configured plugins in order.
    pub plugins: Vec<AdmissionPlugin>,
}

/// The configuration of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionPlugin {
    /// Its name.
    pub name: String,
    /// Where the configuration is: the embedded one, or the whole item when it is in a file.
    pub path: Path,
    /// Whether the configuration is in the object.
    pub is_embedded: bool,
}

impl Admission {
    /// The configuration that an object is; `None` for another kind.
    #[must_use]
    pub fn of(identity: &Identity, root: Value<'_>) -> Option<Self> {
        if &*identity.kind != "AdmissionConfiguration"
            || !matches!(&*identity.group, "apiserver.config.k8s.io" | "apiserver.k8s.io")
        {
            return None;
        }
        let list = Path::root().key("plugins");
        let plugins = root.get("plugins").into_iter().flat_map(Value::items).enumerate();
        let plugin = |(index, plugin): (usize, Value<'_>)| {
            let embedded = plugin.get("configuration").filter(|configuration| !configuration.is_null());
            let at = list.index(index);
            AdmissionPlugin {
                name: plugin.get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
                path: if embedded.is_some() { at.key("configuration") } else { at },
                is_embedded: embedded.is_some(),
            }
        };
        Some(Self { plugins: plugins.map(plugin).collect() })
    }
}
