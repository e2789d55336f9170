//! What the model says of the objects that were made: whether each needed flow is kept, and how much was closed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use serde::Deserialize;
use watertight_model::ObjectId;
use watertight_netpol::{
    Cidr, Cluster, Connections, Effect, End, Intervals, Labels, Model, Pod, Policy, Protocol, Truth, Unknown,
    calico, cilium, kubernetes,
};

use super::peers::{Scene, Subject};
use super::rules::{Unresolved, is_metadata};
use super::{Flavor, Made};
use crate::flows::{Flow, Party, Port};

/// What the model says.
#[derive(Debug)]
pub struct Proof {
    /// Each needed flow that a policy was written for, with what became of it.
    pub flows: Vec<(Flow, Kept)>,
    /// How many workloads can look names up.
    pub dns_kept: usize,
    /// Those that cannot, by namespace and name.
    pub dns_broken: Vec<String>,
    /// Flows that policies of an earlier run let through, and that nothing lets through any more.
    pub dropped: Vec<Flow>,
    /// Objects that could not be read back as they were meant: a fault of this program, and no proof.
    pub unread: Vec<String>,
    /// How many (pod, pod, port) triples are let through for certain, before.
    pub before: u64,
    /// And after.
    pub after: u64,
}

/// What became of a needed flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// It is let through.
    Yes,
    /// It may be: that depends on names of hosts, or on addresses that are not in view.
    Perhaps,
    /// It was not let through before either: another policy denies it.
    DeniedBefore,
    /// It is not let through.
    No,
}

impl Proof {
    /// How many flows became so.
    #[must_use]
    pub fn count(&self, kept: Kept) -> usize {
        self.flows.iter().filter(|(_, own)| *own == kept).count()
    }
}

pub(super) fn of(
    scene: &Scene<'_>,
    objects: &[Made],
    flows: &[Flow],
    unresolved: &[Unresolved],
    gone: &BTreeSet<ObjectId>,
    (closed, earlier): (&BTreeSet<&str>, &[Flow]),
) -> Proof {
    let flavor = scene.wanted.flavor;
    let mut cluster = scene.cluster.clone();
    // Where nobody enforces policies, they are proven as if somebody did: or anything would be kept.
    cluster.enforced = Truth::Yes;
    let dns = dns_pod(scene, &mut cluster);
    let controllers = controllers(scene, &mut cluster);
    if flavor == Flavor::Cilium && !scene.wanted.api_servers.is_empty() {
        // Its policies name the API servers, and whether the addresses that are given are theirs is not known.
        cluster.api_servers = None;
    }
    let existing = scene.reach.model.policies().to_vec();
    let before = Model::new(cluster.clone(), existing.clone());
    let (mut made, mut unread) = (Vec::new(), Vec::new());
    for object in objects {
        match read_back(object, flavor) {
            Some(policies) => made.extend(policies),
            None => unread.push(format!("{}/{}", object.namespace, object.name)),
        }
    }
    let stays = existing.into_iter().filter(|policy| !gone.contains(&ObjectId(policy.tag)));
    let after = Model::new(cluster, stays.chain(made).collect());
    let asks = Asks { scene, dns, controllers };
    let is_open = |flow: &&Flow| !unresolved.iter().any(|own| own.flow == **flow);
    let kept = |flow: &Flow| match asks.holds(&after, flow) {
        // Some address was let through; whether it is the host's is not known.
        Truth::Yes if matches!(flow.to, Party::Fqdn(_)) => Kept::Perhaps,
        Truth::Yes => Kept::Yes,
        Truth::Maybe => Kept::Perhaps,
        Truth::No if asks.holds(&before, flow) == Truth::No => Kept::DeniedBefore,
        Truth::No => Kept::No,
    };
    let flows = flows.iter().filter(is_open).map(|flow| (flow.clone(), kept(flow))).collect();
    let (mut dns_kept, mut dns_broken) = (0, Vec::new());
    let closed_pods = |own: &&Subject| !own.host_network && closed.contains(own.namespace.as_str());
    for subject in scene.subjects().filter(closed_pods) {
        let ok = subject.pods.iter().all(|&place| {
            scene.dns.ports.iter().all(|(protocol, number)| {
                let wanted = Connections::of(*protocol, &Intervals::one(*number));
                let to = if scene.dns.on_nodes { End::SomeNode } else { End::Pod(dns) };
                let reach = after.reach(after.endpoint(End::Pod(place)), after.endpoint(to));
                wanted.is_subset_of(reach.may())
            })
        });
        if ok { dns_kept += 1 } else { dns_broken.push(subject.to_string()) }
    }
    let now = match scene.cluster.enforced {
        Truth::No => triples(&scene.reach.model, scene),
        Truth::Yes | Truth::Maybe => triples(&before, scene),
    };
    let is_dropped = |flow: &&Flow| asks.holds(&after, flow) == Truth::No;
    let dropped = earlier.iter().filter(is_dropped).cloned().collect();
    Proof { dropped, flows, dns_kept, dns_broken, unread, before: now, after: triples(&after, scene) }
}

