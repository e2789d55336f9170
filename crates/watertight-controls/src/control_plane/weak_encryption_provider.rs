use watertight_engine::prelude::*;
use watertight_facts::control_plane::{Encryption, ProviderKind};

control! {
    /// AES-GCM with a random nonce is safe for some two hundred thousand writes with one key, and then
    /// leaks; AES-CBC does not notice when somebody changes what is stored. The first protocol for key
    /// management asks its service for each Secret and was replaced.
    ///
    /// ## Remedy
    /// Use `kms` with `apiVersion: v2`, or `secretbox`.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - aescbc: {keys: [{name: one, secret: "${KEY}"}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - kms: {name: old, endpoint: unix:///run/kms.sock}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    ///   - aescbc: {keys: [{name: one, secret: "${KEY}"}]}  # only reads
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - secretbox: {keys: [{name: one, secret: "${KEY}"}]}
    /// ```
    pub static WEAK_ENCRYPTION_PROVIDER = {
        title: "Secrets are encrypted in a weak way",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.28")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(encryption) = Encryption::of(object.object()) else { return out.not_applicable() };
    let target = object.settings().target;
    for rule in &encryption.rules {
        let Some(writer) = rule.writer() else { continue };
        let (severity, message) = match writer.kind {
            ProviderKind::AesGcm => {
                (Severity::Medium, "`aesgcm` leaks unless its key is changed every 200,000 writes".to_owned())
            }
            ProviderKind::AesCbc => {
                (Severity::Low, "`aescbc` does not notice when what is stored is changed".to_owned())
            }
            ProviderKind::KmsV1 if target.minor >= 29 => {
                let why = "needs the feature gate `KMSv1`: its first protocol is off by default";
                (Severity::Medium, format!("`kms` without `apiVersion: v2` in kube-apiserver {target} {why}"))
            }
            ProviderKind::KmsV1 => (Severity::Low, "`kms` speaks its first protocol, which was replaced".to_owned()),
            _ => continue,
        };
        out.fail(writer.path.clone(), message).severity(severity);
    }
}
