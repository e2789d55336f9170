//! See the page of the edge.

use watertight_facts::Role;

use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Containers that share a process namespace see each other's processes. Who may become the other's user, or is it
    /// already, reads its files and environment, and writes into it.
    ///
    /// Upstream: `shareProcessNamespace` in `docs/tasks/configure-pod-container/share-process-namespace.md` of
    /// Kubernetes' pages; `__ptrace_may_access` in `kernel/ptrace.c` of Linux: equal users, and no capability that the
    /// other has and one lacks. A privileged container stays shut to one that is not.
    ///
    /// ```yaml,edges
    /// #> pod/default/a#one -[shared-process-namespace]-> pod/default/a#two
    /// #> pod/default/a#two -[shared-process-namespace]-> pod/default/a#one
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers: [{name: one, image: a}, {name: two, image: b}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: one, image: a}, {name: two, image: b}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers:
    ///   - {name: one, image: a, securityContext: {runAsUser: 1000}}
    ///   - {name: two, image: b, securityContext: {runAsUser: 2000}}
    /// ```
    pub static SHARED_PROCESS_NAMESPACE = {
        title: "write into a process of another container of the pod",
        technique: "T1055",
        removed_by: &["`shareProcessNamespace: false`", "different users without capabilities"],
        draw: Draw::Process(|process, pen| {
            if process.workload.spec().share_process_namespace != Some(true) || !process.stays() {
                return;
            }
            let own = process.container;
            for other in process.workload.containers().filter(|other| other.role() != Role::Init) {
                let is_self = other.name() == own.name();
                let opens = match (process.is_root_within(), other.is_privileged()) {
                    (Some(_), true) => own.is_privileged() || process.added("SYS_PTRACE").is_some(),
                    (Some(_), false) => process.has("SETUID") || is_same_user(own, other),
                    (None, _) => is_same_user(own, other),
                };
                let name = pen.name(other.name());
                let at = (0u32..).zip(&process.load.containers).find(|(_, known)| known.name == name);
                if let Some((at, _)) = at.filter(|_| !is_self && opens) {
                    let field = process.pod_field("shareProcessNamespace");
                    pen.edge(process.vertex, Thing::Container(process.place, at), [field], None);
                }
            }
        }),
    }
}

/// Whether two containers run as the same user, or may.
fn is_same_user(one: watertight_facts::Container<'_>, other: watertight_facts::Container<'_>) -> bool {
    match (one.run_as_user().value, other.run_as_user().value) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
