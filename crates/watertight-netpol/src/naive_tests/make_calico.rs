//! Random policies of Calico, with tiers, network sets and profiles.

use serde_json::{Value, json};

use super::alphabet::{self, BLOCKS, values_of};
use super::calico;
use super::make_cluster::View;
use super::make_kubernetes::some;
use super::random::Random;
use super::world::Written;
use crate::Cluster;

const OWN: [&str; 9] = [
    "app",
    "role",
    "tier",
    "projectcalico.org/namespace",
    "projectcalico.org/orchestrator",
    "projectcalico.org/serviceaccount",
    "pcns.env",
    "pcsa.side",
    "pcns.projectcalico.org/name",
];
const OF_NAMESPACES: [&str; 4] = ["env", "team", "projectcalico.org/name", "kubernetes.io/metadata.name"];
const OF_ACCOUNTS: [&str; 2] = ["side", "projectcalico.org/name"];

fn values(key: &str, accounts: bool) -> &'static [&'static str] {
    match key {
        "projectcalico.org/namespace" | "pcns.projectcalico.org/name" => &alphabet::NAMESPACES,
        "projectcalico.org/name" if accounts => &alphabet::ACCOUNTS,
        "projectcalico.org/name" => &alphabet::NAMESPACES,
        "projectcalico.org/serviceaccount" => &alphabet::ACCOUNTS,
        "projectcalico.org/orchestrator" => &["k8s", "other"],
        _ => values_of(key.trim_start_matches("pcns.").trim_start_matches("pcsa.")),
    }
}

/// What selects, in Calico's language.
fn selector(random: &mut Random, keys: &[&str], depth: usize) -> String {
    if depth > 0 && random.percent(35) {
        let one = selector(random, keys, depth - 1);
        let other = selector(random, keys, depth - 1);
        return match random.below(4) {
            0 => format!("{one} && {other}"),
            1 => format!("({one}) || {other}"),
            2 => format!("{one} || {other}"),
            _ => format!("!({one} && {other})"),
        };
    }
    let key = *random.pick(keys);
    let accounts = std::ptr::eq(keys, &OF_ACCOUNTS[..]);
    let value = *random.pick(values(key, accounts));
    let other = *random.pick(values(key, accounts));
    // What part of an account's name is selected is not modelled.
    let whole = key.contains("projectcalico.org");
    match random.below(if whole { 8 } else { 11 }) {
        0 | 1 => format!("{key} == '{value}'"),
        2 => format!("{key} != '{value}'"),
        3 => format!("has({key})"),
        4 => format!("!has({key})"),
        5 => format!("{key} in {{'{value}', '{other}'}}"),
        6 => format!("{key} not in {{'{value}'}}"),
        7 => "all()".to_owned(),
        8 => format!("{key} contains '{}'", &value[1..]),
        9 => format!("{key} starts with '{}'", &value[..1]),
        _ => format!("{key} ends with '{}'", &value[value.len() - 1..]),
    }
}

/// Blocks of one family.
fn nets(random: &mut Random, v4: bool, whole: bool) -> Value {
    let of_family: Vec<&str> = BLOCKS
        .iter()
        .map(|(block, _)| *block)
        .filter(|block| block.contains(':') != v4 && (whole || !block.ends_with("/0")))
        .collect();
    (0..random.between(1, 2)).map(|_| json!(random.pick(&of_family))).collect()
}

fn port(random: &mut Random, numbers: bool) -> Value {
    let (one, other) = (*random.pick(&alphabet::PORTS), *random.pick(&alphabet::PORTS));
    match random.below(3) {
        0 if numbers => json!(one),
        1 if numbers => json!(format!("{}:{}", one.min(other), one.max(other))),
        _ => json!(random.pick(&alphabet::PORT_NAMES)),
    }
}

/// What ports a rule may ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ports {
    All,
    Named,
    None,
}

