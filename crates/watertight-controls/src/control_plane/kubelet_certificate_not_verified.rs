use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// `kubectl exec`, `logs` and `attach` go from the API server to the kubelet. Without a certificate
    /// authority to check against, whoever is in between reads and writes what goes through.
    ///
    /// ## Remedy
    /// Give `--kubelet-certificate-authority`, once the kubelets serve certificates that it signed
    /// (`serverTLSBootstrap: true`).
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
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
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
    ///     - --kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: kubelet-certificate-authority, value: /etc/kubernetes/pki/ca.crt}
    /// ```
    pub static KUBELET_CERTIFICATE_NOT_VERIFIED = {
        title: "API server does not verify kubelets",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.5"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "kubelet-certificate-authority", "does not verify the certificate of kubelets", out);
}
