use watertight_engine::prelude::*;

use crate::components::{Switch, etcd_severity};

control! {
    /// Whoever reaches the port reads every Secret and writes what it likes, RBAC included: the cluster is
    /// theirs.
    ///
    /// An etcd that is no part of a control plane is graded lower.
    ///
    /// ## Remedy
    /// Give `--client-cert-auth=true` and `--trusted-ca-file`.
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
    ///     - --cert-file=/pki/server.crt
    ///     - --key-file=/pki/server.key
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
    ///     - --cert-file=/pki/server.crt
    ///     - --key-file=/pki/server.key
    ///     - --client-cert-auth=true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///     - {name: client-cert-auth, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// etcd:
    ///   local:
    ///     extraArgs:
    ///     - {name: client-cert-auth, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command:  # etcd takes one dash
    ///     - etcd
    ///     - -client-cert-auth
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration  # kubeadm gives it
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: etcd, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: etcd
    ///     image: registry.k8s.io/etcd:3.6.5-0
    ///     command: [etcd]
    ///     env: [{name: ETCD_CLIENT_CERT_AUTH, value: "true"}]
    /// ```
    pub static ETCD_CLIENTS_NOT_AUTHENTICATED = {
        title: "etcd asks clients for no certificate",
        severity: Severity::Critical,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.2"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "answers whoever reaches it";
    let severity = etcd_severity(etcd, Severity::Critical);
    let switch = Switch { flag: "client-cert-auth", safe: true, does, fix: Fix::review() };
    if let Some(draft) = switch.judge(etcd, out) {
        draft.severity(severity);
    }
}
