use watertight_engine::prelude::*;
use watertight_facts::control_plane::{Encryption, ProviderKind};

control! {
    /// The configuration looks as if Secrets were encrypted, and they are not: no rule is for them, or the
    /// provider `identity` stands first, and the first is the one that writes.
    ///
    /// ## Remedy
    /// Write a rule for `secrets` whose first provider encrypts; leave `identity` at the end while old
    /// Secrets are rewritten.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - identity: {}
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [configmaps, "*.apps"]
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - identity: {}
    /// - resources: ["*.*"]  # what is named itself is not what all is
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: ["*."]  # the core group
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    ///   - identity: {}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [configmaps]
    ///   providers: [{identity: {}}]
    /// - resources: ["*.*"]
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    /// ```
    pub static SECRETS_NOT_ENCRYPTED = {
        title: "Secrets are not encrypted by this configuration",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.28")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(encryption) = Encryption::of(object.object()) else { return out.not_applicable() };
    let Some(rule) = encryption.deciding("secrets", "") else {
        out.fail(Path::root().key("resources"), "no rule is for Secrets: they are stored in clear text");
        return;
    };
    match rule.writer() {
        None => {
            out.fail(rule.path.clone(), "the rule for Secrets has no provider: the API server does not start");
        }
        Some(first) if first.kind == ProviderKind::Identity => {
            let message = "the provider `identity` stands first, so that Secrets are stored in clear text";
            out.fail(first.path.clone(), message);
        }
        Some(_) => {}
    }
}
