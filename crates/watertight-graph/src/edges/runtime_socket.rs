//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::host_files::{opens_socket, seen};
use crate::thing::{Hold, Thing};

edge! {
    /// Whoever may connect to the container runtime's socket starts privileged containers on the node. A read-only mount
    /// does not keep anyone from connecting.
    ///
    /// The sockets of containerd, CRI-O and Podman belong to root and its group, 0; Docker's belongs to a group of its
    /// own, whose number nobody here knows. A user without a written group may be in group 0.
    ///
    /// Upstream: `GetLocalListener` in containerd's `pkg/sys/socket_unix.go` for the mode and the owner.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[runtime-socket]-> node/worker
    /// #> pod/default/b -[runtime-socket]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   securityContext: {runAsUser: 1000, runAsGroup: 0}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /run/containerd/containerd.sock}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   securityContext: {runAsUser: 1000, runAsGroup: 1000}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /run/containerd/containerd.sock}}]
    /// ```
    pub static RUNTIME_SOCKET = {
        title: "start a privileged container through the runtime's socket",
        technique: "T1611",
        removed_by: &["the hostPath removed", "another user and group than root's"],
        draw: Draw::Process(|process, pen| {
            for seen in seen(process) {
                if let Some(note) = opens_socket(process, seen.shows) {
                    pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [seen.field], note);
                }
            }
        }),
    }
}
