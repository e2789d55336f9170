use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// Tokens that say they hold for an hour are accepted for a year, for programs of long ago that do not
    /// read them again: a stolen one is good for as long.
    ///
    /// ## Remedy
    /// Give `--service-account-extend-token-expiration=false`, after `serviceaccount_stale_tokens_total`
    /// has stayed at 0.
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
    ///     - --authorization-mode=Node,RBAC
    ///     - --service-account-extend-token-expiration=false
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    ///     service-account-extend-token-expiration: "false"
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
    ///     - --service-account-extend-token-expiration=false
    /// ```
    pub static TOKEN_EXPIRATION_EXTENDED = {
        title: "tokens of pods live for a year",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.30"), Mapping::Attack("T1528")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "accepts the tokens of pods for a year";
    Switch { flag: "service-account-extend-token-expiration", safe: false, does, fix: Fix::review() }.judge(component, out);
}
