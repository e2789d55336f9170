use watertight_engine::prelude::*;
use watertight_syntax::Value;

use super::SECRET;

control! {
    /// The token in it never expires and is bound to no pod: whoever reads the Secret once acts as the
    /// service account until somebody deletes it.
    ///
    /// ## Remedy
    /// Delete the Secret. A pod gets a short-lived token by itself; others ask for one
    /// (`kubectl create token`, the TokenRequest API) or present an identity of their own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: ci
    ///   annotations: {kubernetes.io/service-account.name: ci}
    /// type: kubernetes.io/service-account-token
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: registry}
    /// type: kubernetes.io/dockerconfigjson
    /// ```
    pub static LONG_LIVED_TOKEN_SECRET = {
        title: "Secret holds a service account token that never expires",
        severity: Severity::Medium,
        layer: Layer::Secrets,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1528")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    if body.root().get("type").and_then(Value::as_str) == Some("kubernetes.io/service-account-token") {
        out.fail(Path::root().key("type"), "the token controller keeps a token without an end in this Secret");
    }
}
