use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// Without `--service-account-private-key-file` token Secrets of service accounts are not filled, and
    /// programs that rely on them are given credentials by hand, which nobody rotates.
    ///
    /// ## Remedy
    /// Give `--service-account-private-key-file`.
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
    ///     - --service-account-private-key-file=/etc/kubernetes/pki/sa.key
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// # kubeadm gives it
    /// ```
    pub static SERVICE_ACCOUNT_KEY_MISSING = {
        title: "controller manager signs no tokens",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.4")],
        reads: &[],
        check: Check::Component(&[Component::ControllerManager], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "service-account-private-key-file", "signs no service account tokens", out);
}
