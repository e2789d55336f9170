use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// `--debug-socket-path` opens a socket on which the API server shows its memory to any process that
    /// may open the file, without authentication.
    ///
    /// ## Remedy
    /// Remove the flag when the problem is found.
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
    ///     - --debug-socket-path=/var/run/debug.sock
    ///     - --profiling=false
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
    ///     - --profiling=false
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
    ///     - --profiling=false
    /// ```
    pub static DEBUG_SOCKET_OPEN = {
        title: "API server profiles without asking who",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "debug-socket-path";
    let Some(socket) = read(server, flag, out).filter(|socket| !socket.is_empty()) else { return };
    let fix = server.configured().remove(flag, Fix::safe());
    Wrong { setting: &socket, does: "opens a socket for debugging that asks nobody", fix }.say(flag, out);
}
