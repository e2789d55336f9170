use watertight_engine::prelude::*;
use watertight_facts::control_plane::{AUTHENTICATION, Authentication};

use crate::components::{Wrong, read, read_if_touched};

control! {
    /// Requests that say nothing of who sends them are answered as `system:anonymous`: one binding to
    /// that user, or to everybody, and the whole network has what it grants.
    ///
    /// The API server answers them unless it is told otherwise. Since 1.32 an `AuthenticationConfiguration`
    /// can let them through to the paths that tell whether it is well, which is all that probes and
    /// load balancers need.
    ///
    /// ## Remedy
    /// Name the health paths in an `AuthenticationConfiguration` and pass it as
    /// `--authentication-config`. Where nothing probes the API server without a token,
    /// `--anonymous-auth=false` does it; the probes that kubeadm writes into its static pod need the paths.
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
    ///     - --anonymous-auth=true
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
    ///     - --anonymous-auth=false
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3  # the default of the API server
    /// kind: ClusterConfiguration
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: authentication-config, value: /etc/kubernetes/authentication.yaml}
    /// ---
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// anonymous:
    ///   enabled: true
    ///   conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command: [/usr/local/bin/kube-apiserver]
    ///     args: [--anonymous_auth, --anonymous-auth=false]  # the last holds
    /// ```
    pub static API_SERVER_ANONYMOUS_REQUESTS = {
        title: "API server answers anonymous requests",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.1"), Mapping::Nsa("authentication"), Mapping::Attack("T1190")],
        reads: &[AUTHENTICATION],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(setting) = read(server, "anonymous-auth", out).filter(Setting::is_true) else { return };
    if !leaves_it_to_the_flag(server, out) {
        return;
    }
    let fix = server.configured().set("anonymous-auth", "false", Fix::review());
    Wrong { setting: &setting, does: "answers anonymous requests", fix }.say("anonymous-auth", out);
}

/// Whether no AuthenticationConfiguration decides. One that does is judged by itself.
fn leaves_it_to_the_flag(server: ComponentScope<'_>, out: &mut Sink<'_>) -> bool {
    let Some(file) = read_if_touched(server, "authentication-config", out) else { return false };
    if file.is_none_or(|file| file.is_empty()) || !Authentication::knows_anonymous(server.target()) {
        return true;
    }
    match server.view().authentication(server.id()) {
        Joined::One(file) => file.anonymous.is_none(),
        Joined::NotInView => {
            out.not_in_view(AUTHENTICATION);
            false
        }
        // Each of them is judged by itself.
        Joined::Ambiguous => false,
    }
}
