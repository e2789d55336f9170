//! See the page of the edge.

use watertight_facts::Os;

use crate::edge;
use crate::edge::Draw;
use crate::host_files::{seen, written};
use crate::thing::Thing;

edge! {
    /// Root in a container writes to a folder of the node from which the node runs programs, or reads who is root: the
    /// kubelet's static pods, cron's jobs, keys that are let in.
    ///
    /// Volumes of a pod in a user namespace are mapped, so that its root is root there too.
    ///
    /// Upstream: `hostPath` in `docs/concepts/storage/volumes.md` of Kubernetes' pages; KEP-127 for user namespaces.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[host-path-write]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /etc/cron.d}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /etc}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   securityContext: {runAsUser: 1000}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /etc}}]
    /// ```
    pub static HOST_PATH_WRITE = {
        title: "write to a folder that decides who is root on the node",
        technique: "T1611",
        removed_by: &["the hostPath removed", "the mount read-only", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let Some(note) = process.is_root_within().filter(|_| process.workload.os() != Os::Windows) else {
                return;
            };
            for seen in seen(process).filter(|seen| !seen.read_only) {
                if let Some(hold) = written(seen.shows) {
                    pen.edge(process.vertex, Thing::Placed(process.place, hold), [seen.field], note);
                }
            }
        }),
    }
}
