//! The ways in from outside: which object opens which ports of which pods to whom.

use std::collections::{BTreeSet, HashMap};

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::{
    Cidr, Cluster, Connections, Effect, Intervals, Problem, Protocol, Service, ServicePort, Truth,
};

use super::{PodSource, attachment};
use crate::flows::{Controllers, Ground, Party};
use crate::identities::namespace_in_policy;
use crate::network::{Backend, BackendPort, GATEWAY, NetworkObject, REFERENCE_GRANT, Reach, protocol_of};
use crate::world::World;

/// One way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// The object that opens it.
    pub object: ObjectId,
    /// How.
    pub opening: Opening,
    /// The pods that it leads to, by place, with what it opens of each.
    pub pods: Vec<(usize, Connections)>,
    /// The pods of the controller that lets in, by place; none where it is not in view, and for what needs none.
    pub through: Vec<usize>,
    /// Whether it is let in for certain, as far as it is not for policies to say.
    pub certain: bool,
}

/// How something is opened to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// A load balancer.
    LoadBalancer {
        /// Whether it is kept off the internet.
        internal: bool,
        /// The ranges that it takes connections from; none is everybody.
        ranges: Vec<Cidr>,
        /// Whether pods see where connections come from.
        keeps_source: bool,
    },
    /// A port of every node.
    NodePort {
        /// Whether pods see where connections come from.
        keeps_source: bool,
    },
    /// Addresses that a service takes over.
    ExternalAddresses,
    /// A port of the node that a pod is on.
    HostPort,
    /// What an ingress controller or gateway lets in: connections come from its pods.
    Controller,
}

pub(super) fn of(world: &World<'_>, cluster: &Cluster, pods: &[PodSource]) -> Vec<Entrance> {
    let mut entrances = Vec::new();
    let found = Found::of(cluster);
    services(world, &found, &mut entrances);
    controllers(world, &found, pods, &mut entrances);
    host_ports(world, pods, &mut entrances);
    entrances
}

/// Pods and services, to be looked up.
struct Found<'c> {
    cluster: &'c Cluster,
    /// By namespace: the places of its pods.
    pods: HashMap<&'c str, Vec<usize>>,
    /// By tag: the place of a pod.
    by_tag: HashMap<u32, Vec<usize>>,
    /// By namespace and name; of several the first.
    services: HashMap<(&'c str, &'c str), &'c Service>,
}

impl<'c> Found<'c> {
    fn of(cluster: &'c Cluster) -> Self {
        let mut pods: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_tag: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, pod) in cluster.pods.iter().enumerate() {
            pods.entry(&pod.namespace).or_default().push(place);
            by_tag.entry(pod.tag).or_default().push(place);
        }
        let mut services = HashMap::new();
        for service in &cluster.services {
            services.entry((service.namespace.as_str(), service.name.as_str())).or_insert(service);
        }
        Self { cluster, pods, by_tag, services }
    }

    /// The pods that a service may lead to: those of its namespace, or those that its endpoints name.
    fn behind(&self, service: &Service) -> Vec<usize> {
        if service.selector.is_some() {
            return self.pods.get(service.namespace.as_str()).cloned().unwrap_or_default();
        }
        let tags: BTreeSet<u32> = service.endpoints.iter().filter_map(|own| own.pod).collect();
        let mut places: Vec<usize> =
            tags.iter().filter_map(|tag| self.by_tag.get(tag)).flatten().copied().collect();
        places.sort_unstable();
        places
    }
}

/// What a port of a service opens of the pods behind it.
fn behind(found: &Found<'_>, service: &Service, ports: &[&ServicePort]) -> Vec<(usize, Connections)> {
    let pods = found.behind(service).into_iter().map(|place| (place, &found.cluster.pods[place]));
    let selected = pods.filter(|(_, pod)| service.selects(pod) != Truth::No);
    let open = selected.map(|(place, pod)| {
        let reaches = ports.iter().map(|port| service.reaches(port, pod));
        (place, reaches.fold(Connections::none(), |all, one| all.union(&one)))
    });
    open.filter(|(_, connections)| !connections.is_empty()).collect()
}

