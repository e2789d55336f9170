//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// Root in the node's process namespace with SYS_PTRACE writes into a process of the node and so runs in it.
    ///
    /// A written AppArmor profile forbids tracing what is not under the same profile. That one is in force by default is
    /// not taken for granted: it depends on the node.
    ///
    /// Upstream: ptrace(2), `ptrace` rules of containerd's `contrib/apparmor/template.go`.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[host-pid-ptrace]-> node/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostPID: true
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_PTRACE]}}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostPID: true
    ///   containers: [{name: a, image: a}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   hostPID: true
    ///   securityContext: {appArmorProfile: {type: RuntimeDefault}}
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [SYS_PTRACE]}}}]
    /// ```
    pub static HOST_PID_PTRACE = {
        title: "write into a process of the node",
        technique: "T1611",
        removed_by: &["`hostPID: false`", "SYS_PTRACE dropped", "an AppArmor profile", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let Some(note) = process.is_root_in_kernel() else { return };
            if process.workload.spec().host_pid != Some(true) {
                return;
            }
            let by = match (process.privileged(), process.added("SYS_PTRACE")) {
                (Some(privileged), _) => privileged,
                (None, Some(added)) if !process.is_confined() => added,
                _ => return,
            };
            let to = Thing::Placed(process.place, Hold::Root);
            pen.edge(process.vertex, to, [process.pod_field("hostPID"), by], note);
        }),
    }
}
