use watertight_engine::prelude::*;

use crate::components::{Wrong, missing_plugin};

control! {
    /// A workload in a loop, or an intruder, can fill etcd with events. The plugin `EventRateLimit` bounds
    /// how many a namespace, a user or a source may write.
    ///
    /// ## Remedy
    /// Add `EventRateLimit` to `--enable-admission-plugins` with limits in the `AdmissionConfiguration`;
    /// without them the API server does not start.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --enable-admission-plugins=NodeRestriction
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --enable-admission-plugins=EventRateLimit
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     enable-admission-plugins: "NodeRestriction,EventRateLimit"
    /// ```
    pub static EVENT_RATE_NOT_LIMITED = {
        title: "nothing bounds how many events are written",
        severity: Severity::Info,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.9"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(plugins) = missing_plugin(server, "EventRateLimit", out) else { return };
    let fix = None;
    Wrong { setting: &plugins, does: "does not bound how many events are written", fix }.say("EventRateLimit", out);
}
