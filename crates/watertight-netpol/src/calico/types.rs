//! Calico's objects as they are written (`api/pkg/apis/projectcalico/v3/*.go`).
//!
//! Every struct keeps the names of fields that it does not know in `rest`, so that none is passed over in silence.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::de::{Deserialize, Deserializer, IgnoredAny};

/// The fields that are not known.
pub type Rest = BTreeMap<String, IgnoredAny>;

/// `null` is the same as nothing, as in Go.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// `spec` of a NetworkPolicy or a GlobalNetworkPolicy. Some fields are of the latter only.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The name of its tier; empty for `default`.
    #[serde(default, deserialize_with = "or_default")]
    pub tier: String,
    /// When it is asked in its tier; last without a number.
    pub order: Option<f64>,
    /// The rules for connections to the endpoints.
    #[serde(default, deserialize_with = "or_default")]
    pub ingress: Vec<Rule>,
    /// The rules for connections from the endpoints.
    #[serde(default, deserialize_with = "or_default")]
    pub egress: Vec<Rule>,
    /// The endpoints that it is about.
    #[serde(default, deserialize_with = "or_default")]
    pub selector: String,
    /// The directions that it governs.
    #[serde(default, deserialize_with = "or_default")]
    pub types: Vec<String>,
    /// Whether it is asked before connections are tracked.
    #[serde(default, deserialize_with = "or_default")]
    pub do_not_track: bool,
    /// Whether it is asked before the address of a service is replaced.
    #[serde(default, deserialize_with = "or_default", rename = "preDNAT")]
    pub pre_dnat: bool,
    /// Whether host endpoints ask it of what they forward.
    #[serde(default, deserialize_with = "or_default")]
    pub apply_on_forward: bool,
    /// The service accounts that the endpoints run as.
    #[serde(default, deserialize_with = "or_default")]
    pub service_account_selector: String,
    /// The namespaces of the endpoints.
    #[serde(default, deserialize_with = "or_default")]
    pub namespace_selector: String,
    /// Hints that never change what is allowed.
    pub performance_hints: Option<IgnoredAny>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A rule.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// What it does: `Allow`, `Deny`, `Log` or `Pass`.
    #[serde(default, deserialize_with = "or_default")]
    pub action: String,
    /// 4 or 6.
    pub ip_version: Option<i64>,
    /// The protocol.
    pub protocol: Option<IntOrString>,
    /// The protocol that it is not.
    pub not_protocol: Option<IntOrString>,
    /// The kind of ICMP packet.
    pub icmp: Option<Icmp>,
    /// The kind of ICMP packet that it is not.
    #[serde(rename = "notICMP")]
    pub not_icmp: Option<Icmp>,
    /// Where connections come from.
    #[serde(default, deserialize_with = "or_default")]
    pub source: Entity,
    /// Where they go to.
    #[serde(default, deserialize_with = "or_default")]
    pub destination: Entity,
    /// What HTTP requests look like.
    pub http: Option<IgnoredAny>,
    /// Notes.
    pub metadata: Option<IgnoredAny>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A type and a code of ICMP.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
pub struct Icmp {
    /// The type.
    #[serde(rename = "type")]
    pub kind: Option<i64>,
    /// The code.
    pub code: Option<i64>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One end of connections.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entity {
    /// Blocks of addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub nets: Vec<String>,
    /// Blocks that the address is not in.
    #[serde(default, deserialize_with = "or_default")]
    pub not_nets: Vec<String>,
    /// Labels.
    #[serde(default, deserialize_with = "or_default")]
    pub selector: String,
    /// Labels that it does not have.
    #[serde(default, deserialize_with = "or_default")]
    pub not_selector: String,
    /// Labels of the namespace.
    #[serde(default, deserialize_with = "or_default")]
    pub namespace_selector: String,
    /// A service.
    pub services: Option<ServiceMatch>,
    /// Ports.
    #[serde(default, deserialize_with = "or_default")]
    pub ports: Vec<IntOrString>,
    /// Ports that it is not.
    #[serde(default, deserialize_with = "or_default")]
    pub not_ports: Vec<IntOrString>,
    /// Service accounts.
    pub service_accounts: Option<ServiceAccountMatch>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// A service by its name.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
pub struct ServiceMatch {
    /// The name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The namespace; empty for that of the policy.
    #[serde(default, deserialize_with = "or_default")]
    pub namespace: String,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Service accounts by names and labels.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
pub struct ServiceAccountMatch {
    /// The names; none for all.
    #[serde(default, deserialize_with = "or_default")]
    pub names: Vec<String>,
    /// The labels.
    #[serde(default, deserialize_with = "or_default")]
    pub selector: String,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `spec` of a Tier.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TierSpec {
    /// When it is asked; last without a number.
    pub order: Option<f64>,
    /// What happens to connections that no rule of it decides: `Deny`, unless it is `Pass`.
    pub default_action: Option<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `spec` of a Profile.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSpec {
    /// The rules for connections to the endpoints.
    #[serde(default, deserialize_with = "or_default")]
    pub ingress: Vec<Rule>,
    /// The rules for connections from the endpoints.
    #[serde(default, deserialize_with = "or_default")]
    pub egress: Vec<Rule>,
    /// Labels that the endpoints get.
    #[serde(default, deserialize_with = "or_default")]
    pub labels_to_apply: BTreeMap<String, String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}

/// `spec` of a NetworkSet or a GlobalNetworkSet.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
pub struct NetworkSetSpec {
    /// Its blocks and addresses.
    #[serde(default, deserialize_with = "or_default")]
    pub nets: Vec<String>,
    /// Other fields.
    #[serde(flatten)]
    pub rest: Rest,
}
