use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// A request holds memory and a place in the queue until it ends. With a long timeout a few slow
    /// clients keep the API server busy.
    ///
    /// ## Remedy
    /// Leave `--request-timeout` at its default of a minute, unless some request is known to need more.
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
    ///     - --request-timeout=10m
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
    ///     - --request-timeout=1m0s
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
    ///     - --request-timeout=60s
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    pub static REQUEST_TIMEOUT_LONG = {
        title: "requests may take long",
        severity: Severity::Info,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.20"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "request-timeout";
    let Some(timeout) = read(server, flag, out).filter(|timeout| timeout.seconds() > 60) else { return };
    let fix = server.configured().set(flag, "1m0s", Fix::review());
    Wrong { setting: &timeout, does: "lets a request take longer than a minute", fix }.say(flag, out);
}
