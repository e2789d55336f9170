//! `CiliumNetworkPolicy` of `cilium.io/v2`.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Direction, Protocol};

use super::objects::{Does, Form};
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side};

/// The label that every endpoint has (`pkg/k8s/apis/cilium.io/const.go`).
const NAMESPACE: &str = "k8s:io.kubernetes.pod.namespace";

/// Cilium's policies.
pub(super) struct Cilium;

impl Form for Cilium {
    const API_VERSION: &'static str = "cilium.io/v2";
    const KIND: &'static str = "CiliumNetworkPolicy";
    const TYPES: Option<&'static str> = None;

    fn subject(labels: &BTreeMap<String, String>, _: Does) -> Vec<(&'static str, Json)> {
        vec![("endpointSelector", selector(labels, None))]
    }

    /// A section with one empty rule lets nothing through and cuts off (`pkg/policy/api/rule.go`).
    fn nothing() -> Option<Json> {
        Some(json!([{}]))
    }

    /// A rule for each kind of peer: one rule may have only one kind (`sanitize` in `pkg/policy/api/rule_validation.go`).
    fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, direction: Direction) -> Vec<Json> {
        let mut rules = Vec::new();
        let mut by_kind: BTreeMap<(&'static str, &Ports), Vec<Json>> = BTreeMap::new();
        for (peer, ports) in side {
            for (kind, written) in peers(peer, namespace, scene) {
                by_kind.entry((kind, ports)).or_default().push(written);
            }
        }
        for ((kind, ports), peers) in by_kind {
            let mut rule = Map::new();
            rule.insert(format!("{}{kind}", direction.peers_field()), Json::Array(peers));
            if let Some(ports) = port_list(ports) {
                rule.insert("toPorts".to_owned(), json!([{"ports": ports}]));
            }
            rules.push(Json::Object(rule));
        }
        rules
    }

    /// Rules by host name need to see the answers of the DNS (`Documentation/security/dns.rst`).
    fn look_into_names(rules: &mut [Json]) {
        for ports in rules.iter_mut().filter_map(|rule| rule["toPorts"].as_array_mut()).flatten() {
            ports["rules"] = json!({"dns": [{"matchPattern": "*"}]});
        }
    }
}

fn selector(labels: &BTreeMap<String, String>, namespace: Option<&str>) -> Json {
    let mut wanted: BTreeMap<String, &str> =
        labels.iter().map(|(key, value)| (format!("k8s:{key}"), value.as_str())).collect();
    wanted.extend(namespace.map(|name| (NAMESPACE.to_owned(), name)));
    if wanted.is_empty() { json!({}) } else { json!({"matchLabels": wanted}) }
}

fn port_list(ports: &Ports) -> Option<Json> {
    if ports.contains(&(None, None)) {
        return None;
    }
    let one = |(protocol, number): &(Option<Protocol>, Option<u16>)| {
        let protocol = protocol.map_or("ANY".to_owned(), |protocol| protocol.to_string());
        json!({"port": number.unwrap_or(0).to_string(), "protocol": protocol})
    };
    Some(ports.iter().map(one).collect())
}

fn peers(peer: &Peer, namespace: &str, scene: &Scene<'_>) -> Vec<(&'static str, Json)> {
    let pods = |home: &str, labels: &BTreeMap<String, String>| {
        vec![("Endpoints", selector(labels, Some(home).filter(|home| *home != namespace)))]
    };
    match peer {
        Peer::Subject(place) => {
            let subject = scene.subject(*place);
            pods(&subject.namespace, &subject.selector)
        }
        Peer::Namespace(name) => vec![("Endpoints", selector(&BTreeMap::new(), Some(name)))],
        Peer::Dns => pods(&scene.dns.namespace, &scene.dns.labels),
        Peer::DnsCaches => {
            let caches = scene.dns.caches.iter();
            caches
                .map(|address| {
                    ("CIDRSet", json!({"cidr": watertight_netpol::Cidr::one(*address).to_string()}))
                })
                .collect()
        }
        Peer::Block(cidr, except) => {
            let except: Vec<String> = except.iter().map(ToString::to_string).collect();
            vec![(
                "CIDRSet",
                match except.is_empty() {
                    true => json!({"cidr": cidr.to_string()}),
                    false => json!({"cidr": cidr.to_string(), "except": except}),
                },
            )]
        }
        Peer::ApiServers => vec![("Entities", json!("kube-apiserver"))],
        Peer::Nodes => vec![("Entities", json!("host")), ("Entities", json!("remote-node"))],
        Peer::World => vec![("Entities", json!("world"))],
        Peer::Fqdn(name) => vec![("FQDNs", json!({"matchName": name}))],
    }
}
