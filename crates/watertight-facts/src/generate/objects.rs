//! The policies of a plan, the same for every flavor: what closes each namespace, what lets names be looked up, and
//! what each workload needs. A [`Form`] writes them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use watertight_netpol::{Direction, Protocol};

use super::Made;
use super::peers::{Peer, Scene};
use super::rules::{Ports, Side, Workload};
use crate::flows::Flow;
use crate::identities::UNSPECIFIED_NAMESPACE;

/// What a policy is for.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// It closes a namespace.
    Close,
    /// It lets something through.
    Open,
}

/// How a flavor writes policies.
pub(super) trait Form {
    /// The version of its API.
    const API_VERSION: &'static str;
    /// Its kind.
    const KIND: &'static str;
    /// The field of a spec that names the directions that it governs, if there is one.
    const TYPES: Option<&'static str>;

    /// The fields of a spec that say which pods of its namespace it is about, and when it is asked.
    fn subject(labels: &BTreeMap<String, String>, does: Does) -> Vec<(&'static str, Json)>;

    /// The rules for a direction, in a policy of a namespace.
    fn rules(side: &Side, namespace: &str, scene: &Scene<'_>, direction: Direction) -> Vec<Json>;

    /// The rules that let nothing through, where it is not enough to have none.
    fn nothing() -> Option<Json> {
        None
    }

    /// Makes rules for the DNS see what is asked, where rules by name need that.
    fn look_into_names(_: &mut [Json]) {}
}

/// The objects of a flavor, by namespace.
pub(super) fn of<F: Form>(
    scene: &Scene<'_>,
    closed: &BTreeSet<&str>,
    workloads: &BTreeMap<usize, Workload>,
) -> Vec<Made> {
    let (directions, what) = match scene.wanted.egress_only {
        true => (&[Direction::Egress][..], "nothing goes out"),
        false => (&Direction::BOTH[..], "nothing comes in or goes out"),
    };
    let everybody = BTreeMap::new();
    let mut made = Vec::new();
    for namespace in closed {
        let nothing = directions.iter().map(|direction| (*direction, F::nothing())).collect();
        let deny = spec::<F>(&everybody, Does::Close, nothing);
        made.push(object::<F>(namespace, "default-deny", what, &deny, Vec::new()));
        let mut rules = F::rules(&dns(scene), namespace, scene, Direction::Egress);
        F::look_into_names(&mut rules);
        let names = spec::<F>(&everybody, Does::Open, vec![(Direction::Egress, Some(Json::Array(rules)))]);
        made.push(object::<F>(namespace, "allow-dns", "names can be looked up", &names, Vec::new()));
    }
    let names = names(scene, workloads);
    for (place, workload) in workloads {
        let subject = scene.subject(*place);
        let sides = [(Direction::Ingress, &workload.ingress), (Direction::Egress, &workload.egress)];
        let rules = sides.into_iter().filter(|(_, side)| !side.is_empty()).map(|(direction, side)| {
            (direction, Some(Json::Array(F::rules(side, &subject.namespace, scene, direction))))
        });
        let spec = spec::<F>(&subject.selector, Does::Open, rules.collect());
        let what = format!("what {} needs", subject.name);
        made.push(object::<F>(&subject.namespace, &names[place], &what, &spec, workload.flows.clone()));
    }
    made.sort_by(|one, other| one.namespace.cmp(&other.namespace));
    made
}

/// A spec that governs some directions, with their rules.
fn spec<F: Form>(
    labels: &BTreeMap<String, String>,
    does: Does,
    governed: Vec<(Direction, Option<Json>)>,
) -> Json {
    let mut spec: Map<String, Json> =
        F::subject(labels, does).into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
    if let Some(field) = F::TYPES {
        let names: Vec<&str> = governed.iter().map(|(direction, _)| direction.name()).collect();
        spec.insert(field.to_owned(), json!(names));
    }
    for (direction, rules) in governed {
        spec.extend(rules.map(|rules| (direction.field().to_owned(), rules)));
    }
    Json::Object(spec)
}

fn object<F: Form>(namespace: &str, name: &str, what: &str, spec: &Json, flows: Vec<Flow>) -> Made {
    let object = json!({
        "apiVersion": F::API_VERSION,
        "kind": F::KIND,
        "metadata": metadata(namespace, name),
        "spec": spec,
    });
    Made { namespace: namespace.to_owned(), name: name.to_owned(), what: what.to_owned(), object, flows }
}

/// The DNS of the cluster, as a rule names it.
fn dns(scene: &Scene<'_>) -> Side {
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
fn names(scene: &Scene<'_>, workloads: &BTreeMap<usize, Workload>) -> BTreeMap<usize, String> {
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
fn metadata(namespace: &str, name: &str) -> Json {
    let mut metadata = Map::new();
    metadata.insert("name".to_owned(), json!(name));
    if namespace != UNSPECIFIED_NAMESPACE {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    metadata.insert("labels".to_owned(), json!({"app.kubernetes.io/managed-by": "watertight"}));
    Json::Object(metadata)
}
