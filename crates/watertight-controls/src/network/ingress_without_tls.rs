use watertight_engine::prelude::*;
use watertight_facts::network::{
    ENTRIES, GATEWAY, HTTP_ROUTE, INGRESS, ISTIO_GATEWAY, OPENSHIFT_ROUTE, Plain,
};
use watertight_model::Namespace;

control! {
    /// Passwords, cookies and answers cross the network in clear text: whoever is on the way reads and changes
    /// them.
    ///
    /// Judged are Ingress, Gateways of the Gateway API and of Istio, and OpenShift routes. TLS that annotations
    /// place elsewhere counts (certificates of AWS, Google Cloud and Azure load balancers, passed-through TLS).
    /// A listener of a Gateway is told when a route that does more than send clients to HTTPS is attached to it,
    /// or when the Gateway has no other. Serving plain HTTP beside HTTPS is graded lower.
    ///
    /// ## Remedy
    /// Add a `tls` section with the host and a certificate (cert-manager can issue it), and send clients from
    /// HTTP to HTTPS.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   tls: [{hosts: ["*.example.com"], secretName: web}]
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    ///   - host: old.shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   gatewayClassName: any
    ///   listeners: [{name: http, protocol: HTTP, port: 80}, {name: https, protocol: HTTPS, port: 443}]
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: out}]
    ///   rules: [{backendRefs: [{name: web, port: 80}]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   tls: [{secretName: web}]
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: alb
    ///   namespace: shop
    ///   annotations: {alb.ingress.kubernetes.io/certificate-arn: "arn:aws:acm:eu-west-1:1:certificate/a"}
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: Gateway
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   gatewayClassName: any
    ///   listeners: [{name: http, protocol: HTTP, port: 80}, {name: https, protocol: HTTPS, port: 443}]
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: redirect, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: out, sectionName: http}]
    ///   rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: out, sectionName: https}]
    ///   rules: [{backendRefs: [{name: web, port: 80}]}]
    /// ```
    pub static INGRESS_WITHOUT_TLS = {
        title: "plain HTTP from outside",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &ENTRIES,
        check: Check::Kinds(&[INGRESS[0], INGRESS[1], GATEWAY, OPENSHIFT_ROUTE, ISTIO_GATEWAY], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(entry) = object.view().entry(object.id()) else { return };
    let is_gateway = GATEWAY.is(object.identity());
    for plain in &entry.plain {
        if is_gateway && !serves(object, plain) {
            continue;
        }
        let finding = out.fail(plain.path.clone(), format!("listens {} without TLS", plain.what));
        if plain.beside_tls {
            finding.severity(Severity::Low);
        }
    }
}

/// Whether a listener without TLS of a Gateway does more than send clients to HTTPS.
fn serves(object: ObjectView<'_>, plain: &Plain) -> bool {
    let (view, own) = (object.view(), object.identity());
    let mut routes = 0;
    let mut only_redirects = true;
    for (id, route) in view.entries().filter(|(_, route)| !route.parents.is_empty()) {
        let of = view.snapshot().object(id).identity();
        let attached = route.parents.iter().any(|parent| {
            let here = match &parent.namespace {
                Some(name) => own.namespace == Namespace::Named(name.as_str().into()),
                None => own.namespace == of.namespace,
            };
            here && *parent.name == *own.name
                && (parent.section.is_none() || parent.section == plain.section)
                && HTTP_ROUTE.is(of)
        });
        if attached {
            routes += 1;
            only_redirects &= route.only_redirects;
        }
    }
    if routes == 0 { !plain.beside_tls } else { !only_redirects }
}
