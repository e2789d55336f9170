use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// An API server that shows etcd no certificate can only work with an etcd that asks nobody for one,
    /// and such an etcd gives every Secret to whoever reaches its port.
    ///
    /// ## Remedy
    /// Give `--etcd-certfile` and `--etcd-keyfile`, and let etcd ask for certificates.
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
    ///     - --etcd-servers=https://127.0.0.1:2379
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
    ///     - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt
    ///     - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// etcd:
    ///   external:  # kubeadm passes what is written here, and nothing else
    ///     endpoints: ["https://10.0.0.5:2379"]
    ///     caFile: /etc/etcd/ca.crt
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// networking: {podSubnet: 10.244.0.0/16}  # kubeadm gives both
    /// ```
    pub static ETCD_CLIENT_CERTIFICATE_MISSING = {
        title: "API server comes to etcd as nobody",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.23")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    for flag in ["etcd-certfile", "etcd-keyfile"] {
        must_be_given(server, flag, "comes to etcd without a certificate", out);
    }
}
