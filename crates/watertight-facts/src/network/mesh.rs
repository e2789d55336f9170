//! What one object says about a service mesh: Istio's and Linkerd's.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{Body, GroupKind, Identity};
use watertight_netpol::Selector;
use watertight_syntax::{Limits, Path, Value, yaml};

use super::policy::Problem;

/// Istio's rule for what a workload takes.
pub const PEER_AUTHENTICATION: GroupKind =
    GroupKind { group: "security.istio.io", kind: "PeerAuthentication" };
/// A port that Linkerd decides about.
pub const LINKERD_SERVER: GroupKind = GroupKind { group: "policy.linkerd.io", kind: "Server" };
/// Holds the configuration of meshes, among other things.
pub const CONFIG_MAP: GroupKind = GroupKind::core("ConfigMap");

/// What a workload of Istio takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mtls {
    /// Plain text only.
    Disable,
    /// Plain text and mutual TLS.
    Permissive,
    /// Mutual TLS only.
    Strict,
}

impl Mtls {
    /// The name in `mode`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disable => "DISABLE",
            Self::Permissive => "PERMISSIVE",
            Self::Strict => "STRICT",
        }
    }

    /// The mode that a `mtls` block sets; unset is what the wider scope says.
    fn of(block: Option<Value<'_>>) -> Option<Self> {
        let name = block?.get("mode")?.as_str()?;
        [Self::Disable, Self::Permissive, Self::Strict].into_iter().find(|mode| mode.name() == name)
    }
}

/// A PeerAuthentication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerAuthentication {
    /// The labels of the workloads that it is for; none means all of its scope.
    pub selector: Selector,
    /// What it sets; `None` leaves it to the wider scope.
    pub mode: Option<Mtls>,
    /// What it sets for single ports of the workload.
    pub ports: BTreeMap<i64, Option<Mtls>>,
    /// When it was created, as the API server writes it; empty for what was not.
    pub created: String,
}

/// A Server of Linkerd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkerdServer {
    /// The pods that it is for.
    pub selector: Selector,
    /// The name or number of the port.
    pub port: String,
    /// Whether it lets through what no policy allows.
    pub open: bool,
}

/// What a ConfigMap says about a mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MeshConfig {
    /// Istio's: the namespace whose policies hold for the whole mesh.
    Istio {
        /// Its name, when it is said.
        root_namespace: Option<String>,
    },
    /// Linkerd's: what proxies let in unless told otherwise.
    Linkerd {
        /// `proxy.defaultInboundPolicy`, when it is said.
        default_inbound_policy: Option<String>,
    },
}

impl PeerAuthentication {
    pub(super) fn of(root: Value<'_>) -> Self {
        let spec = root.get("spec");
        let labels = spec.and_then(|spec| spec.get("selector")).and_then(|own| own.get("matchLabels"));
        let labels = labels.into_iter().flat_map(Value::entries);
        let labels = labels.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned())));
        let ports = spec.and_then(|spec| spec.get("portLevelMtls")).into_iter().flat_map(Value::entries);
        let created = root.get("metadata").and_then(|metadata| metadata.get("creationTimestamp"));
        Self {
            selector: Selector::of_map(&labels.collect()),
            mode: Mtls::of(spec.and_then(|spec| spec.get("mtls"))),
            ports: ports
                .filter_map(|(port, block)| Some((port.parse().ok()?, Mtls::of(Some(block)))))
                .collect(),
            created: created.and_then(Value::as_str).unwrap_or_default().to_owned(),
        }
    }
}

impl LinkerdServer {
    pub(super) fn of(body: &Body<'_>) -> (Self, Vec<Problem>) {
        let root = body.root();
        let at = Path::root().at("spec.podSelector");
        // A Server without one is for external workloads.
        let for_pods = root.at(&at).is_some_and(|selector| !selector.is_null());
        let (selector, left_out) = super::read::<LabelSelector>(body, &at);
        let text = |key: &str| {
            let value = root.get("spec")?.get(key)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
        };
        let port = if for_pods { text("port").unwrap_or_default() } else { String::new() };
        let open = text("accessPolicy").is_some_and(|policy| is_unauthenticated(&policy));
        (Self { selector: Selector::of(&selector), port, open }, left_out)
    }
}

/// Whether a default inbound policy of Linkerd lets clients in that are not in the mesh.
#[must_use]
pub fn is_unauthenticated(policy: &str) -> bool {
    matches!(policy, "all-unauthenticated" | "cluster-unauthenticated" | "audit")
}

impl MeshConfig {
    /// Whether a ConfigMap of this name holds the configuration of a mesh.
    pub(super) fn is(identity: &Identity) -> bool {
        let name = &*identity.name;
        CONFIG_MAP.is(identity) && (name == "linkerd-config" || name == "istio" || name.starts_with("istio-"))
    }

    pub(super) fn of(identity: &Identity, root: Value<'_>) -> Option<Self> {
        let data = root.get("data")?;
        let text = |key: &str| data.get(key)?.as_str();
        if &*identity.name == "linkerd-config" {
            let read = |value: Value<'_>| {
                value.get("proxy")?.get("defaultInboundPolicy")?.as_str().map(str::to_owned)
            };
            return Some(Self::Linkerd { default_inbound_policy: inner(text("values")?, read) });
        }
        let read = |value: Value<'_>| value.get("rootNamespace")?.as_str().map(str::to_owned);
        Some(Self::Istio { root_namespace: inner(text("mesh")?, read) })
    }
}

/// Something of a document that is a text of another.
fn inner<T>(text: &str, read: impl Fn(Value<'_>) -> Option<T>) -> Option<T> {
    let text: Arc<str> = text.into();
    yaml::parse(&text, &Limits::default()).into_iter().find_map(|parsed| match parsed.document {
        Ok(Some(document)) => read(document.root()),
        Ok(None) | Err(_) => None,
    })
}
