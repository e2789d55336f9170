//! `NetworkPolicy`, sentence by sentence of its documentation (`staging/src/k8s.io/api/networking/v1/types.go`, and
//! `content/en/docs/concepts/services-networking/network-policies.md` of the website).

use serde_json::Value;

use super::blocks;
use super::labels::selects;
use super::world::{Packet, SCTP, TCP, UDP, Way, Who, World, Written, field, list, text};

pub(super) const KIND: &str = "NetworkPolicy";
/// The beginning of the name of one that the API server refuses.
pub(super) const REFUSED: &str = "refused";

/// "By default, a pod is non-isolated: all connections are allowed. A pod is isolated if there is any NetworkPolicy
/// that both selects the pod and has the direction in its policyTypes. Then the only allowed connections are those
/// allowed by some such policy." `None` where no policy isolates the pod.
pub(super) fn allows(world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> Option<bool> {
    let mut isolated = false;
    for policy in world.of_kind(KIND) {
        if !has_type(policy, way) || !is_about(world, policy, pod) {
            continue;
        }
        isolated = true;
        for rule in rules(policy, way) {
            if rule_matches(world, policy, way, rule, packet) {
                return Some(true);
            }
        }
    }
    isolated.then_some(false)
}

/// `podSelector`: "An empty selector matches all pods in the policy's namespace."
pub(super) fn is_about(world: &mut World<'_>, policy: &Written, pod: usize) -> bool {
    let namespace = &world.cluster.pods[pod].namespace;
    let wanted = field(&policy.spec, "podSelector");
    // What the API server refuses will be there perhaps, when whoever wrote it has corrected it.
    if policy.name.starts_with(REFUSED) && !world.guess.yes(format!("{} is there", policy.name)) {
        return false;
    }
    policy.namespace.as_ref() == Some(namespace)
        && wanted.is_none_or(|wanted| selects(wanted, &mut |key| world.pod_label(pod, key)))
}

/// `policyTypes`: "If this field is not specified, it will default based on the existence of ingress or egress rules;
/// policies that contain an egress section are assumed to affect egress, and all policies (whether or not they
/// contain an ingress section) are assumed to affect ingress."
pub(super) fn has_type(policy: &Written, way: Way) -> bool {
    let types = list(&policy.spec, "policyTypes");
    match way {
        Way::In => types.is_empty() || types.iter().any(|named| named == "Ingress"),
        Way::Out if types.is_empty() => !list(&policy.spec, "egress").is_empty(),
        Way::Out => types.iter().any(|named| named == "Egress"),
    }
}

pub(super) fn rules(policy: &Written, way: Way) -> &[Value] {
    match way {
        Way::In => list(&policy.spec, "ingress"),
        Way::Out => list(&policy.spec, "egress"),
    }
}

/// "The traffic must match both ports and from", or `to`. Of both, an empty or missing list matches all.
pub(super) fn rule_matches(
    world: &mut World<'_>,
    policy: &Written,
    way: Way,
    rule: &Value,
    packet: &Packet,
) -> bool {
    let (peers, peer) = match way {
        Way::In => (list(rule, "from"), packet.from),
        Way::Out => (list(rule, "to"), packet.to),
    };
    let ports = list(rule, "ports");
    (ports.is_empty() || ports.iter().any(|port| port_matches(world, port, packet)))
        && (peers.is_empty() || peers.iter().any(|wanted| peer_matches(world, policy, wanted, peer)))
}

fn peer_matches(world: &mut World<'_>, policy: &Written, wanted: &Value, peer: Who) -> bool {
    if let Some(block) = field(wanted, "ipBlock") {
        return block_matches(world, block, peer);
    }
    let Some(pod) = world.pod(peer) else { return false };
    let namespace = world.cluster.pods[pod].namespace.clone();
    let in_namespace = match field(wanted, "namespaceSelector") {
        // `podSelector` alone "selects the pods matching podSelector in the policy's own namespace".
        None => policy.namespace.as_ref() == Some(&namespace),
        Some(selector) => selects(selector, &mut |key| world.namespace_label(&namespace, key)),
    };
    // "if podSelector is also set, then the peer as a whole selects the pods matching podSelector in the namespaces
    // selected by namespaceSelector. Otherwise it selects all pods".
    let wanted = field(wanted, "podSelector");
    in_namespace && wanted.is_none_or(|selector| selects(selector, &mut |key| world.pod_label(pod, key)))
}

/// `except` "is a slice of CIDRs that should not be included within an ipBlock".
fn block_matches(world: &mut World<'_>, block: &Value, peer: Who) -> bool {
    if !matches!(peer, Who::Address(_)) && !world.blocks_mean_pods() {
        return false;
    }
    let address = world.address(peer);
    let excepted = list(block, "except").iter().any(|part| blocks::contains(part.as_str().unwrap(), address));
    blocks::contains(text(block, "cidr"), address) && !excepted
}

fn port_matches(world: &mut World<'_>, wanted: &Value, packet: &Packet) -> bool {
    // Another number once it is corrected, or another protocol.
    if wanted["port"] == 70_000 && packet.protocol == TCP || wanted["protocol"] == "tcp" {
        return world.guess.yes(format!("{wanted} means {packet:?}"));
    }
    // "If not specified, this field defaults to TCP."
    let protocol = match text(wanted, "protocol") {
        "" | "TCP" => TCP,
        "UDP" => UDP,
        "SCTP" => SCTP,
        other => panic!("protocol {other}"),
    };
    if packet.protocol != protocol {
        return false;
    }
    match field(wanted, "port") {
        // "If this field is not provided, this matches all port names and numbers."
        None => true,
        // "either a numerical or named port on a pod"
        Some(Value::String(name)) => world.is_named_port(packet, name),
        Some(first) => {
            // "If set, indicates that the range of ports from port to endPort, inclusive, should be allowed".
            let first = first.as_u64().unwrap();
            let last = wanted.get("endPort").and_then(Value::as_u64).unwrap_or(first);
            (first..=last).contains(&u64::from(packet.to_port))
        }
    }
}
