use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// All controllers act with the rights of the controller manager itself, so that the audit log cannot
    /// tell them apart and each could do what any of them may.
    ///
    /// ## Remedy
    /// Give `--use-service-account-credentials=true`.
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
    ///     - --root-ca-file=/etc/kubernetes/pki/ca.crt
    /// ```
    /// ```yaml,fixed
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
    ///     - --use-service-account-credentials=true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: use-service-account-credentials, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: use-service-account-credentials, value: "true"}
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
    ///     - --use-service-account-credentials
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///     profiling: "false"
    /// # kubeadm gives it
    /// ```
    pub static SHARED_CONTROLLER_CREDENTIALS = {
        title: "controllers share one account",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.3"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::ControllerManager], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "lets all controllers act with one account";
    Switch { flag: "use-service-account-credentials", safe: true, does, fix: Fix::review() }.judge(component, out);
}
