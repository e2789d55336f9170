use watertight_engine::prelude::*;
use watertight_facts::control_plane::refusals;

control! {
    /// The API server refuses a configuration that is not valid. One that runs already goes on with the file that it
    /// had, and what was meant to be closed stays open with nothing but a line in its log; one that starts does not.
    ///
    /// ## Remedy
    /// Correct the field that is named, and look at `apiserver_…_config_controller_automatic_reloads_total` after the
    /// change.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: ["*.*"]
    ///   providers: [{kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}}]
    /// - resources: [secrets]  # comes too late
    ///   providers: [{kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// jwt:
    /// - issuer: {url: http://login.example.com, audiences: [kubernetes]}
    ///   claimMappings: {username: {claim: sub, prefix: "oidc:"}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// - {type: Webhook, name: policy, webhook: {timeout: 3s, failurePolicy: Ignore}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// jwt:
    /// - issuer: {url: https://login.example.com, audiences: [kubernetes]}
    ///   claimMappings: {username: {claim: sub, prefix: "oidc:"}}
    /// ---
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// ---
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - secretbox: {keys: [{name: one, secret: <the key>}]}
    ///   - identity: {}
    /// ```
    pub static CONFIGURATION_REFUSED = {
        title: "API server refuses the configuration",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(refusals) = refusals(object.object()) else { return out.not_applicable() };
    for (path, why) in refusals {
        out.fail(path, format!("kube-apiserver refuses the file: {why}"));
    }
}
