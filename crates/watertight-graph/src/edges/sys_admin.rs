//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// With SYS_ADMIN root mounts what it likes: a control group whose release agent the kernel runs on the node, or the node's own file systems.
    ///
    /// A written AppArmor profile forbids mounts. That one is in force by default is not taken for granted: it depends
    /// on the node.
    ///
    /// Upstream: mount(2), `release_agent` in `Documentation/admin-guide/cgroup-v1/cgroups.rst` of Linux.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[sys-admin]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {runAsUser: 1000, capabilities: {add: [SYS_ADMIN]}}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   runtimeClassName: gvisor
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_ADMIN]}}}]
    /// ```
    pub static SYS_ADMIN = {
        title: "mount the node's file systems, or make the kernel run a program on the node",
        technique: "T1611",
        removed_by: &["SYS_ADMIN dropped", "another user than root", "`hostUsers: false`", "a sandboxed runtime class"],
        draw: Draw::Process(|process, pen| {
            let added = process.added("SYS_ADMIN").filter(|_| !process.is_confined());
            if let (Some(added), Some(note)) = (added, process.is_root_in_kernel()) {
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [added], note);
            }
        }),
    }
}
