use watertight_engine::prelude::*;
use watertight_syntax::Value;

use super::SEALED_SECRET;

control! {
    /// A sealed value is bound to one name in one namespace unless an annotation says otherwise. Without
    /// that, whoever may create SealedSecrets anywhere takes the public ciphertext, seals nothing, and reads
    /// the value in a namespace of their own.
    ///
    /// ## Remedy
    /// Seal it again with the strict scope, which is the default of `kubeseal`, and remove the annotation.
    ///
    /// ```yaml,fail
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    ///   annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}
    /// spec:
    ///   encryptedData: {password: AgBy8hCi}
    /// ```
    /// ```yaml,fail
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: shop
    ///   annotations: {sealedsecrets.bitnami.com/namespace-wide: "true"}
    /// spec:
    ///   encryptedData: {password: AgBy8hCi}
    /// ```
    /// ```yaml,pass
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata: {name: db, namespace: shop, annotations: {sealedsecrets.bitnami.com/cluster-wide: "false"}}
    /// spec:
    ///   encryptedData: {password: AgBy8hCi}
    /// ```
    pub static SEALED_SECRET_WIDE_SCOPE = {
        title: "sealed value can be opened under another name or namespace",
        severity: Severity::Medium,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

/// `SecretScope` in `pkg/apis/sealedsecrets/v1alpha1/sealedsecret_expansion.go`: the wider one wins.
const SCOPES: [(&str, Severity, &str); 2] = [
    ("sealedsecrets.bitnami.com/cluster-wide", Severity::Medium, "any name in any namespace opens the values"),
    ("sealedsecrets.bitnami.com/namespace-wide", Severity::Low, "any name in the namespace opens the values"),
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !SEALED_SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    for (annotation, severity, message) in SCOPES {
        let path = Path::root().at("metadata.annotations").key(annotation);
        if body.root().at(&path).and_then(Value::as_str) == Some("true") {
            out.fail(path, message).severity(severity);
            return;
        }
    }
}
