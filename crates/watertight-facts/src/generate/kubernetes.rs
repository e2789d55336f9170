//! `NetworkPolicy` of `networking.k8s.io/v1`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Cidr, Family, Protocol};

use super::Made;
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side, Workload};
use crate::identities::UNSPECIFIED_NAMESPACE;
use crate::implied::NAMESPACE_NAME_LABEL;

pub(super) fn objects(
    scene: &Scene<'_>,
    closed: &BTreeSet<&str>,
    workloads: &BTreeMap<usize, Workload>,
) -> Vec<Made> {
    let egress_only = scene.wanted.egress_only;
    let types = if egress_only { json!(["Egress"]) } else { json!(["Ingress", "Egress"]) };
    let mut made = Vec::new();
    for namespace in closed {
        let what = if egress_only { "nothing goes out" } else { "nothing comes in or goes out" };
        let spec = json!({"podSelector": {}, "policyTypes": types});
        made.push(object(namespace, "default-deny", what, spec, Vec::new()));
        let egress = rules(&dns(scene), namespace, scene, "to");
        let spec = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": egress});
        made.push(object(namespace, "allow-dns", "names can be looked up", spec, Vec::new()));
    }
    let names = names(scene, workloads);
    for (place, workload) in workloads {
        let subject = scene.subject(*place);
        let mut spec = Map::new();
        spec.insert("podSelector".to_owned(), selector(&subject.selector));
        let sides =
            [("ingress", "Ingress", "from", &workload.ingress), ("egress", "Egress", "to", &workload.egress)];
        let has_rules: Vec<_> = sides.into_iter().filter(|(.., side)| !side.is_empty()).collect();
        let types: Vec<&str> = has_rules.iter().map(|(_, name, ..)| *name).collect();
        spec.insert("policyTypes".to_owned(), json!(types));
        for (field, _, peers, side) in has_rules {
            spec.insert(field.to_owned(), rules(side, &subject.namespace, scene, peers));
        }
        let what = format!("what {} needs", subject.name);
        let flows = workload.flows.clone();
        made.push(object(&subject.namespace, &names[place], &what, spec, flows));
    }
    made.sort_by(|one, other| one.namespace.cmp(&other.namespace));
    made
}

/// The DNS of the cluster, as a rule names it.
pub(super) fn dns(scene: &Scene<'_>) -> Side {
    let ports: Ports =
        scene.dns.ports.iter().map(|(protocol, number)| (Some(*protocol), Some(*number))).collect();
    let mut side = Side::new();
    side.insert(Peer::Dns, ports);
    if !scene.dns.caches.is_empty() {
        // A cache listens on port 53 itself.
        let ports = [Protocol::Udp, Protocol::Tcp].map(|protocol| (Some(protocol), Some(53)));
        side.insert(Peer::DnsCaches, ports.into());
    }
    side
}

/// A name for the policy of each subject: two kinds may have a workload of one name.
pub(super) fn names(scene: &Scene<'_>, workloads: &BTreeMap<usize, Workload>) -> BTreeMap<usize, String> {
    let mut taken: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut names = BTreeMap::new();
    for place in workloads.keys() {
        let subject = scene.subject(*place);
        let base = format!("allow-{}", subject.name);
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert((&subject.namespace, name.clone())) {
            name = format!("{base}-{number}");
            number += 1;
        }
        names.insert(*place, name);
    }
    names
}

/// The metadata of an object that is made.
pub(super) fn metadata(namespace: &str, name: &str) -> Json {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name));
    if namespace != UNSPECIFIED_NAMESPACE {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    metadata.insert("labels".to_owned(), json!({"app.kubernetes.io/managed-by": "watertight"}));
    Json::Object(metadata)
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
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(namespace, name),
        "spec": spec,
    });
    Made { namespace: namespace.to_owned(), name: name.to_owned(), what: what.to_owned(), object, flows }
}

fn selector(labels: &BTreeMap<String, String>) -> Json {
    if labels.is_empty() { json!({}) } else { json!({"matchLabels": labels}) }
}

/// Rules: peers with the same ports are one rule.
fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, field: &str) -> Json {
    let mut by_ports: BTreeMap<&Ports, Vec<Json>> = BTreeMap::new();
    for (peer, ports) in side {
        by_ports.entry(ports).or_default().extend(peers(peer, namespace, scene));
    }
    let rule = |(ports, peers): (&Ports, Vec<Json>)| {
        let mut rule = Map::new();
        rule.insert(field.to_owned(), Json::Array(peers));
        if let Some(ports) = port_list(ports) {
            rule.insert("ports".to_owned(), ports);
        }
        Json::Object(rule)
    };
    by_ports.into_iter().map(rule).collect()
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
