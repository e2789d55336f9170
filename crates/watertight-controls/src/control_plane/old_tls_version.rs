use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// TLS 1.0 and 1.1 are broken in ways that let whoever is in between read and change what passes. No
    /// client of today needs them.
    ///
    /// ## Remedy
    /// Remove `--tls-min-version`, or give `VersionTLS12` or `VersionTLS13`.
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
    ///     - --tls-min-version=VersionTLS10
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --tls-min-version=VersionTLS12
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// tlsMinVersion: VersionTLS11
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// tlsMinVersion: VersionTLS12
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
    ///     - --tls-min-version=VersionTLS13
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    pub static OLD_TLS_VERSION = {
        title: "TLS before 1.2 is accepted",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "tls-min-version";
    let Some(version) = read(component, flag, out) else { return };
    if matches!(version.text(), "VersionTLS10" | "VersionTLS11") {
        let fix = component.configured().set(flag, "VersionTLS12", Fix::review());
        Wrong { setting: &version, does: "accepts TLS before 1.2", fix }.say(flag, out);
    }
}
