use watertight_engine::prelude::*;
use watertight_syntax::{Kind, Segment, Value};

use super::EXTERNAL_SECRETS;

control! {
    /// The credential that opens the store lies in the cluster as a Secret and does not expire: whoever
    /// reads that one Secret reads all that the store gives.
    ///
    /// Only providers that can do without are judged: AWS, Google Cloud, Azure and Vault.
    ///
    /// ## Remedy
    /// Let the controller present the identity of a service account: `auth.jwt.serviceAccountRef` (AWS,
    /// EKS), `auth.workloadIdentity` (Google Cloud), `authType: WorkloadIdentity` (Azure),
    /// `auth.kubernetes` (Vault).
    ///
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: aws, namespace: shop}
    /// spec:
    ///   provider:
    ///     aws:
    ///       service: SecretsManager
    ///       auth:
    ///         secretRef:
    ///           accessKeyIDSecretRef: {name: aws, key: id}
    ///           secretAccessKeySecretRef: {name: aws, key: secret}
    /// ```
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: vault, namespace: shop}
    /// spec:
    ///   provider:
    ///     vault: {server: "https://vault.example.com", auth: {tokenSecretRef: {name: vault, key: token}}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: aws, namespace: shop}
    /// spec:
    ///   provider:
    ///     aws: {service: SecretsManager, auth: {jwt: {serviceAccountRef: {name: shop}}}}
    /// ---
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: vault, namespace: shop}
    /// spec:
    ///   provider:
    ///     vault: {server: "https://vault.example.com", auth: {kubernetes: {role: shop, mountPath: k8s}}}
    /// ---
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: onepassword, namespace: shop}
    /// spec:
    ///   provider:
    ///     onepassword: {auth: {secretRef: {connectTokenSecretRef: {name: op, key: token}}}}
    /// ```
    pub static SECRET_STORE_STATIC_CREDENTIAL = {
        title: "secret store is opened with a credential that does not expire",
        severity: Severity::Info,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

/// Providers that can be asked with the identity of a service account.
const PROVIDERS: &[&str] = &["aws", "gcpsm", "azurekv", "vault"];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    let is_store = matches!(&*identity.kind, "SecretStore" | "ClusterSecretStore");
    if &*identity.group != EXTERNAL_SECRETS || !is_store {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let path = Path::root().at("spec.provider");
    for provider in PROVIDERS {
        for field in ["auth", "authSecretRef"] {
            let path = path.key(*provider).key(field);
            let Some(auth) = body.root().at(&path) else { continue };
            let mut trail = Vec::new();
            if field == "authSecretRef" || refers(auth, &mut trail) {
                let path = path.join(&trail.into_iter().collect());
                out.fail(path, format!("the store is opened with a credential of `{provider}` from a Secret"));
            }
        }
    }
}

/// The first field below that refers to a key of a Secret.
fn refers(value: Value<'_>, trail: &mut Vec<Segment>) -> bool {
    for (key, child) in value.entries().filter(|(_, child)| child.kind() == Kind::Map) {
        trail.push(Segment::Key(key.to_owned().into()));
        let is_reference = key.to_ascii_lowercase().ends_with("secretref") && child.get("key").is_some();
        if is_reference || refers(child, trail) {
            return true;
        }
        trail.pop();
    }
    false
}
