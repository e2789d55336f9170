//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// With SYS_MODULE root loads a module, which is code in the node's kernel.
    ///
    /// Upstream: init_module(2), capabilities(7).
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[sys-module]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_MODULE]}}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {runAsUser: 1000, capabilities: {add: [SYS_MODULE]}}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   runtimeClassName: gvisor
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_MODULE]}}}]
    /// ```
    pub static SYS_MODULE = {
        title: "load a module into the node's kernel",
        technique: "T1611",
        removed_by: &["SYS_MODULE dropped", "another user than root", "`hostUsers: false`", "a sandboxed runtime class"],
        draw: Draw::Process(|process, pen| {
            let added = process.added("SYS_MODULE");
            if let (Some(added), Some(note)) = (added, process.is_root_in_kernel()) {
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [added], note);
            }
        }),
    }
}