fn entity(random: &mut Random, v4: bool, ports: Ports, source: bool) -> Value {
    let mut entity = json!({});
    if random.percent(20) {
        entity["nets"] = nets(random, v4, true);
    }
    if random.percent(12) {
        entity["notNets"] = nets(random, v4, false);
    }
    if random.percent(35) {
        entity["selector"] = json!(selector(random, &OWN, 2));
    }
    if random.percent(12) {
        entity["notSelector"] = json!(selector(random, &OWN, 1));
    }
    if random.percent(20) {
        entity["namespaceSelector"] =
            if random.percent(15) { json!("global()") } else { json!(selector(random, &OF_NAMESPACES, 1)) };
    }
    if random.percent(12) {
        let mut accounts = json!({});
        if random.percent(60) {
            accounts["names"] = json!([random.pick(&alphabet::ACCOUNTS)]);
        }
        if random.percent(60) || accounts == json!({}) {
            accounts["selector"] = json!(selector(random, &OF_ACCOUNTS, 1));
        }
        entity["serviceAccounts"] = accounts;
    }
    for (list, percent) in [("ports", 30), ("notPorts", 12)] {
        if ports != Ports::None && random.percent(if source { percent / 2 } else { percent }) {
            let numbers = ports == Ports::All;
            // Names of source ports are not modelled, so that they are rare.
            if source && !numbers {
                continue;
            }
            let rare = random.percent(5);
            let found = |random: &mut Random| {
                if source && !rare { source_port(random) } else { port(random, numbers) }
            };
            entity[list] = (0..random.between(1, 2)).map(|_| found(random)).collect();
        }
    }
    entity
}

fn source_port(random: &mut Random) -> Value {
    random.pick(&[json!(53), json!("1024:65535"), json!("1:1023"), json!(40000)]).clone()
}

fn icmp(random: &mut Random) -> Value {
    random
        .pick(&[json!({"type": 8}), json!({"type": 8, "code": 0}), json!({"type": 3}), json!({"type": 128})])
        .clone()
}

fn service(random: &mut Random, global: bool) -> Value {
    let mut wanted = json!({"name": random.pick(&alphabet::SERVICES)});
    if global || random.percent(70) {
        wanted["namespace"] = json!(random.pick(&alphabet::NAMESPACES[..2]));
    }
    wanted
}

fn rule(random: &mut Random, global: bool, way: &str, view: View, actions: &[&str]) -> Value {
    let mut rule = json!({"action": random.pick(actions)});
    let v4 = random.percent(85);
    let protocols = [
        json!("TCP"),
        json!("TCP"),
        json!("UDP"),
        json!("SCTP"),
        json!("ICMP"),
        json!("ICMPv6"),
        json!(6),
        json!("17"),
        json!(47),
        json!("UDPLite"),
    ];
    let mut ports = Ports::Named;
    if random.percent(60) {
        let usual = if random.percent(70) { 4 } else { protocols.len() };
        let protocol = random.pick(&protocols[..usual]).clone();
        let name = protocol.as_str().unwrap_or("").to_owned();
        ports = if ["TCP", "UDP", "SCTP"].contains(&&*name) || protocol == json!(6) {
            Ports::All
        } else {
            Ports::None
        };
        for list in ["icmp", "notICMP"] {
            if name.starts_with("ICMP") && random.percent(40) {
                rule[list] = icmp(random);
            }
        }
        // ICMP has a family.
        if name.starts_with("ICMP") && v4 != (name == "ICMP") {
            rule["protocol"] = json!("UDP");
            rule.as_object_mut().unwrap().retain(|key, _| !key.to_lowercase().contains("icmp"));
            ports = Ports::None;
        } else {
            rule["protocol"] = protocol;
        }
        if name == "17" {
            rule["protocol"] = json!(17);
        }
    }
    if random.percent(8) {
        rule["notProtocol"] = random.pick(&[json!("TCP"), json!("UDP"), json!(47)]).clone();
    }
    let http = rule["action"] == "Allow" && way == "ingress" && rule["protocol"] == "TCP";
    if http && view == View::Part && random.percent(15) {
        rule["http"] = json!({"methods": ["GET"]});
    }
    if random.percent(10) {
        rule["ipVersion"] = json!(if v4 { 4 } else { 6 });
    }
    for end in ["source", "destination"] {
        // Services are only for the end that is not the pod's own.
        if random.percent(8) && (end == "source") == (way == "ingress") {
            rule[end] = json!({"services": service(random, global)});
        } else if random.percent(60) {
            rule[end] = entity(random, v4, ports, end == "source");
        }
    }
    rule
}

