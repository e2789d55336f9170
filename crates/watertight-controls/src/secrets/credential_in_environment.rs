use watertight_engine::prelude::*;

use super::report_value;

control! {
    /// The value stands in the manifest, in every copy of it, in the repository's history and in etcd;
    /// whoever may read the workload reads it, and so does every process of the container.
    ///
    /// A variable is judged by what its name says and what is in force: a reference (`$(OTHER)`,
    /// `valueFrom`, `vault:…`), a placeholder or the path of a file is no credential.
    ///
    /// ## Remedy
    /// Change the credential; keep the new one in a Secret that comes from a store of secrets, and mount
    /// it as a file.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - name: shop
    ///     image: shop
    ///     env:
    ///     - {name: DB_PASSWORD, value: hunter2}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: shop}
    /// spec:
    ///   template:
    ///     spec:
    ///       initContainers:
    ///       - name: migrate
    ///         image: shop
    ///         env:
    ///         - {name: DATABASE, value: "postgres://shop:hunter2@db/shop"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - name: shop
    ///     image: shop
    ///     env:
    ///     - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    ///     - {name: DATABASE, value: "postgres://shop:$(DB_PASSWORD)@db/shop"}
    ///     - {name: DB_PASSWORD_FILE, value: /run/secrets/db/password}
    ///     - {name: API_TOKEN, value: "vault:secret/data/shop#token"}
    ///     - {name: TOKEN_TTL, value: "3600"}
    ///     - {name: AUTH_TYPE, value: bearer}
    ///     - {name: WEBHOOK_SECRET, value: webhook-server-cert}
    ///     - {name: PASSWORD, value: ""}
    /// ```
    pub static CREDENTIAL_IN_ENVIRONMENT = {
        title: "credential written into an environment variable",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Cis("5.4.1"), Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        for (index, variable) in container.spec().env.iter().flatten().enumerate() {
            let Some(value) = variable.value.as_deref() else { continue };
            let path = container.at("env").index(index).key("value");
            let place = format!("the variable `{}` of {}", variable.name, container.described());
            report_value(out, workload.settings(), &path, &place, (&variable.name, value));
        }
    }
}
