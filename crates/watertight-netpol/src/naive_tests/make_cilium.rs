//! Random policies of Cilium.

use serde_json::{Map, Value, json};

use super::alphabet::{self, values_of};
use super::cilium;
use super::make_cluster::View;
use super::make_kubernetes::{block, some};
use super::random::Random;
use super::world::Written;

const PODS: [&str; 4] = ["app", "k8s:role", "any:tier", "role"];
const SPACES: [&str; 4] = [
    "k8s:io.kubernetes.pod.namespace",
    "io.kubernetes.pod.namespace",
    "io.cilium.k8s.namespace.labels.env",
    "k8s:io.cilium.k8s.namespace.labels.team",
];
const ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";

fn values(key: &str) -> &'static [&'static str] {
    match key {
        _ if key.ends_with("pod.namespace") => &alphabet::NAMESPACES,
        ACCOUNT => &alphabet::ACCOUNTS,
        _ if key.starts_with("reserved:") => &[""],
        _ => values_of(key.rsplit(['.', ':']).next().unwrap()),
    }
}

fn selector(random: &mut Random, peers: bool) -> Value {
    let (mut labels, mut expressions) = (Map::new(), Vec::new());
    for _ in 0..*random.pick(&[0, 1, 1, 1, 2]) {
        let key = match random.below(20) {
            0 => ACCOUNT,
            1 if peers => *random.pick(&["reserved:world", "reserved:host", "reserved:remote-node"]),
            2..=6 if peers => *random.pick(&SPACES),
            2..=3 => *random.pick(&SPACES[2..]),
            _ => *random.pick(&PODS),
        };
        if random.percent(60) {
            labels.insert(key.to_owned(), json!(random.pick(values(key))));
            continue;
        }
        let value = *random.pick(values(key));
        expressions.push(match random.below(4) {
            0 => json!({"key": key, "operator": "In", "values": [value, random.pick(values(key))]}),
            1 => json!({"key": key, "operator": "NotIn", "values": [value]}),
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

fn port(random: &mut Random) -> Value {
    let mut port = match random.below(5) {
        0 => json!({"port": random.pick(&alphabet::PORT_NAMES)}),
        1 => json!({"port": "0"}),
        2 => json!({"port": random.pick(&alphabet::PORTS).to_string()}),
        _ => {
            let (one, other) = (*random.pick(&alphabet::PORTS), *random.pick(&alphabet::PORTS));
            json!({"port": one.min(other).to_string(), "endPort": one.max(other)})
        }
    };
    if random.percent(75) {
        port["protocol"] = json!(random.pick(&["TCP", "TCP", "UDP", "SCTP", "ANY"]));
    }
    port
}

/// Adds a kind of peers to a rule.
fn peers(random: &mut Random, rule: &mut Value, prefix: &str, deny: bool, view: View) {
    let entities = [
        "all",
        "world",
        "cluster",
        "host",
        "remote-node",
        "kube-apiserver",
        "none",
        "init",
        "health",
        "world-ipv4",
    ];
    let usual = [0, 1, 2, 6];
    match random.below(12) {
        0..=4 => rule[format!("{prefix}Endpoints")] = some(random, 2, |random| selector(random, true)),
        5 | 6 => {
            // What is not known of the API servers is for where not all is known.
            let index = if view == View::Part { random.below(entities.len()) } else { *random.pick(&usual) };
            rule[format!("{prefix}Entities")] = match random.below(4) {
                0 => json!(["host", "remote-node"]),
                _ => json!([entities[index]]),
            };
        }
        7 => rule[format!("{prefix}CIDR")] = json!([random.pick(&alphabet::BLOCKS).0]),
        8 | 9 => {
            let group = json!({"cidrGroupRef": if view == View::Part && random.percent(30) { "gone" } else { "group" }});
            let group = if random.percent(30) { json!([group]) } else { json!([block(random)]) };
            rule[format!("{prefix}CIDRSet")] = group;
        }
        11 if prefix == "to" => {
            let mut service = json!({"serviceName": random.pick(&alphabet::SERVICES)});
            if random.percent(70) {
                service["namespace"] = json!(random.pick(&alphabet::NAMESPACES[..2]));
            }
            rule["toServices"] = json!([{"k8sService": service}]);
        }
        10 if prefix == "to" && !deny && view == View::Part => {
            rule["toFQDNs"] = json!([{"matchName": "example.org"}]);
        }
        _ => {}
    }
}

fn rule(random: &mut Random, prefix: &str, deny: bool, view: View) -> Value {
    let mut rule = json!({});
    peers(random, &mut rule, prefix, deny, view);
    let names = rule.get("toFQDNs").is_some();
    let services = rule.get("toServices").is_some();
    match random.below(if services { 1 } else { 10 }) {
        0 if services => {}
        0..=4 => {
            let mut entry =
                json!({"ports": (0..random.between(1, 2)).map(|_| port(random)).collect::<Vec<_>>()});
            let simple = entry["ports"]
                .as_array()
                .unwrap()
                .iter()
                .all(|port| port["protocol"] == "TCP" && port["port"] != "0");
            if simple && !deny && view == View::Part && random.percent(20) {
                entry["rules"] = json!({"http": [{"method": "GET"}]});
            }
            rule["toPorts"] = json!([entry]);
        }
        5 if !names => {
            rule["icmps"] = json!([{"fields": [random.pick(&[
                json!({"type": 8}), json!({"family": "IPv4", "type": 3}), json!({"family": "IPv6", "type": 128}),
            ])]}]);
        }
        _ => {}
    }
    rule
}

fn spec(random: &mut Random, view: View) -> Value {
    let mut spec = json!({"endpointSelector": selector(random, false)});
    for (field, prefix, deny, percent) in [
        ("ingress", "from", false, 70),
        ("egress", "to", false, 70),
        ("ingressDeny", "from", true, 25),
        ("egressDeny", "to", true, 25),
    ] {
        if random.percent(percent) {
            spec[field] = some(random, 2, |random| rule(random, prefix, deny, view));
        }
    }
    // One rule at least: without any, versions differ, and some refuse the object.
    if ["ingress", "egress", "ingressDeny", "egressDeny"]
        .iter()
        .all(|field| spec[*field].as_array().is_none_or(Vec::is_empty))
    {
        spec["ingress"] = json!([{}]);
    }
    if random.percent(25) {
        let mut asked = json!({});
        for way in ["ingress", "egress"] {
            let rules = |field: &str| spec[field].as_array().is_some_and(|rules| !rules.is_empty());
            let has = rules(way) || rules(&format!("{way}Deny"));
            if random.percent(60) {
                asked[way] = json!(random.percent(50) && (has || view == View::Part));
            }
        }
        spec["enableDefaultDeny"] = asked;
    }
    spec
}

pub(super) fn policy(random: &mut Random, name: &str, view: View) -> Written {
    let namespace = random.percent(60).then(|| (*random.pick(&alphabet::NAMESPACES)).to_owned());
    let written = match random.below(10) {
        0 => json!({"specs": [spec(random, view), spec(random, view)]}),
        1 => json!({"spec": spec(random, view), "specs": [spec(random, view)]}),
        _ => json!({"spec": spec(random, view)}),
    };
    Written {
        kind: cilium::KIND,
        namespace,
        name: name.to_owned(),
        labels: Default::default(),
        spec: written,
    }
}

pub(super) fn group(random: &mut Random) -> Written {
    let blocks = [random.pick(&alphabet::BLOCKS).0, random.pick(&alphabet::BLOCKS).0];
    Written {
        kind: cilium::GROUP,
        namespace: None,
        name: "group".to_owned(),
        labels: Default::default(),
        spec: json!({"externalCIDRs": blocks}),
    }
}
