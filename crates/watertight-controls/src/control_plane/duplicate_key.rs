use std::collections::BTreeSet;

use watertight_engine::prelude::*;
use watertight_syntax::{NodeId, Value};

control! {
    /// One of the two values is dropped without a word: kubectl keeps the last, other tools refuse
    /// the file or keep the first, and a reviewer reads either.
    ///
    /// ## Remedy
    /// Remove the value that is not meant.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       privileged: false
    ///       privileged: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: a
    ///   annotations: &base {team: a, tier: web}
    ///   labels: {<<: *base, team: b, team: c}  # beside a merge key
    /// ```
    /// ```yaml,fail
    /// {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "1", "k": "2"}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: base, labels: &labels {tier: web, team: a}}
    /// ---
    /// apiVersion: v1
    /// kind: List
    /// items:
    /// - apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: {name: one, labels: &shared {tier: web, team: a}}
    /// - apiVersion: v1
    ///   kind: ConfigMap
    ///   metadata: {name: two, labels: {<<: *shared, team: b}}  # what merge keys are for
    /// ```
    pub static DUPLICATE_KEY = {
        title: "key stands twice in one map",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    // A body that cannot be opened is a gap already.
    let Ok(body) = object.object().body() else { return };
    let root = body.root();
    let twins: BTreeSet<NodeId> = root.document().duplicates().iter().map(|twin| twin.key).collect();
    if !twins.is_empty() {
        walk(root, &Path::root(), &twins, &mut BTreeSet::new(), out);
    }
}

/// The document may hold other objects: only keys below this one count. A map that aliases repeat
/// is looked at once.
fn walk(
    value: Value<'_>,
    path: &Path,
    twins: &BTreeSet<NodeId>,
    seen: &mut BTreeSet<NodeId>,
    out: &mut Sink<'_>,
) {
    if !seen.insert(value.id()) {
        return;
    }
    for (key, child) in value.pairs() {
        let name = key.as_str().unwrap_or_default();
        let below = path.key(name.to_owned());
        if twins.contains(&key.id()) {
            let message = format!("the key `{name}` stands more than once; Kubernetes keeps the last");
            // No fix: the value that is dropped may be the one that was meant.
            out.fail(below.clone(), message);
        }
        walk(child, &below, twins, seen, out);
    }
    for (index, child) in value.items().enumerate() {
        walk(child, &path.index(index), twins, seen, out);
    }
}
