//! What leads from outside to services: Ingress, Gateway API, OpenShift routes, Istio gateways.
//!
//! Of each object is read which services it leads to, and where it listens without TLS.

use std::collections::BTreeMap;

use watertight_model::{Body, GroupKind, Identity};
use watertight_netpol::{ServicePort, Target};
use watertight_syntax::{Path, Value};

use super::gateway::{self, Listener, Parent};

const fn kind(group: &'static str, kind: &'static str) -> GroupKind {
    GroupKind { group, kind }
}

/// Ingress, also of its old group.
pub const INGRESS: [GroupKind; 2] = [kind("networking.k8s.io", "Ingress"), kind("extensions", "Ingress")];
/// A Gateway of the Gateway API.
pub const GATEWAY: GroupKind = kind("gateway.networking.k8s.io", "Gateway");
/// An HTTPRoute of the Gateway API.
pub const HTTP_ROUTE: GroupKind = kind("gateway.networking.k8s.io", "HTTPRoute");
/// The other routes of the Gateway API.
pub const ROUTES: [GroupKind; 4] = [
    kind("gateway.networking.k8s.io", "GRPCRoute"),
    kind("gateway.networking.k8s.io", "TCPRoute"),
    kind("gateway.networking.k8s.io", "TLSRoute"),
    kind("gateway.networking.k8s.io", "UDPRoute"),
];
/// A Route of OpenShift.
pub const OPENSHIFT_ROUTE: GroupKind = kind("route.openshift.io", "Route");
/// A Gateway of Istio.
pub const ISTIO_GATEWAY: GroupKind = kind("networking.istio.io", "Gateway");
/// A VirtualService of Istio.
pub const VIRTUAL_SERVICE: GroupKind = kind("networking.istio.io", "VirtualService");

/// Every kind that leads from outside to services, or says where to listen.
pub const ENTRIES: [GroupKind; 11] = [
    INGRESS[0],
    INGRESS[1],
    GATEWAY,
    HTTP_ROUTE,
    ROUTES[0],
    ROUTES[1],
    ROUTES[2],
    ROUTES[3],
    OPENSHIFT_ROUTE,
    ISTIO_GATEWAY,
    VIRTUAL_SERVICE,
];

/// An object that leads from outside to services, or says where to listen for that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The services that it leads to, each place of its own.
    pub backends: Vec<Backend>,
    /// Where it listens without TLS.
    pub plain: Vec<Plain>,
    /// The hosts that it answers for, with their place; empty is every host.
    pub hosts: Vec<(Path, String)>,
    /// Whether it asks for a login, or lets only some addresses through.
    pub guarded: bool,
    /// The Gateways that a route is attached to.
    pub parents: Vec<Parent>,
    /// Whether a route is attached to something else that may let in from outside.
    pub other_parents: bool,
    /// Of a route: whether all that it does is to send clients to HTTPS.
    pub only_redirects: bool,
    /// Of a Gateway: whether it also listens with TLS.
    pub has_tls: bool,
    /// Of a Gateway: where it listens.
    pub listeners: Vec<Listener>,
}

/// A service that an entry leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// Where it is named.
    pub path: Path,
    /// Its namespace, when it is not that of the entry.
    pub namespace: Option<String>,
    /// Its name.
    pub service: String,
    /// Its port; `None` for the one that it has.
    pub port: Option<BackendPort>,
    /// Whether it is given no share of the traffic: its weight is 0.
    pub idle: bool,
}

/// The port of a service that an entry leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendPort {
    /// A port of the service, by number or name.
    Service(String),
    /// A port of its endpoints, by number, or by the name of the service's port (OpenShift).
    Target(String),
}

impl BackendPort {
    /// Whether it means this port of the service. What OpenShift's router compares are the ports of endpoints
    /// (`endpointsForAlias`, `pkg/router/template/template_helper.go` of openshift/router): their names are those of
    /// the service's ports, not those of the containers'. Their numbers differ from pod to pod where the service
    /// leads to a name, which is then taken to be meant.
    #[must_use]
    pub fn is(&self, port: &ServicePort) -> bool {
        match self {
            Self::Service(named) => *named == port.name || *named == port.port.to_string(),
            Self::Target(named) => {
                *named == port.name
                    || match &port.target {
                        Target::Number(number) => *named == number.to_string(),
                        Target::Name(_) => named.parse::<u16>().is_ok(),
                    }
            }
        }
    }
}

