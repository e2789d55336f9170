use watertight_engine::prelude::*;
use watertight_syntax::Value;

use super::EXTERNAL_SECRETS;

control! {
    /// Whoever may create an ExternalSecret in any namespace gets every secret that the store's credential
    /// reads, also those of other teams.
    ///
    /// ## Remedy
    /// Name the namespaces that may use it under `conditions`, or give each team a SecretStore of its own
    /// with a credential that reads only its secrets.
    ///
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterSecretStore
    /// metadata: {name: vault}
    /// spec:
    ///   provider:
    ///     vault: {server: "https://vault.example.com", auth: {kubernetes: {role: shop, mountPath: kubernetes}}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterSecretStore
    /// metadata: {name: vault}
    /// spec:
    ///   conditions: [{namespaceSelector: {}}]
    ///   provider:
    ///     vault: {server: "https://vault.example.com"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterSecretStore
    /// metadata: {name: vault}
    /// spec:
    ///   conditions: [{namespaces: [shop]}, {namespaceSelector: {matchLabels: {team: shop}}}]
    ///   provider:
    ///     vault: {server: "https://vault.example.com"}
    /// ---
    /// apiVersion: external-secrets.io/v1
    /// kind: SecretStore
    /// metadata: {name: vault, namespace: shop}
    /// spec:
    ///   provider:
    ///     vault: {server: "https://vault.example.com"}
    /// ```
    pub static SECRET_STORE_OPEN = {
        title: "every namespace may use a secret store of the cluster",
        severity: Severity::Medium,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

const STORE: GroupKind = GroupKind { group: EXTERNAL_SECRETS, kind: "ClusterSecretStore" };

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !STORE.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let path = Path::root().at("spec.conditions");
    let conditions: Vec<Value<'_>> = body.root().at(&path).into_iter().flat_map(Value::items).collect();
    if conditions.is_empty() {
        out.fail(path, "no condition limits the namespaces that may use this store");
        return;
    }
    for (index, condition) in conditions.into_iter().enumerate() {
        if lets_all(condition) {
            out.fail(path.index(index), "this condition lets every namespace use the store");
        }
    }
}

/// An empty selector selects all; patterns that match everything are the same.
fn lets_all(condition: Value<'_>) -> bool {
    let selector = condition.get("namespaceSelector");
    let empty = |value: Value<'_>| value.entries().all(|(_, inner)| inner.entries().next().is_none() && inner.items().len() == 0);
    let patterns = condition.get("namespaceRegexes").into_iter().flat_map(Value::items);
    let any = |pattern: Value<'_>| matches!(pattern.as_str(), Some(".*" | "^.*$" | ".+" | "^.+$" | ""));
    selector.is_some_and(|selector| !selector.is_null() && empty(selector)) || patterns.into_iter().any(any)
}
