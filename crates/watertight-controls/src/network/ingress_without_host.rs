use watertight_engine::prelude::*;
use watertight_facts::network::INGRESS;

control! {
    /// The rule answers for every name that leads to the controller, also for those of other teams that are
    /// not there yet: what was meant for one application is reached under any name, by address and by mistake.
    ///
    /// A wildcard is told as information.
    ///
    /// ## Remedy
    /// Name the `host` of each rule.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   rules:
    ///   - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ```
    pub static INGRESS_WITHOUT_HOST = {
        title: "ingress rule answers for every host",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&INGRESS, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(entry) = object.view().entry(object.id()) else { return };
    for (path, host) in &entry.hosts {
        if host.is_empty() {
            out.fail(path.clone(), "answers for every host");
        } else if host.starts_with("*.") {
            out.fail(path.key("host"), format!("answers for every host that fits `{host}`"))
                .severity(Severity::Info);
        }
    }
}
