use watertight_engine::prelude::*;

control! {
    /// Nobody enforces network policies: they are accepted, shown and without effect. Every pod reaches every other,
    /// the nodes and the internet, whatever policies say.
    ///
    /// Judged are the agents of network plugins among the workloads in view, by their images: flannel by itself, the
    /// Amazon VPC CNI without its policy agent, a kindnet from before it enforced policies. A second plugin beside
    /// them that does enforce them, as Calico beside flannel, is enough. Where no agent of a known plugin is in view,
    /// or its manifest does not tell, nothing is said.
    ///
    /// ## Remedy
    /// Install a plugin that enforces policies beside the one that is there (Calico beside flannel is known as Canal,
    /// kube-network-policies and kube-router work beside others), switch the plugin's own enforcement on, or move to
    /// one that has it. What the plugin then cuts off is what the policies in the cluster say: look at them before.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: kube-flannel-ds, namespace: kube-flannel}
    /// spec:
    ///   selector: {matchLabels: {app: flannel}}
    ///   template:
    ///     metadata: {labels: {app: flannel}}
    ///     spec:
    ///       hostNetwork: true
    ///       containers: [{name: kube-flannel, image: "ghcr.io/flannel-io/flannel:v0.26.1"}]
    /// ```
    /// ```yaml,pass
    /// # Calico's agent stands beside flannel.
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: canal, namespace: kube-system}
    /// spec:
    ///   selector: {matchLabels: {k8s-app: canal}}
    ///   template:
    ///     metadata: {labels: {k8s-app: canal}}
    ///     spec:
    ///       hostNetwork: true
    ///       containers:
    ///       - {name: calico-node, image: "docker.io/calico/node:v3.29.1"}
    ///       - {name: kube-flannel, image: "docker.io/flannel/flannel:v0.26.1"}
    /// ```
    pub static POLICIES_NOT_ENFORCED = {
        title: "no network plugin enforces policies",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.1"), Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Cluster(check),
    }
}

fn check(cluster: ClusterScope<'_>, out: &mut Sink<'_>) {
    let enforcement = cluster.view().enforcement();
    match enforcement.enforced() {
        Some(true) => {}
        Some(false) => {
            let names: Vec<String> = enforcement.names().map(str::to_owned).collect();
            let enforces = if names.len() == 1 { "enforces" } else { "enforce" };
            let names = super::some_of(&names);
            let message =
                format!("{names} {enforces} no network policy, and no other network plugin is in view");
            out.fail(Path::root(), message);
        }
        None => out.not_applicable(),
    }
}
