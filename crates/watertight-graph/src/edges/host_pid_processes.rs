//! See the page of the edge.

use watertight_facts::DEFAULT_CAPABILITIES;

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// Root in the node's process namespace reads the environment and the files of other containers on the node, as
    /// long as these have no capability that it lacks: their tokens and Secrets.
    ///
    /// Containers with more capabilities than the runtime's own, privileged ones among them, stay shut without
    /// SYS_PTRACE. With SETUID and SETGID, which are among the runtime's own, the other's user does not matter.
    ///
    /// Upstream: `__ptrace_may_access` in `kernel/ptrace.c` and `cap_ptrace_access_check` in `security/commoncap.c` of
    /// Linux.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[host-pid-processes]-> node-processes/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostPID: true
    ///   containers: [{name: a, image: a}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostPID: true
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {drop: [ALL]}}}]
    /// ```
    pub static HOST_PID_PROCESSES = {
        title: "read the environment and files of other containers on the node",
        technique: "T1552",
        removed_by: &["`hostPID: false`", "`capabilities: {drop: [ALL]}`", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let Some(note) = process.is_root_in_kernel() else { return };
            let keeps = |capability: &&str| process.has(capability);
            if process.workload.spec().host_pid == Some(true) && DEFAULT_CAPABILITIES.iter().all(keeps) {
                let to = Thing::Placed(process.place, Hold::Processes);
                pen.edge(process.vertex, to, [process.pod_field("hostPID")], note);
            }
        }),
    }
}
