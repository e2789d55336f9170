use watertight_engine::prelude::*;

use crate::components::{Wrong, must_be_given, read};

control! {
    /// The key that service account tokens are checked with decides who is a pod. Where it is the key that the
    /// API server serves with, whoever gets the one has both; without any the API server does not start.
    ///
    /// ## Remedy
    /// Make a key pair for tokens alone and give its public half as `--service-account-key-file`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command: [kube-apiserver, --authorization-mode=RBAC]
    /// ```
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
    ///     - --service-account-key-file=/etc/kubernetes/pki/apiserver.key
    ///     - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
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
    ///     - --service-account-key-file=/etc/kubernetes/pki/sa.pub
    ///     - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command: [kube-apiserver, --service-account-signing-endpoint=/run/signer.sock]
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration  # kubeadm gives it
    /// ```
    pub static TOKEN_VERIFICATION_KEY_MISSING = {
        title: "tokens are not checked with a key of their own",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.22")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

/// Upstream: `BuiltInAuthenticationOptions.Validate`, `pkg/kubeapiserver/options/authentication.go`.
fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "service-account-key-file";
    let Some(keys) = read(server, flag, out) else { return };
    if keys.is_empty() {
        if read(server, "service-account-signing-endpoint", out).is_some_and(|signer| signer.is_empty()) {
            must_be_given(server, flag, "has no key to check tokens with", out);
        }
        return;
    }
    let serving = server.setting("tls-private-key-file");
    if let Some(serving) = serving.ok().filter(|serving| serving.is_written() && keys.is_written())
        && keys.has(serving.text())
    {
        let does = "checks tokens with the key that it serves with";
        Wrong { setting: &keys, does, fix: None }.say(flag, out);
    }
}
