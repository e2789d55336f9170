//! Gateways and routes of the Gateway API.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::Body;
use watertight_netpol::Selector;
use watertight_syntax::{Path, Value};

use super::entry::{Backend, BackendPort, Entry, GATEWAY, Plain, items, scalar, text};

/// A Gateway that a route is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its namespace, when it is not that of the route.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// The listener, when one is chosen.
    pub section: Option<String>,
    /// The port, when one is chosen.
    pub port: Option<i64>,
}

/// A place where a Gateway listens, and which routes it takes (`Listener`, `apis/v1/gateway_types.go` of gateway-api).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its name, for routes that choose it.
    pub section: Option<String>,
    /// Its port.
    pub port: Option<i64>,
    /// `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a word of an implementation.
    pub protocol: String,
    /// The host that it answers for; `None` for every one.
    pub host: Option<String>,
    /// The namespaces whose routes it takes.
    pub from: From,
    /// The kinds of routes that it takes, with their groups; empty for those that fit the protocol.
    pub kinds: Vec<(String, String)>,
}

/// The namespaces whose routes a listener takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// That of the Gateway.
    Same,
    /// All.
    All,
    /// Those with labels.
    Labelled(Selector),
    /// What is written cannot be read.
    Unknown,
}

pub(super) fn gateway(body: &Body<'_>) -> Entry {
    let spec = body.root().get("spec");
    let mut entry = Entry::default();
    let list = Path::root().at("spec.listeners");
    let listeners: Vec<_> = items(spec, "listeners").collect();
    let protocol = |listener: Value<'_>| text(Some(listener), "protocol").unwrap_or_default().to_owned();
    entry.has_tls = listeners.iter().any(|(_, listener)| matches!(&*protocol(*listener), "HTTPS" | "TLS"));
    for (index, own) in listeners {
        let section = text(Some(own), "name").map(str::to_owned);
        if protocol(own) == "HTTP" {
            let what = format!("at listener `{}`", section.as_deref().unwrap_or_default());
            let path = list.index(index).key("protocol");
            entry.plain.push(Plain { path, what, section: section.clone(), beside_tls: entry.has_tls });
        }
        let allowed = own.get("allowedRoutes");
        let kind = |(_, kind): (usize, Value<'_>)| {
            let group = kind.get("group").and_then(Value::as_str).unwrap_or(GATEWAY.group);
            (group.to_owned(), text(Some(kind), "kind").unwrap_or_default().to_owned())
        };
        entry.listeners.push(Listener {
            section,
            port: own.get("port").and_then(Value::as_i64),
            protocol: protocol(own),
            host: text(Some(own), "hostname").map(str::to_owned),
            from: from(allowed, body, &list.index(index).at("allowedRoutes.namespaces.selector")),
            kinds: items(allowed, "kinds").map(kind).collect(),
        });
    }
    entry
}

fn from(allowed: Option<Value<'_>>, body: &Body<'_>, selector: &Path) -> From {
    let namespaces = allowed.and_then(|allowed| allowed.get("namespaces"));
    match text(namespaces, "from") {
        None | Some("Same") => From::Same,
        Some("All") => From::All,
        Some("Selector") => match super::read::<LabelSelector>(body, selector) {
            (selector, problems) if problems.is_empty() => From::Labelled(Selector::of(&selector)),
            _ => From::Unknown,
        },
        Some(_) => From::Unknown,
    }
}

pub(super) fn route(spec: Option<Value<'_>>) -> Entry {
    let mut entry = Entry::default();
    let (mut rules, mut redirects) = (0, 0);
    let list = Path::root().at("spec.rules");
    for (number, rule) in items(spec, "rules") {
        rules += 1;
        let is_redirect = |filter: Value<'_>| {
            text(Some(filter), "type") == Some("RequestRedirect")
                && text(filter.get("requestRedirect"), "scheme") == Some("https")
        };
        if items(Some(rule), "filters").any(|(_, filter)| is_redirect(filter)) {
            redirects += 1;
        }
        let at = list.index(number);
        entry.backends.extend(mirrors(rule, &at));
        for (index, own) in items(Some(rule), "backendRefs") {
            let at = at.key("backendRefs").index(index);
            entry.backends.extend(backend(own, &at));
            entry.backends.extend(mirrors(own, &at));
        }
    }
    entry.only_redirects = rules > 0 && rules == redirects;
    entry.hosts = items(spec, "hostnames")
        .filter_map(|(index, host)| {
            Some((Path::root().at("spec.hostnames").index(index), host.as_str()?.to_owned()))
        })
        .collect();
    for (_, parent) in items(spec, "parentRefs") {
        let kind = text(Some(parent), "kind").unwrap_or(GATEWAY.kind);
        let group = parent.get("group").and_then(Value::as_str).unwrap_or(GATEWAY.group);
        match (group, kind, text(Some(parent), "name")) {
            (group, kind, Some(name)) if kind == GATEWAY.kind && group == GATEWAY.group => {
                entry.parents.push(Parent {
                    namespace: text(Some(parent), "namespace").map(str::to_owned),
                    name: name.to_owned(),
                    section: text(Some(parent), "sectionName").map(str::to_owned),
                    port: parent.get("port").and_then(Value::as_i64),
                });
            }
            // Traffic inside of a mesh (GEP 1324).
            (_, "Service" | "ServiceEntry", _) => {}
            _ => entry.other_parents = true,
        }
    }
    entry
}

/// Where requests are sent a second time (`HTTPRequestMirrorFilter`, `apis/v1/httproute_types.go` of gateway-api).
fn mirrors(holder: Value<'_>, at: &Path) -> Vec<Backend> {
    let mirror = |(index, filter): (usize, Value<'_>)| {
        let to =
            filter.get("requestMirror").filter(|_| text(Some(filter), "type") == Some("RequestMirror"))?;
        backend(to.get("backendRef")?, &at.key("filters").index(index).at("requestMirror.backendRef"))
    };
    items(Some(holder), "filters").filter_map(mirror).collect()
}

/// The service that a reference names; one of weight 0 is sent nothing (`BackendRef`, `apis/v1/object_reference_types.go`
/// and `apis/v1/shared_types.go` of gateway-api).
fn backend(own: Value<'_>, at: &Path) -> Option<Backend> {
    let is_service =
        text(Some(own), "kind").is_none_or(|kind| kind == "Service") && text(Some(own), "group").is_none();
    let service = text(Some(own), "name").filter(|_| is_service)?.to_owned();
    Some(Backend {
        path: at.key("name"),
        namespace: text(Some(own), "namespace").map(str::to_owned),
        service,
        port: own.get("port").and_then(scalar).map(BackendPort::Service),
        idle: own.get("weight").and_then(Value::as_i64) == Some(0),
    })
}
