use watertight_engine::prelude::*;

use crate::components::{Switch, etcd_severity};

control! {
    /// Whoever reaches the port for peers may take part in the cluster of etcd, and so read and write
    /// everything that is in it.
    ///
    /// ## Remedy
    /// Give `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`.
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
    ///     - --peer-cert-file=/pki/peer.crt
    ///     - --peer-key-file=/pki/peer.key
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
    ///     - --peer-cert-file=/pki/peer.crt
    ///     - --peer-key-file=/pki/peer.key
    ///     - --peer-client-cert-auth=true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///       peer-client-cert-auth: "false"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///       peer-client-cert-auth: "true"
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
    ///     - --peer-client-cert-auth=true
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// ```
    pub static ETCD_PEERS_NOT_AUTHENTICATED = {
        title: "etcd asks peers for no certificate",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.5"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "takes anybody for a peer";
    let severity = etcd_severity(etcd, Severity::High);
    let switch = Switch { flag: "peer-client-cert-auth", safe: true, does, fix: Fix::review() };
    if let Some(draft) = switch.judge(etcd, out) {
        draft.severity(severity);
    }
}
