//! `NetworkPolicy` of `projectcalico.org/v3`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Cidr, Direction, Family, Protocol};

use super::objects::{Labels, Language};
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side, Workload};

/// Rules that allow come before the policy that denies the rest.
const ALLOW: u32 = 500;
const DENY: u32 = 2_000;

/// How many ports a rule may have (`maxItems` of `ports` in the definition of the resource).
const MOST_PORTS: usize = 50;

/// The flavor of Calico.
pub(super) enum Calico {}

impl Language for Calico {
    const API_VERSION: &'static str = "projectcalico.org/v3";
    const KIND: &'static str = "NetworkPolicy";

    fn nothing(directions: &[Direction]) -> Json {
        let types: Vec<&str> = directions.iter().map(|direction| direction.name()).collect();
        json!({"order": DENY, "selector": "all()", "types": types})
    }

    fn names(side: &Side, namespace: &str, scene: &Scene<'_>) -> Json {
        let egress = rules(side, namespace, scene, Direction::Egress);
        json!({"order": ALLOW, "selector": "all()", "types": ["Egress"], "egress": egress})
    }

    fn needs(workload: &Workload, labels: &Labels, namespace: &str, scene: &Scene<'_>) -> Json {
        let mut spec = Map::new();
        spec.insert("order".to_owned(), json!(ALLOW));
        spec.insert("selector".to_owned(), json!(selector(labels)));
        let mut types = Vec::new();
        for (direction, side) in workload.sides() {
            types.push(direction.name());
            let rules = rules(side, namespace, scene, direction);
            spec.insert(direction.field().to_owned(), Json::Array(rules));
        }
        spec.insert("types".to_owned(), json!(types));
        Json::Object(spec)
    }
}

/// Labels in Calico's language; values of labels hold no quotes.
fn selector(labels: &Labels) -> String {
    if labels.is_empty() {
        return "all()".to_owned();
    }
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key} == '{value}'")).collect();
    parts.join(" && ")
}

/// A rule for each peer and protocol.
fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, direction: Direction) -> Vec<Json> {
    let mut rules: Vec<Json> = Vec::new();
    for (peer, ports) in side {
        for entity in entities(peer, namespace, scene) {
            // A Service has its own ports.
            let ports = match entity.contains_key("services") {
                true => vec![(None, Vec::new())],
                false => by_protocol(ports),
            };
            for (protocol, numbers) in ports {
                let rule = rule(direction, entity.clone(), protocol, &numbers);
                if !rules.contains(&rule) {
                    rules.push(rule);
                }
            }
        }
    }
    rules
}

/// Ports are always those of the destination.
fn rule(direction: Direction, entity: Map<String, Json>, protocol: Option<Protocol>, ports: &[u16]) -> Json {
    let (peer, mut destination) = match direction {
        Direction::Ingress => (Some(entity), Map::new()),
        Direction::Egress => (None, entity),
    };
    if !ports.is_empty() {
        destination.insert("ports".to_owned(), json!(ports));
    }
    let mut rule = Map::new();
    rule.insert("action".to_owned(), json!("Allow"));
    rule.extend(protocol.map(|protocol| ("protocol".to_owned(), json!(protocol.to_string()))));
    rule.extend(peer.map(|peer| ("source".to_owned(), Json::Object(peer))));
    if !destination.is_empty() {
        rule.insert("destination".to_owned(), Json::Object(destination));
    }
    Json::Object(rule)
}

/// The ports of each protocol; no ports are all. Without a protocol there can be no ports.
fn by_protocol(ports: &Ports) -> Vec<(Option<Protocol>, Vec<u16>)> {
    if ports.contains(&(None, None)) {
        return vec![(None, Vec::new())];
    }
    let mut found: BTreeMap<Protocol, Option<Vec<u16>>> = BTreeMap::new();
    for (protocol, number) in ports {
        let protocols = protocol.map_or(vec![Protocol::Tcp, Protocol::Udp], |protocol| vec![protocol]);
        for protocol in protocols {
            let own = found.entry(protocol).or_insert_with(|| Some(Vec::new()));
            match (number, &mut *own) {
                (Some(number), Some(numbers)) => numbers.push(*number),
                (None, _) => *own = None,
                (Some(_), None) => {}
            }
        }
    }
    let mut all = Vec::new();
    for (protocol, numbers) in found {
        match numbers {
            None => all.push((Some(protocol), Vec::new())),
            Some(numbers) => {
                all.extend(numbers.chunks(MOST_PORTS).map(|ports| (Some(protocol), ports.to_vec())));
            }
        }
    }
    all
}

fn entities(peer: &Peer, namespace: &str, scene: &Scene<'_>) -> Vec<Map<String, Json>> {
    let one = |pairs: Vec<(&str, Json)>| -> Map<String, Json> {
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    let pods = |home: &str, labels: &Labels| {
        let mut pairs = vec![("selector", json!(selector(labels)))];
        if home != namespace {
            pairs.push(("namespaceSelector", json!(format!("projectcalico.org/name == '{home}'"))));
        }
        vec![one(pairs)]
    };
    // One rule has addresses of one family.
    let nets = |blocks: Vec<Cidr>| {
        let of = |family| {
            let own = blocks.iter().filter(move |block| block.family() == family);
            own.map(ToString::to_string).collect::<Vec<_>>()
        };
        let families = [Family::V4, Family::V6].map(of).into_iter().filter(|texts| !texts.is_empty());
        families.map(|texts| one(vec![("nets", json!(texts))])).collect()
    };
    match peer {
        Peer::Subject(place) => {
            let subject = scene.subject(*place);
            pods(&subject.namespace, &subject.selector)
        }
        Peer::Namespace(name) => {
            vec![one(vec![("namespaceSelector", json!(format!("projectcalico.org/name == '{name}'")))])]
        }
        Peer::Everyone => vec![one(vec![("namespaceSelector", json!("all()"))])],
        Peer::Dns => pods(&scene.dns.namespace, &scene.dns.labels),
        Peer::DnsCaches => nets(scene.dns.caches.iter().map(|address| Cidr::one(*address)).collect()),
        Peer::Block(cidr, except) => {
            let mut pairs = vec![("nets", json!([cidr.to_string()]))];
            if !except.is_empty() {
                let texts: Vec<String> = except.iter().map(ToString::to_string).collect();
                pairs.push(("notNets", json!(texts)));
            }
            vec![one(pairs)]
        }
        // A rule for what leaves may name the Service of the API servers (docs, "Use service rules in policy").
        Peer::ApiServers if scene.api_servers().is_empty() => {
            vec![one(vec![("services", json!({"name": "kubernetes", "namespace": "default"}))])]
        }
        Peer::ApiServers => nets(scene.api_servers()),
        Peer::Nodes => nets(scene.nodes()),
        Peer::World => nets([Family::V4, Family::V6].map(Cidr::every).into()),
        Peer::Fqdn(_) => Vec::new(),
    }
}
