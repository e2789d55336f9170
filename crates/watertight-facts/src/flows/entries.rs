//! What comes in from outside of the cluster: through ingress controllers, load balancers, ports of nodes.

use std::net::IpAddr;

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::Truth;
use watertight_syntax::{Path, Segment, Value};

use super::controllers::Controllers;
use super::ground::Ground;
use super::mention::mentions;
use super::names::Hint;
use super::references::{Speaker, party};
use super::service_ports::{Which, protocol_of, texts};
use super::{Asks, Collector, Party, Place, Port};
use crate::network::{Backend, ENTRIES, NetworkObject, OPENSHIFT_ROUTE, Reach, SERVICE};
use crate::object_facts::ObjectFacts;
use crate::reachability::is_granted;

/// Finds the flows from outside.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    let controllers = Controllers::of(ground);
    let snapshot = ground.world().snapshot();
    for kind in ENTRIES {
        for &id in snapshot.of_kind(kind.kind) {
            let object = snapshot.object(id);
            let ObjectFacts::Network(facts) = ground.world().facts(id) else { continue };
            let NetworkObject::Entry(entry) = &facts.object else { continue };
            if !kind.is(object.identity()) || entry.backends.is_empty() {
                continue;
            }
            let from = controllers.for_entry(ground, id);
            annotations(ground, id, &from, out);
            for backend in &entry.backends {
                to_backend(ground, id, backend, &from, out);
            }
        }
    }
    for service in ground.services() {
        from_outside(ground, service.id, out);
    }
    // A pod in the network of its node listens there whether it names a port or not.
    for pods in ground.all_pods().filter(|pods| !pods.is_virtual && !pods.host_network) {
        host_ports(ground, pods.object, out);
    }
}

/// Services that an annotation names, as in `nginx.ingress.kubernetes.io/auth-url`: the controller calls them.
fn annotations(ground: &Ground<'_>, id: ObjectId, from: &[Party], out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let Ok(body) = object.body() else { return };
    for (key, value) in texts(body.root(), "annotations") {
        // What was applied stands in the object itself.
        if key.starts_with("kubectl.kubernetes.io/") {
            continue;
        }
        let what = format!("the annotation `{key}`");
        let place = Place::Object(id, Path::root().at("metadata.annotations").key(key));
        for (party, mention) in
            from.iter().flat_map(|from| mentions(&value).into_iter().map(move |found| (from, found)))
        {
            // The controller looks names up where it is, so only full names mean something.
            let (namespace, what) = (&Namespace::Cluster, what.as_str());
            let speaker = Speaker { party, namespace, place: &place, what, hint: Hint::None, is_file: true };
            ground.refer(speaker, &mention, out);
        }
    }
}

/// What an entry says of the port of a backend.
enum Written {
    Number(u16),
    Name(String),
    /// The port of the pods, by number or by name.
    Target(String),
    Nothing,
}

/// The port that stands beside the name of a Service: `port.number`, `port.name` and `servicePort` of an Ingress,
/// `port` of a route of the Gateway API, `port.number` of Istio's destinations; of OpenShift's routes it is one of the pods,
/// for all backends (`RoutePort`, `route/v1/types.go` of openshift/api).
fn port_of(root: Value<'_>, path: &Path, is_openshift: bool) -> Written {
    let of = |value: Value<'_>| {
        let number = value.as_i64().and_then(|number| u16::try_from(number).ok());
        number.map(Written::Number).or_else(|| value.as_str().map(|name| Written::Name(name.to_owned())))
    };
    if is_openshift {
        let target = root.at(&Path::root().at("spec.port.targetPort"));
        return match target.and_then(of) {
            Some(Written::Number(number)) => Written::Target(number.to_string()),
            Some(written) => written,
            None => Written::Nothing,
        };
    }
    let Some(beside) = path.parent() else { return Written::Nothing };
    let is_old = path.segments().last() == Some(&Segment::Key("serviceName".into()));
    let field = root.at(&beside.key(if is_old { "servicePort" } else { "port" }));
    let found = field.and_then(|field| {
        let inner = field.get("number").or_else(|| field.get("name"));
        of(inner.unwrap_or(field))
    });
    found.unwrap_or(Written::Nothing)
}

