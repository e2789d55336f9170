//! Who can be at the ends of needed flows, as policies can name them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use watertight_model::ObjectId;
use watertight_netpol::{Cidr, Cluster, Labels, NamedPort, Pod, Protocol};

use super::{ClusterDns, Made, Wanted, selectors};
use crate::flows::Ground;
use crate::identities::namespace_in_policy;
use crate::reachability::Reachability;
use crate::world::World;

/// Pods that one policy is for.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) object: ObjectId,
    pub(super) namespace: String,
    pub(super) name: String,
    /// The labels that policies ask for.
    pub(super) selector: BTreeMap<String, String>,
    /// Whether these select no other pods of the namespace.
    pub(super) exact: bool,
    pub(super) host_network: bool,
    /// Its pods, by place in [`Scene::cluster`].
    pub(super) pods: Vec<usize>,
}

/// One end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// The pods of a subject, by place.
    Subject(usize),
    /// Every pod of a namespace.
    Namespace(String),
    /// The pods of the DNS.
    Dns,
    /// The caches of the DNS on nodes.
    DnsCaches,
    /// Addresses, without some.
    Block(Cidr, Vec<Cidr>),
    /// The API servers.
    ApiServers,
    /// The nodes, and what is in their network.
    Nodes,
    /// Everybody outside of the cluster.
    World,
    /// A host outside of the cluster.
    Fqdn(String),
}

/// What policies are made of.
pub(super) struct Scene<'w> {
    pub(super) reach: &'w Reachability,
    pub(super) wanted: &'w Wanted,
    pub(super) dns: &'w ClusterDns,
    /// The cluster, with the pods that operators run.
    pub(super) cluster: Cluster,
    subjects: Vec<Subject>,
    by_object: BTreeMap<ObjectId, usize>,
    /// Kind, namespace and name of policies that are there.
    existing: BTreeSet<(String, String, String)>,
    /// The objects among them that are of `networking.k8s.io`.
    kubernetes: BTreeSet<ObjectId>,
}

impl<'w> Scene<'w> {
    pub(super) fn of(
        world: &'w World<'w>,
        reach: &'w Reachability,
        ground: &Ground<'_>,
        wanted: &'w Wanted,
        dns: &'w ClusterDns,
    ) -> Self {
        let mut cluster = reach.model.cluster().clone();
        let mut subjects: Vec<Subject> = Vec::new();
        let mut labels: Vec<BTreeMap<String, String>> = Vec::new();
        for workload in &reach.workloads {
            let pods = workload.pods.iter().map(|&place| &cluster.pods[place]);
            let mut common: Option<BTreeMap<String, String>> = None;
            for pod in pods.clone() {
                match &mut common {
                    None => common = Some(pod.labels.known.clone()),
                    Some(common) => common.retain(|key, value| pod.labels.known.get(key) == Some(value)),
                }
            }
            labels.push(common.unwrap_or_default());
            subjects.push(Subject {
                object: workload.object,
                namespace: workload.namespace.clone(),
                name: workload.name.clone(),
                selector: BTreeMap::new(),
                exact: false,
                host_network: pods.clone().all(|pod| pod.host_network),
                pods: workload.pods.clone(),
            });
        }
        let identity = |own: &&crate::flows::Pods| world.snapshot().object(own.object).identity();
        let mut made: Vec<_> = ground.all_pods().filter(|own| own.is_virtual).collect();
        made.sort_by(|one, other| identity(one).cmp(identity(other)));
        for own in made {
            let place = cluster.pods.len();
            let namespace = namespace_in_policy(&own.namespace).to_owned();
            cluster.pods.push(virtual_pod(place, &namespace, own));
            labels.push(own.labels.clone());
            subjects.push(Subject {
                object: own.object,
                namespace,
                name: world.snapshot().object(own.object).identity().name.to_string(),
                selector: BTreeMap::new(),
                exact: false,
                host_network: own.host_network,
                pods: vec![place],
            });
        }
        for place in 0..subjects.len() {
            let own = &subjects[place];
            let is_other = |other: &usize| {
                *other != place
                    && subjects[*other].namespace == own.namespace
                    && !subjects[*other].host_network
            };
            let others: Vec<&BTreeMap<String, String>> =
                (0..subjects.len()).filter(is_other).map(|other| &labels[other]).collect();
            let (selector, exact) = selectors::select(&labels[place], &others);
            subjects[place].selector = selector;
            subjects[place].exact = exact;
        }
        let by_object = subjects.iter().enumerate().map(|(place, own)| (own.object, place)).collect();
        let existing = existing(world);
        let objects = world.snapshot().objects();
        let own = objects.filter(|(_, object)| crate::network::NETWORK_POLICY.is(object.identity()));
        let kubernetes = own.map(|(id, _)| id).collect();
        Self { reach, wanted, dns, cluster, subjects, by_object, existing, kubernetes }
    }

