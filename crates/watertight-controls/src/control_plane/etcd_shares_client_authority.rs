use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// When etcd trusts the authority that signs the certificates of users and nodes, each of them is let
    /// into etcd, past the API server and everything that it asks.
    ///
    /// ## Remedy
    /// Give etcd an authority of its own in `--trusted-ca-file`.
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
    ///     - --trusted-ca-file=/etc/kubernetes/pki/ca.crt
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --client-ca-file=/etc/kubernetes/pki/ca.crt
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
    ///     - --trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --client-ca-file=/etc/kubernetes/pki/ca.crt
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration  # two authorities
    /// ```
    pub static ETCD_SHARES_CLIENT_AUTHORITY = {
        title: "etcd trusts what the cluster signs for others",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("2.7"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::Etcd], check),
    }
}

fn check(etcd: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "trusted-ca-file";
    let Some(trusted) = read(etcd, flag, out).filter(Setting::is_written) else { return };
    let shares = etcd.view().components(Component::ApiServer).any(|server| {
        let own = server.setting("client-ca-file", etcd.target());
        own.is_ok_and(|own| own.is_written() && !own.is_empty() && own.text() == trusted.text())
    });
    if shares {
        let does = "trusts the authority that signs clients of the API server";
        Wrong { setting: &trusted, does, fix: None }.say(flag, out);
    }
}
