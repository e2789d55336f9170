//! See the page of the edge.

use watertight_facts::{Isolation, Os, runtime_socket_at};

use crate::edge;
use crate::edge::Draw;
use crate::host_files::seen;
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
            const OF_GROUP: &str = "the process may be in group 0, which may open the socket";
            if process.isolation == Isolation::OwnKernel || process.workload.os() == Os::Windows {
                return;
            }
            for seen in seen(process) {
                let Some(runtime) = runtime_socket_at(seen.shows) else { continue };
                let note = match process.is_root_within() {
                    Some(note) => note,
                    None if runtime != "Docker" && process.may_be_in_root_group() => Some(OF_GROUP),
                    None => continue,
                };
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [seen.field], note);
            }
        }),
    }
}
