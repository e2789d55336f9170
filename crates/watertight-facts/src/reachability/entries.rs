//! The ways in from outside: which object opens which ports of which pods to whom.

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::{
    Cidr, Cluster, Connections, Intervals, Protocol, Service, ServicePort, Target, Truth,
};

use super::PodSource;
use crate::identities::namespace_in_policy;
use crate::network::{Backend, BackendPort, NetworkObject, Reach};
use crate::object_facts::ObjectFacts;
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
    services(world, cluster, &mut entrances);
    controllers(world, cluster, &mut entrances);
    host_ports(world, pods, &mut entrances);
    entrances
}

/// What a port of a service opens of the pods behind it.
fn behind(cluster: &Cluster, service: &Service, ports: &[&ServicePort]) -> Vec<(usize, Connections)> {
    let pods = cluster.pods.iter().enumerate();
    let selected = pods.filter(|(_, pod)| service.selects(pod) != Truth::No);
    let open = selected.map(|(place, pod)| {
        let reaches = ports.iter().map(|port| service.reaches(port, pod));
        (place, reaches.fold(Connections::none(), |all, one| all.union(&one)))
    });
    open.filter(|(_, connections)| !connections.is_empty()).collect()
}

fn network_object<'w>(world: &'w World<'_>, id: ObjectId) -> Option<&'w NetworkObject> {
    match world.facts(id) {
        ObjectFacts::Network(facts) => Some(&facts.object),
        _ => None,
    }
}

fn services(world: &World<'_>, cluster: &Cluster, entrances: &mut Vec<Entrance>) {
    for service in &cluster.services {
        let object = ObjectId(service.tag);
        let Some(NetworkObject::Service(facts)) = network_object(world, object) else { continue };
        let keeps_source = facts.keeps_source;
        let mut openings = Vec::new();
        match facts.reach {
            Reach::LoadBalancer | Reach::Internal => {
                let internal = facts.reach == Reach::Internal;
                let ranges = facts.source_ranges.iter().filter_map(|range| range.parse().ok()).collect();
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
        let pods = behind(cluster, service, &service.ports.iter().collect::<Vec<_>>());
        let entrance = |opening| Entrance { object, opening, pods: pods.clone() };
        entrances.extend(openings.into_iter().map(entrance));
    }
}

fn controllers(world: &World<'_>, cluster: &Cluster, entrances: &mut Vec<Entrance>) {
    for &id in &world.network().entries {
        let Some(NetworkObject::Entry(entry)) = network_object(world, id) else { continue };
        let own = &world.snapshot().object(id).identity().namespace;
        let mut pods: Vec<(usize, Connections)> = Vec::new();
        for backend in &entry.backends {
            for (place, connections) in to(cluster, own, backend) {
                match pods.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, all)) => *all = all.union(&connections),
                    None => pods.push((place, connections)),
                }
            }
        }
        if !pods.is_empty() {
            entrances.push(Entrance { object: id, opening: Opening::Controller, pods });
        }
    }
}

/// What a backend leads to.
fn to(cluster: &Cluster, own: &Namespace, backend: &Backend) -> Vec<(usize, Connections)> {
    let namespace = backend.namespace.as_deref().unwrap_or_else(|| namespace_in_policy(own));
    let mut services = cluster.services.iter();
    let found = services.find(|service| service.namespace == namespace && service.name == backend.service);
    let Some(service) = found else { return Vec::new() };
    let chosen = |port: &&ServicePort| match &backend.port {
        None => true,
        Some(BackendPort::Service(named)) => *named == port.name || *named == port.port.to_string(),
        Some(BackendPort::Target(named)) => {
            *named == port.name
                || match &port.target {
                    Target::Number(number) => *named == number.to_string(),
                    Target::Name(name) => named == name,
                }
        }
    };
    behind(cluster, service, &service.ports.iter().filter(chosen).collect::<Vec<_>>())
}

fn host_ports(world: &World<'_>, pods: &[PodSource], entrances: &mut Vec<Entrance>) {
    for (place, source) in pods.iter().enumerate() {
        let Some(facts) = world.workload_facts(source.object) else { continue };
        let opened = facts.network.ports.iter().filter(|port| port.host_port.is_some());
        let connections = opened.fold(Connections::none(), |all, port| {
            let protocol = Protocol::WITH_PORTS.into_iter().find(|own| own.to_string() == port.protocol);
            match (protocol, u16::try_from(port.number)) {
                (Some(protocol), Ok(number)) => {
                    all.union(&Connections::of(protocol, &Intervals::one(number)))
                }
                _ => all,
            }
        });
        if !connections.is_empty() && !facts.network.host_network {
            let pods = vec![(place, connections)];
            entrances.push(Entrance { object: source.object, opening: Opening::HostPort, pods });
        }
    }
}
