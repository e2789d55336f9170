//! Random AdminNetworkPolicies, BaselineAdminNetworkPolicies and ClusterNetworkPolicies.

use serde_json::{Value, json};

use super::admin;
use super::alphabet::{self, BLOCKS};
use super::make_cluster::View;
use super::make_kubernetes::{selector, some};
use super::random::Random;
use super::world::Written;

fn namespaced(random: &mut Random) -> Value {
    if random.percent(40) {
        return json!({"namespaces": selector(random, &alphabet::NAMESPACE_KEYS)});
    }
    let namespaces = selector(random, &alphabet::NAMESPACE_KEYS);
    let pods = selector(random, &alphabet::POD_KEYS);
    json!({"pods": {"namespaceSelector": namespaces, "podSelector": pods}})
}

/// What limits the peers of a rule.
#[derive(Clone, Copy)]
struct Limits {
    outside: bool,
    named: bool,
    names: bool,
    newer: bool,
}

fn peer(random: &mut Random, limits: Limits) -> Value {
    if limits.newer && random.percent(4) {
        return json!({"future": {}});
    }
    if !limits.outside || limits.named || random.percent(55) {
        return namespaced(random);
    }
    match random.below(if limits.names { 5 } else { 4 }) {
        0 | 1 => json!({"nodes": selector(random, &alphabet::NODE_KEYS)}),
        4 => json!({"domainNames": ["example.org"]}),
        _ => {
            let (one, other) = (random.pick(&BLOCKS).0, random.pick(&BLOCKS).0);
            if one == other { json!({"networks": [one]}) } else { json!({"networks": [one, other]}) }
        }
    }
}

fn range(random: &mut Random) -> Value {
    let (one, other) = (*random.pick(&alphabet::PORTS), *random.pick(&alphabet::PORTS));
    json!({"start": one.min(other), "end": one.max(other) + u16::from(one == other)})
}

/// Ports of v1alpha1, or protocols of v1alpha2.
fn port(random: &mut Random, cluster: bool) -> Value {
    let number = *random.pick(&alphabet::PORTS);
    let kind = random.below(4);
    if cluster {
        let protocol = *random.pick(&["tcp", "udp", "sctp"]);
        return match kind {
            0 => json!({"destinationNamedPort": random.pick(&alphabet::PORT_NAMES)}),
            1 => json!({protocol: {"destinationPort": {"range": range(random)}}}),
            _ => json!({protocol: {"destinationPort": {"number": number}}}),
        };
    }
    let mut entry = match kind {
        0 => return json!({"namedPort": random.pick(&alphabet::PORT_NAMES)}),
        1 => range(random),
        _ => json!({"port": number}),
    };
    if random.percent(70) {
        entry["protocol"] = json!(random.pick(&["TCP", "UDP", "SCTP"]));
    }
    if kind == 1 { json!({"portRange": entry}) } else { json!({"portNumber": entry}) }
}

fn rule(random: &mut Random, kind: &'static str, outside: bool, view: View) -> Value {
    let cluster = kind == admin::CLUSTER;
    let allow = if cluster { "Accept" } else { "Allow" };
    let actions: &[&str] = if kind == admin::BASELINE { &[allow, "Deny"] } else { &[allow, "Deny", "Pass"] };
    let action = *random.pick(actions);
    let ports: Vec<Value> = if random.percent(50) {
        Vec::new()
    } else {
        (0..random.between(1, 2)).map(|_| port(random, cluster)).collect()
    };
    let named =
        ports.iter().any(|port| port.as_object().unwrap().keys().any(|key| key.ends_with("amedPort")));
    let part = view == View::Part;
    let limits =
        Limits { outside, named, names: part && action == allow && kind != admin::BASELINE, newer: part };
    let peers: Vec<Value> = (0..random.between(1, 2)).map(|_| peer(random, limits)).collect();
    let mut rule = json!({"action": action});
    rule[if outside { "to" } else { "from" }] = peers.into();
    if !ports.is_empty() {
        rule[if cluster { "protocols" } else { "ports" }] = ports.into();
    }
    rule
}

pub(super) fn policy(random: &mut Random, name: &str, kind: &'static str, view: View) -> Written {
    let mut spec = json!({"subject": namespaced(random)});
    if kind != admin::BASELINE {
        // Where all is known, no two policies have one priority.
        let own: usize = name.trim_start_matches('p').parse().unwrap();
        let priority = if view == View::Whole || random.percent(50) { (own * 37 + 5) % 100 } else { 7 };
        spec["priority"] = json!(priority);
    }
    if kind == admin::CLUSTER {
        spec["tier"] = json!(random.pick(&["Admin", "Baseline"]));
    }
    spec["ingress"] = some(random, 3, |random| rule(random, kind, false, view));
    spec["egress"] = some(random, 3, |random| rule(random, kind, true, view));
    let name = if kind == admin::BASELINE { "default" } else { name }.to_owned();
    Written { kind, namespace: None, name, labels: Default::default(), spec }
}
