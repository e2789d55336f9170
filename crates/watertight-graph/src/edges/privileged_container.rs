//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// A process of a privileged container that runs as root has every capability and sees the node's devices: it
    /// mounts the node's disk, loads a module, or writes what the kernel runs.
    ///
    /// A process of another UID has none of the capabilities; in a user namespace they are worth nothing outside of
    /// it; a runtime with a kernel of its own gives away that kernel.
    ///
    /// Upstream: `pkg/kubelet/kuberuntime/security_context.go` (`Privileged`), `WithPrivileged` in containerd's
    /// `pkg/oci/spec_opts.go`.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[privileged-container]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {privileged: true}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {privileged: true, runAsUser: 1000}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   hostUsers: false
    ///   containers: [{name: a, image: a, securityContext: {privileged: true}}]
    /// ```
    pub static PRIVILEGED_CONTAINER = {
        title: "take the node through a privileged container",
        technique: "T1611",
        removed_by: &["`privileged: false`", "another user than root", "`hostUsers: false`", "a sandboxed runtime class"],
        draw: Draw::Process(|process, pen| {
            if let (Some(privileged), Some(note)) = (process.privileged(), process.is_root_in_kernel()) {
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [privileged], note);
            }
        }),
    }
}