fn services(world: &World<'_>, found: &Found<'_>, entrances: &mut Vec<Entrance>) {
    for service in &found.cluster.services {
        let object = ObjectId(service.tag);
        let Some(NetworkObject::Service(facts)) = world.network_object(object) else { continue };
        let keeps_source = facts.keeps_source;
        let mut openings = Vec::new();
        match facts.reach {
            Reach::LoadBalancer | Reach::Internal => {
                let internal = facts.reach == Reach::Internal;
                // A range that cannot be read may be any: then nothing is known to be kept out, or to be let in.
                let ranges = ranges(facts).unwrap_or_default();
                openings.push(Opening::LoadBalancer { internal, ranges, keeps_source });
            }
            Reach::Nodes => openings.push(Opening::NodePort { keeps_source }),
            Reach::Cluster => {}
        }
        if !facts.external_ips.is_empty() {
            openings.push(Opening::ExternalAddresses);
        }
        if openings.is_empty() {
            continue;
        }
        let pods = behind(found, service, &service.ports.iter().collect::<Vec<_>>());
        let certain = ranges(facts).is_some();
        let entrance =
            |opening| Entrance { object, opening, pods: pods.clone(), through: Vec::new(), certain };
        entrances.extend(openings.into_iter().map(entrance));
    }
}

fn controllers(world: &World<'_>, found: &Found<'_>, pods: &[PodSource], entrances: &mut Vec<Entrance>) {
    if world.network().entries.is_empty() {
        return;
    }
    let ground = Ground::of(world);
    let known = Controllers::of(&ground);
    for &id in &world.network().entries {
        let Some(NetworkObject::Entry(entry)) = world.network_object(id) else { continue };
        let own = &world.snapshot().object(id).identity().namespace;
        let (mut sure, mut perhaps): (Opened, Opened) = (Vec::new(), Vec::new());
        let attached = attachment::lets_in(world, found.cluster, id, entry);
        for backend in entry.backends.iter().filter(|backend| !backend.idle) {
            let opened = match attached.and(is_granted(world, id, backend)) {
                Truth::Yes => &mut sure,
                Truth::Maybe => &mut perhaps,
                Truth::No => continue,
            };
            for (place, connections) in to(found, own, backend) {
                match opened.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, all)) => *all = all.union(&connections),
                    None => opened.push((place, connections)),
                }
            }
        }
        let from: BTreeSet<ObjectId> = known
            .for_entry(&ground, id)
            .into_iter()
            .filter_map(|party| match party {
                Party::Workload(object) => Some(object),
                _ => None,
            })
            .collect();
        let is_controller =
            |source: &PodSource| from.contains(&source.workload) || from.contains(&source.object);
        let through: Vec<usize> =
            (0..pods.len()).filter(|place| !from.is_empty() && is_controller(&pods[*place])).collect();
        for (pods, certain) in [(sure, true), (perhaps, false)] {
            if !pods.is_empty() {
                let through = through.clone();
                entrances.push(Entrance { object: id, opening: Opening::Controller, pods, through, certain });
            }
        }
    }
}

type Opened = Vec<(usize, Connections)>;

/// Whether a route may lead to a service: one of the Gateway API in another namespace only with a ReferenceGrant there
/// (`apis/v1beta1/referencegrant_types.go` of gateway-api).
pub(crate) fn is_granted(world: &World<'_>, route: ObjectId, backend: &Backend) -> Truth {
    let snapshot = world.snapshot();
    let identity = snapshot.object(route).identity();
    let Some(to) = &backend.namespace else { return Truth::Yes };
    if &*identity.group != GATEWAY.group || identity.namespace.name() == Some(to.as_str()) {
        return Truth::Yes;
    }
    let grants = || world.network().grants.iter();
    let gives = |id: &&ObjectId| {
        let Some(NetworkObject::Grant(grant)) = world.network_object(**id) else { return false };
        snapshot.object(**id).identity().namespace.name() == Some(to.as_str())
            && grant.lets(&identity.group, &identity.kind, identity.namespace.name(), &backend.service)
    };
    match grants().any(|id| gives(&id)) {
        true => Truth::Yes,
        // A folder may hold the route and not the grant.
        false if snapshot.is_in_view(REFERENCE_GRANT) => Truth::No,
        false => Truth::Maybe,
    }
}

