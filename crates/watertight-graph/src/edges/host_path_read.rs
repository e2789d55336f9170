//! See the page of the edge.

use watertight_facts::Os;

use crate::edge;
use crate::edge::Draw;
use crate::host_files::{read, seen, written};
use crate::thing::Thing;

edge! {
    /// Root in a container reads credentials in a folder of the node: the kubelet's, those of the pods beside it, or the
    /// control plane's where that runs on the node.
    ///
    /// Upstream: `docs/setup/best-practices/certificates.md` of Kubernetes' pages for where kubeadm keeps keys;
    /// `getPodsDir` in `pkg/kubelet/kubelet_getters.go` for the pods' volumes.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[host-path-read]-> node-tokens/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/lib/kubelet/pods}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   securityContext: {runAsNonRoot: true}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/lib/kubelet/pods}}]
    /// ```
    pub static HOST_PATH_READ = {
        title: "read credentials in a folder of the node",
        technique: "T1552.001",
        removed_by: &["the hostPath removed", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let Some(note) = process.is_root_within().filter(|_| process.workload.os() != Os::Windows) else {
                return;
            };
            for seen in seen(process) {
                // Whoever is root on the node reads all of it anyway.
                if !seen.read_only && written(seen.shows).is_some() {
                    continue;
                }
                for hold in read(seen.shows) {
                    let to = Thing::Placed(process.place, hold);
                    pen.edge(process.vertex, to, [seen.field.clone()], note);
                }
            }
        }),
    }
}
