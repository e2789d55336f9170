use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Tokens in a file are in clear text on every control plane node, hold for ever, and go away only when
    /// the file changes and the API server starts again.
    ///
    /// ## Remedy
    /// Remove `--token-auth-file`, and let people and programs come by OIDC, certificates or service
    /// account tokens.
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
    ///     - --token-auth-file=/etc/kubernetes/tokens.csv
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
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: token-auth-file, value: /etc/kubernetes/tokens.csv}
    ///   - {name: profiling, value: "false"}
    /// ```
    /// ```yaml,fixed
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
    ///     command:  # empty is none
    ///     - kube-apiserver
    ///     - --token-auth-file=
    ///     - --authorization-mode=Node,RBAC
    /// ```
    pub static STATIC_TOKEN_FILE = {
        title: "API server accepts tokens from a file",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.2"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "token-auth-file";
    let Some(file) = read(server, flag, out).filter(|file| !file.is_empty()) else { return };
    let fix = server.configured().remove(flag, Fix::review());
    Wrong { setting: &file, does: "accepts static tokens from a file", fix }.say(flag, out);
}