    pub(super) fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.subjects.iter()
    }

    pub(super) fn subject(&self, place: usize) -> &Subject {
        &self.subjects[place]
    }

    /// The subject that a workload is, also by an object of which it is an instance.
    pub(super) fn subject_of(&self, object: ObjectId) -> Option<usize> {
        let direct = self.by_object.get(&object).copied();
        direct.or_else(|| {
            let pod = self
                .reach
                .pods
                .iter()
                .position(|source| source.object == object || source.workload == object)?;
            self.subjects.iter().position(|own| own.pods.contains(&pod))
        })
    }

    /// The addresses of the API servers, as far as they are known.
    pub(super) fn api_servers(&self) -> Vec<Cidr> {
        let seen = self.cluster.api_servers.iter().flatten().map(|address| Cidr::one(*address));
        seen.chain(self.wanted.api_servers.iter().copied()).collect()
    }

    /// The addresses of nodes, as far as they are known.
    pub(super) fn nodes(&self) -> Vec<Cidr> {
        if !self.wanted.nodes.is_empty() {
            return self.wanted.nodes.clone();
        }
        let addresses = self.cluster.nodes.iter().flat_map(|node| &node.addresses);
        addresses.map(|address| Cidr::one(*address)).collect()
    }

    /// Whether a policy is an object of `networking.k8s.io`.
    pub(super) fn is_kubernetes_policy(&self, tag: u32) -> bool {
        self.kubernetes.contains(&ObjectId(tag))
    }

    /// With other names where something of the same name is there, which stays as it is. What is replaced makes room.
    pub(super) fn beside_existing(&self, objects: Vec<Made>) -> Vec<Made> {
        if self.wanted.replace {
            return objects;
        }
        objects
            .into_iter()
            .map(|mut made| {
                let kind = made.object["kind"].as_str().unwrap_or_default().to_owned();
                let taken = |name: &str| {
                    self.existing.contains(&(kind.clone(), made.namespace.clone(), name.to_owned()))
                };
                if taken(&made.name) {
                    let name = format!("watertight-{}", made.name);
                    made.object["metadata"]["name"] = Json::String(name.clone());
                    made.name = name;
                }
                made
            })
            .collect()
    }
}

fn existing(world: &World<'_>) -> BTreeSet<(String, String, String)> {
    let kinds = ["NetworkPolicy", "CiliumNetworkPolicy"];
    let objects = world.snapshot().objects().map(|(_, object)| object.identity());
    let policies = objects.filter(|identity| kinds.contains(&&*identity.kind));
    policies
        .map(|identity| {
            let namespace = namespace_in_policy(&identity.namespace).to_owned();
            (identity.kind.to_string(), namespace, identity.name.to_string())
        })
        .collect()
}

fn virtual_pod(place: usize, namespace: &str, own: &crate::flows::Pods) -> Pod {
    let port = |port: &crate::network::ContainerPort| {
        let protocol = Protocol::WITH_PORTS.into_iter().find(|known| known.to_string() == port.protocol)?;
        let number = u16::try_from(port.number).ok()?;
        (!port.name.is_empty()).then(|| NamedPort { name: port.name.clone(), protocol, number })
    };
    Pod {
        tag: u32::try_from(place).unwrap_or(u32::MAX),
        namespace: namespace.to_owned(),
        labels: Labels::of(own.labels.clone()),
        host_network: own.host_network,
        ports: own.ports.iter().filter_map(port).collect(),
        account: own.account.clone(),
        ..Pod::default()
    }
}
