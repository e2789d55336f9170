use watertight_engine::prelude::*;

control! {
    /// In the node's network the pod reaches everything that listens on the node's loopback, sees
    /// and forges the traffic of other pods, and no NetworkPolicy applies to it.
    ///
    /// ## Remedy
    /// Remove `hostNetwork` and publish the port through a Service. What truly is part of the node's
    /// network (CNI, kube-proxy, node agents) belongs into a platform namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostNetwork: true
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostNetwork: false
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: host-process}
    /// spec:
    ///   os: {name: windows}  # the one host namespace that a Windows pod may have
    ///   hostNetwork: true
    ///   containers: [{name: agent, image: agent}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       hostNetwork: false
    ///       containers:
    ///       - {name: web, image: web, securityContext: {hostNetwork: true}}  # no such field here
    /// ```
    pub static HOST_NETWORK = {
        title: "pod shares the node's network",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.5"),
            Mapping::Nsa("pod-security"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.spec().host_network == Some(true) {
        let path = workload.path().at("hostNetwork");
        out.fail(path.clone(), "the pod shares the network of its node").fix(Fix::review().set(path, false));
    }
}
