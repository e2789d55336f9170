use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// A secure port of 0 once meant that only the port without authentication was left. Today the API
    /// server refuses to start with it.
    ///
    /// ## Remedy
    /// Remove `--secure-port=0`.
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
    ///     - --secure-port=0
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
    ///     - --secure-port=6443
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
    ///     - --secure-port=8443
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// ```
    pub static SECURE_PORT_OFF = {
        title: "API server serves no TLS",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "secure-port";
    let Some(port) = read(server, flag, out).filter(|port| port.number() == 0) else { return };
    let fix = server.configured().set(flag, "6443", Fix::review());
    Wrong { setting: &port, does: "serves no TLS", fix }.say(flag, out);
}
