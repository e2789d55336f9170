//! `CiliumNetworkPolicy` of `cilium.io/v2`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use watertight_netpol::Protocol;

use super::Made;
use super::kubernetes::{dns, metadata, names};
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side, Workload};

/// The label that every endpoint has (`pkg/k8s/apis/cilium.io/const.go`).
const NAMESPACE: &str = "k8s:io.kubernetes.pod.namespace";

pub(super) fn objects(
    scene: &Scene<'_>,
    closed: &BTreeSet<&str>,
    workloads: &BTreeMap<usize, Workload>,
) -> Vec<Made> {
    let mut made = Vec::new();
    for namespace in closed {
        // A section with one empty rule lets nothing through and cuts off (`pkg/policy/api/rule.go`).
        let mut spec = Map::new();
        spec.insert("endpointSelector".to_owned(), json!({}));
        let mut what = "nothing goes out";
        if !scene.wanted.egress_only {
            spec.insert("ingress".to_owned(), json!([{}]));
            what = "nothing comes in or goes out";
        }
        spec.insert("egress".to_owned(), json!([{}]));
        made.push(object(namespace, "default-deny", what, spec, Vec::new()));
        let mut egress = rules(&dns(scene), namespace, scene, "to");
        look_into_names(&mut egress);
        let spec = json!({"endpointSelector": {}, "egress": egress});
        made.push(object(namespace, "allow-dns", "names can be looked up", spec, Vec::new()));
    }
    let names = names(scene, workloads);
    for (place, workload) in workloads {
        let subject = scene.subject(*place);
        let mut spec = Map::new();
        spec.insert("endpointSelector".to_owned(), selector(&subject.selector, None));
        for (field, peers, side) in
            [("ingress", "from", &workload.ingress), ("egress", "to", &workload.egress)]
        {
            if !side.is_empty() {
                spec.insert(field.to_owned(), Json::Array(rules(side, &subject.namespace, scene, peers)));
            }
        }
        let what = format!("what {} needs", subject.name);
        let flows = workload.flows.clone();
        made.push(object(&subject.namespace, &names[place], &what, spec, flows));
    }
    made.sort_by(|one, other| one.namespace.cmp(&other.namespace));
    made
}

fn object(
    namespace: &str,
    name: &str,
    what: &str,
    spec: impl Into<Json>,
    flows: Vec<crate::flows::Flow>,
) -> Made {
    let spec: Json = spec.into();
    let object = json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": metadata(namespace, name),
        "spec": spec,
    });
    Made { namespace: namespace.to_owned(), name: name.to_owned(), what: what.to_owned(), object, flows }
}

fn selector(labels: &BTreeMap<String, String>, namespace: Option<&str>) -> Json {
    let mut wanted: BTreeMap<String, &str> =
        labels.iter().map(|(key, value)| (format!("k8s:{key}"), value.as_str())).collect();
    wanted.extend(namespace.map(|name| (NAMESPACE.to_owned(), name)));
    if wanted.is_empty() { json!({}) } else { json!({"matchLabels": wanted}) }
}

/// Rules by host name need to see the answers of the DNS (`Documentation/security/dns.rst`).
fn look_into_names(rules: &mut [Json]) {
    for ports in rules.iter_mut().filter_map(|rule| rule["toPorts"].as_array_mut()).flatten() {
        ports["rules"] = json!({"dns": [{"matchPattern": "*"}]});
    }
}

/// A rule for each kind of peer: one rule may have only one kind (`sanitize` in `pkg/policy/api/rule_validation.go`).
fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, to: &str) -> Vec<Json> {
    let mut rules = Vec::new();
    let mut by_kind: BTreeMap<(&'static str, &Ports), Vec<Json>> = BTreeMap::new();
    for (peer, ports) in side {
        for (kind, written) in peers(peer, namespace, scene) {
            by_kind.entry((kind, ports)).or_default().push(written);
        }
    }
    for ((kind, ports), peers) in by_kind {
        let mut rule = Map::new();
        rule.insert(format!("{to}{kind}"), Json::Array(peers));
        if let Some(ports) = port_list(ports) {
            rule.insert("toPorts".to_owned(), json!([{"ports": ports}]));
        }
        rules.push(Json::Object(rule));
    }
    rules
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
