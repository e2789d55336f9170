//! Policies of kinds that are not modelled: whom they are about, nobody knows what becomes of.

use watertight_model::{GroupKind, ObjectId};
use watertight_netpol::{
    Action, Direction, Effect, Endpoints, Namespaces, Policy, Position, Problem, Rule, Selector, Side, Tier,
    Traffic, Truth,
};

use super::policies::Told;
use crate::identities::namespace_in_policy;
use crate::world::World;

/// What policies of a kind may do.
#[derive(Clone, Copy)]
enum May {
    /// Allow and deny, before others are asked.
    Anything,
    /// Deny what leaves the cluster.
    DenyEgress,
}

/// Kinds of network policies of which no reader knows. Antrea's are asked before Kubernetes' own
/// (`docs/antrea-network-policy.md`); OVN-Kubernetes' and OpenShift's only limit what leaves the cluster; `extensions`
/// was served until 1.16.
const KINDS: &[(GroupKind, May)] = &[
    (GroupKind { group: "crd.antrea.io", kind: "ClusterNetworkPolicy" }, May::Anything),
    (GroupKind { group: "crd.antrea.io", kind: "NetworkPolicy" }, May::Anything),
    (GroupKind { group: "extensions", kind: "NetworkPolicy" }, May::Anything),
    (GroupKind { group: "k8s.ovn.org", kind: "EgressFirewall" }, May::DenyEgress),
    (GroupKind { group: "network.openshift.io", kind: "EgressNetworkPolicy" }, May::DenyEgress),
];

const WHY: &str = "policies of this kind are not modelled";

/// A policy for each object of these kinds that makes uncertain what it is about.
pub(super) fn of(world: &World<'_>) -> (Vec<Policy>, Vec<Told>) {
    let snapshot = world.snapshot();
    let mut found = (Vec::new(), Vec::new());
    for (kind, may) in KINDS {
        for &id in snapshot.of_kind(kind.kind).iter().filter(|id| kind.is(snapshot.object(**id).identity())) {
            found.0.push(doubt(world, id, *may));
            let problem =
                Problem { path: "kind".to_owned(), why: WHY.to_owned(), effect: Effect::NotModelled };
            found.1.push((id, problem));
        }
    }
    found
}

fn doubt(world: &World<'_>, id: ObjectId, may: May) -> Policy {
    let identity = world.snapshot().object(id).identity();
    let namespaces = match identity.namespace.name() {
        None if &*identity.kind == "ClusterNetworkPolicy" => Namespaces::Every,
        _ => Namespaces::Named(namespace_in_policy(&identity.namespace).to_owned()),
    };
    let rule = |action, peers| Rule {
        path: "spec".to_owned(),
        action,
        subject: Endpoints::Everyone,
        peers,
        traffic: Traffic::all(),
        uncertain: Some(WHY),
    };
    let side = |direction: Direction| {
        let rules = match (may, direction) {
            (May::Anything, _) => {
                [Action::Deny, Action::Allow].map(|action| rule(action, Endpoints::Everyone)).into()
            }
            (May::DenyEgress, Direction::Egress) => vec![rule(Action::Deny, Endpoints::World)],
            (May::DenyEgress, Direction::Ingress) => return None,
        };
        Some(Side { isolates: Truth::No, rules })
    };
    Policy {
        tag: id.0,
        tier: Tier { position: Position::of(f64::NEG_INFINITY), name: "not modelled".to_owned() },
        position: Position::LAST,
        name: identity.name.to_string(),
        subject: Endpoints::Pods { namespaces, labels: Selector::EVERYTHING },
        ingress: side(Direction::Ingress),
        egress: side(Direction::Egress),
    }
}
