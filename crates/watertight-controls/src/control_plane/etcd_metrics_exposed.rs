use watertight_engine::prelude::*;

use crate::components::{Wrong, host_of, is_loopback, read};

control! {
    /// `--listen-metrics-urls` with `http://` shows the metrics of etcd, with the names of its keys'
    /// prefixes and its health, to whoever reaches the address.
    ///
    /// ## Remedy
    /// Listen on `127.0.0.1`, or with `https://`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:
    ///     - etcd
    ///     - --listen-metrics-urls=http://0.0.0.0:2381
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:
    ///     - etcd
    ///     - --listen-metrics-urls=http://127.0.0.1:2381
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:
    ///     - etcd
    ///     - --listen-metrics-urls=http://127.0.0.1:2381
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:
    ///     - etcd
    ///     - --listen-metrics-urls=https://10.0.0.5:2381
    /// ```
    pub static ETCD_METRICS_EXPOSED = {
        title: "metrics of etcd are open to the network",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "listen-metrics-urls";
    let Some(urls) = read(etcd, flag, out) else { return };
    let mut clear = urls.list().iter().filter_map(|url| url.strip_prefix("http://"));
    if clear.any(|authority| !is_loopback(host_of(authority))) {
        let fix = etcd.configured().set(flag, "http://127.0.0.1:2381", Fix::review());
        Wrong { setting: &urls, does: "shows its metrics to the network", fix }.say(flag, out);
    }
}
