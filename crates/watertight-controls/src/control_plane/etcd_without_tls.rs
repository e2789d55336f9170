use watertight_engine::prelude::*;

use crate::components::{Wrong, etcd_severity, host_of, is_loopback, must_be_given, read, read_if_touched};

control! {
    /// etcd holds every Secret. Without a certificate it serves clients in clear text, and cannot ask them
    /// for one.
    ///
    /// An etcd that is no part of a control plane is graded lower: it holds what its application put there.
    ///
    /// ## Remedy
    /// Give `--cert-file` and `--key-file`, and use `https://` in `--listen-client-urls`.
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
    ///     - --data-dir=/var/lib/etcd
    ///     - --listen-client-urls=http://10.0.0.5:2379
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///       listen-client-urls: http://0.0.0.0:2379
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
    ///     - --cert-file=/etc/kubernetes/pki/etcd/server.crt
    ///     - --key-file=/etc/kubernetes/pki/etcd/server.key
    ///     - --listen-client-urls=https://10.0.0.5:2379
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration  # kubeadm gives all of it
    /// ```
    pub static ETCD_WITHOUT_TLS = {
        title: "etcd serves without TLS",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.1"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    // It makes its own certificate, which is told by itself.
    let Some(auto) = read_if_touched(etcd, "auto-tls", out) else { return };
    let severity = etcd_severity(etcd, Severity::High);
    if auto.is_none_or(|auto| !auto.is_true()) {
        for flag in ["cert-file", "key-file"] {
            if let Some(draft) = must_be_given(etcd, flag, "has no certificate to serve with", out) {
                draft.severity(severity);
            }
        }
    }
    let flag = "listen-client-urls";
    let Some(urls) = read(etcd, flag, out).filter(Setting::is_written) else { return };
    let clear = urls.list().iter().filter_map(|url| url.strip_prefix("http://"));
    if clear.filter(|authority| !is_loopback(host_of(authority))).count() > 0 {
        let does = "listens for clients without TLS";
        Wrong { setting: &urls, does, fix: None }.say(flag, out).severity(severity);
    }
}
