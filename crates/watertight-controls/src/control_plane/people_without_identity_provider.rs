use watertight_engine::prelude::*;
use watertight_facts::control_plane::AUTHENTICATION;

use crate::components::{must_be_given, read};

control! {
    /// Without OIDC people come with client certificates or service account tokens, which cannot be revoked
    /// one by one, and which nobody takes away when somebody leaves.
    ///
    /// An authenticating proxy, or a cloud's own way in, may do this elsewhere: it is worth knowing, no
    /// more.
    ///
    /// ## Remedy
    /// Name issuers in an `AuthenticationConfiguration`, or one with the flags `--oidc-*`.
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
    ///     - --client-ca-file=/etc/kubernetes/pki/ca.crt
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
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
    ///     - --oidc-issuer-url=https://login.example.com
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
    ///     - --authentication-config=/etc/kubernetes/authentication.yaml
    /// ---
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// jwt:
    /// - issuer: {url: https://login.example.com, audiences: [kubernetes]}
    ///   claimMappings: {username: {claim: email, prefix: ""}}
    /// ```
    pub static PEOPLE_WITHOUT_IDENTITY_PROVIDER = {
        title: "no identity provider for people",
        severity: Severity::Info,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("3.1.1"), Mapping::Cis("3.1.2"), Mapping::Nsa("authentication")],
        reads: &[AUTHENTICATION],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    for flag in ["oidc-issuer-url", "authentication-token-webhook-config-file"] {
        match read(server, flag, out) {
            Some(setting) if setting.is_empty() => {}
            _ => return,
        }
    }
    let Some(file) = read(server, "authentication-config", out) else { return };
    if !file.is_empty() {
        match server.view().authentication(server.id()) {
            Joined::One(file) if file.issuers == 0 => {}
            Joined::NotInView => return out.not_in_view(AUTHENTICATION),
            Joined::One(_) | Joined::Ambiguous => return,
        }
    }
    must_be_given(server, "oidc-issuer-url", "knows no identity provider for people", out);
}
