//! Makes a case that fails small: whatever can go without it ceasing to fail goes.

use serde_json::Value;

use super::case::{Case, fault};
use super::world::{Packet, Who};

/// A case with the same fault, as small as it gets.
pub(super) fn shrink(mut case: Case, mut packet: Packet, wanted: &str) -> (Case, Packet) {
    let fails = |case: &Case, packet: &Packet| {
        let found = case.model().ok().and_then(|model| fault(case, &model, packet));
        found.is_some_and(|found| found == wanted)
    };
    loop {
        let smaller = without_pods(&case, &packet)
            .into_iter()
            .chain(without_parts(&case).into_iter().map(|smaller| (smaller, packet)))
            .find(|(case, packet)| fails(case, packet));
        match smaller {
            Some(found) => (case, packet) = found,
            None => return (case, packet),
        }
    }
}

/// The case without one of the pods that the packet does not touch.
fn without_pods(case: &Case, packet: &Packet) -> Vec<(Case, Packet)> {
    let mut all = Vec::new();
    for gone in 0..case.cluster.pods.len() {
        if [packet.from, packet.to].contains(&Who::Pod(gone)) {
            continue;
        }
        let mut smaller = case.clone();
        smaller.cluster.pods.remove(gone);
        let moved = |who: Who| match who {
            Who::Pod(place) if place > gone => Who::Pod(place - 1),
            other => other,
        };
        all.push((smaller, Packet { from: moved(packet.from), to: moved(packet.to), ..*packet }));
    }
    all
}

/// The case without an object, or without a field or an entry of one, or without something of the cluster.
fn without_parts(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for gone in 0..case.written.len() {
        let mut smaller = case.clone();
        smaller.written.remove(gone);
        all.push(smaller);
    }
    for (place, object) in case.written.iter().enumerate() {
        for spec in without_part(&object.spec) {
            let mut smaller = case.clone();
            smaller.written[place].spec = spec;
            all.push(smaller);
        }
    }
    for gone in 0..case.cluster.accounts.len() {
        let mut smaller = case.clone();
        smaller.cluster.accounts.remove(gone);
        all.push(smaller);
    }
    for (place, pod) in case.cluster.pods.iter().enumerate() {
        for key in pod.labels.known.keys() {
            let mut smaller = case.clone();
            smaller.cluster.pods[place].labels.known.remove(key);
            all.push(smaller);
        }
        for gone in 0..pod.ports.len() {
            let mut smaller = case.clone();
            smaller.cluster.pods[place].ports.remove(gone);
            all.push(smaller);
        }
    }
    all
}

fn without_part(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Array(entries) => {
            for (place, entry) in entries.iter().enumerate() {
                let mut without = entries.clone();
                without.remove(place);
                all.push(Value::Array(without));
                for smaller in without_part(entry) {
                    let mut with = entries.clone();
                    with[place] = smaller;
                    all.push(Value::Array(with));
                }
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                let mut without = fields.clone();
                without.remove(key);
                all.push(Value::Object(without));
                for smaller in without_part(field) {
                    let mut with = fields.clone();
                    with.insert(key.clone(), smaller);
                    all.push(Value::Object(with));
                }
            }
        }
        _ => {}
    }
    all
}

/// What to print of a case.
pub(super) fn told(case: &Case, packet: &Packet) -> String {
    let mut lines = vec![format!("packet {packet:?}, regime {:?}", case.regime)];
    for object in &case.written {
        let Value::Object(_) = object.spec else { continue };
        lines.push(format!(
            "{} {:?}/{} {:?}: {}",
            object.kind, object.namespace, object.name, object.labels, object.spec
        ));
    }
    let cluster = &case.cluster;
    for who in [packet.from, packet.to] {
        match who {
            Who::Pod(place) => lines.push(format!("{who:?}: {:?}", cluster.pods[place])),
            Who::Node(place) => lines.push(format!("{who:?}: {:?}", cluster.nodes[place])),
            _ => {}
        }
    }
    lines.push(format!("namespaces {:?}, all {}", cluster.namespaces, cluster.all_namespaces));
    lines.push(format!("blocks mean pods: {:?}, pods in {:?}", cluster.blocks_mean_pods, cluster.pod_blocks));
    lines.join("\n")
}
