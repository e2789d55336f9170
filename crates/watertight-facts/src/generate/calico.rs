//! `NetworkPolicy` of `projectcalico.org/v3`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Cidr, Direction, Family, Protocol};

use super::objects::{Does, Form};
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side};

/// Rules that allow come before the policy that denies the rest.
const ALLOW: u32 = 500;
const DENY: u32 = 2_000;

/// Calico's policies.
pub(super) struct Calico;

impl Form for Calico {
    const API_VERSION: &'static str = "projectcalico.org/v3";
    const KIND: &'static str = "NetworkPolicy";
    const TYPES: Option<&'static str> = Some("types");

    fn subject(labels: &BTreeMap<String, String>, does: Does) -> Vec<(&'static str, Json)> {
        let order = match does {
            Does::Close => DENY,
            Does::Open => ALLOW,
        };
        vec![("order", json!(order)), ("selector", json!(selector(labels)))]
    }

    /// A rule for each peer and protocol.
    fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, direction: Direction) -> Vec<Json> {
        let end = match direction {
            Direction::Ingress => "source",
            Direction::Egress => "destination",
        };
        let mut rules = Vec::new();
        for (peer, ports) in side {
            for entity in entities(peer, namespace, scene) {
                for (protocol, numbers) in by_protocol(ports) {
                    let mut rule = Map::new();
                    rule.insert("action".to_owned(), json!("Allow"));
                    if let Some(protocol) = protocol {
                        rule.insert("protocol".to_owned(), json!(protocol.to_string()));
                    }
                    let mut entity = entity.clone();
                    let own_ports = entity.contains_key("services");
                    let has_ports = !numbers.is_empty() && !own_ports;
                    match direction {
                        Direction::Egress if has_ports => {
                            entity.insert("ports".to_owned(), json!(numbers));
                        }
                        Direction::Ingress if has_ports => {
                            rule.insert("destination".to_owned(), json!({"ports": numbers}));
                        }
                        _ => {}
                    }
                    rule.insert(end.to_owned(), Json::Object(entity));
                    rules.push(Json::Object(rule));
                }
            }
        }
        rules
    }
}

/// Labels in Calico's language; values of labels hold no quotes.
fn selector(labels: &BTreeMap<String, String>) -> String {
    if labels.is_empty() {
        return "all()".to_owned();
    }
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key} == '{value}'")).collect();
    parts.join(" && ")
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
    found.into_iter().map(|(protocol, numbers)| (Some(protocol), numbers.unwrap_or_default())).collect()
}

fn entities(peer: &Peer, namespace: &str, scene: &Scene<'_>) -> Vec<Map<String, Json>> {
    let one = |pairs: Vec<(&str, Json)>| -> Map<String, Json> {
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    };
    let pods = |home: &str, labels: &BTreeMap<String, String>| {
        let mut pairs = vec![("selector", json!(selector(labels)))];
        if home != namespace {
            pairs.push(("namespaceSelector", json!(format!("projectcalico.org/name == '{home}'"))));
        }
        vec![one(pairs)]
    };
    let nets = |blocks: Vec<Cidr>| {
        let texts: Vec<String> = blocks.iter().map(ToString::to_string).collect();
        vec![one(vec![("nets", json!(texts))])]
    };
    match peer {
        Peer::Subject(place) => {
            let subject = scene.subject(*place);
            pods(&subject.namespace, &subject.selector)
        }
        Peer::Namespace(name) => {
            vec![one(vec![("namespaceSelector", json!(format!("projectcalico.org/name == '{name}'")))])]
        }
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
        // One rule has addresses of one family.
        Peer::World => {
            [Family::V4, Family::V6].into_iter().flat_map(|family| nets(vec![Cidr::every(family)])).collect()
        }
        Peer::Fqdn(_) => Vec::new(),
    }
}
