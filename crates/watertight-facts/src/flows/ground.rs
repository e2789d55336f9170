//! What flows run between: the pods in view, the Services before them, and the names of the cluster's DNS.

use std::collections::BTreeMap;
use std::net::IpAddr;

use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_netpol::{Cidr, Protocol, ServicePort, Target};

use super::operator_pods;
use super::service_ports::{Service, Which};
use super::{Party, Port};
use crate::network::{ContainerPort, NetworkObject, SERVICE, may_select_pods, protocol_of};
use crate::world::World;

/// The pods of a workload, as policies see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pods {
    /// The workload, or the custom resource whose operator runs them.
    pub object: ObjectId,
    /// Their namespace.
    pub namespace: Namespace,
    /// Their labels, as far as all of them have these.
    pub labels: BTreeMap<String, String>,
    /// The ports that their containers declare.
    pub ports: Vec<ContainerPort>,
    /// Whether they are in the network of their node.
    pub host_network: bool,
    /// The service account that they run as.
    pub account: String,
    /// Whether no template in view tells of them: labels and ports are those that an operator gives them.
    pub is_virtual: bool,
}

/// What a name or an address stands for, to whoever asks for it in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Means {
    /// Services of one identity; never empty.
    Services(Vec<usize>),
    /// A Service, by the form of its name, which is not in view.
    OutOfView(Namespace, String),
    /// The API servers.
    ApiServer,
    /// An address that nobody in view has.
    Address(IpAddr),
    /// A name outside of the cluster.
    External(String),
    /// The pod itself, or nobody.
    Own,
    /// That cannot be told; why.
    Unclear(&'static str),
}

/// An address that somebody lists for a Service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    address: IpAddr,
    /// The workload that it belongs to.
    pod: Option<ObjectId>,
    /// Its ports by their names, which are those of the Service's ports.
    ports: Vec<(String, u16)>,
}

/// The pods and Services of a world, made ready for questions.
#[derive(Debug)]
pub struct Ground<'w> {
    world: &'w World<'w>,
    pods: BTreeMap<ObjectId, Pods>,
    of_namespace: BTreeMap<Namespace, Vec<ObjectId>>,
    services: Vec<Service<'w>>,
    by_name: BTreeMap<Namespace, BTreeMap<String, Vec<usize>>>,
    by_address: BTreeMap<IpAddr, Vec<usize>>,
    /// The workload of each address of a pod.
    pod_addresses: BTreeMap<IpAddr, ObjectId>,
    pods_by_name: BTreeMap<(Namespace, String), ObjectId>,
    /// The addresses that a template gives names in the hosts file of its pods.
    aliases: BTreeMap<ObjectId, BTreeMap<String, Vec<IpAddr>>>,
    /// ConfigMaps and Secrets, by kind, namespace and name.
    configuration: BTreeMap<(&'static str, Namespace, String), Vec<ObjectId>>,
    api_ports: Vec<Port>,
    /// The addresses of endpoints that somebody lists for a Service.
    endpoints: BTreeMap<(Namespace, String), Vec<Listed>>,
}

impl<'w> Ground<'w> {
    /// The ground of a world.
    #[must_use]
    pub fn of(world: &'w World<'w>) -> Self {
        let mut ground = Self {
            world,
            pods: BTreeMap::new(),
            of_namespace: BTreeMap::new(),
            services: Vec::new(),
            by_name: BTreeMap::new(),
            by_address: BTreeMap::new(),
            pod_addresses: BTreeMap::new(),
            pods_by_name: BTreeMap::new(),
            aliases: BTreeMap::new(),
            configuration: BTreeMap::new(),
            api_ports: super::api_server::ports(world),
            endpoints: BTreeMap::new(),
        };
        ground.add_configuration();
        ground.add_workloads();
        ground.add_custom_resources();
        ground.add_services();
        ground.add_endpoints();
        ground
    }

    /// The world.
    pub(super) fn world(&self) -> &'w World<'w> {
        self.world
    }