/// A place that listens without TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// Where.
    pub path: Path,
    /// What, as the end of "listens … without TLS".
    pub what: String,
    /// Its name, for routes that choose it.
    pub section: Option<String>,
    /// Whether it listens with TLS as well.
    pub beside_tls: bool,
}

/// Annotations that say that TLS ends before the controller, or that it listens with TLS only: key, and a
/// part of the value; empty is any value but `false`. Each is documented by its controller.
const TLS_ELSEWHERE: &[(&str, &str)] = &[
    ("alb.ingress.kubernetes.io/certificate-arn", ""),
    ("alb.ingress.kubernetes.io/listen-ports", "HTTPS"),
    ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", ""),
    ("haproxy.org/ssl-passthrough", "true"),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", ""),
    ("konghq.com/protocols", "https"),
    ("networking.gke.io/certmap", ""),
    ("networking.gke.io/managed-certificates", ""),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", "true"),
    ("route.openshift.io/termination", ""),
    ("traefik.ingress.kubernetes.io/router.entrypoints", "websecure"),
    ("traefik.ingress.kubernetes.io/router.tls", "true"),
];

/// Annotations after which a controller asks for a login or lets only some addresses through.
const GUARDS: &[&str] = &[
    "alb.ingress.kubernetes.io/auth-type",
    "alb.ingress.kubernetes.io/inbound-cidrs",
    "haproxy.org/allow-list",
    "haproxy.org/auth-type",
    "haproxy.router.openshift.io/ip_whitelist",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/denylist-source-range",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
];

impl Entry {
    /// The entry that an object is; `None` for another kind.
    pub(crate) fn of(identity: &Identity, body: &Body<'_>) -> Option<Self> {
        let root = body.root();
        let annotations = super::annotations(root);
        let spec = root.get("spec");
        let is = |kind: GroupKind| kind.is(identity);
        let mut entry = if INGRESS.into_iter().any(is) {
            ingress(spec, &annotations)
        } else if is(GATEWAY) {
            gateway::gateway(body)
        } else if is(HTTP_ROUTE) || ROUTES.into_iter().any(is) {
            gateway::route(spec)
        } else if is(OPENSHIFT_ROUTE) {
            openshift(spec)
        } else if is(ISTIO_GATEWAY) {
            istio_gateway(spec)
        } else if is(VIRTUAL_SERVICE) {
            virtual_service(spec)
        } else {
            return None;
        };
        entry.guarded = GUARDS.iter().any(|key| annotations.contains_key(*key));
        Some(entry)
    }
}

pub(super) fn text<'v>(value: Option<Value<'v>>, key: &str) -> Option<&'v str> {
    value?.get(key)?.as_str().filter(|text| !text.is_empty())
}

/// A number or a text, as text.
pub(super) fn scalar(value: Value<'_>) -> Option<String> {
    value.as_i64().map(|number| number.to_string()).or_else(|| value.as_str().map(str::to_owned))
}

pub(super) fn items<'v>(value: Option<Value<'v>>, key: &str) -> impl Iterator<Item = (usize, Value<'v>)> {
    value.and_then(|value| value.get(key)).into_iter().flat_map(Value::items).enumerate()
}

