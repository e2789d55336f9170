//! Policies of other kinds than Kubernetes' own: Cilium's, Calico's, and the cluster-wide ones of
//! `policy.networking.k8s.io`.
//!
//! Read here are rules that let everything through in so many words. What policies do is worked out by
//! [`Reachability`](crate::reachability::Reachability).

use watertight_model::{Body, GroupKind, Identity};
use watertight_syntax::{Path, Value};

use super::policy::Direction;

const fn kind(group: &'static str, kind: &'static str) -> GroupKind {
    GroupKind { group, kind }
}

const CILIUM: [GroupKind; 2] =
    [kind("cilium.io", "CiliumNetworkPolicy"), kind("cilium.io", "CiliumClusterwideNetworkPolicy")];
const CALICO: [GroupKind; 4] = [
    kind("projectcalico.org", "NetworkPolicy"),
    kind("projectcalico.org", "GlobalNetworkPolicy"),
    kind("crd.projectcalico.org", "NetworkPolicy"),
    kind("crd.projectcalico.org", "GlobalNetworkPolicy"),
];
const CLUSTER: [GroupKind; 3] = [
    kind("policy.networking.k8s.io", "AdminNetworkPolicy"),
    kind("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    kind("policy.networking.k8s.io", "ClusterNetworkPolicy"),
];

/// The kinds of policies beside Kubernetes' own.
pub const POLICY_FLAVOURS: [GroupKind; 9] =
    [CILIUM[0], CILIUM[1], CALICO[0], CALICO[1], CALICO[2], CALICO[3], CLUSTER[0], CLUSTER[1], CLUSTER[2]];

/// A policy of another kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlavouredPolicy {
    /// Rules that let everybody through on every port.
    pub open: Vec<(Direction, Path)>,
}

impl FlavouredPolicy {
    /// The policy that an object is; `None` for another kind.
    pub(crate) fn of(identity: &Identity, body: &Body<'_>) -> Option<Self> {
        let is_one_of = |kinds: &[GroupKind]| kinds.iter().any(|kind| kind.is(identity));
        let read: fn(Value<'_>) -> Self = if is_one_of(&CILIUM) {
            cilium
        } else if is_one_of(&CALICO) {
            calico
        } else if is_one_of(&CLUSTER) {
            cluster
        } else {
            return None;
        };
        Some(read(body.root()))
    }
}

/// `Rule` of `pkg/policy/api` in Cilium: an entry without peers lets nothing through.
fn cilium(root: Value<'_>) -> FlavouredPolicy {
    let many = root.get("specs").map_or(0, |specs| specs.items().len());
    let paths = (0..many).map(|index| Path::root().key("specs").index(index));
    let mut policy = FlavouredPolicy::default();
    for at in std::iter::once(Path::root().key("spec")).chain(paths) {
        let Some(spec) = root.at(&at).filter(|spec| !spec.is_null()) else { continue };
        for direction in Direction::BOTH {
            let field = direction.field();
            let rules = spec.get(field).into_iter().flat_map(Value::items).enumerate();
            for (index, _) in rules.filter(|(_, rule)| cilium_rule_is_open(direction, *rule)) {
                policy.open.push((direction, at.key(field).index(index)));
            }
        }
    }
    policy
}

fn cilium_rule_is_open(direction: Direction, rule: Value<'_>) -> bool {
    let entities = match direction {
        Direction::Ingress => "fromEntities",
        Direction::Egress => "toEntities",
    };
    let names_all = rule
        .get(entities)
        .is_some_and(|entities| entities.items().any(|entity| entity.as_str() == Some("all")));
    names_all && rule.entries().all(|(key, _)| key == entities)
}

/// Calico (`api/pkg/apis/projectcalico/v3/networkpolicy.go`): without `types` a policy is about egress when
/// it has egress rules, and about ingress when it has ingress rules or no egress rules.
fn calico(root: Value<'_>) -> FlavouredPolicy {
    let mut policy = FlavouredPolicy::default();
    let Some(spec) = root.get("spec") else { return policy };
    let has = |list: &str| spec.get(list).is_some_and(|list| list.items().len() > 0);
    let types: Vec<&str> =
        spec.get("types").into_iter().flat_map(Value::items).filter_map(Value::as_str).collect();
    let governs = |direction: &Direction| match direction {
        _ if !types.is_empty() => types.contains(&direction.name()),
        Direction::Ingress => has("ingress") || !has("egress"),
        Direction::Egress => has("egress"),
    };
    let directions: Vec<Direction> = Direction::BOTH.into_iter().filter(governs).collect();
    for &direction in &directions {
        let rules = spec.get(direction.field()).into_iter().flat_map(Value::items).enumerate();
        let is_open = |rule: Value<'_>| {
            rule.get("action").and_then(Value::as_str) == Some("Allow")
                && rule.entries().all(|(key, value)| matches!(key, "action" | "metadata") || is_blank(value))
        };
        for (index, _) in rules.filter(|(_, rule)| is_open(*rule)) {
            policy.open.push((direction, Path::root().key("spec").key(direction.field()).index(index)));
        }
    }
    policy
}

fn is_blank(value: Value<'_>) -> bool {
    value.is_null()
        || value.entries().next().is_none()
            && value.items().len() == 0
            && value.as_str().is_none()
            && value.as_bool().is_none()
            && value.as_i64().is_none()
}

/// The cluster-wide policies.
fn cluster(root: Value<'_>) -> FlavouredPolicy {
    let mut policy = FlavouredPolicy::default();
    let Some(spec) = root.get("spec") else { return policy };
    for direction in Direction::BOTH {
        let peers = match direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let rules = spec.get(direction.field()).into_iter().flat_map(Value::items).enumerate();
        for (index, rule) in rules {
            let action = rule.get("action").and_then(Value::as_str).unwrap_or_default();
            let ports = rule.get("ports").or_else(|| rule.get("protocols"));
            let all_ports = ports.is_none_or(|ports| ports.items().len() == 0);
            let every = |peer: Value<'_>| {
                let namespaces = peer.get("namespaces");
                namespaces.is_some_and(|selector| !selector.is_null() && is_blank(selector))
            };
            let mut named = rule.get(peers).into_iter().flat_map(Value::items);
            if matches!(action, "Allow" | "Accept") && all_ports && named.any(every) {
                policy.open.push((direction, Path::root().key("spec").key(direction.field()).index(index)));
            }
        }
    }
    policy
}
