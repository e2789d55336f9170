//! What comes in from outside of the cluster: through ingress controllers, load balancers, ports of nodes.

use std::net::IpAddr;

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::Truth;
use watertight_syntax::{Path, Value};

use super::controllers::Controllers;
use super::ground::Ground;
use super::mention::mentions;
use super::names::Hint;
use super::references::{Speaker, party};
use super::service_ports::{Service, Which};
use super::{Asks, Collector, Party, Place, Port};
use crate::network::{Backend, BackendPort, ENTRIES, NetworkObject, Reach, protocol_of, texts};
use crate::reachability::is_granted;

/// Finds the flows from outside.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    let controllers = Controllers::of(ground);
    let snapshot = ground.world().snapshot();
    for kind in ENTRIES {
        for &id in snapshot.of_kind(kind.kind) {
            let object = snapshot.object(id);
            let Some(NetworkObject::Entry(entry)) = ground.world().network_object(id) else { continue };
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
        from_outside(ground, service, out);
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

fn to_backend(ground: &Ground<'_>, id: ObjectId, backend: &Backend, from: &[Party], out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let identity = object.identity();
    let namespace = backend
        .namespace
        .as_deref()
        .map_or_else(|| identity.namespace.clone(), |name| Namespace::Named(name.into()));
    let place = Place::Object(id, backend.path.clone());
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
        let which = match &backend.port {
            Some(BackendPort::Service(port)) if let Ok(number) = port.parse() => Which::Number(number),
            Some(port) => Which::Entry(port),
            None => Which::Every,
        };
        ground.to_ports(from, service, which, &place, &words, out);
    }
}

/// What a Service of a load balancer, of node ports, or with addresses of its own lets in.
fn from_outside(ground: &Ground<'_>, service: &Service<'_>, out: &mut Collector) {
    let spec = Path::root().key("spec");
    let (path, words) = match service.says.reach {
        Reach::LoadBalancer | Reach::Internal => (spec.key("type"), "a load balancer leads to it"),
        Reach::Nodes => (spec.key("type"), "a port of every node leads to it"),
        Reach::Cluster if !service.says.external_ips.is_empty() => {
            (spec.key("externalIPs"), "addresses of its own lead to it")
        }
        Reach::Cluster => return,
    };
    let words = format!("{}: {words}", service.described());
    let place = Place::Object(service.id, path);
    ground.to_ports(&Party::Outside, service, Which::Every, &place, &words, out);
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
