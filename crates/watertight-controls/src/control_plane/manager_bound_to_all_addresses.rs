use watertight_engine::prelude::*;

use crate::components::{Wrong, is_loopback, read};

control! {
    /// Nobody but probes and metrics on the same machine has to reach these ports. On the network they are
    /// one more thing to attack.
    ///
    /// Requests are authenticated and authorized, but for the health paths.
    ///
    /// ## Remedy
    /// Give `--bind-address=127.0.0.1`, unless metrics are collected from outside.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-scheduler, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-scheduler
    ///     image: registry.k8s.io/kube-scheduler:v1.36.0
    ///     command:
    ///     - kube-scheduler
    ///     - --profiling=false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-scheduler, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-scheduler
    ///     image: registry.k8s.io/kube-scheduler:v1.36.0
    ///     command:
    ///     - kube-scheduler
    ///     - --profiling=false
    ///     - --bind-address=127.0.0.1
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: bind-address, value: 0.0.0.0}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: bind-address, value: 127.0.0.1}
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
    ///     - --bind-address=::1
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// scheduler:
    ///   extraArgs:
    ///     profiling: "false"
    /// # kubeadm gives 127.0.0.1
    /// ```
    pub static MANAGER_BOUND_TO_ALL_ADDRESSES = {
        title: "controller manager or scheduler listens to the network",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.7"), Mapping::Cis("1.4.2")],
        reads: &[],
        check: Check::Component(&[Component::ControllerManager, Component::Scheduler], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "bind-address";
    let Some(address) = read(component, flag, out).filter(|address| !is_loopback(address.text())) else {
        return;
    };
    let fix = component.configured().set(flag, "127.0.0.1", Fix::review());
    Wrong { setting: &address, does: "listens to the network", fix }.say(flag, out);
}
