//! Random NetworkPolicies.

use serde_json::{Map, Value, json};

use super::alphabet::{self, BLOCKS, values_of};
use super::kubernetes;
use super::random::Random;
use super::world::Written;

/// A selector of some keys, one that selects everything among them.
pub(super) fn selector(random: &mut Random, keys: &[&str]) -> Value {
    let mut labels = Map::new();
    let mut expressions = Vec::new();
    for _ in 0..*random.pick(&[0, 1, 1, 1, 2]) {
        let key = *random.pick(keys);
        if random.percent(50) {
            labels.insert(key.to_owned(), json!(random.pick(values_of(key))));
            continue;
        }
        let values: Vec<&str> = (0..random.between(1, 2)).map(|_| *random.pick(values_of(key))).collect();
        expressions.push(match random.below(4) {
            0 => json!({"key": key, "operator": "In", "values": values}),
            1 => json!({"key": key, "operator": "NotIn", "values": values}),
            2 => json!({"key": key, "operator": "Exists"}),
            _ => json!({"key": key, "operator": "DoesNotExist"}),
        });
    }
    let mut selector = json!({});
    if !labels.is_empty() {
        selector["matchLabels"] = labels.into();
    }
    if !expressions.is_empty() {
        selector["matchExpressions"] = expressions.into();
    }
    selector
}

pub(super) fn block(random: &mut Random) -> Value {
    let (cidr, inside) = *random.pick(&BLOCKS);
    if random.percent(50) {
        return json!({"cidr": cidr});
    }
    let except: Vec<&str> = (0..random.between(1, 2)).map(|_| *random.pick(inside)).collect();
    json!({"cidr": cidr, "except": except})
}

fn peer(random: &mut Random) -> Value {
    let pods = selector(random, &alphabet::POD_KEYS);
    let namespaces = selector(random, &alphabet::NAMESPACE_KEYS);
    match random.below(4) {
        0 => json!({"podSelector": pods}),
        1 => json!({"namespaceSelector": namespaces}),
        2 => json!({"podSelector": pods, "namespaceSelector": namespaces}),
        _ => json!({"ipBlock": block(random)}),
    }
}

fn port(random: &mut Random) -> Value {
    let mut port = match random.below(4) {
        0 => json!({}),
        1 => json!({"port": random.pick(&alphabet::PORT_NAMES)}),
        2 => json!({"port": random.pick(&alphabet::PORTS)}),
        _ => {
            let (one, other) = (*random.pick(&alphabet::PORTS), *random.pick(&alphabet::PORTS));
            json!({"port": one.min(other), "endPort": one.max(other)})
        }
    };
    if random.percent(70) {
        port["protocol"] = json!(random.pick(&["TCP", "UDP", "SCTP"]));
    }
    port
}

/// A policy that the API server refuses for one of its ports.
pub(super) fn refused(random: &mut Random, name: &str) -> Written {
    let mut policy = policy(random, &format!("{}-{name}", kubernetes::REFUSED));
    let wrong = random
        .pick(&[json!({"port": 70_000, "protocol": "TCP"}), json!({"port": 80, "protocol": "tcp"})])
        .clone();
    policy.spec["ingress"] = json!([{"from": [peer(random)], "ports": [wrong, port(random)]}]);
    policy
}

/// A list, an empty one, or none.
pub(super) fn some(random: &mut Random, most: usize, one: impl Fn(&mut Random) -> Value) -> Value {
    if random.percent(15) {
        return Value::Null;
    }
    let count = random.below(most + 1);
    (0..count).map(|_| one(random)).collect()
}

pub(super) fn policy(random: &mut Random, name: &str) -> Written {
    let rule = |peers: &'static str| {
        move |random: &mut Random| {
            let mut rule = json!({});
            rule[peers] = some(random, 3, peer);
            rule["ports"] = some(random, 2, port);
            rule
        }
    };
    let mut spec = json!({});
    if random.percent(90) {
        spec["podSelector"] = selector(random, &alphabet::POD_KEYS);
    }
    spec["ingress"] = some(random, 2, rule("from"));
    spec["egress"] = some(random, 2, rule("to"));
    let types: &[&[&str]] = &[&["Ingress"], &["Egress"], &["Ingress", "Egress"], &[]];
    if random.percent(70) {
        spec["policyTypes"] = json!(random.pick(types));
    }
    Written {
        kind: kubernetes::KIND,
        namespace: Some((*random.pick(&alphabet::NAMESPACES)).to_owned()),
        name: name.to_owned(),
        labels: Default::default(),
        spec,
    }
}
