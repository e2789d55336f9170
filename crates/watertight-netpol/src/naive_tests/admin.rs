//! AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy, sentence by sentence of the comments at
//! their types (`apis/v1alpha1/*.go` and `apis/v1alpha2/clusternetworkpolicy_types.go` of
//! `kubernetes-sigs/network-policy-api`).

use serde_json::Value;

use super::labels::selects;
use super::world::{Packet, SCTP, TCP, UDP, Way, Who, World, Written, field, list, text};
use super::{blocks, kubernetes};

pub(super) const ADMIN: &str = "AdminNetworkPolicy";
pub(super) const BASELINE: &str = "BaselineAdminNetworkPolicy";
pub(super) const CLUSTER: &str = "ClusterNetworkPolicy";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Allow,
    Deny,
    Pass,
}

/// "Policy tiers are evaluated in the following order: Admin tier, NetworkPolicy tier, Baseline tier." "If a given
/// connection wasn't allowed or denied by any of the tiers, the default kubernetes policy is applied, which says that
/// all pods can communicate with each other."
pub(super) fn allows(world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> bool {
    let admin = in_tier(world, ADMIN, "Admin");
    match tier(world, &admin, way, pod, packet) {
        Some(Fate::Allow) => return true,
        Some(Fate::Deny) => return false,
        Some(Fate::Pass) | None => {}
    }
    // "v1.NetworkPolicy always makes a final decision for selected pods."
    if let Some(decided) = kubernetes::allows(world, way, pod, packet) {
        return decided;
    }
    let baseline = in_tier(world, BASELINE, "Baseline");
    tier(world, &baseline, way, pod, packet) != Some(Fate::Deny)
}

fn in_tier<'c>(world: &World<'c>, kind: &'static str, tier: &str) -> Vec<&'c Written> {
    let of_tier = world.of_kind(CLUSTER).filter(|policy| text(&policy.spec, "tier") == tier);
    world.of_kind(kind).chain(of_tier).collect()
}

fn priority(policy: &Written) -> Option<u64> {
    policy.spec.get("priority").and_then(Value::as_u64)
}

/// "Policies with lower priority values have higher precedence". "If two (or more) policies with the same priority
/// could both match a connection, then the implementation can apply any of the matching policies". A
/// BaselineAdminNetworkPolicy has no priority, so that it may be asked at any place.
fn tier(world: &mut World<'_>, policies: &[&Written], way: Way, pod: usize, packet: &Packet) -> Option<Fate> {
    let mut priorities: Vec<u64> = policies.iter().filter_map(|policy| priority(policy)).collect();
    priorities.sort_unstable();
    priorities.dedup();
    let mut groups: Vec<Vec<&Written>> = Vec::new();
    for wanted in priorities {
        groups.push(policies.iter().copied().filter(|policy| priority(policy) == Some(wanted)).collect());
    }
    for policy in policies.iter().copied().filter(|policy| priority(policy).is_none()) {
        let place = world.guess.of("the place of the baseline".into(), groups.len() + 1);
        groups.insert(place, vec![policy]);
    }
    for group in groups {
        // Of policies of one priority, the code under test only looks roughly at what each of them matches.
        world.guess.coarse |= group.len() > 1;
        let mut fates = Vec::new();
        for policy in &group {
            if is_about(world, policy, pod) {
                fates.extend(ask(world, policy, way, packet));
            }
        }
        if !fates.is_empty() {
            let same = fates.iter().all(|fate| *fate == fates[0]);
            let one = if same {
                0
            } else {
                world.guess.of(format!("which of {} {way:?}", group[0].name), fates.len())
            };
            return Some(fates[one]);
        }
    }
    None
}

/// "Subject defines the pods to which this policy applies."
fn is_about(world: &mut World<'_>, policy: &Written, pod: usize) -> bool {
    let subject = &policy.spec["subject"];
    match field(subject, "namespaces") {
        Some(wanted) => in_namespaces(world, wanted, pod),
        None => is_pod(world, &subject["pods"], pod),
    }
}

fn in_namespaces(world: &mut World<'_>, wanted: &Value, pod: usize) -> bool {
    let namespace = world.cluster.pods[pod].namespace.clone();
    selects(wanted, &mut |key| world.namespace_label(&namespace, key))
}

/// `namespaceSelector`: "if empty, it selects all Namespaces"; `podSelector`: "if empty, it selects all Pods".
fn is_pod(world: &mut World<'_>, wanted: &Value, pod: usize) -> bool {
    field(wanted, "namespaceSelector").is_none_or(|wanted| in_namespaces(world, wanted, pod))
        && field(wanted, "podSelector")
            .is_none_or(|wanted| selects(wanted, &mut |key| world.pod_label(pod, key)))
}

/// "a rule that appears at the top of the ingress rules would take the highest precedence"
fn ask(world: &mut World<'_>, policy: &Written, way: Way, packet: &Packet) -> Option<Fate> {
    for (index, rule) in kubernetes::rules(policy, way).iter().enumerate() {
        let fate = match text(rule, "action") {
            "Allow" | "Accept" => Fate::Allow,
            "Deny" => Fate::Deny,
            "Pass" => Fate::Pass,
            other => panic!("action {other}"),
        };
        let (peers, peer) = match way {
            Way::In => (list(rule, "from"), packet.from),
            Way::Out => (list(rule, "to"), packet.to),
        };
        // "If an implementation sees no fields are set then it can infer that the deployed CRD is of an incompatible
        // version with an unknown field. In that case it should fail closed": an Allow rule matches no traffic, and
        // others deny all.
        let newer = peers.iter().any(|peer| field(peer, "future").is_some());
        let at = format!("{} {way:?} {index}", policy.name);
        if newer && !world.guess.yes(format!("{at}: the field is known")) {
            if fate != Fate::Allow {
                return Some(Fate::Deny);
            }
            continue;
        }
        if ports_match(world, rule, packet)
            && peers.iter().any(|wanted| peer_matches(world, wanted, peer, &at))
        {
            return Some(fate);
        }
    }
    None
}

fn peer_matches(world: &mut World<'_>, wanted: &Value, peer: Who, at: &str) -> bool {
    // "host-networked pods are not included in this type of peer"
    let pod = world.pod(peer);
    if let Some(wanted) = field(wanted, "namespaces") {
        return pod.is_some_and(|pod| in_namespaces(world, wanted, pod));
    }
    if let Some(wanted) = field(wanted, "pods") {
        return pod.is_some_and(|pod| is_pod(world, wanted, pod));
    }
    // "Nodes defines a way to select a set of nodes in the cluster (based on the node's labels)"
    if let Some(wanted) = field(wanted, "nodes") {
        return world.is_node(peer) && selects(wanted, &mut |key| world.node_label(peer, key));
    }
    // "cluster-internal traffic will be checked against the rule as well"
    let networks = list(wanted, "networks");
    if !networks.is_empty() {
        let address = world.address(peer);
        return networks.iter().any(|block| blocks::contains(block.as_str().unwrap(), address));
    }
    // The addresses of names are not known.
    let outside = matches!(peer, Who::Address(_));
    if !list(wanted, "domainNames").is_empty() {
        return outside && world.guess.yes(format!("{at}: {peer:?} has the name"));
    }
    world.guess.yes(format!("{at}: a field that is not known means {peer:?}"))
}

/// "If Ports is not set then the rule does not filter traffic via port"; the same for `protocols` of v1alpha2.
fn ports_match(world: &World<'_>, rule: &Value, packet: &Packet) -> bool {
    let (ports, protocols) = (list(rule, "ports"), list(rule, "protocols"));
    if ports.is_empty() && protocols.is_empty() {
        return true;
    }
    ports.iter().any(|port| port_matches(world, port, packet))
        || protocols.iter().any(|protocol| protocol_matches(world, protocol, packet))
}

fn port_matches(world: &World<'_>, wanted: &Value, packet: &Packet) -> bool {
    if let Some(name) = wanted.get("namedPort") {
        return world.is_named_port(packet, name.as_str().unwrap());
    }
    let to = u64::from(packet.to_port);
    let (entry, matches) = match field(wanted, "portNumber") {
        Some(number) => (number, number["port"] == to),
        None => {
            let range = &wanted["portRange"];
            // "an inclusive range of ports"
            (range, (range["start"].as_u64().unwrap()..=range["end"].as_u64().unwrap()).contains(&to))
        }
    };
    // "If not specified, this field defaults to TCP."
    let protocol = match text(entry, "protocol") {
        "" | "TCP" => TCP,
        "UDP" => UDP,
        _ => SCTP,
    };
    matches && protocol == packet.protocol
}

fn protocol_matches(world: &World<'_>, wanted: &Value, packet: &Packet) -> bool {
    if let Some(name) = wanted.get("destinationNamedPort") {
        return world.is_named_port(packet, name.as_str().unwrap());
    }
    for (name, number) in [("tcp", TCP), ("udp", UDP), ("sctp", SCTP)] {
        let Some(entry) = field(wanted, name) else { continue };
        let port = &entry["destinationPort"];
        let to = u64::from(packet.to_port);
        let matches = match field(port, "range") {
            Some(range) => (range["start"].as_u64().unwrap()..=range["end"].as_u64().unwrap()).contains(&to),
            None => port["number"] == to,
        };
        return matches && packet.protocol == number;
    }
    panic!("{wanted}")
}
