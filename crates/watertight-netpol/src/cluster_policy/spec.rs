//! The fields as they are written.

use serde::Deserialize;

use crate::reading::{Rest, Wanted};

/// The `spec` of an AdminNetworkPolicy or BaselineAdminNetworkPolicy (`policy.networking.k8s.io/v1alpha1`) or of a
/// ClusterNetworkPolicy (`policy.networking.k8s.io/v1alpha2`). A field that another of these kinds has, is to this
/// one as any that nobody knows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Spec {
    pub(super) tier: Option<String>,
    pub(super) priority: Option<i64>,
    pub(super) subject: Option<Subject>,
    pub(super) ingress: Option<Vec<Rule>>,
    pub(super) egress: Option<Vec<Rule>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    pub(super) namespaces: Option<Wanted>,
    pub(super) pods: Option<NamespacedPod>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NamespacedPod {
    pub(super) namespace_selector: Option<Wanted>,
    pub(super) pod_selector: Option<Wanted>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    pub(super) name: Option<String>,
    pub(super) action: Option<String>,
    pub(super) from: Option<Vec<Peer>>,
    pub(super) to: Option<Vec<Peer>>,
    pub(super) ports: Option<Vec<AdminPort>>,
    pub(super) protocols: Option<Vec<ClusterProtocol>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Peer {
    pub(super) namespaces: Option<Wanted>,
    pub(super) pods: Option<NamespacedPod>,
    pub(super) nodes: Option<Wanted>,
    pub(super) networks: Option<Vec<String>>,
    pub(super) domain_names: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// An entry of `ports` (v1alpha1).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AdminPort {
    pub(super) port_number: Option<PortNumber>,
    pub(super) port_range: Option<PortRange>,
    pub(super) named_port: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PortNumber {
    pub(super) protocol: Option<String>,
    pub(super) port: Option<i64>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// Both versions have it; the protocol is that of v1alpha1 only.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PortRange {
    pub(super) protocol: Option<String>,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// An entry of `protocols` (v1alpha2).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ClusterProtocol {
    pub(super) tcp: Option<Transport>,
    pub(super) udp: Option<Transport>,
    pub(super) sctp: Option<Transport>,
    pub(super) destination_named_port: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Transport {
    pub(super) destination_port: Option<DestinationPort>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct DestinationPort {
    pub(super) number: Option<i64>,
    pub(super) range: Option<PortRange>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}
