//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::held::references;
use crate::thing::Thing;

edge! {
    /// Whoever runs code in a container has the Secrets that it gets by its environment and its volumes.
    ///
    /// Upstream: `docs/concepts/configuration/secret.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[secret-read]-> secret/default/one
    /// #> pod/default/a -[secret-read]-> secret/default/two
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers:
    ///   - name: a
    ///     image: a
    ///     envFrom: [{secretRef: {name: one}}]
    ///     volumeMounts: [{name: v, mountPath: /v}]
    ///   volumes: [{name: v, secret: {secretName: two}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   imagePullSecrets: [{name: pull}]
    ///   containers: [{name: a, image: a}]
    ///   volumes: [{name: v, secret: {secretName: two}}]
    /// ```
    pub static SECRET_READ = {
        title: "read a Secret that the container gets",
        technique: "T1552.007",
        removed_by: &["the reference removed"],
        draw: Draw::Process(|process, pen| {
            for reference in references(process.workload, process.container) {
                let name = pen.name(reference.secret);
                let to = Thing::Secret(process.load.namespace, name);
                pen.edge(process.vertex, to, [process.field(reference.path)], None);
            }
        }),
    }
}
