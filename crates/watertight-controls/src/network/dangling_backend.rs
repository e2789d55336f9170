use watertight_engine::prelude::*;
use watertight_facts::network::{Entry, HTTP_ROUTE, INGRESS, Named, OPENSHIFT_ROUTE, ROUTES, SERVICE};
use watertight_model::Namespace;

control! {
    /// What comes in for this host is sent to a service that does not exist. Whoever may create one of that
    /// name gets it: the cookies and passwords that browsers send, and answers in the name of the host.
    ///
    /// Judged are Ingress, routes of the Gateway API and OpenShift routes, where services of the backend's
    /// namespace are in view, and no custom resource is there whose controller might create some. Actions of
    /// the AWS load balancer controller, which stand where a service does, are none. A backend in another
    /// namespace is graded higher: other people decide there.
    ///
    /// ## Remedy
    /// Create the service, correct its name, or remove the rule together with the name in DNS.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   rules:
    ///   - host: shop.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: wbe, port: {number: 80}}}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,fail
    /// # The service is there, in another namespace than the route says.
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: out}]
    ///   rules: [{backendRefs: [{name: web, namespace: shared, port: 80}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: other, namespace: shared}
    /// spec: {selector: {app: other}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: route.openshift.io/v1
    /// kind: Route
    /// metadata: {name: web, namespace: shop}
    /// spec: {host: shop.example.com, to: {kind: Service, name: old}, tls: {termination: edge}}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   defaultBackend: {service: {name: web, port: {number: 80}}}
    ///   rules:
    ///   - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: to-https, port: {name: use-annotation}}}}]}
    /// ---
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec: {rules: [{backendRefs: [{name: web, port: 80}, {group: example.com, kind: Queue, name: q}]}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,pass
    /// # No service of the first namespace is in view, and an operator makes those of the second.
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: shop}
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec: {defaultBackend: {service: {name: prometheus-operated, port: {number: 9090}}}}
    /// ---
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: Prometheus
    /// metadata: {name: k8s, namespace: monitoring}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: grafana, namespace: monitoring}
    /// spec: {selector: {app: grafana}, ports: [{port: 3000}]}
    /// ```
    pub static DANGLING_BACKEND = {
        title: "traffic from outside is sent to a service that is not there",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[SERVICE],
        check: Check::Kinds(KINDS, check),
    }
}

const KINDS: &[GroupKind] = &[
    INGRESS[0],
    INGRESS[1],
    HTTP_ROUTE,
    ROUTES[0],
    ROUTES[1],
    ROUTES[2],
    ROUTES[3],
    OPENSHIFT_ROUTE,
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let (view, own) = (object.view(), &object.identity().namespace);
    let Some(Entry { backends, .. }) = view.entry(object.id()) else { return };
    for backend in backends {
        let named = backend.namespace.as_deref().map(|name| Namespace::Named(name.into()));
        let namespace = named.as_ref().unwrap_or(own);
        let service = &backend.service;
        match view.service_named(namespace, service) {
            Named::Service(_) => {}
            Named::OutOfView => out.not_in_view(SERVICE),
            Named::Nobody if namespace == own => {
                out.fail(backend.path.clone(), format!("leads to the service `{service}`, which is not there"));
            }
            Named::Nobody => {
                let of = namespace.name().unwrap_or_default();
                let message = format!("leads to the service `{service}` of the namespace `{of}`, which is not there");
                out.fail(backend.path.clone(), message).severity(Severity::Medium);
            }
        }
    }
}