pub(super) fn policy(random: &mut Random, name: &str, view: View) -> Written {
    let namespace = random.percent(50).then(|| (*random.pick(&alphabet::NAMESPACES)).to_owned());
    let global = namespace.is_none();
    let mut spec = json!({});
    let tiers: &[&str] = if view == View::Part && random.percent(6) {
        &["ghost"]
    } else {
        &["", "", "default", "early", "same", "late", "kube-admin", "kube-baseline"]
    };
    let tier = *random.pick(tiers);
    if !tier.is_empty() {
        spec["tier"] = json!(tier);
    }
    spec["order"] =
        random.pick(&[json!(null), json!(-5), json!(1), json!(10.5), json!(1000), json!(2000)]).clone();
    if random.percent(70) {
        spec["selector"] = json!(selector(random, &OWN, 1));
    }
    if random.percent(20) {
        spec["serviceAccountSelector"] = json!(selector(random, &OF_ACCOUNTS, 1));
    }
    if global && random.percent(40) {
        spec["namespaceSelector"] = json!(selector(random, &OF_NAMESPACES, 1));
    }
    let actions = ["Allow", "Allow", "Deny", "Deny", "Pass", "Log"];
    for field in ["ingress", "egress"] {
        spec[field] = some(random, 3, |random| rule(random, global, field, view, &actions));
    }
    if random.percent(70) {
        spec["types"] = random
            .pick(&[json!(["Ingress"]), json!(["Egress"]), json!(["Ingress", "Egress"]), json!([])])
            .clone();
    }
    if global && random.percent(4) {
        spec["doNotTrack"] = json!(true);
        spec["applyOnForward"] = json!(true);
    }
    let kind = if random.percent(80) { calico::KIND } else { calico::STORED };
    Written { kind, namespace, name: name.to_owned(), labels: Default::default(), spec }
}

/// Tiers, network sets and profiles.
pub(super) fn others(random: &mut Random, cluster: &Cluster, view: View) -> Vec<Written> {
    let object = |kind, namespace, name: &str, spec| Written {
        kind,
        namespace,
        name: name.to_owned(),
        labels: Default::default(),
        spec,
    };
    let mut all = Vec::new();
    let early = json!({"order": 10, "defaultAction": random.pick(&["Pass", "Deny"])});
    all.push(object(calico::TIER, None, "early", early));
    all.push(object(calico::TIER, None, "same", json!({"order": 10})));
    all.push(object(calico::TIER, None, "late", json!({"defaultAction": random.pick(&["Pass", "Deny"])})));
    let listed: Vec<&str> = cluster.namespaces.iter().map(|own| own.name.as_str()).collect();
    for index in 0..random.below(4) {
        let mut namespace = random.percent(60).then(|| *random.pick(&alphabet::NAMESPACES));
        // Where all namespaces are known, sets are in one of them.
        namespace =
            namespace.filter(|name| view == View::Part && !cluster.all_namespaces || listed.contains(name));
        let v4 = random.percent(80);
        let spec = json!({"nets": nets(random, v4, true)});
        let mut set = object(calico::SET, namespace.map(str::to_owned), &format!("set{index}"), spec);
        for key in alphabet::POD_KEYS {
            if random.percent(60) {
                set.labels.insert(key.to_owned(), (*random.pick(values_of(key))).to_owned());
            }
        }
        all.push(set);
    }
    if random.percent(15) {
        let namespace = *random.pick(&alphabet::NAMESPACES);
        let account = *random.pick(&alphabet::ACCOUNTS);
        for name in [format!("kns.{namespace}"), format!("ksa.{namespace}.{account}")] {
            let mut spec = json!({});
            for field in ["ingress", "egress"] {
                spec[field] =
                    some(random, 2, |random| rule(random, true, field, view, &["Allow", "Deny", "Log"]));
            }
            all.push(object(calico::PROFILE, None, &name, spec));
        }
    }
    all
}
