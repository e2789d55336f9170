//! Policies of every kind, in the language of the model.

use watertight_model::ObjectId;
use watertight_netpol::{Cluster, Policy, Problem};

use crate::network::NetworkObject;
use crate::object_facts::ObjectFacts;
use crate::world::World;

/// Every policy in view, with the number of its object as its tag.
pub(super) fn of(
    world: &World<'_>,
    _cluster: &mut Cluster,
    _problem: &mut dyn FnMut(ObjectId, Problem),
) -> Vec<Policy> {
    let mut policies = Vec::new();
    for &id in world.network().policies.values().flatten() {
        let ObjectFacts::Network(facts) = world.facts(id) else { continue };
        if let NetworkObject::Policy(policy) = &facts.object
            && let Some(lowered) = &policy.lowered
        {
            policies.push(Policy { tag: id.0, ..(**lowered).clone() });
        }
    }
    policies
}