/// What a backend leads to.
fn to(found: &Found<'_>, own: &Namespace, backend: &Backend) -> Vec<(usize, Connections)> {
    let namespace = backend.namespace.as_deref().unwrap_or_else(|| namespace_in_policy(own));
    let Some(service) = found.services.get(&(namespace, backend.service.as_str())) else {
        return Vec::new();
    };
    // A router takes the endpoints whose port has this number, or this name of the service's port.
    if let Some(BackendPort::Target(named)) = &backend.port {
        return to_endpoints(found, service, named);
    }
    let chosen = |port: &&ServicePort| backend.port.as_ref().is_none_or(|meant| meant.is(port));
    behind(found, service, &service.ports.iter().filter(chosen).collect::<Vec<_>>())
}

/// What a service leads to at endpoints with a port of this number or name.
fn to_endpoints(found: &Found<'_>, service: &Service, named: &str) -> Vec<(usize, Connections)> {
    let by_name: Vec<&ServicePort> = service.ports.iter().filter(|port| port.name == named).collect();
    let Ok(number) = named.parse::<u16>() else { return behind(found, service, &by_name) };
    let all = behind(found, service, &service.ports.iter().collect::<Vec<_>>());
    let wanted = Protocol::WITH_PORTS.into_iter().fold(Connections::none(), |all, protocol| {
        all.union(&Connections::of(protocol, &Intervals::one(number)))
    });
    let of_number = all.into_iter().map(|(place, open)| (place, open.intersection(&wanted)));
    of_number.filter(|(_, open)| !open.is_empty()).collect()
}

/// Ranges of load balancers that cannot be read: the API server refuses the service (`validateLoadBalancerSourceRanges`,
/// `pkg/apis/core/validation/validation.go`), and nobody knows whom it would let in.
pub(super) fn problems(world: &World<'_>) -> Vec<(ObjectId, Problem)> {
    let services = world.network().services.values().flatten();
    let bad = services.filter_map(|&id| match world.network_object(id) {
        Some(NetworkObject::Service(facts)) if ranges(facts).is_none() => Some(id),
        _ => None,
    });
    let problem = |id| {
        let problem = Problem {
            path: "spec.loadBalancerSourceRanges".to_owned(),
            why: "one of the ranges of the load balancer is no block of addresses; one is written as in 10.0.0.0/8"
                .to_owned(),
            effect: Effect::Refused,
        };
        (id, problem)
    };
    let mut found: Vec<(ObjectId, Problem)> = bad.map(problem).collect();
    found.sort_by_key(|(id, _)| *id);
    found
}

/// The ranges of a load balancer; `None` when one cannot be read.
fn ranges(facts: &crate::network::Service) -> Option<Vec<Cidr>> {
    let is_one = matches!(facts.reach, Reach::LoadBalancer | Reach::Internal);
    facts.source_ranges.iter().filter(|_| is_one).map(|range| range.parse().ok()).collect()
}

fn host_ports(world: &World<'_>, pods: &[PodSource], entrances: &mut Vec<Entrance>) {
    for (place, source) in pods.iter().enumerate() {
        let Some(facts) = world.workload_facts(source.object) else { continue };
        let network = &facts.network;
        let all = network.ports.iter().chain(&network.init_ports);
        let opened = all.filter(|port| port.host_port.is_some() && !network.node_only.contains(port));
        let connections = opened.fold(Connections::none(), |all, port| {
            match (protocol_of(&port.protocol), u16::try_from(port.number)) {
                (Some(protocol), Ok(number)) => {
                    all.union(&Connections::of(protocol, &Intervals::one(number)))
                }
                _ => all,
            }
        });
        if !connections.is_empty() && !facts.network.host_network {
            let pods = vec![(place, connections)];
            let object = source.object;
            let opening = Opening::HostPort;
            entrances.push(Entrance { object, opening, pods, through: Vec::new(), certain: true });
        }
    }
}