/// A made object as the readers of the model take it; `None` when they cannot read it, or would refuse it.
pub(super) fn read_back(made: &Made, flavor: Flavor) -> Option<Vec<Policy>> {
    let spec = || made.object["spec"].clone();
    let namespace = made.namespace.as_str();
    let (policies, problems) = match flavor {
        Flavor::Kubernetes => {
            let spec = NetworkPolicySpec::deserialize(spec()).ok()?;
            let (policy, problems) = kubernetes::policy(namespace, &made.name, u32::MAX, &spec);
            (vec![policy], problems)
        }
        Flavor::Cilium => {
            let specs = cilium::Specs::deserialize(made.object.clone()).ok()?;
            let context = cilium::Context { groups: Vec::new(), all_groups: true };
            cilium::policies(&context, Some(namespace), &made.name, u32::MAX, &specs)
        }
        Flavor::Calico => {
            let spec = calico::Spec::deserialize(spec()).ok()?;
            let object = calico::PolicyObject {
                namespace: Some(namespace),
                name: &made.name,
                tag: u32::MAX,
                stored: false,
            };
            calico::policy(&calico::Context::default(), &object, &spec)
        }
    };
    let refused = problems.iter().any(|problem| problem.effect == Effect::Refused);
    (!refused && !policies.is_empty()).then_some(policies)
}

/// A pod of the DNS: one in view, or one as it is named.
fn dns_pod(scene: &Scene<'_>, cluster: &mut Cluster) -> usize {
    if let Some(place) = cluster.pods.iter().position(|pod| scene.dns.is(pod)) {
        return place;
    }
    add(cluster, &scene.dns.namespace, Labels::of(scene.dns.labels.clone()))
}

/// The pods of the ingress controller's namespace; where none is in view, one of which nothing is known.
fn controllers(scene: &Scene<'_>, cluster: &mut Cluster) -> Vec<usize> {
    let Some(namespace) = &scene.wanted.ingress_namespace else { return Vec::new() };
    let in_view = scene.subjects().filter(|own| own.namespace == *namespace);
    let pods: Vec<usize> = in_view.flat_map(|own| own.pods.iter().copied()).collect();
    match pods.is_empty() {
        true => {
            vec![add(cluster, namespace, Labels { known: BTreeMap::new(), unknown: Unknown::Anything })]
        }
        false => pods,
    }
}

fn add(cluster: &mut Cluster, namespace: &str, labels: Labels) -> usize {
    let place = cluster.pods.len();
    let tag = u32::try_from(place).unwrap_or(u32::MAX);
    cluster.pods.push(Pod { tag, namespace: namespace.to_owned(), labels, ..Pod::default() });
    place
}

struct Asks<'s, 'w> {
    scene: &'s Scene<'w>,
    dns: usize,
    controllers: Vec<usize>,
}

impl Asks<'_, '_> {
    /// Whether a model lets a flow through, between all of its ends.
    fn holds(&self, model: &Model, flow: &Flow) -> Truth {
        let wanted = wanted(flow.port);
        let (from, to) = (self.ends(model, &flow.from), self.ends(model, &flow.to));
        let mut all = Truth::Yes;
        for &source in &from {
            for &target in to.iter().filter(|target| **target != source) {
                let reach = model.between(source, target);
                let this = match () {
                    () if wanted.is_subset_of(reach.sure()) => Truth::Yes,
                    () if wanted.is_subset_of(reach.may()) => Truth::Maybe,
                    () => Truth::No,
                };
                all = all.and(this);
            }
        }
        // Nobody was asked.
        if from.is_empty() || to.is_empty() { Truth::Maybe } else { all }
    }

