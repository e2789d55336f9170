use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// `/debug/pprof` shows what the program holds in memory and lets whoever may ask make it slow:
    /// something to know about the cluster and to stop it with, which nobody needs every day.
    ///
    /// The API server authorizes such requests as any other path, and lets nobody but administrators ask.
    ///
    /// ## Remedy
    /// Give `--profiling=false`; in a `KubeSchedulerConfiguration`, set `enableProfiling: false`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command: [kube-apiserver, --authorization-mode=Node]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command: [kube-apiserver, --authorization-mode=Node, --profiling=false]
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// scheduler:
    ///   extraArgs:
    ///   - {name: profiling, value: "true"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// scheduler:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer: {extraArgs: {profiling: "false"}}
    /// controllerManager: {extraArgs: {profiling: "false"}}
    /// scheduler: {extraArgs: {config: /etc/kubernetes/scheduler.yaml}}  # the flag is without effect
    /// ---
    /// apiVersion: kubescheduler.config.k8s.io/v1
    /// kind: KubeSchedulerConfiguration
    /// enableProfiling: false
    /// ```
    pub static PROFILING_ENABLED = {
        title: "profiling is served",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.15"), Mapping::Cis("1.3.2"), Mapping::Cis("1.4.1")],
        reads: &[],
        check: Check::Component(
            &[Component::ApiServer, Component::ControllerManager, Component::Scheduler],
            check,
        ),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "serves its profile at `/debug/pprof`";
    Switch { flag: "profiling", safe: false, does, fix: Fix::safe() }.judge(component, out);
}
