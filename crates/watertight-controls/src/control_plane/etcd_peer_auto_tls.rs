use watertight_engine::prelude::*;

use crate::components::{Switch, etcd_severity};

control! {
    /// Peers cannot tell each other from a stranger with a certificate of his own making.
    ///
    /// ## Remedy
    /// Remove `--peer-auto-tls`, and give `--peer-cert-file` and `--peer-key-file`.
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
    ///     - --peer-auto-tls=true
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
    ///     - --peer-auto-tls=false
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///       peer-auto-tls: "true"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///       peer-auto-tls: "false"
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
    ///     - --peer-auto-tls=false
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
    ///     - --data-dir=/var/lib/etcd
    /// ```
    pub static ETCD_PEER_AUTO_TLS = {
        title: "etcd makes up its certificate for peers",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.6"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "makes up the certificate that it shows peers";
    let severity = etcd_severity(etcd, Severity::Medium);
    let switch = Switch { flag: "peer-auto-tls", safe: false, does, fix: Fix::review() };
    if let Some(draft) = switch.judge(etcd, out) {
        draft.severity(severity);
    }
}
