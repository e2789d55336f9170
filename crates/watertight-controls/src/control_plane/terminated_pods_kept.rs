use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Pods that ended stay in etcd until somebody removes them. A workload that keeps failing, or an
    /// intruder, fills it.
    ///
    /// ## Remedy
    /// Leave `--terminated-pod-gc-threshold` at its default, 12500, or set it lower.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-controller-manager, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-controller-manager
    ///     image: registry.k8s.io/kube-controller-manager:v1.36.0
    ///     command:
    ///     - kube-controller-manager
    ///     - --terminated-pod-gc-threshold=0
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-controller-manager, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-controller-manager
    ///     image: registry.k8s.io/kube-controller-manager:v1.36.0
    ///     command:
    ///     - kube-controller-manager
    ///     - --terminated-pod-gc-threshold=12500
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-controller-manager, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-controller-manager
    ///     image: registry.k8s.io/kube-controller-manager:v1.36.0
    ///     command:
    ///     - kube-controller-manager
    ///     - --terminated-pod-gc-threshold=10
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    pub static TERMINATED_PODS_KEPT = {
        title: "terminated pods are never removed",
        severity: Severity::Info,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.1"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::ControllerManager], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "terminated-pod-gc-threshold";
    let Some(kept) = read(component, flag, out).filter(|kept| kept.number() <= 0) else { return };
    let fix = component.configured().set(flag, "12500", Fix::safe());
    Wrong { setting: &kept, does: "never removes terminated pods", fix }.say(flag, out);
}
