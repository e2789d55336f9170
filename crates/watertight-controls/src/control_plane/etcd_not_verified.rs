use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// Everything that the cluster knows goes to etcd. Without a certificate authority of its own the API
    /// server believes any certificate that some public authority signed, and a connection without TLS has
    /// none.
    ///
    /// ## Remedy
    /// Give `--etcd-cafile`.
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
    ///     - --etcd-servers=https://10.0.0.5:2379
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
    ///     - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// # kubeadm gives it
    /// ```
    pub static ETCD_NOT_VERIFIED = {
        title: "API server does not verify etcd",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.26"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "etcd-cafile", "does not verify etcd against an authority of its own", out);
}
