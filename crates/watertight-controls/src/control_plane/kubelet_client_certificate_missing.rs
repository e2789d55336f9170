use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// Without a certificate of its own the API server is an anonymous client of the kubelets, so that logs
    /// and exec only work where kubelets answer everybody.
    ///
    /// ## Remedy
    /// Give `--kubelet-client-certificate` and `--kubelet-client-key`.
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
    ///     - --kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet-client.crt
    ///     - --kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet-client.key
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// # kubeadm gives both
    /// ```
    pub static KUBELET_CLIENT_CERTIFICATE_MISSING = {
        title: "API server comes to kubelets as nobody",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.4")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    for flag in ["kubelet-client-certificate", "kubelet-client-key"] {
        must_be_given(server, flag, "comes to kubelets without a certificate", out);
    }
}
