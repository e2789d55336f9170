use watertight_engine::prelude::*;

use crate::components::{etcd_severity, host_of, is_loopback, must_be_given, read};

control! {
    /// Members of etcd send each other everything that is written. Without certificates that passes in
    /// clear text.
    ///
    /// A member that listens for peers on its own machine only has none to talk to.
    ///
    /// ## Remedy
    /// Give `--peer-cert-file` and `--peer-key-file`, and use `https://` in `--listen-peer-urls`.
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
    ///     - --listen-peer-urls=http://10.0.0.5:2380
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
    ///     - --listen-peer-urls=https://10.0.0.5:2380
    ///     - --peer-cert-file=/pki/peer.crt
    ///     - --peer-key-file=/pki/peer.key
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:  # alone
    ///     - etcd
    ///     - --listen-peer-urls=http://127.0.0.1:2380
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// ```
    pub static ETCD_PEERS_WITHOUT_TLS = {
        title: "etcd talks to peers without TLS",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.4"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let (Some(urls), Some(auto)) = (read(etcd, "listen-peer-urls", out), read(etcd, "peer-auto-tls", out))
    else {
        return;
    };
    let authority = |url: &str| url.split_once("://").map_or(url, |(_, rest)| rest).to_owned();
    let alone = urls.list().iter().all(|url| is_loopback(host_of(&authority(url))));
    if alone || auto.is_true() {
        return;
    }
    let severity = etcd_severity(etcd, Severity::High);
    for flag in ["peer-cert-file", "peer-key-file"] {
        if let Some(draft) = must_be_given(etcd, flag, "has no certificate to show peers", out) {
            draft.severity(severity);
        }
    }
}
