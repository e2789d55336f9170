use watertight_engine::prelude::*;
use watertight_facts::network::INGRESS;
use watertight_syntax::Value;

control! {
    /// A snippet is text for the configuration of the controller, which holds every TLS key and may read the
    /// Secrets of all namespaces: whoever may write this Ingress can read them (CVE-2021-25742).
    ///
    /// ## Remedy
    /// Use an annotation made for the purpose, and turn snippets off in the controller.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/configuration-snippet: |
    ///       more_set_headers "X-A: b";
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: {nginx.ingress.kubernetes.io/custom-headers: shop/headers}
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ```
    pub static INGRESS_SNIPPET = {
        title: "ingress writes into the controller's configuration",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&INGRESS, check),
    }
}

/// The last parts of the annotations that hold configuration of nginx: those of ingress-nginx
/// (`docs/user-guide/nginx-configuration/annotations-risk.md`, risk Critical), and those of NGINX Inc.
const SNIPPETS: &[&str] = &[
    "auth-snippet",
    "configuration-snippet",
    "location-snippets",
    "modsecurity-snippet",
    "server-snippet",
    "server-snippets",
    "stream-snippet",
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let annotations = Path::root().at("metadata.annotations");
    for (key, value) in body.root().at(&annotations).into_iter().flat_map(Value::entries) {
        let is_snippet = key.rsplit_once('/').is_some_and(|(_, name)| SNIPPETS.contains(&name));
        if is_snippet && value.as_str().is_some_and(|text| !text.trim().is_empty()) {
            let message = format!("writes into the configuration of the controller with `{key}`");
            let path = annotations.key(key.to_owned());
            out.fail(path.clone(), message).fix(Fix::review().remove(path));
        }
    }
}
