use watertight_engine::prelude::*;
use watertight_facts::control_plane::Encryption;

control! {
    /// Whoever has this file and a copy of etcd reads every Secret. In a repository, that is everybody who
    /// ever cloned it; on the control plane, whoever gets at its disk, which often holds etcd too.
    ///
    /// ## Remedy
    /// Use a key management service (`kms`), whose key never is in a file. A key that was committed is
    /// lost: make a new one and rewrite the Secrets.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - secretbox: {keys: [{name: one, secret: cGFzc3dvcmQtMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM=}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - kms: {apiVersion: v2, name: vault, endpoint: unix:///run/kms.sock}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: EncryptionConfiguration
    /// resources:
    /// - resources: [secrets]
    ///   providers:
    ///   - secretbox: {keys: [{name: one, secret: "{{ .Values.key }}"}]}  # filled in elsewhere
    /// ```
    pub static ENCRYPTION_KEY_IN_FILE = {
        title: "key for Secrets stands in a file",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.28"), Mapping::Attack("T1552.007")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(encryption) = Encryption::of(object.object()) else { return out.not_applicable() };
    for provider in encryption.rules.iter().flat_map(|rule| &rule.providers) {
        for key in &provider.keys {
            let message = format!("a key of `{}` stands in the file", provider.kind.name());
            out.fail(key.clone(), message);
        }
    }
}
