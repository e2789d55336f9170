use watertight_credentials::Content;
use watertight_engine::prelude::*;
use watertight_model::content_before;
use watertight_syntax::Value;

use super::SECRET;

control! {
    /// Base64 is no encryption: whoever reads the file, a copy of it, or the history of the repository has
    /// the values, long after they were taken out.
    ///
    /// Only what kind of value it was is kept when a Secret is read, never the value: empty ones,
    /// placeholders, templates, ciphertext, certificates and public keys are passed over, and configuration
    /// in which no credential was recognised is graded lower. What a cluster has sent (with `uid` and
    /// `resourceVersion`) is graded lower too: such a file is a copy, which somebody may have made to look
    /// at it. From standard input it is no file, and is passed over.
    ///
    /// ## Remedy
    /// Change the values. Commit an ExternalSecret, a SealedSecret or a file encrypted with SOPS instead, or
    /// make the Secret outside of the repository.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db}
    /// data: {password: aHVudGVyMg==}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db}
    /// stringData: {password: hunter2, ca.crt: ""}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db}
    /// stringData: {password: <password>, user: "", token: "${TOKEN}", url: "vault:secret/shop#url"}
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: ca}
    /// stringData:
    ///   ca.crt: |
    ///     -----BEGIN CERTIFICATE-----
    ///     MIIB
    ///     -----END CERTIFICATE-----
    /// ---
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: token, annotations: {kubernetes.io/service-account.name: web}}
    /// type: kubernetes.io/service-account-token
    /// ```
    /// ```yaml,pass
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   secretStoreRef: {name: vault}
    ///   target: {name: db}
    ///   data: [{secretKey: password, remoteRef: {key: shop/db, property: password}}]
    /// ```
    pub static SECRET_IN_MANIFEST = {
        title: "values of a Secret stand in the manifest",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Cis("5.4.2"), Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let root = body.root();
    let made_by_cluster = root.get("type").and_then(Value::as_str) == Some("kubernetes.io/service-account-token");
    let is_copy = is_from_cluster(root);
    // SOPS has a control of its own; what comes through a pipe from a cluster is in no file.
    if made_by_cluster || root.get("sops").is_some() || (is_copy && object.object().recorded().file == "-") {
        return out.not_applicable();
    }
    for field in ["data", "stringData"] {
        let values = root.get(field).into_iter().flat_map(Value::entries);
        let contents: Vec<(&str, Content)> = values.map(|(key, value)| (key, content_before(value))).collect();
        let of = |wanted: Content| -> Vec<&str> {
            contents.iter().filter(|(_, content)| *content == wanted).map(|(key, _)| *key).collect()
        };
        let (secret, configuration) = (of(Content::Secret), of(Content::Configuration));
        let path = Path::root().key(field);
        if !secret.is_empty() {
            let (what, stands) = listed(&secret);
            let finding = out.fail(path, format!("{what} of the Secret {stands} in the manifest"));
            if is_copy {
                finding.severity(Severity::Low);
            }
        } else if !configuration.is_empty() {
            let (what, stands) = listed(&configuration);
            let message = format!(
                "{what} of the Secret {stands} in the manifest; it is configuration in which no credential was recognised"
            );
            out.fail(path, message).severity(Severity::Low);
        }
    }
}

/// Whether the API server has filled in what it alone knows.
fn is_from_cluster(root: Value<'_>) -> bool {
    let metadata = root.get("metadata");
    ["uid", "resourceVersion"].iter().all(|field| metadata.is_some_and(|metadata| metadata.get(field).is_some()))
}

fn listed(keys: &[&str]) -> (String, &'static str) {
    const MOST: usize = 4;
    let names: Vec<String> = keys.iter().take(MOST).map(|key| format!("`{key}`")).collect();
    let more = keys.len().saturating_sub(MOST);
    let names = names.join(", ");
    match (keys.len(), more) {
        (1, _) => (format!("the value {names}"), "stands"),
        (_, 0) => (format!("the values {names}"), "stand"),
        _ => (format!("the values {names} and {more} more"), "stand"),
    }
}