    /// The pods of a party that is a workload.
    #[must_use]
    pub fn pods(&self, object: ObjectId) -> Option<&Pods> {
        self.pods.get(&object)
    }

    /// All pods, by their object.
    pub fn all_pods(&self) -> impl Iterator<Item = &Pods> {
        self.pods.values()
    }

    /// The pods of a namespace.
    pub(super) fn pods_in(&self, namespace: &Namespace) -> impl Iterator<Item = &Pods> {
        let ids = self.of_namespace.get(namespace).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.pods.get(id))
    }

    /// The workload that an address of a pod belongs to.
    pub(super) fn pod_at(&self, address: IpAddr) -> Option<ObjectId> {
        self.pod_addresses.get(&address).copied()
    }

    pub(super) fn services(&self) -> impl Iterator<Item = &Service<'w>> {
        self.services.iter()
    }

    pub(super) fn service(&self, index: usize) -> &Service<'w> {
        &self.services[index]
    }

    /// The ports of the API servers.
    pub(super) fn api_ports(&self) -> &[Port] {
        &self.api_ports
    }

    /// The ConfigMaps, or Secrets, of a namespace and name.
    pub(super) fn configuration(&self, kind: &'static str, namespace: &Namespace, name: &str) -> &[ObjectId] {
        self.configuration.get(&(kind, namespace.clone(), name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The Services of a namespace and name: several when several texts have one.
    pub(super) fn named(&self, namespace: &Namespace, name: &str) -> &[usize] {
        self.by_name.get(namespace).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The names of the Services of a namespace.
    pub(super) fn service_names(&self, namespace: &Namespace) -> impl Iterator<Item = (&str, &Service<'w>)> {
        let names = self.by_name.get(namespace).into_iter().flatten();
        names.filter_map(|(name, indices)| Some((name.as_str(), self.services.get(*indices.first()?)?)))
    }

    /// The addresses of a name in the hosts file of a workload's pods.
    pub(super) fn alias(&self, object: ObjectId, name: &str) -> Option<&[IpAddr]> {
        self.aliases.get(&object)?.get(name).map(Vec::as_slice)
    }

    fn add_configuration(&mut self) {
        let snapshot = self.world.snapshot();
        for kind in ["ConfigMap", "Secret"] {
            for &id in snapshot.of_kind(kind) {
                let identity = snapshot.object(id).identity();
                if GroupKind::core(kind).is(identity) {
                    let key = (kind, identity.namespace.clone(), identity.name.to_string());
                    self.configuration.entry(key).or_default().push(id);
                }
            }
        }
    }

    fn add_workloads(&mut self) {
        let snapshot = self.world.snapshot();
        for entry in self.world.workloads() {
            for &id in entry.instances.iter().chain([&entry.object]) {
                let identity = snapshot.object(id).identity();
                if &*identity.kind == "Pod" {
                    let key = (identity.namespace.clone(), identity.name.to_string());
                    self.pods_by_name.insert(key, entry.object);
                    // A pod in the network of its node has the node's address, as others on it.
                    let own = self.world.workload_facts(id).map(|facts| &facts.network);
                    for address in
                        own.filter(|own| !own.host_network).into_iter().flat_map(|own| &own.addresses)
                    {
                        self.pod_addresses.insert(*address, entry.object);
                    }
                }
            }
            let Some(facts) = self.world.workload_facts(entry.object).filter(|facts| facts.has_template)
            else {
                continue;
            };
            let aliases = super::resolvers::aliases(snapshot.object(entry.object));
            if !aliases.is_empty() {
                self.aliases.insert(entry.object, aliases);
            }
            self.add_pods(Pods {
                object: entry.object,
                namespace: snapshot.object(entry.object).identity().namespace.clone(),
                labels: facts.labels.clone(),
                ports: facts.network.ports.clone(),
                host_network: facts.network.host_network,
                account: facts.service_account.clone(),
                is_virtual: false,
            });
        }
    }

    fn add_pods(&mut self, pods: Pods) {
        self.of_namespace.entry(pods.namespace.clone()).or_default().push(pods.object);
        self.pods.insert(pods.object, pods);
    }

    /// Custom resources whose pods are not in view by themselves.
    fn add_custom_resources(&mut self) {
        for kind in operator_pods::KINDS {
            for &id in self.world.snapshot().of_kind(kind.kind) {
                let object = self.world.snapshot().object(id);
                if !kind.is(object.identity()) {
                    continue;
                }
                let Some((pods, service)) = operator_pods::made(id, object) else { continue };
                if self.run_by(id).is_none() {
                    self.add_pods(pods);
                }
                // One that is in view is found under its name.
                self.services.extend(service.filter(|service| {
                    let ids = self.world.snapshot().of_kind(SERVICE.kind);
                    !ids.iter().any(|&id| {
                        let identity = self.world.snapshot().object(id).identity();
                        SERVICE.is(identity)
                            && identity.namespace == service.namespace
                            && *identity.name == *service.name
                    })
                }));
            }
        }
    }

    /// The workload in view that an operator made for a custom resource.
    pub(super) fn run_by(&self, custom: ObjectId) -> Option<ObjectId> {
        let identity = self.world.snapshot().object(custom).identity();
        let is_owned = |pods: &&Pods| {
            let owner = self.world.workload_facts(pods.object).and_then(|facts| facts.owner.as_ref());
            owner.is_some_and(|(group, kind, name)| {
                **group == *identity.group && **kind == *identity.kind && **name == *identity.name
            })
        };
        self.pods_in(&identity.namespace).find(is_owned).map(|pods| pods.object)
    }

    /// The party that runs for a custom resource: the workload in view, else what its operator makes.
    pub(super) fn party_of(&self, custom: ObjectId) -> Party {
        Party::Workload(self.run_by(custom).unwrap_or(custom))
    }

    fn add_services(&mut self) {
        let ids = self.world.snapshot().of_kind(SERVICE.kind).iter();
        self.services.extend(ids.filter_map(|&id| Service::of(self.world, id)));
        for (index, service) in self.services.iter().enumerate() {
            let names = self.by_name.entry(service.namespace.clone()).or_default();
            names.entry(service.name.clone()).or_default().push(index);
            for address in &service.says.addresses {
                self.by_address.entry(*address).or_default().push(index);
            }
        }
    }

    fn add_endpoints(&mut self) {
        for &id in &self.world.network().listed {
            let Some(NetworkObject::Endpoints(lists)) = self.world.network_object(id) else { continue };
            let Some(service) = &lists.service else { continue };
            let namespace = self.world.snapshot().object(id).identity().namespace.clone();
            let found = lists.endpoints.iter().flat_map(|own| {
                let by_name = own.pod.as_ref().and_then(|name| self.pod_named(&namespace, name));
                own.addresses.iter().map(move |&address| (address, by_name, &own.ports))
            });
            let found: Vec<Listed> = found
                .map(|(address, by_name, ports)| {
                    let ports = ports.iter().map(|port| (port.name.clone(), port.number)).collect();
                    Listed { address, pod: by_name.or_else(|| self.pod_at(address)), ports }
                })
                .collect();
            let known = self.endpoints.entry((namespace, service.clone())).or_default();
            known.extend(found);
            known.sort_unstable();
            known.dedup();
        }
    }

    /// The workload of the pod of a name, when the pod is in view.
    pub(super) fn pod_named(&self, namespace: &Namespace, name: &str) -> Option<ObjectId> {
        self.pods_by_name.get(&(namespace.clone(), name.to_owned())).copied()
    }

    /// The listed endpoints of a Service.
    pub(super) fn listed(&self, namespace: &Namespace, name: &str) -> &[Listed] {
        self.endpoints.get(&(namespace.clone(), name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// What an address stands for.
    pub(super) fn address(&self, address: IpAddr) -> Means {
        match self.by_address.get(&address) {
            _ if address.is_loopback() || address.is_unspecified() => Means::Own,
            Some(services) if services.iter().any(|&index| is_kubernetes(self.service(index))) => {
                Means::ApiServer
            }
            Some(services) => Means::Services(services.clone()),
            None => Means::Address(address),
        }
    }

    /// Where a Service leads, for the ports that are meant. Empty when none of them leads anywhere.
    pub(super) fn leads(&self, service: &Service<'_>, which: Which<'_>) -> Vec<(Party, Port)> {
        if is_kubernetes(service) {
            return Vec::new();
        }
        if let Some(name) = &service.says.external_name {
            let to = || Party::Fqdn(name.trim_end_matches('.').to_ascii_lowercase());
            if let Which::Number(number) = which {
                return vec![(to(), Port::tcp(number))];
            }
            // Nothing is made of the ports of such a Service, but somebody wrote down that these are meant.
            let written = service
                .meant(which)
                .map(|port| (to(), Port { protocol: Some(port.protocol), number: Some(port.port) }));
            let written: Vec<_> = written.collect();
            return if written.is_empty() { vec![(to(), Port::UNKNOWN)] } else { written };
        }
        // A headless Service replaces no address: the client's port is the pod's.
        if let (true, Which::Number(number)) = (service.says.headless, which) {
            let protocol = service.meant(which).next().map_or(Protocol::Tcp, |port| port.protocol);
            let target = Target::Number(number);
            let port = ServicePort { name: String::new(), protocol, port: number, target, node_port: None };
            return self.behind(service, &port);
        }
        service.meant(which).flat_map(|port| self.behind(service, port)).collect()
    }

    /// Where one port of a Service leads.
    fn behind(&self, service: &Service<'_>, port: &ServicePort) -> Vec<(Party, Port)> {
        let at = |number: Option<u16>| Port { protocol: Some(port.protocol), number };
        let number = match port.target {
            Target::Number(number) => Some(number),
            Target::Name(_) => None,
        };
        let out_of_view = || {
            let to = Party::Service { namespace: service.namespace.clone(), name: service.name.clone() };
            vec![(to, at(number))]
        };
        let Some(selector) = &service.says.selector else {
            let listed = self.listed(&service.namespace, &service.name).iter();
            let found = listed.map(|listed| {
                let of_name =
                    listed.ports.iter().find(|(name, _)| *name == port.name).map(|(_, number)| *number);
                let to = listed.pod.map_or(Party::Addresses(Cidr::one(listed.address)), Party::Workload);
                (to, at(of_name.or(number)))
            });
            let found: Vec<_> = found.collect();
            return if found.is_empty() { out_of_view() } else { found };
        };
        let selected: Vec<&Pods> =
            self.pods_in(&service.namespace).filter(|pods| may_select_pods(selector, &pods.labels)).collect();
        if selected.is_empty() {
            return out_of_view();
        }
        let reached = |pods: &&Pods| {
            Some((Party::Workload(pods.object), at(Some(pods.port(&port.target, port.protocol)?))))
        };
        selected.iter().filter_map(reached).collect()
    }

    /// The pods that a Service selects.
    pub(super) fn selected<'g>(&'g self, service: &'g Service<'_>) -> impl Iterator<Item = &'g Pods> {
        let selector = service.says.selector.as_ref();
        self.pods_in(&service.namespace)
            .filter(move |pods| selector.is_some_and(|selector| may_select_pods(selector, &pods.labels)))
    }
}

impl Pods {
    /// The number of a target: of the first port of that name, as `FindPort` in `pkg/api/v1/pod/util.go`.
    pub(super) fn port(&self, target: &Target, protocol: Protocol) -> Option<u16> {
        match target {
            Target::Number(number) => Some(*number),
            Target::Name(name) => {
                let is = |port: &&ContainerPort| {
                    port.name == *name && protocol_of(&port.protocol) == Some(protocol)
                };
                self.ports.iter().find(is).and_then(|port| u16::try_from(port.number).ok())
            }
        }
    }
}

/// Whether a Service is that of the API servers, which the API server makes by itself.
pub(super) fn is_kubernetes(service: &Service<'_>) -> bool {
    service.name == "kubernetes" && service.namespace.name() == Some("default")
}
