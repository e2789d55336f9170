use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// The API server does not look whether the service account and the Secret of a token still exist: a
    /// token that leaked cannot be revoked.
    ///
    /// ## Remedy
    /// Remove `--service-account-lookup=false`.
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
    ///     - --service-account-lookup=false
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --service-account-lookup=true
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: service-account-lookup, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: service-account-lookup, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # on by default
    ///     - kube-apiserver
    ///     - --authorization-mode=Node,RBAC
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
    ///     - --service-account-lookup
    ///     - --profiling=false
    /// ```
    pub static SERVICE_ACCOUNT_LOOKUP_OFF = {
        title: "tokens of deleted service accounts stay valid",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.21"), Mapping::Attack("T1528")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "does not look whether the account of a token still exists";
    Switch { flag: "service-account-lookup", safe: true, does, fix: Fix::review() }.judge(component, out);
}