    /// Who has an address: the model tells nodes from what is outside.
    fn end_at(&self, address: IpAddr) -> End {
        let mut nodes = self.scene.cluster.nodes.iter();
        let node = nodes.position(|node| node.addresses.contains(&address));
        node.map_or(End::Address(address), End::Node)
    }

    fn ends(&self, model: &Model, party: &Party) -> Vec<End> {
        let public = || {
            let pieces = model.pieces().map(|(_, range)| range);
            let is_public = |range: &watertight_netpol::AddressRange| {
                !Cidr::private().any(|block| block.range().covers(*range))
                    && !is_metadata(Cidr::one(range.ends().0))
            };
            let v4 = pieces.filter(is_public).filter(|range| range.family() == watertight_netpol::Family::V4);
            v4.map(|range| End::Address(range.ends().0)).collect()
        };
        match party {
            Party::Workload(object) => {
                let subject = self.scene.subject_of(*object).map(|place| self.scene.subject(place));
                subject.into_iter().flat_map(|own| &own.pods).map(|&place| End::Pod(place)).collect()
            }
            Party::Namespace(namespace) => {
                let name = crate::identities::namespace_in_policy(namespace);
                let pods = self.scene.cluster.pods.iter().enumerate();
                pods.filter(|(_, pod)| pod.namespace == name).map(|(place, _)| End::Pod(place)).collect()
            }
            Party::ClusterDns => vec![End::Pod(self.dns)],
            Party::IngressController => self.controllers.iter().copied().map(End::Pod).collect(),
            Party::ApiServer => self
                .scene
                .api_servers()
                .into_iter()
                .map(|block| self.end_at(block.range().ends().0))
                .collect(),
            Party::Nodes => match self.scene.nodes() {
                // Cilium's policies name nodes, not their addresses.
                blocks if blocks.is_empty() || self.scene.wanted.flavor == Flavor::Cilium => {
                    vec![End::SomeNode]
                }
                blocks => blocks.into_iter().map(|block| self.end_at(block.range().ends().0)).collect(),
            },
            Party::Addresses(block) => {
                let pieces = model.pieces().filter_map(|(_, range)| range.intersection(block.range()));
                pieces
                    .map(|range| range.ends().0)
                    .filter(|address| !is_metadata(Cidr::one(*address)) || self.scene.wanted.allow_metadata)
                    .map(End::Address)
                    .collect()
            }
            Party::Outside | Party::Fqdn(_) => public(),
            Party::Service { .. } => Vec::new(),
        }
    }
}

/// The connections of a flow's port: what is not known is all of it.
fn wanted(port: Port) -> Connections {
    let ports = port.number.map_or(Intervals::range(1, u16::MAX), Intervals::one);
    match port.protocol {
        Some(protocol) => Connections::of(protocol, &ports),
        None if port.number.is_some() => {
            Connections::of(Protocol::Tcp, &ports).union(&Connections::of(Protocol::Udp, &ports))
        }
        None => Connections::all().with_ports(),
    }
}

/// How many (pod, pod, port) triples are let through for certain, of the pods in view: ports of TCP, UDP and SCTP.
fn triples(model: &Model, scene: &Scene<'_>) -> u64 {
    let mut pods: BTreeMap<watertight_netpol::EndpointId, u64> = BTreeMap::new();
    let in_view = scene.subjects().flat_map(|own| &own.pods);
    for place in in_view {
        *pods.entry(model.endpoint(End::Pod(*place))).or_default() += 1;
    }
    let mut all = 0;
    for (&from, &sources) in &pods {
        for (&to, &targets) in &pods {
            let pairs = sources * targets - if from == to { sources } else { 0 };
            let reach = model.reach(from, to);
            let ports = Protocol::WITH_PORTS.into_iter().filter_map(|protocol| reach.sure().ports(protocol));
            let ports: u64 = ports.map(|set| u64::from(set.destinations().len())).sum();
            all += pairs * ports;
        }
    }
    all
}
