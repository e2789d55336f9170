//! Who can be reached, as far as one object says it: policies, services and what leads to them, meshes.
//!
//! Everything here is a pure function of one object. What follows from several is asked of the
//! [`View`](crate::View); its questions about the network are in `view.rs`.
//!
//! Start reading at [`NetworkFacts`].

mod entry;
mod exposure;
mod flavours;
mod gateway;
mod listed;
mod membership;
mod mesh;
mod metadata;
mod nginx;
mod plugin;
mod pod;
mod policy;
mod selector;
mod service;
mod specs;
mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use watertight_model::{Body, GroupKind, Identity};
use watertight_syntax::{Path, Value};

pub use entry::{
    Backend, BackendPort, ENTRIES, Entry, GATEWAY, HTTP_ROUTE, INGRESS, ISTIO_GATEWAY, OPENSHIFT_ROUTE,
    Plain, ROUTES, VIRTUAL_SERVICE,
};
pub use exposure::{Named, Way};
pub use flavours::{FlavouredPolicy, POLICY_FLAVOURS};
pub use gateway::{From as RoutesFrom, Listener, Parent};
use listed::machine_labels;
pub use listed::{
    ENDPOINTS, Grant, Listed, ListedEndpoints, ListedPort, MACHINES, NODE, NodeFacts, REFERENCE_GRANT,
};
pub use membership::{Membership, Resolved};
pub use mesh::{
    CONFIG_MAP, LINKERD_SERVER, LinkerdServer, MeshConfig, Mtls, PEER_AUTHENTICATION, PeerAuthentication,
    is_unauthenticated,
};
pub use metadata::{METADATA_SERVICES, WIRE_SERVER, metadata_addresses};
pub use nginx::{NginxConfig, Snippets};
pub use plugin::{Enforces, Plugin};
pub use pod::{ContainerPort, PodNetwork};
pub use policy::{Direction, NETWORK_POLICY, NetworkPolicy, Peer, PortRule, Problem, Rule, Who};
pub(crate) use selector::ADDED;
pub use selector::may_select_pods;
pub(crate) use service::protocol_of;
pub use service::{Limited, Reach, SERVICE, Service};
pub use specs::COMPANIONS;
pub(crate) use specs::{Companion, PolicySpec};
pub(crate) use view::Index;
pub use view::Selection;
pub(crate) use view::may_run_pods;
pub use watertight_netpol::{Cidr, Ports, Selector};

/// What one object says about the network.
#[derive(Debug, Clone)]
pub struct NetworkFacts {
    /// Which object it is, read.
    pub object: NetworkObject,
    /// Fields of a wrong type that were left out: the API server refuses the object.
    pub left_out: Vec<Problem>,
    /// Of a policy that is none of Kubernetes' own: what it says.
    pub(crate) says: Option<Box<PolicySpec>>,
}

/// An object that says something about the network.
#[derive(Debug, Clone)]
pub enum NetworkObject {
    /// A NetworkPolicy of Kubernetes.
    Policy(NetworkPolicy),
    /// A policy of another kind.
    Flavoured(FlavouredPolicy),
    /// A service.
    Service(Service),
    /// What leads from outside to services.
    Entry(Entry),
    /// Istio's rule for what workloads take.
    PeerAuthentication(PeerAuthentication),
    /// A port that Linkerd decides about.
    LinkerdServer(LinkerdServer),
    /// The configuration of a mesh.
    MeshConfig(MeshConfig),
    /// What may be the configuration of an ingress-nginx.
    Nginx(NginxConfig),
    /// A node.
    Node(NodeFacts),
    /// What routes of other namespaces may lead to.
    Grant(Grant),
    /// Endpoints that are listed for a service.
    Endpoints(ListedEndpoints),
    /// The labels of the pod in which a virtual machine runs.
    Machine(BTreeMap<String, String>),
    /// What policies of Calico and Cilium refer to.
    Companion(Box<Companion>),
}

