use watertight_engine::prelude::*;
use watertight_syntax::Value;

control! {
    /// Argo CD deploys whatever it is told with the rights of an administrator. Without a login everybody who
    /// reaches it may look into, and with a generous default role change, all that it runs.
    ///
    /// ## Remedy
    /// Remove the entry, and let people log in through an identity provider.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: argocd-cm, namespace: argocd}
    /// data: {users.anonymous.enabled: "true"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: argocd-cm, namespace: argocd}
    /// data: {users.anonymous.enabled: "false"}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: argocd-cmd-params-cm, namespace: argocd}
    /// data: {server.disable.auth: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: argocd-cm, namespace: argocd}
    /// data: {users.anonymous.enabled: "false", admin.enabled: "true"}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: other, namespace: argocd}
    /// data: {users.anonymous.enabled: "true"}
    /// ```
    pub static ARGO_CD_ANONYMOUS = {
        title: "Argo CD lets everybody in",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[GroupKind::core("ConfigMap")], check),
    }
}

/// ConfigMap, key, what it does and how bad that is
/// (argo-cd: `docs/operator-manual/argocd-cm.yaml`, `argocd-cmd-params-cm.yaml`).
static ENTRIES: &[(&str, &str, &str, Severity)] = &[
    ("argocd-cm", "users.anonymous.enabled", "lets everybody in with the default role", Severity::High),
    ("argocd-cmd-params-cm", "server.disable.auth", "asks nobody to log in", Severity::Critical),
    ("argocd-cmd-params-cm", "server.insecure", "listens without TLS", Severity::Low),
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let own = ENTRIES.iter().filter(|(name, ..)| **name == *object.identity().name);
    let Ok(body) = object.object().body() else { return };
    let mut known = false;
    for (_, key, does, severity) in own {
        known = true;
        let value = body.root().get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
        if value == Some("true") {
            let path = Path::root().key("data").key(*key);
            out.fail(path.clone(), format!("Argo CD {does}"))
                .severity(*severity)
                .fix(Fix::review().set(path, "false"));
        }
    }
    if !known {
        out.not_applicable();
    }
}
