//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// A HostProcess container on Windows is a process of the node, under an account of the node.
    ///
    /// Upstream: `docs/tasks/configure-pod-container/create-hostprocess-pod.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[host-process]-> node/worker[kubernetes.io/os=windows]
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   os: {name: windows}
    ///   hostNetwork: true
    ///   securityContext: {windowsOptions: {hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM'}}
    ///   containers: [{name: a, image: a}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   os: {name: windows}
    ///   containers: [{name: a, image: a}]
    /// ```
    pub static HOST_PROCESS = {
        title: "be a process of a Windows node",
        technique: "T1611",
        removed_by: &["`hostProcess: false`"],
        draw: Draw::Process(|process, pen| {
            let host = process.container.windows("hostProcess", |own| own.host_process);
            if host.value == Some(true) && process.workload.os() == watertight_facts::Os::Windows {
                let to = Thing::Placed(process.place, Hold::Root);
                pen.edge(process.vertex, to, [process.field(host.path)], None);
            }
        }),
    }
}
