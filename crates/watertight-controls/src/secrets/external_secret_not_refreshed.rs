use watertight_engine::prelude::*;
use watertight_syntax::{Kind, Value};

use super::EXTERNAL_SECRETS;

control! {
    /// A secret that is fetched once stays in the cluster after it was changed or withdrawn in the store: a
    /// rotation there changes nothing here.
    ///
    /// ## Remedy
    /// Leave `refreshInterval` out (one hour) or set how long an old value may live; `refreshPolicy:
    /// Periodic` is the default.
    ///
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   refreshInterval: "0"
    ///   secretStoreRef: {name: vault}
    ///   data: [{secretKey: password, remoteRef: {key: shop/db}}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   refreshInterval: "1h"
    ///   secretStoreRef: {name: vault}
    ///   data: [{secretKey: password, remoteRef: {key: shop/db}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   externalSecretSpec:
    ///     refreshPolicy: CreatedOnce
    ///     secretStoreRef: {name: vault, kind: ClusterSecretStore}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: external-secrets.io/v1
    /// kind: ClusterExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   externalSecretSpec:
    ///     refreshPolicy: Periodic
    ///     secretStoreRef: {name: vault, kind: ClusterSecretStore}
    /// ```
    /// ```yaml,pass
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata: {name: db}
    /// spec:
    ///   secretStoreRef: {name: vault}
    ///   data: [{secretKey: password, remoteRef: {key: shop/db}}]
    /// ---
    /// apiVersion: external-secrets.io/v1beta1
    /// kind: ExternalSecret
    /// metadata: {name: cache}
    /// spec: {refreshInterval: 15m, secretStoreRef: {name: vault}}
    /// ---
    /// apiVersion: external-secrets.io/v1alpha1
    /// kind: PushSecret
    /// metadata: {name: ca}
    /// spec: {refreshInterval: 1h0m0s, secretStoreRefs: [{name: vault}]}
    /// ```
    pub static EXTERNAL_SECRET_NOT_REFRESHED = {
        title: "external secret is fetched once and never again",
        severity: Severity::Low,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    let spec = match &*identity.kind {
        "ExternalSecret" | "PushSecret" => "spec",
        "ClusterExternalSecret" => "spec.externalSecretSpec",
        "ClusterPushSecret" => "spec.pushSecretSpec",
        _ => return out.not_applicable(),
    };
    if &*identity.group != EXTERNAL_SECRETS {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let path = Path::root().at(spec);
    let field = |name: &'static str| body.root().at(&path.key(name));
    // `shouldRefresh` in `pkg/controllers/externalsecret/externalsecret_controller.go`.
    match field("refreshPolicy").and_then(Value::as_str) {
        Some(policy @ ("CreatedOnce" | "OnChange")) => {
            let what = if policy == "OnChange" { "only when this object changes" } else { "once" };
            let message = format!("the policy `{policy}` fetches {what}: a rotation in the store is not followed");
            let path = path.key("refreshPolicy");
            out.fail(path.clone(), message).fix(Fix::review().set(path, "Periodic"));
        }
        _ if field("refreshInterval").is_some_and(is_zero) => {
            let message = "an interval of 0 fetches once: a rotation in the store is not followed";
            let path = path.key("refreshInterval");
            // The default of the API.
            out.fail(path.clone(), message).fix(Fix::review().set(path, "1h"));
        }
        _ => {}
    }
}

/// A duration of Go that is zero: `0`, `0s`, `0h0m`.
fn is_zero(interval: Value<'_>) -> bool {
    match interval.kind() {
        Kind::Number => interval.as_i64() == Some(0),
        Kind::String => {
            let text = interval.as_str().unwrap_or_default();
            text.contains('0') && text.bytes().all(|byte| byte == b'0' || byte == b'.' || byte.is_ascii_lowercase())
        }
        _ => false,
    }
}
