//! Who can be reached, as far as one object says it: policies, services and what leads to them, meshes.
//!
//! Everything here is a pure function of one object. What follows from several is asked of the
//! [`View`](crate::View); its questions about the network are in `view.rs`.
//!
//! Start reading at [`NetworkFacts`].

mod cidr;
mod flavours;
mod pod;
mod policy;
mod selector;
mod view;

#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use watertight_model::{Body, Identity};
use watertight_syntax::Path;

pub use cidr::Cidr;
pub use flavours::{FlavouredPolicy, Isolates, POLICY_FLAVOURS, Pods};
pub use pod::{ContainerPort, PodNetwork};
pub use policy::{Direction, NETWORK_POLICY, NetworkPolicy, Peer, PortRule, Ports, Problem, Rule, Who};
pub use selector::Selector;
pub(crate) use view::Index;
pub use view::Selection;

/// What one object says about the network.
#[derive(Debug, Clone)]
pub struct NetworkFacts {
    /// Which object it is, read.
    pub object: NetworkObject,
    /// Fields of a wrong type that were left out: the API server refuses the object.
    pub left_out: Vec<Problem>,
}

/// An object that says something about the network.
#[derive(Debug, Clone)]
pub enum NetworkObject {
    /// A NetworkPolicy of Kubernetes.
    Policy(NetworkPolicy),
    /// A policy of another kind.
    Flavoured(FlavouredPolicy),
}

/// Whether objects of this kind and group have facts about the network.
pub(crate) fn is_network(identity: &Identity) -> bool {
    NETWORK_POLICY.is(identity) || POLICY_FLAVOURS.iter().any(|kind| kind.is(identity))
}

/// The facts of an object for which [`is_network`] holds.
pub(crate) fn facts_of(identity: &Identity, body: &Body<'_>) -> Option<NetworkFacts> {
    if NETWORK_POLICY.is(identity) {
        let (policy, left_out) = NetworkPolicy::of(body);
        return Some(NetworkFacts { object: NetworkObject::Policy(policy), left_out });
    }
    let (policy, left_out) = FlavouredPolicy::of(identity, body)?;
    Some(NetworkFacts { object: NetworkObject::Flavoured(policy), left_out })
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
