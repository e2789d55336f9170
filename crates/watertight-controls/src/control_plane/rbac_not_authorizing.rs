use watertight_engine::prelude::*;

use crate::components::{Wrong, add_item, authorization_modes};

control! {
    /// Roles and bindings are written and have no effect: who may do what is decided elsewhere, by a file
    /// or a service that this cluster's reviews do not see.
    ///
    /// ## Remedy
    /// Add `RBAC` to `--authorization-mode`.
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
    ///     - --authorization-mode=Node,Webhook
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
    ///     - --authorization-mode=Node,Webhook,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     authorization-mode: "Node,ABAC"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     authorization-mode: "Node,ABAC,RBAC"
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # two words
    ///     - kube-apiserver
    ///     - --authorization-mode
    ///     - Node,RBAC
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # a list adds up
    ///     - kube-apiserver
    ///     - --authorization-mode=Node
    ///     - --authorization-mode=RBAC
    /// ```
    pub static RBAC_NOT_AUTHORIZING = {
        title: "API server does not ask RBAC",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.8"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(modes) = authorization_modes(server, out).filter(|modes| !modes.has("RBAC")) else { return };
    let fix = add_item(server, &modes, "RBAC", Fix::review());
    Wrong { setting: &modes, does: "does not ask RBAC", fix }.say("authorization-mode", out);
}
