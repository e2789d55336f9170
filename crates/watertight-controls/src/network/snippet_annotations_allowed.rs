use watertight_engine::prelude::*;
use watertight_syntax::Value;

control! {
    /// With snippets allowed, everybody who may write an Ingress in any namespace writes the configuration of
    /// the controller, and through it reads the Secrets of all namespaces (CVE-2021-25742).
    ///
    /// Since 1.12 the controller also refuses snippets while `annotations-risk-level` is below `Critical`; where
    /// the ConfigMap says so, it passes.
    ///
    /// ## Remedy
    /// Set `allow-snippet-annotations` to `"false"`, after the snippets in use are gone.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "true"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "true", annotations-risk-level: High}
    /// ```
    pub static SNIPPET_ANNOTATIONS_ALLOWED = {
        title: "ingress controller takes configuration from annotations",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[GroupKind::core("ConfigMap")], check),
    }
}

const ALLOW: &str = "allow-snippet-annotations";

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let data = body.root().get("data");
    let text = |key| data.and_then(|data| data.get(key)).and_then(Value::as_str);
    let Some(allow) = text(ALLOW) else { return out.not_applicable() };
    let refused = text("annotations-risk-level").is_some_and(|level| !level.eq_ignore_ascii_case("critical"));
    if allow.eq_ignore_ascii_case("true") && !refused {
        let path = Path::root().key("data").key(ALLOW);
        let message = "everybody who may write an Ingress writes the configuration of the controller";
        out.fail(path.clone(), message).fix(Fix::review().set(path, "false"));
    }
}
