//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// Where `/proc` is not masked, root writes to `/proc/sys/kernel/core_pattern`, which names a program that the
    /// kernel runs on the node.
    ///
    /// The file asks for the UID of the node's root, which nobody in a user namespace has; newer API servers take
    /// `Unmasked` only together with one.
    ///
    /// Upstream: `procMount` in `pkg/apis/core/types.go`, `proc_sys_permission` and `kernel/sysctl.c` of Linux.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[unmasked-proc]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {procMount: Unmasked}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostUsers: false
    ///   containers: [{name: a, image: a, securityContext: {procMount: Unmasked}}]
    /// ```
    pub static UNMASKED_PROC = {
        title: "make the kernel run a program on the node through an unmasked /proc",
        technique: "T1611",
        removed_by: &["`procMount: Default`", "`hostUsers: false`", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let security = process.container.security();
            let unmasked = security.and_then(|own| own.proc_mount.as_deref()) == Some("Unmasked");
            if let Some(note) = process.is_root_in_kernel().filter(|_| unmasked) {
                let field = process.field(process.container.at("securityContext.procMount"));
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [field], note);
            }
        }),
    }
}
