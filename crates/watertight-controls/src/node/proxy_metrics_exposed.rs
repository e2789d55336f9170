use watertight_engine::prelude::*;

use crate::components::{Wrong, host_of, is_loopback, read};

control! {
    /// The port has no authentication and tells about every Service that there is; with profiling on it
    /// also slows the node down for whoever asks.
    ///
    /// ## Remedy
    /// Bind it to `127.0.0.1:10249`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubeproxy.config.k8s.io/v1alpha1
    /// kind: KubeProxyConfiguration
    /// metricsBindAddress: 0.0.0.0:10249
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeproxy.config.k8s.io/v1alpha1
    /// kind: KubeProxyConfiguration
    /// metricsBindAddress: 127.0.0.1:10249
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-proxy, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-proxy
    ///     image: registry.k8s.io/kube-proxy:v1.36.0
    ///     command:
    ///     - kube-proxy
    ///     - --metrics-bind-address=0.0.0.0
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-proxy, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-proxy
    ///     image: registry.k8s.io/kube-proxy:v1.36.0
    ///     command:
    ///     - kube-proxy
    ///     - --metrics-bind-address=127.0.0.1:10249
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeproxy.config.k8s.io/v1alpha1
    /// kind: KubeProxyConfiguration
    /// mode: iptables
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-proxy, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-proxy
    ///     image: registry.k8s.io/kube-proxy:v1.36.0
    ///     command:  # the flag is without effect
    ///     - kube-proxy
    ///     - --config=/etc/kube-proxy/config.conf
    ///     - --metrics-bind-address=0.0.0.0
    /// ```
    pub static PROXY_METRICS_EXPOSED = {
        title: "kube-proxy shows its metrics to the network",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.3.1")],
        reads: &[],
        check: Check::Component(&[Component::Proxy], check),
    }
}

fn check(proxy: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "metrics-bind-address";
    let Some(address) = read(proxy, flag, out).filter(|address| !is_loopback(host_of(address.text()))) else {
        return;
    };
    let fix = proxy.configured().set(flag, "127.0.0.1:10249", Fix::review());
    Wrong { setting: &address, does: "shows its metrics to the network", fix }.say(flag, out);
}
