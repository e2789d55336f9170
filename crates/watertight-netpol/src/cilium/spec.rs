//! The fields as they are written.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::reading::{Rest, Wanted};

/// The `spec` and the `specs` of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy (`cilium.io/v2`): both may be
/// there. Can be read from the whole object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Specs {
    pub(super) spec: Option<Spec>,
    pub(super) specs: Option<Vec<Spec>>,
}

/// The `spec` of a CiliumCIDRGroup (`cilium.io/v2` and `cilium.io/v2alpha1`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CidrGroupSpec {
    #[serde(rename = "externalCIDRs")]
    pub(super) external_cidrs: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// One of the specs of a policy (`Rule`, `pkg/policy/api/rule.go`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec {
    pub(super) endpoint_selector: Option<Wanted>,
    pub(super) node_selector: Option<Wanted>,
    pub(super) ingress: Option<Vec<IngressRule>>,
    pub(super) ingress_deny: Option<Vec<IngressRule>>,
    pub(super) egress: Option<Vec<EgressRule>>,
    pub(super) egress_deny: Option<Vec<EgressRule>>,
    pub(super) enable_default_deny: Option<DefaultDeny>,
    // These say nothing of connections.
    #[serde(rename = "labels")]
    _labels: Option<IgnoredAny>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "log")]
    _log: Option<IgnoredAny>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct DefaultDeny {
    pub(super) ingress: Option<bool>,
    pub(super) egress: Option<bool>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// `IngressRule` and `IngressDenyRule` (`pkg/policy/api/ingress.go`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct IngressRule {
    pub(super) from_endpoints: Option<Vec<Wanted>>,
    pub(super) from_requires: Option<Vec<Wanted>>,
    pub(super) from_entities: Option<Vec<String>>,
    #[serde(rename = "fromCIDR")]
    pub(super) from_cidr: Option<Vec<String>>,
    #[serde(rename = "fromCIDRSet")]
    pub(super) from_cidr_set: Option<Vec<CidrRule>>,
    pub(super) from_nodes: Option<Vec<Wanted>>,
    pub(super) from_groups: Option<Vec<IgnoredAny>>,
    pub(super) to_ports: Option<Vec<PortRule>>,
    pub(super) icmps: Option<Vec<IcmpRule>>,
    pub(super) authentication: Option<Authentication>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// `EgressRule` and `EgressDenyRule` (`pkg/policy/api/egress.go`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct EgressRule {
    pub(super) to_endpoints: Option<Vec<Wanted>>,
    pub(super) to_requires: Option<Vec<Wanted>>,
    pub(super) to_entities: Option<Vec<String>>,
    #[serde(rename = "toCIDR")]
    pub(super) to_cidr: Option<Vec<String>>,
    #[serde(rename = "toCIDRSet")]
    pub(super) to_cidr_set: Option<Vec<CidrRule>>,
    pub(super) to_nodes: Option<Vec<Wanted>>,
    pub(super) to_groups: Option<Vec<IgnoredAny>>,
    pub(super) to_services: Option<Vec<Service>>,
    #[serde(rename = "toFQDNs")]
    pub(super) to_fqdns: Option<Vec<DomainName>>,
    pub(super) to_ports: Option<Vec<PortRule>>,
    pub(super) icmps: Option<Vec<IcmpRule>>,
    pub(super) authentication: Option<Authentication>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// A rule of either direction.
#[derive(Clone, Copy, Default)]
pub(super) struct Written<'a> {
    pub(super) endpoints: Option<&'a [Wanted]>,
    pub(super) requires: Option<&'a [Wanted]>,
    pub(super) entities: Option<&'a [String]>,
    pub(super) cidr: Option<&'a [String]>,
    pub(super) cidr_set: Option<&'a [CidrRule]>,
    pub(super) nodes: Option<&'a [Wanted]>,
    pub(super) groups: Option<&'a [IgnoredAny]>,
    pub(super) services: Option<&'a [Service]>,
    pub(super) fqdns: Option<&'a [DomainName]>,
    pub(super) ports: Option<&'a [PortRule]>,
    pub(super) icmps: Option<&'a [IcmpRule]>,
    pub(super) authentication: Option<&'a Authentication>,
    pub(super) rest: Option<&'a Rest>,
}

