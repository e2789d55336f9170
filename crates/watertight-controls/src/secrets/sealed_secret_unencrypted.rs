use watertight_credentials::{Content, content, is_sealed};
use watertight_engine::prelude::*;
use watertight_syntax::Value;

use super::SEALED_SECRET;

control! {
    /// The file looks sealed and is committed as such, and one of its values is in the clear: whoever reads
    /// the repository has it.
    ///
    /// ## Remedy
    /// Change the value, and seal the new one: `kubeseal --raw`, or the whole Secret anew.
    ///
    /// ```yaml,fail
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   encryptedData: {password: hunter2}
    /// ```
    /// ```yaml,fail
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   encryptedData: {password: AgBy8hCiVpYkZWRlbmNyeXB0ZWQ}
    ///   template:
    ///     data: {url: "postgres://shop:hunter2@db/shop"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   encryptedData: {password: AgBy8hCiVpYkZWRlbmNyeXB0ZWQ}
    ///   template:
    ///     metadata: {name: db, namespace: shop}
    ///     data:
    ///       user: shop
    ///       url: postgres://shop:{{ index . "password" }}@db/shop
    /// ```
    pub static SEALED_SECRET_UNENCRYPTED = {
        title: "value of a SealedSecret is not encrypted",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !SEALED_SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let texts = |path: &Path| -> Vec<(String, String)> {
        let entries = body.root().at(path).into_iter().flat_map(Value::entries);
        entries.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
    };
    let sealed = Path::root().at("spec.encryptedData");
    for (key, value) in texts(&sealed) {
        let in_force = matches!(content(&key, &value), Content::Secret | Content::Configuration);
        if in_force && !is_sealed(&value) {
            let message = format!("`{key}` is no ciphertext: the value stands here as it is");
            out.fail(sealed.key(key), message);
        }
    }
    // What the template adds is meant to be in the clear; only what is a credential is not.
    let template = Path::root().at("spec.template.data");
    for (key, value) in texts(&template) {
        let found = watertight_credentials::in_value(&key, &value);
        super::report(out, &template.key(key.clone()), &format!("`{key}` of the template"), &value, &found);
    }
}
