//! The objects of every flavor: one shape, each flavor's own words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use watertight_netpol::Direction;

use super::Made;
use super::peers::{Peer, Scene};
use super::rules::{Ports, Rules, Side, Workload};
use crate::identities::UNSPECIFIED_NAMESPACE;

/// How a flavor says things.
pub(super) trait Language {
    const API_VERSION: &'static str;
    const KIND: &'static str;

    /// Lets nothing through in some directions.
    fn nothing(directions: &[Direction]) -> Json;

    /// Lets through what a side says for every pod of the namespace, outwards.
    fn names(side: &Side, namespace: &str, scene: &Scene<'_>) -> Json;

    /// Lets through what a workload needs.
    fn needs(workload: &Workload, labels: &Labels, namespace: &str, scene: &Scene<'_>) -> Json;
}

/// The labels that select somebody.
pub(super) type Labels = BTreeMap<String, String>;

/// The policies of the closed namespaces.
pub(super) fn of<L: Language>(scene: &Scene<'_>, closed: &BTreeSet<&str>, rules: &Rules) -> Vec<Made> {
    let mut names = Names { scene, kind: L::KIND, taken: BTreeSet::new() };
    let mut made = Vec::new();
    for namespace in closed {
        let (what, spec) = deny::<L>(scene);
        let [deny, dns] = ["default-deny", "allow-dns"].map(|name| names.take(namespace, name));
        made.push(object::<L>(namespace, deny, what, &spec));
        let spec = L::names(&lookup(scene), namespace, scene);
        made.push(object::<L>(namespace, dns, "names can be looked up", &spec));
    }
    for (place, workload) in &rules.workloads {
        let subject = scene.subject(*place);
        let name = names.take(&subject.namespace, &format!("allow-{}", subject.name));
        let spec = L::needs(workload, &subject.selector, &subject.namespace, scene);
        let mut own = object::<L>(&subject.namespace, name, &format!("what {} needs", subject.name), &spec);
        own.flows.clone_from(&workload.flows);
        made.push(own);
    }
    made.sort_by(|one, other| one.namespace.cmp(&other.namespace));
    made
}

/// The two that every namespace gets, for one whose name is not known yet: what each is called, its kind and what it says.
pub(super) fn of_new_namespace<L: Language>(
    scene: &Scene<'_>,
) -> [(&'static str, &'static str, &'static str, Json); 2] {
    let names = L::names(&lookup(scene), "", scene);
    [("default-deny", deny::<L>(scene).1), ("allow-dns", names)]
        .map(|(name, spec)| (name, L::API_VERSION, L::KIND, spec))
}

fn deny<L: Language>(scene: &Scene<'_>) -> (&'static str, Json) {
    match scene.wanted.egress_only {
        true => ("nothing goes out", L::nothing(&[Direction::Egress])),
        false => ("nothing comes in or goes out", L::nothing(&Direction::BOTH)),
    }
}

/// The DNS of the cluster, as a rule names it.
fn lookup(scene: &Scene<'_>) -> Side {
    let ports: Ports =
        scene.dns.ports.iter().map(|(protocol, number)| (Some(*protocol), Some(*number))).collect();
    let peer = if scene.dns.on_nodes { Peer::Nodes } else { Peer::Dns };
    let mut side = Side::from([(peer, ports)]);
    if !scene.dns.caches.is_empty() {
        // A cache listens on port 53 itself.
        let ports = super::dns::PROTOCOLS.map(|protocol| (Some(protocol), Some(53)));
        side.insert(Peer::DnsCaches, ports.into());
    }
    side
}

fn object<L: Language>(namespace: &str, name: String, what: &str, spec: &Json) -> Made {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name));
    if namespace != UNSPECIFIED_NAMESPACE {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    metadata.insert("labels".to_owned(), json!({super::MANAGED_BY: super::WATERTIGHT}));
    let object = json!({
        "apiVersion": L::API_VERSION,
        "kind": L::KIND,
        "metadata": metadata,
        "spec": spec,
    });
    Made { namespace: namespace.to_owned(), name, what: what.to_owned(), object, flows: Vec::new() }
}

/// Names for policies: none twice, none of a policy that stays as it is, none that the API server finds too long.
struct Names<'s, 'w> {
    scene: &'s Scene<'w>,
    kind: &'static str,
    taken: BTreeSet<(String, String)>,
}

impl Names<'_, '_> {
    fn take(&mut self, namespace: &str, wanted: &str) -> String {
        // `ValidateNetworkPolicyName` is that of subdomains: 253 characters. Room for what comes before and after.
        let wanted = wanted.get(..230).unwrap_or(wanted).trim_end_matches(['.', '-']);
        let is_there = |name: &str| self.scene.stays(self.kind, namespace, name);
        let base = if is_there(wanted) { format!("watertight-{wanted}") } else { wanted.to_owned() };
        let mut name = base.clone();
        let mut number = 2;
        while is_there(&name) || !self.taken.insert((namespace.to_owned(), name.clone())) {
            name = format!("{base}-{number}");
            number += 1;
        }
        name
    }
}
