use watertight_credentials::{decoded, in_text, in_value};
use watertight_engine::prelude::*;
use watertight_syntax::Value;

use super::{CONFIG_MAP, report, report_value};

control! {
    /// Whoever may read ConfigMaps reads the credential: the default role `view` may, most service
    /// accounts of operators may, and none of the protection of Secrets (encryption at rest, RBAC of their
    /// own, no copy on the nodes' disks) is there.
    ///
    /// Keys, variables and settings are judged by what their names say and what is in force there: a
    /// placeholder, a variable, a file's path or a pointer to a store of secrets is no credential. A
    /// default that everybody knows (`changeme`) is one. Known tokens, private keys and passwords in URLs
    /// are found wherever they stand, also in base64.
    ///
    /// ## Remedy
    /// Change the credential, since it has been read; keep the new one in a Secret that comes from a store
    /// of secrets, and mount it as a file.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// data:
    ///   DB_PASSWORD: hunter2
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// data:
    ///   application.properties: |
    ///     spring.datasource.url=jdbc:postgresql://db/shop
    ///     spring.datasource.password=changeme
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// binaryData:
    ///   env: REJfUEFTU1dPUkQ9aHVudGVyMgo=  # DB_PASSWORD=…
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// data:
    ///   mirror: https://app:hunter2@mirror.example.com/
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: shop}
    /// data:
    ///   DB_PASSWORD: ${DB_PASSWORD}
    ///   DB_PASSWORD_FILE: /run/secrets/db
    ///   PASSWORD_POLICY: strict
    ///   TOKEN_TTL: "3600"
    ///   SECRET_NAME: shop-db
    ///   checksum: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    ///   url: postgres://app:$(DB_PASSWORD)@db/shop
    ///   settings.ini: |
    ///     ; password = hunter2
    ///     password = vault:secret/shop#password
    /// ```
    pub static CREDENTIAL_IN_CONFIG_MAP = {
        title: "credential in a ConfigMap",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !CONFIG_MAP.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    for (key, value) in entries(body.root(), "data") {
        let path = Path::root().key("data").key(key.to_owned());
        report_value(out, object.settings(), &path, &format!("`{key}`"), (key, value));
    }
    for (key, value) in entries(body.root(), "binaryData") {
        let path = Path::root().key("binaryData").key(key.to_owned());
        match decoded(value) {
            Some(text) => report(out, &path, &format!("`{key}`"), &text, &in_value(key, &text)),
            None => report(out, &path, &format!("`{key}`"), value, &in_text(value)),
        }
    }
}

fn entries<'a>(root: Value<'a>, field: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let entries = root.get(field).into_iter().flat_map(Value::entries);
    entries.filter_map(|(key, value)| Some((key, value.as_str()?)))
}
