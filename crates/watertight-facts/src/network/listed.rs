//! Nodes, endpoints that somebody lists, and virtual machines: who else is at the end of connections.

use std::collections::BTreeMap;
use std::net::IpAddr;

use watertight_model::{GroupKind, Identity};
use watertight_netpol::Protocol;
use watertight_syntax::Value;

use super::service::protocol_of;

/// A node.
pub const NODE: GroupKind = GroupKind::core("Node");

/// What lists the endpoints of a service.
pub const ENDPOINTS: [GroupKind; 2] =
    [GroupKind { group: "discovery.k8s.io", kind: "EndpointSlice" }, GroupKind::core("Endpoints")];

/// KubeVirt's virtual machines: each runs in a pod with its labels
/// (`pkg/virt-controller/services/template.go` in kubevirt).
pub const MACHINES: [GroupKind; 2] = [
    GroupKind { group: "kubevirt.io", kind: "VirtualMachine" },
    GroupKind { group: "kubevirt.io", kind: "VirtualMachineInstance" },
];

/// Lets routes of other namespaces lead to services of its own.
pub const REFERENCE_GRANT: GroupKind =
    GroupKind { group: "gateway.networking.k8s.io", kind: "ReferenceGrant" };

/// What a ReferenceGrant lets (`apis/v1beta1/referencegrant_types.go` of gateway-api).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// Group, kind and namespace of those who may refer.
    from: Vec<(String, String, String)>,
    /// The names of services that may be referred to; an empty one is every service.
    services: Vec<String>,
}

impl Grant {
    pub(super) fn of(root: Value<'_>) -> Self {
        let spec = root.get("spec");
        let list = |key| spec.and_then(|spec| spec.get(key)).into_iter().flat_map(Value::items);
        let text = |of: Value<'_>, key| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let from =
            list("from").map(|from| (text(from, "group"), text(from, "kind"), text(from, "namespace")));
        let services =
            list("to").filter(|to| text(*to, "group").is_empty() && text(*to, "kind") == "Service");
        Self { from: from.collect(), services: services.map(|to| text(to, "name")).collect() }
    }

    /// Whether an object of a namespace may refer to a service.
    #[must_use]
    pub fn lets(&self, group: &str, kind: &str, namespace: Option<&str>, service: &str) -> bool {
        let from = self.from.iter().any(|(own_group, own_kind, own_namespace)| {
            own_group == group && own_kind == kind && Some(own_namespace.as_str()) == namespace
        });
        from && self.services.iter().any(|name| name.is_empty() || name == service)
    }
}

/// A node, as far as policies see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

impl NodeFacts {
    pub(super) fn of(root: Value<'_>) -> Self {
        let listed = root.get("status").and_then(|status| status.get("addresses"));
        let addresses = listed.into_iter().flat_map(Value::items).filter_map(|one| one.get("address"));
        // A host name stands among the addresses too.
        let addresses = addresses.filter_map(Value::as_str).filter_map(|text| text.parse().ok());
        Self { labels: super::labels(root), addresses: addresses.collect() }
    }
}

/// The endpoints that an object lists for a service of its namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedEndpoints {
    /// The service.
    pub service: Option<String>,
    /// All of them: who is not ready now may be later.
    pub endpoints: Vec<Listed>,
}

/// Endpoints with their ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Their addresses.
    pub addresses: Vec<IpAddr>,
    /// The pod that it is.
    pub pod: Option<String>,
    /// Its ports; none means every port.
    pub ports: Vec<ListedPort>,
}

/// A port of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPort {
    /// The name of the service's port that leads to it; empty where that has none.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
}

/// The label that names the service of a slice (`LabelServiceName`,
/// `staging/src/k8s.io/api/discovery/v1/well_known_labels.go`).
const SERVICE_NAME: &str = "kubernetes.io/service-name";

impl ListedEndpoints {
    pub(super) fn of(identity: &Identity, root: Value<'_>) -> Self {
        if ENDPOINTS[0].is(identity) {
            let ports = ports(root);
            let listed = root.get("endpoints").into_iter().flat_map(Value::items);
            let endpoints = listed.map(|endpoint| Listed {
                addresses: addresses(endpoint.get("addresses").into_iter().flat_map(Value::items)),
                pod: pod(endpoint),
                ports: ports.clone(),
            });
            let service = super::labels(root).remove(SERVICE_NAME);
            return Self { service, endpoints: endpoints.collect() };
        }
        let subsets = root.get("subsets").into_iter().flat_map(Value::items);
        let endpoints = subsets.flat_map(|subset| {
            let ports = ports(subset);
            let lists =
                ["addresses", "notReadyAddresses"].into_iter().filter_map(move |list| subset.get(list));
            lists.flat_map(Value::items).map(move |one| Listed {
                addresses: addresses(one.get("ip").into_iter()),
                pod: pod(one),
                ports: ports.clone(),
            })
        });
        Self { service: Some(identity.name.to_string()), endpoints: endpoints.collect() }
    }
}

fn addresses<'v>(texts: impl Iterator<Item = Value<'v>>) -> Vec<IpAddr> {
    texts.filter_map(Value::as_str).filter_map(|text| text.parse().ok()).collect()
}

fn pod(endpoint: Value<'_>) -> Option<String> {
    let target = endpoint.get("targetRef")?;
    let is_pod = target.get("kind").and_then(Value::as_str) == Some("Pod");
    is_pod.then(|| target.get("name").and_then(Value::as_str).map(str::to_owned)).flatten()
}

fn ports(of: Value<'_>) -> Vec<ListedPort> {
    let ports = of.get("ports").into_iter().flat_map(Value::items);
    let port = |port: Value<'_>| {
        let text = |key| port.get(key).and_then(Value::as_str).unwrap_or_default();
        Some(ListedPort {
            name: text("name").to_owned(),
            protocol: protocol_of(text("protocol"))?,
            number: u16::try_from(port.get("port")?.as_i64()?).ok()?,
        })
    };
    ports.filter_map(port).collect()
}

/// The labels of the pod of a virtual machine.
pub(super) fn machine_labels(root: Value<'_>) -> BTreeMap<String, String> {
    match root.get("spec").and_then(|spec| spec.get("template")) {
        Some(template) => super::labels(template),
        None => super::labels(root),
    }
}