fn ingress(spec: Option<Value<'_>>, annotations: &BTreeMap<String, String>) -> Entry {
    let mut entry = Entry::default();
    let at = Path::root().key("spec");
    for field in ["defaultBackend", "backend"] {
        entry.backends.extend(ingress_backend(spec.and_then(|spec| spec.get(field)), &at.key(field)));
    }
    let secured: Vec<Option<Vec<&str>>> = items(spec, "tls")
        .map(|(_, tls)| {
            let hosts: Vec<&str> = items(Some(tls), "hosts").filter_map(|(_, host)| host.as_str()).collect();
            Some(hosts).filter(|hosts| !hosts.is_empty())
        })
        .collect();
    // Without hosts, a section is for all that the controller answers for
    // (IngressTLS, staging/src/k8s.io/api/networking/v1/types.go).
    let is_secured = |host: &str| {
        secured.iter().any(|hosts| match hosts {
            None => true,
            Some(_) if host.is_empty() => true,
            Some(hosts) => hosts.iter().any(|name| is_covered(host, name)),
        })
    };
    let elsewhere = TLS_ELSEWHERE.iter().any(|(key, part)| {
        annotations.get(*key).is_some_and(|value| value.contains(part) && value != "false")
    });
    let only_tls = annotations.get("kubernetes.io/ingress.allow-http").is_some_and(|value| value == "false");
    let mut rules = 0;
    for (index, rule) in items(spec, "rules") {
        rules += 1;
        let path = at.key("rules").index(index);
        let host = text(Some(rule), "host").unwrap_or_default();
        let list = path.at("http.paths");
        entry.backends.extend(items(rule.get("http"), "paths").filter_map(|(index, path)| {
            ingress_backend(path.get("backend"), &list.index(index).key("backend"))
        }));
        if !is_secured(host) && !elsewhere && !only_tls {
            let what = if host.is_empty() { "for every host".to_owned() } else { format!("for `{host}`") };
            let place = if host.is_empty() { path.clone() } else { path.key("host") };
            entry.plain.push(Plain { path: place, what, section: None, beside_tls: false });
        }
        entry.hosts.push((path, host.to_owned()));
    }
    if rules == 0 && secured.is_empty() && !elsewhere && !only_tls {
        let what = "for every host".to_owned();
        entry.plain.push(Plain { path: at, what, section: None, beside_tls: false });
    }
    const REDIRECT: &str = "nginx.ingress.kubernetes.io/ssl-redirect";
    let forced = annotations.get("nginx.ingress.kubernetes.io/force-ssl-redirect");
    if entry.plain.is_empty()
        && annotations.get(REDIRECT).is_some_and(|value| value == "false")
        && forced.is_none_or(|value| value != "true")
    {
        let path = Path::root().at("metadata.annotations").key(REDIRECT);
        let what = "beside HTTPS, and sends nobody there".to_owned();
        entry.plain.push(Plain { path, what, section: None, beside_tls: true });
    }
    entry
}

/// The service that a backend of an Ingress names.
fn ingress_backend(backend: Option<Value<'_>>, at: &Path) -> Option<Backend> {
    let service = backend?.get("service");
    // An action of the AWS load balancer controller stands where a service does: an annotation says what it
    // does (docs/guide/ingress/annotations.md, `actions.${action-name}`).
    let is_action = |port: Option<Value<'_>>| port.and_then(Value::as_str) == Some("use-annotation");
    let port = service.and_then(|service| service.get("port")).and_then(|port| port.get("name"));
    if is_action(port) || is_action(backend?.get("servicePort")) {
        return None;
    }
    // `serviceName` is the form of the versions before v1.
    let (name, path) = match text(service, "name") {
        Some(name) => (name, at.at("service.name")),
        None => (text(backend, "serviceName")?, at.key("serviceName")),
    };
    let port = port.or_else(|| service?.get("port")?.get("number")).or_else(|| backend?.get("servicePort"));
    let port = port.and_then(scalar).map(BackendPort::Service);
    Some(Backend { path, namespace: None, service: name.to_owned(), port, idle: false })
}

/// Whether a certificate's name is good for a host: `*` stands for one label.
fn is_covered(host: &str, name: &str) -> bool {
    let rest = |host: &str| host.split_once('.').map(|(_, rest)| rest.to_ascii_lowercase());
    host.eq_ignore_ascii_case(name)
        || name.strip_prefix("*.").is_some_and(|parent| rest(host) == Some(parent.to_ascii_lowercase()))
}