/// Whether objects of this kind and group have facts about the network.
pub(crate) fn is_network(identity: &Identity) -> bool {
    const OTHERS: [GroupKind; 10] = [
        NETWORK_POLICY,
        SERVICE,
        PEER_AUTHENTICATION,
        LINKERD_SERVER,
        NODE,
        REFERENCE_GRANT,
        ENDPOINTS[0],
        ENDPOINTS[1],
        MACHINES[0],
        MACHINES[1],
    ];
    OTHERS.iter().chain(&POLICY_FLAVOURS).chain(&ENTRIES).any(|kind| kind.is(identity))
        || Companion::is(identity)
        || MeshConfig::is(identity)
        || NginxConfig::is(identity)
}

/// The facts of an object for which [`is_network`] holds.
pub(crate) fn facts(identity: &Identity, body: &Body<'_>) -> Option<NetworkFacts> {
    let (object, left_out) = if NETWORK_POLICY.is(identity) {
        let (policy, left_out) = NetworkPolicy::of(identity, body);
        (NetworkObject::Policy(policy), left_out)
    } else if NODE.is(identity) {
        (NetworkObject::Node(NodeFacts::of(body.root())), Vec::new())
    } else if REFERENCE_GRANT.is(identity) {
        (NetworkObject::Grant(Grant::of(body.root())), Vec::new())
    } else if ENDPOINTS.iter().any(|kind| kind.is(identity)) {
        (NetworkObject::Endpoints(ListedEndpoints::of(identity, body.root())), Vec::new())
    } else if MACHINES.iter().any(|kind| kind.is(identity)) {
        (NetworkObject::Machine(machine_labels(body.root())), Vec::new())
    } else if SERVICE.is(identity) {
        let (service, left_out) = Service::of(body);
        (NetworkObject::Service(service), left_out)
    } else if PEER_AUTHENTICATION.is(identity) {
        (NetworkObject::PeerAuthentication(PeerAuthentication::of(body.root())), Vec::new())
    } else if LINKERD_SERVER.is(identity) {
        let (server, left_out) = LinkerdServer::of(body);
        (NetworkObject::LinkerdServer(server), left_out)
    } else if MeshConfig::is(identity) {
        (NetworkObject::MeshConfig(MeshConfig::of(identity, body.root())?), Vec::new())
    } else if NginxConfig::is(identity) {
        (NetworkObject::Nginx(NginxConfig::of(body.root())), Vec::new())
    } else if let Some(policy) = FlavouredPolicy::of(identity, body) {
        let (says, left_out) = PolicySpec::of(identity, body);
        let object = NetworkObject::Flavoured(policy);
        return Some(NetworkFacts { object, left_out, says: says.map(Box::new) });
    } else if let Some((companion, left_out)) = Companion::of(identity, body) {
        (NetworkObject::Companion(Box::new(companion)), left_out)
    } else {
        (NetworkObject::Entry(Entry::of(identity, body)?), Vec::new())
    };
    Some(NetworkFacts { object, left_out, says: None })
}

/// The annotations of an object that are texts.
fn annotations(root: Value<'_>) -> BTreeMap<String, String> {
    texts(root, "annotations")
}

/// The labels of an object that are texts.
fn labels(root: Value<'_>) -> BTreeMap<String, String> {
    texts(root, "labels")
}

/// The texts of a map of an object's metadata.
pub(crate) fn texts(root: Value<'_>, field: &str) -> BTreeMap<String, String> {
    let all = root.get("metadata").and_then(|metadata| metadata.get(field));
    let texts = all.into_iter().flat_map(Value::entries);
    texts.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
}

/// What stands at a path, and what does not fit there. Nothing there, or nothing that fits as a whole, is
/// the type's default.
fn read<T: DeserializeOwned + Default>(body: &Body<'_>, at: &Path) -> (T, Vec<Problem>) {
    match body.decode::<T>(at) {
        None => (T::default(), Vec::new()),
        Some(Err(why)) => (T::default(), vec![Problem { path: at.clone(), why }]),
        Some(Ok(decoded)) => {
            let left_out = decoded.left_out.into_iter().map(|(path, why)| Problem { path, why });
            (decoded.value, left_out.collect())
        }
    }
}
