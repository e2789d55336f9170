use watertight_engine::prelude::*;

use crate::components::{Wrong, authorization_modes};

control! {
    /// Whoever is let in may do everything: Secrets, pods on every node, the cluster itself. With anonymous
    /// requests, which are on by default, that is everybody who reaches the port.
    ///
    /// It is the API server's default when it is told neither modes nor an `AuthorizationConfiguration`.
    /// Beside other modes it allows what they did not.
    ///
    /// ## Remedy
    /// Give `--authorization-mode=Node,RBAC`, and make sure that what has to work is bound to a role
    /// before.
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
    ///     - --etcd-servers=https://127.0.0.1:2379
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
    ///     - --etcd-servers=https://127.0.0.1:2379
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: authorization-mode, value: "Node,AlwaysAllow"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: authorization-mode, value: "Node,RBAC"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// # kubeadm gives Node,RBAC
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
    pub static ALWAYS_ALLOW_AUTHORIZATION = {
        title: "API server allows everything",
        severity: Severity::Critical,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.6"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(modes) = authorization_modes(server, out).filter(|modes| modes.has("AlwaysAllow")) else { return };
    let fix = server.configured().set("authorization-mode", "Node,RBAC", Fix::review());
    Wrong { setting: &modes, does: "allows everybody everything", fix }.say("authorization-mode", out);
}
