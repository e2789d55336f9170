use watertight_engine::prelude::*;
use watertight_syntax::Segment;

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
    for path in object.object().duplicate_keys() {
        let name = match path.segments().last() {
            Some(Segment::Key(name)) => name.to_string(),
            _ => continue,
        };
        // No fix: the value that is dropped may be the one that was meant.
        out.fail(path, format!("the key `{name}` stands more than once; Kubernetes keeps the last"));
    }
}
