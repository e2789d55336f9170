//! `NetworkPolicy` of `networking.k8s.io/v1`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Cidr, Direction, Family, Protocol};

use super::objects::{Does, Form};
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side};
use crate::implied::NAMESPACE_NAME_LABEL;

/// Kubernetes' policies.
pub(super) struct Kubernetes;

impl Form for Kubernetes {
    const API_VERSION: &'static str = "networking.k8s.io/v1";
    const KIND: &'static str = "NetworkPolicy";
    const TYPES: Option<&'static str> = Some("policyTypes");

    fn subject(labels: &BTreeMap<String, String>, _: Does) -> Vec<(&'static str, Json)> {
        vec![("podSelector", selector(labels))]
    }

    /// Peers with the same ports are one rule.
    fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, direction: Direction) -> Vec<Json> {
        let mut by_ports: BTreeMap<&Ports, Vec<Json>> = BTreeMap::new();
        for (peer, ports) in side {
            by_ports.entry(ports).or_default().extend(peers(peer, namespace, scene));
        }
        let rule = |(ports, peers): (&Ports, Vec<Json>)| {
            let mut rule = Map::new();
            rule.insert(direction.peers_field().to_owned(), Json::Array(peers));
            if let Some(ports) = port_list(ports) {
                rule.insert("ports".to_owned(), ports);
            }
            Json::Object(rule)
        };
        by_ports.into_iter().map(rule).collect()
    }
}

fn selector(labels: &BTreeMap<String, String>) -> Json {
    if labels.is_empty() { json!({}) } else { json!({"matchLabels": labels}) }
}

/// Ports as a rule lists them; `None` for all.
fn port_list(ports: &Ports) -> Option<Json> {
    if ports.contains(&(None, None)) {
        return None;
    }
    let each = |(protocol, number): &(Option<Protocol>, Option<u16>)| -> Vec<Json> {
        let protocols = match protocol {
            Some(protocol) => vec![*protocol],
            None => vec![Protocol::Tcp, Protocol::Udp],
        };
        let one = |protocol: Protocol| match number {
            Some(number) => json!({"protocol": protocol.to_string(), "port": number}),
            None => json!({"protocol": protocol.to_string()}),
        };
        protocols.into_iter().map(one).collect()
    };
    Some(Json::Array(ports.iter().flat_map(each).collect()))
}

fn peers(peer: &Peer, namespace: &str, scene: &Scene<'_>) -> Vec<Json> {
    let of_namespace = |name: &str| json!({"matchLabels": {NAMESPACE_NAME_LABEL: name}});
    let pods = |home: &str, labels: &BTreeMap<String, String>| match home == namespace {
        true => json!({"podSelector": selector(labels)}),
        false => json!({"namespaceSelector": of_namespace(home), "podSelector": selector(labels)}),
    };
    let blocks = |blocks: Vec<Cidr>| blocks.into_iter().map(|cidr| block(cidr, &[])).collect();
    match peer {
        Peer::Subject(place) => {
            let subject = scene.subject(*place);
            vec![pods(&subject.namespace, &subject.selector)]
        }
        Peer::Namespace(name) => vec![json!({"namespaceSelector": of_namespace(name)})],
        Peer::Dns => vec![pods(&scene.dns.namespace, &scene.dns.labels)],
        Peer::DnsCaches => blocks(scene.dns.caches.iter().map(|address| Cidr::one(*address)).collect()),
        Peer::Block(cidr, except) => vec![block(*cidr, except)],
        Peer::ApiServers => blocks(scene.api_servers()),
        Peer::Nodes => blocks(scene.nodes()),
        Peer::World => blocks(vec![Cidr::every(Family::V4), Cidr::every(Family::V6)]),
        // Told as every public address before.
        Peer::Fqdn(_) => Vec::new(),
    }
}

fn block(cidr: Cidr, except: &[Cidr]) -> Json {
    let except: Vec<String> = except.iter().map(ToString::to_string).collect();
    match except.is_empty() {
        true => json!({"ipBlock": {"cidr": cidr.to_string()}}),
        false => json!({"ipBlock": {"cidr": cidr.to_string(), "except": except}}),
    }
}