fn openshift(spec: Option<Value<'_>>) -> Entry {
    let mut entry = Entry::default();
    let at = Path::root().key("spec");
    let host = text(spec, "host").unwrap_or("its host");
    let tls = spec.and_then(|spec| spec.get("tls")).filter(|tls| !tls.is_null());
    let plain = |path, what, beside_tls| Plain { path, what, section: None, beside_tls };
    match tls {
        None => entry.plain.push(plain(at.key("tls"), format!("for `{host}`"), false)),
        Some(tls) if text(Some(tls), "insecureEdgeTerminationPolicy") == Some("Allow") => {
            let what = "beside HTTPS, and sends nobody there".to_owned();
            entry.plain.push(plain(at.at("tls.insecureEdgeTerminationPolicy"), what, true));
        }
        Some(_) => {}
    }
    let alternatives = items(spec, "alternateBackends")
        .map(|(index, backend)| (at.key("alternateBackends").index(index), backend));
    let to =
        spec.and_then(|spec| spec.get("to")).map(|to| (at.key("to"), to)).into_iter().chain(alternatives);
    let port = spec.and_then(|spec| spec.get("port")?.get("targetPort")).and_then(scalar);
    let port = port.map(BackendPort::Target);
    let backend = |(at, backend): (Path, Value<'_>)| {
        let service = text(Some(backend), "name")?.to_owned();
        // Of a weight of 0 no new connection comes (`RouteTargetReference`, `route/v1/types.go` of openshift/api).
        let idle = backend.get("weight").and_then(Value::as_i64) == Some(0);
        Some(Backend { path: at.key("name"), namespace: None, service, port: port.clone(), idle })
    };
    entry.backends.extend(to.filter_map(backend));
    entry
}

fn istio_gateway(spec: Option<Value<'_>>) -> Entry {
    let mut entry = Entry::default();
    // What leaves the mesh through an egress gateway comes from inside.
    if text(spec.and_then(|spec| spec.get("selector")), "istio") == Some("egressgateway") {
        return entry;
    }
    let list = Path::root().at("spec.servers");
    for (index, server) in items(spec, "servers") {
        let port = server.get("port");
        let protocol = text(port, "protocol").unwrap_or_default().to_ascii_uppercase();
        let tls = server.get("tls");
        let redirects = tls.and_then(|tls| tls.get("httpsRedirect")).and_then(Value::as_bool) == Some(true);
        if matches!(protocol.as_str(), "HTTP" | "HTTP2" | "GRPC") && !redirects {
            let name = text(port, "name").unwrap_or_default();
            let what = format!("at server `{name}`");
            let path = list.index(index).key("port").key("protocol");
            entry.plain.push(Plain { path, what, section: None, beside_tls: false });
        }
    }
    entry
}

fn virtual_service(spec: Option<Value<'_>>) -> Entry {
    let mut entry = Entry::default();
    let gateways: Vec<&str> = items(spec, "gateways").filter_map(|(_, gateway)| gateway.as_str()).collect();
    // Without gateways it is for the mesh's own traffic.
    if gateways.iter().all(|gateway| *gateway == "mesh") {
        return entry;
    }
    let at = Path::root().key("spec");
    let rules = ["http", "tls", "tcp"].into_iter().flat_map(|list| {
        let at = at.key(list);
        items(spec, list).map(move |(index, rule)| (at.index(index).key("route"), rule))
    });
    let routes = rules.flat_map(|(at, rule)| {
        items(Some(rule), "route").map(move |(index, route)| (at.index(index).at("destination.host"), route))
    });
    for (path, route) in routes {
        let Some(host) = text(route.get("destination"), "host") else { continue };
        let mut parts = host.split('.');
        let (Some(service), namespace) = (parts.next(), parts.next()) else { continue };
        // A name of the cluster's own: `service`, `service.namespace`, `service.namespace.svc…`.
        if parts.next().is_none_or(|part| part == "svc") {
            let namespace = namespace.map(str::to_owned);
            let port = route.get("destination").and_then(|to| to.get("port")?.get("number"));
            let port = port.and_then(scalar).map(BackendPort::Service);
            let idle = false;
            entry.backends.push(Backend { path, namespace, service: service.to_owned(), port, idle });
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use watertight_netpol::Protocol;

    use super::*;

    #[test]
    fn openshift_names_ports_of_the_service_and_numbers_of_the_pods() {
        let port = |target| ServicePort {
            name: "web".to_owned(),
            protocol: Protocol::Tcp,
            port: 80,
            target,
            node_port: None,
        };
        let means = |named: &str, target: Target| BackendPort::Target(named.to_owned()).is(&port(target));
        let container = || Target::Name("http".to_owned());
        assert!(means("web", container()) && means("8080", Target::Number(8080)));
        // Some pod may call its 8080 so.
        assert!(means("8080", container()));
        assert!(!means("http", container()) && !means("80", Target::Number(8080)));
        let service = |named: &str| BackendPort::Service(named.to_owned()).is(&port(Target::Number(8080)));
        assert!(service("80") && service("web") && !service("8080"));
    }
}
