use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// The certificate of the node holds until it expires, so it is made to hold long: who copies it is the
    /// node for as long, and when it expires the node is lost.
    ///
    /// The default is off; kubeadm turns it on.
    ///
    /// ## Remedy
    /// Set `rotateCertificates: true`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// rotateCertificates: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// rotateCertificates: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: rotate-certificates, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: rotate-certificates, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// rotateCertificates: true
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// rotateCertificates: false  # kubeadm sets it to true whatever is written
    /// ```
    pub static KUBELET_CERTIFICATES_NOT_ROTATED = {
        title: "kubelet does not renew its client certificate",
        severity: Severity::Medium,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.10"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "does not renew its client certificate";
    Switch { flag: "rotate-certificates", safe: true, does, fix: Fix::safe() }.judge(component, out);
}
