use watertight_engine::prelude::*;

control! {
    /// Variables are inherited by every process that the container starts, printed by crash reports and
    /// debug pages, and keep their old value until the pod is made anew. A file in a volume is read by the
    /// one program that needs it, and follows a change.
    ///
    /// ## Remedy
    /// Mount the Secret as a volume and let the program read the file (many take `DB_PASSWORD_FILE`).
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
    ///     - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata: {name: migrate}
    /// spec:
    ///   template:
    ///     spec:
    ///       initContainers:
    ///       - name: wait
    ///         image: shop
    ///         envFrom: [{secretRef: {name: db}}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   volumes: [{name: db, secret: {secretName: db}}]
    ///   containers:
    ///   - name: shop
    ///     image: shop
    ///     env:
    ///     - {name: DB_PASSWORD_FILE, value: /run/secrets/db/password}
    ///     - {name: DB_HOST, valueFrom: {configMapKeyRef: {name: shop, key: host}}}
    ///     envFrom: [{configMapRef: {name: shop}}]
    ///     volumeMounts: [{name: db, mountPath: /run/secrets/db, readOnly: true}]
    /// ```
    pub static SECRET_IN_ENVIRONMENT = {
        title: "Secret given as environment variables",
        severity: Severity::Low,
        layer: Layer::Secrets,
        maps: &[Mapping::Cis("5.4.1")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let spec = container.spec();
        let refers = |variable: &&k8s_openapi::api::core::v1::EnvVar| {
            variable.value_from.as_ref().is_some_and(|from| from.secret_key_ref.is_some())
        };
        let variables: Vec<String> =
            spec.env.iter().flatten().filter(refers).map(|variable| format!("`{}`", variable.name)).collect();
        if !variables.is_empty() {
            let message = format!("{} gets {} from Secrets", container.described(), some(&variables));
            out.fail(container.at("env"), message);
        }
        let whole = spec.env_from.iter().flatten().filter_map(|from| from.secret_ref.as_ref());
        let secrets: Vec<String> = whole.map(|secret| format!("`{}`", secret.name)).collect();
        if !secrets.is_empty() {
            let message = format!(
                "{} gets all of the Secret{} {} as variables",
                container.described(),
                if secrets.len() == 1 { "" } else { "s" },
                some(&secrets)
            );
            out.fail(container.at("envFrom"), message);
        }
    }
}

/// The first few, and how many more.
fn some(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
