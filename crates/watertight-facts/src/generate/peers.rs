//! Who can be at the ends of needed flows, as policies can name them.

use std::collections::{BTreeMap, BTreeSet};

use watertight_model::ObjectId;
use watertight_netpol::{Cidr, Cluster, Labels, NamedPort, Pod, Protocol};

use super::{ClusterDns, Made, Wanted, selectors};
use crate::flows::{Ground, Party};
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

/// As in `shop/web`.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// One end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// The pods of a subject, by place.
    Subject(usize),
    /// Every pod of a namespace.
    Namespace(String),
    /// Every pod of the cluster.
    Everyone,
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

/// A policy that is there.
struct Existing {
    kind: String,
    namespace: String,
    name: String,
    /// Whether it is of `networking.k8s.io`.
    is_kubernetes: bool,
    /// Whether a run of this program made it.
    is_made: bool,
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
    /// The policies that are there.
    existing: BTreeMap<ObjectId, Existing>,
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
        Self { reach, wanted, dns, cluster, subjects, by_object, existing: existing(world) }
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

    /// What people call somebody who has pods in view.
    pub(super) fn name_of(&self, party: &Party) -> Option<String> {
        match party {
            Party::Workload(object) => self.subject_of(*object).map(|place| self.subject(place).to_string()),
            _ => None,
        }
    }

    /// Whether the pods of a subject answer for the DNS of the cluster.
    pub(super) fn is_dns(&self, subject: &Subject) -> bool {
        subject.pods.iter().any(|&place| self.dns.is(&self.cluster.pods[place]))
    }

    /// Whether a policy is an object of `networking.k8s.io` that people wrote.
    pub(super) fn is_written(&self, tag: u32) -> bool {
        self.existing.get(&ObjectId(tag)).is_some_and(|own| own.is_kubernetes && !own.is_made)
    }

    /// The policies of some namespaces that a run of this program made, and that this one makes anew.
    pub(super) fn made_before(&self, closed: &BTreeSet<&str>) -> impl Iterator<Item = ObjectId> {
        let own = self.existing.iter();
        own.filter(|(_, own)| own.is_made && closed.contains(own.namespace.as_str())).map(|(id, _)| *id)
    }

    /// Whether a policy of this name is there and stays.
    pub(super) fn stays(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.existing.values().any(|own| {
            let makes_room = own.is_made || own.is_kubernetes && self.wanted.replace;
            !makes_room && own.kind == kind && own.namespace == namespace && own.name == name
        })
    }

    /// Whether an object takes the place of a policy by having its name.
    pub(super) fn takes_the_place(&self, made: &Made, id: ObjectId) -> bool {
        self.existing.get(&id).is_some_and(|own| {
            let group = made.object["apiVersion"].as_str().unwrap_or_default();
            let same_group = own.is_kubernetes == group.starts_with(crate::network::NETWORK_POLICY.group);
            let kind = made.object["kind"].as_str() == Some(own.kind.as_str());
            same_group && kind && own.namespace == made.namespace && own.name == made.name
        })
    }
}

fn existing(world: &World<'_>) -> BTreeMap<ObjectId, Existing> {
    let kinds = ["NetworkPolicy", "CiliumNetworkPolicy"];
    let objects = world.snapshot().objects();
    let policies = objects.filter(|(_, object)| kinds.contains(&&*object.identity().kind));
    policies
        .map(|(id, object)| {
            let identity = object.identity();
            let label = object.body().ok().and_then(|body| {
                let path = watertight_syntax::Path::root().at("metadata.labels").key(super::MANAGED_BY);
                body.root().at(&path).and_then(watertight_syntax::Value::as_str).map(str::to_owned)
            });
            let own = Existing {
                kind: identity.kind.to_string(),
                namespace: namespace_in_policy(&identity.namespace).to_owned(),
                name: identity.name.to_string(),
                is_kubernetes: crate::network::NETWORK_POLICY.is(identity),
                is_made: label.as_deref() == Some(super::WATERTIGHT),
            };
            (id, own)
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
