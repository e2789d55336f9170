use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// The certificate authority in `--root-ca-file` is what pods verify the API server with. Without it
    /// their clients either fail or trust anybody.
    ///
    /// ## Remedy
    /// Give `--root-ca-file`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-controller-manager, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-controller-manager
    ///     image: registry.k8s.io/kube-controller-manager:v1.36.0
    ///     command:
    ///     - kube-controller-manager
    ///     - --profiling=false
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-controller-manager, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-controller-manager
    ///     image: registry.k8s.io/kube-controller-manager:v1.36.0
    ///     command:
    ///     - kube-controller-manager
    ///     - --root-ca-file=/etc/kubernetes/pki/ca.crt
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///     profiling: "false"
    /// # kubeadm gives it
    /// ```
    pub static ROOT_CA_MISSING = {
        title: "pods cannot verify the API server",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.5"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ControllerManager], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "root-ca-file", "gives pods no authority to verify the API server with", out);
}