impl IngressRule {
    pub(super) fn written(&self) -> Written<'_> {
        Written {
            endpoints: self.from_endpoints.as_deref(),
            requires: self.from_requires.as_deref(),
            entities: self.from_entities.as_deref(),
            cidr: self.from_cidr.as_deref(),
            cidr_set: self.from_cidr_set.as_deref(),
            nodes: self.from_nodes.as_deref(),
            groups: self.from_groups.as_deref(),
            services: None,
            fqdns: None,
            ports: self.to_ports.as_deref(),
            icmps: self.icmps.as_deref(),
            authentication: self.authentication.as_ref(),
            rest: Some(&self.rest),
        }
    }
}

impl EgressRule {
    pub(super) fn written(&self) -> Written<'_> {
        Written {
            endpoints: self.to_endpoints.as_deref(),
            requires: self.to_requires.as_deref(),
            entities: self.to_entities.as_deref(),
            cidr: self.to_cidr.as_deref(),
            cidr_set: self.to_cidr_set.as_deref(),
            nodes: self.to_nodes.as_deref(),
            groups: self.to_groups.as_deref(),
            services: self.to_services.as_deref(),
            fqdns: self.to_fqdns.as_deref(),
            ports: self.to_ports.as_deref(),
            icmps: self.icmps.as_deref(),
            authentication: self.authentication.as_ref(),
            rest: Some(&self.rest),
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CidrRule {
    pub(super) cidr: Option<String>,
    pub(super) cidr_group_ref: Option<String>,
    pub(super) cidr_group_selector: Option<Wanted>,
    pub(super) except: Option<Vec<String>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Service {
    #[serde(rename = "k8sService")]
    pub(super) k8s_service: Option<ServiceName>,
    #[serde(rename = "k8sServiceSelector")]
    pub(super) k8s_service_selector: Option<ServiceLabels>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ServiceName {
    pub(super) service_name: Option<String>,
    pub(super) namespace: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServiceLabels {
    pub(super) selector: Option<Wanted>,
    pub(super) namespace: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// `FQDNSelector` and `PortRuleDNS` (`pkg/policy/api/fqdn.go`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DomainName {
    pub(super) match_name: Option<String>,
    pub(super) match_pattern: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// `PortRule` and `PortDenyRule`, which has `ports` only (`pkg/policy/api/l4.go`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PortRule {
    pub(super) ports: Option<Vec<Port>>,
    pub(super) rules: Option<Layer7>,
    #[serde(rename = "serverNames")]
    pub(super) server_names: Option<Vec<IgnoredAny>>,
    pub(super) listener: Option<IgnoredAny>,
    #[serde(rename = "terminatingTLS")]
    pub(super) terminating_tls: Option<IgnoredAny>,
    #[serde(rename = "originatingTLS")]
    pub(super) originating_tls: Option<IgnoredAny>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Port {
    pub(super) port: Option<IntOrString>,
    pub(super) end_port: Option<i64>,
    pub(super) protocol: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Layer7 {
    pub(super) http: Option<IgnoredAny>,
    pub(super) kafka: Option<IgnoredAny>,
    pub(super) dns: Option<Vec<DomainName>>,
    pub(super) l7proto: Option<IgnoredAny>,
    pub(super) l7: Option<IgnoredAny>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct IcmpRule {
    pub(super) fields: Option<Vec<IcmpField>>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct IcmpField {
    pub(super) family: Option<String>,
    pub(super) r#type: Option<IntOrString>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Authentication {
    pub(super) mode: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}
