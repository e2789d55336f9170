use watertight_engine::prelude::*;

use crate::components::{Wrong, host_of, is_loopback, read};

control! {
    /// Every Secret and every token that is stored or read passes in clear text: who listens on the way has
    /// the cluster.
    ///
    /// An etcd on the same machine is graded lower, since the way is short; any process of the node can
    /// still ask it.
    ///
    /// ## Remedy
    /// Let etcd serve TLS and name it with `https://` in `--etcd-servers`.
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
    ///     - --etcd-servers=http://10.0.0.5:2379
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   external: {endpoints: ["http://10.0.0.5:2379"], caFile: "", certFile: "", keyFile: ""}
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
    ///     - --etcd-servers=https://127.0.0.1:2379
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// ```
    pub static ETCD_REACHED_WITHOUT_TLS = {
        title: "API server talks to etcd in clear text",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "etcd-servers";
    let Some(servers) = read(server, flag, out) else { return };
    let clear: Vec<&str> = servers.list().iter().filter_map(|url| url.strip_prefix("http://")).collect();
    if clear.is_empty() {
        return;
    }
    let near = clear.iter().all(|authority| is_loopback(host_of(authority)));
    let draft = Wrong { setting: &servers, does: "talks to etcd in clear text", fix: None }.say(flag, out);
    if near {
        draft.severity(Severity::Low);
    }
}
