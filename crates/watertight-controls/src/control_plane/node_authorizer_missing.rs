use watertight_engine::prelude::*;

use crate::components::{Wrong, authorization_modes};

control! {
    /// The node authorizer lets a kubelet read the Secrets of its own pods and nothing else. Without it
    /// kubelets need a role, and a role cannot tell nodes apart: one lost node reads every Secret.
    ///
    /// ## Remedy
    /// Add `Node` to `--authorization-mode`, together with the admission plugin `NodeRestriction`.
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
    ///     - --authorization-mode=RBAC
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
    ///     - --authorization-mode=Node,RBAC
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
    ///     command:  # judged in that file
    ///     - kube-apiserver
    ///     - --authorization-config=/etc/kubernetes/authorization.yaml
    /// ```
    pub static NODE_AUTHORIZER_MISSING = {
        title: "API server does not bound what nodes may do",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.7"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(modes) = authorization_modes(server, out).filter(|modes| !modes.has("Node")) else { return };
    let with_node = ["Node"].into_iter().chain(modes.list().iter().map(String::as_str));
    let value = with_node.filter(|mode| *mode != "AlwaysAllow").collect::<Vec<_>>().join(",");
    let fix = server.configured().set("authorization-mode", &value, Fix::review());
    Wrong { setting: &modes, does: "does not ask the node authorizer", fix }.say("authorization-mode", out);
}
