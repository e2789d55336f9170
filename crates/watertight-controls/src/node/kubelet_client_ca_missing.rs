use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// The API server comes to the kubelet with a certificate. A kubelet that cannot check one takes it for
    /// anybody, and works only when anybody is answered.
    ///
    /// ## Remedy
    /// Set `authentication.x509.clientCAFile`. kubeadm does so by itself.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authentication: {x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// cgroupDriver: systemd  # read by kubeadm, which sets it
    /// ```
    pub static KUBELET_CLIENT_CA_MISSING = {
        title: "kubelet knows no client certificates",
        severity: Severity::Medium,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.3"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "client-ca-file", "accepts no client certificate", out);
}
