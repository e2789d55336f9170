//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::host_files::{seen, writes_core_pattern};
use crate::thing::{Hold, Thing};

edge! {
    /// Root in a container writes to the node's `/proc/sys/kernel/core_pattern`, which names a program that the kernel
    /// runs on the node when a process crashes.
    ///
    /// A read-only mount of `/` leaves `/proc` below it writable, unless `recursiveReadOnly` is `Enabled`. The file asks
    /// for the UID of the node's root, which nobody in a user namespace has.
    ///
    /// Upstream: core(5); KEP-3857 for mounts below a read-only one.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[core-pattern]-> node/worker
    /// #> pod/default/b -[core-pattern]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /proc/sys/kernel}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /proc}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   securityContext: {runAsUser: 1000}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /proc}}]
    /// ```
    pub static CORE_PATTERN = {
        title: "make the kernel run a program on the node through its core pattern",
        technique: "T1611",
        removed_by: &["the hostPath removed", "`recursiveReadOnly: Enabled`", "another user than root", "`hostUsers: false`"],
        draw: Draw::Process(|process, pen| {
            let Some(note) = process.is_root_in_kernel() else { return };
            for seen in seen(process) {
                if writes_core_pattern(seen.shows, seen.read_only, seen.all_read_only) {
                    pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [seen.field], note);
                }
            }
        }),
    }
}