fn to_backend(ground: &Ground<'_>, id: ObjectId, backend: &Backend, from: &[Party], out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let identity = object.identity();
    let Ok(body) = object.body() else { return };
    let namespace = backend
        .namespace
        .as_deref()
        .map_or_else(|| identity.namespace.clone(), |name| Namespace::Named(name.into()));
    let place = Place::Object(id, backend.path.clone());
    let written = port_of(body.root(), &backend.path, OPENSHIFT_ROUTE.is(identity));
    let mut words = format!("{} {} leads to Service `{}`", identity.kind, identity.name, backend.service);
    match is_granted(ground.world(), id, backend) {
        Truth::Yes => {}
        // Somebody wrote down that it is to be reached; the grant may be in another folder.
        Truth::Maybe => {
            words.push_str(" of another namespace, if a ReferenceGrant that is not in view lets it");
        }
        Truth::No => {
            let words = format!(
                "{words} of another namespace, and no ReferenceGrant there lets it: gateways refuse it; add the grant, or \
                 take the backend away"
            );
            return out.ask(None, Asks::NotInView, place, words);
        }
    }
    let found = ground.named(&namespace, &backend.service);
    if found.is_empty() {
        for from in from {
            let to = Party::Service { namespace: namespace.clone(), name: backend.service.clone() };
            let words = format!("{words}, which is not in view");
            // The port of the Service is not that of the pods.
            out.flow(from, to, Port::UNKNOWN, place.clone(), words);
        }
        return;
    }
    for (from, &index) in from.iter().flat_map(|from| found.iter().map(move |index| (from, index))) {
        let service = ground.service(index);
        // A number in quotes is a number in old forms.
        let which = match &written {
            Written::Number(number) => Which::Number(*number),
            Written::Name(name) => name.parse().map_or(Which::Name(name), Which::Number),
            Written::Target(target) => Which::Target(target),
            Written::Nothing => Which::Every,
        };
        ground.to_ports(from, service, which, &place, &words, out);
    }
}

/// What a Service of a load balancer, of node ports, or with addresses of its own lets in.
fn from_outside(ground: &Ground<'_>, id: ObjectId, out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let ObjectFacts::Network(facts) = ground.world().facts(id) else { return };
    let NetworkObject::Service(facts) = &facts.object else { return };
    let spec = Path::root().key("spec");
    let (path, words) = match facts.reach {
        Reach::LoadBalancer | Reach::Internal => (spec.key("type"), "a load balancer leads to it"),
        Reach::Nodes => (spec.key("type"), "a port of every node leads to it"),
        Reach::Cluster if !facts.external_ips.is_empty() => {
            (spec.key("externalIPs"), "addresses of its own lead to it")
        }
        Reach::Cluster => return,
    };
    let identity = object.identity();
    if !SERVICE.is(identity) {
        return;
    }
    for &index in ground.named(&identity.namespace, &identity.name) {
        let service = ground.service(index);
        if service.id == id {
            let words = format!("{}: {words}", service.described());
            ground.to_ports(
                &Party::Outside,
                service,
                Which::Every,
                &Place::Object(id, path.clone()),
                &words,
                out,
            );
        }
    }
}

/// Ports of the node that lead to a container. One of a loopback address is for the node itself.
fn host_ports(ground: &Ground<'_>, id: ObjectId, out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let (Some(spec), Ok(body)) = (super::resolvers::spec_path(object), object.body()) else { return };
    let containers = ["containers", "initContainers"].into_iter().flat_map(|list| {
        let at = spec.key(list);
        let items = body.root().at(&at).into_iter().flat_map(Value::items).enumerate();
        items.map(move |(number, container)| (at.index(number), container)).collect::<Vec<_>>()
    });
    for (at, container) in containers {
        for (index, port) in container.get("ports").into_iter().flat_map(Value::items).enumerate() {
            let numbers = ["hostPort", "containerPort"].map(|key| port.get(key).and_then(Value::as_i64));
            let [Some(1..), Some(number)] = numbers else { continue };
            let Ok(number) = u16::try_from(number) else { continue };
            let address = port.get("hostIP").and_then(Value::as_str).unwrap_or_default();
            if address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
                continue;
            }
            let protocol = protocol_of(port.get("protocol").and_then(Value::as_str).unwrap_or_default());
            let path = at.key("ports").index(index).key("hostPort");
            let port = Port { protocol, number: Some(number) };
            let words = "a port of its node leads to it";
            out.flow(&Party::Outside, party(id), port, Place::Object(id, path), words);
        }
    }
}
