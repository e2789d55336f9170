//! Who reaches whom: the objects of a world as one [`Model`] of `watertight-netpol`, and the way back to them.
//!
//! What policies mean is decided there. Start reading at [`Reachability`].

mod attachment;
mod cluster;
mod connections;
mod defaults;
mod enforcement;
mod entries;
mod exposed;
mod groups;
mod newcomer;
mod opened;
mod policies;
#[cfg(test)]
mod queries_tests;
mod unmodelled;
mod who;

use std::collections::BTreeMap;

use watertight_model::{GroupKind, ObjectId};
use watertight_netpol::{Cidr, Model, Problem};

use crate::identities::namespace_in_policy;
use crate::network::{COMPANIONS, ENDPOINTS, MACHINES, NETWORK_POLICY, NODE, POLICY_FLAVOURS, SERVICE};
use crate::world::World;

pub use connections::{Connection, Party};
use defaults::Defaults;
pub use enforcement::Enforcement;
pub(crate) use entries::is_granted;
pub use entries::{Entrance, Opening};
pub use exposed::{Exposure, Stranger};
pub use groups::{Flow, Group, Parties};
pub use opened::{Opened, OpenedOutside};
pub use who::{Found, Label, NotFound, Who};

/// Kinds whose absence or gaps change who reaches whom, beside those of workloads.
pub const REACHABILITY: [GroupKind; 27] = [
    NETWORK_POLICY,
    SERVICE,
    NODE,
    ENDPOINTS[0],
    ENDPOINTS[1],
    MACHINES[0],
    MACHINES[1],
    POLICY_FLAVOURS[0],
    POLICY_FLAVOURS[1],
    POLICY_FLAVOURS[2],
    POLICY_FLAVOURS[3],
    POLICY_FLAVOURS[4],
    POLICY_FLAVOURS[5],
    POLICY_FLAVOURS[6],
    POLICY_FLAVOURS[7],
    POLICY_FLAVOURS[8],
    GroupKind::core("Namespace"),
    COMPANIONS[0],
    COMPANIONS[1],
    COMPANIONS[2],
    COMPANIONS[3],
    COMPANIONS[4],
    COMPANIONS[5],
    COMPANIONS[6],
    COMPANIONS[7],
    COMPANIONS[8],
    COMPANIONS[9],
];

/// Kinds whose absence or gaps change whom policies cut off, and what they open to addresses outside, beside those of
/// workloads. A service that is not in view makes a rule that names it uncertain by itself.
pub const ISOLATION: [GroupKind; 21] = {
    let mut kinds = [NETWORK_POLICY; 21];
    kinds[1] = GroupKind::core("Namespace");
    let mut at = 0;
    while at < POLICY_FLAVOURS.len() {
        kinds[at + 2] = POLICY_FLAVOURS[at];
        at += 1;
    }
    at = 0;
    while at < COMPANIONS.len() {
        kinds[at + 2 + POLICY_FLAVOURS.len()] = COMPANIONS[at];
        at += 1;
    }
    kinds
};

/// A world's network.
#[derive(Debug)]
pub struct Reachability {
    /// What answers questions. Tags of policies and services are numbers of objects, those of pods places in
    /// [`Reachability::pods`].
    pub model: Model,
    /// Where each pod of the model comes from.
    pub pods: Vec<PodSource>,
    /// The namespace and name of each.
    pub(crate) pod_names: Vec<(String, String)>,
    /// The workloads with pods, in order, with the places of these.
    pub workloads: Vec<WorkloadPods>,
    /// Where each node of the model comes from.
    pub nodes: Vec<ObjectId>,
    /// The place of a pod that nobody knows anything of: what reaches for certain as it does, everything in the
    /// cluster may.
    pub somebody: usize,
    /// The place of a pod without labels in a namespace to come without labels but its name.
    pub newcomer: usize,
    /// By namespace, the place of a pod without labels there; empty unless asked for.
    pub(crate) neighbours: BTreeMap<String, usize>,
    /// Pods to come, by which controls tell defaults; none unless asked for.
    defaults: Defaults,
    /// Whether some policy speaks of other protocols than TCP, UDP and SCTP.
    tells_other_protocols: bool,
    /// Whether something has an address of IPv6, or some policy speaks of one.
    tells_ipv6: bool,
    /// The ways in from outside.
    pub entrances: Vec<Entrance>,
    /// Who enforces policies.
    pub enforcement: Enforcement,
    /// What is wrong with policies, or not modelled of them.
    pub problems: Vec<(ObjectId, Problem)>,
}

/// Where a pod of the model comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodSource {
    /// The workload that it belongs to.
    pub workload: ObjectId,
    /// The place of that among the workloads.
    pub place: usize,
    /// Itself, or the object whose template it stands for.
    pub object: ObjectId,
}

/// The pods of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadPods {
    /// The workload: the top-most owner in view.
    pub object: ObjectId,
    /// What people call it: the kind and name of the object, or of a controller that is not in view.
    pub kind: String,
    /// The name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its pods, by place.
    pub pods: Vec<usize>,
}

/// What the user knows that no object says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Whether policies are enforced; `None` for what the plugins in view do, and yes where none is.
    pub enforced: Option<bool>,
    /// Where pods and nodes have addresses that are not in view; empty for private ones.
    pub pod_blocks: Vec<Cidr>,
    /// Whether pods without labels that may come into each namespace are asked about.
    pub neighbours: bool,
    /// Whether a cluster has taken the objects, though no look at one was recorded.
    pub taken: bool,
}

/// What is asked of it.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// Who reaches whom.
    Connections,
    /// That, and what becomes of what no rule names.
    Defaults,
    /// Only whether pods are cut off.
    Isolation,
}

impl Reachability {
    pub(crate) fn of(world: &World<'_>) -> Self {
        Self::made(world, Assumed::default(), Purpose::Defaults)
    }

    /// For who only asks whether pods are cut off, where no rule refuses anything.
    pub(crate) fn of_isolation(world: &World<'_>) -> Self {
        Self::made(world, Assumed::default(), Purpose::Isolation)
    }

    /// Works it out with what the user knows.
    #[must_use]
    pub fn assuming(world: &World<'_>, assumed: Assumed) -> Self {
        Self::made(world, assumed, Purpose::Connections)
    }

    fn made(world: &World<'_>, assumed: Assumed, purpose: Purpose) -> Self {
        let enforcement = Enforcement::of(world);
        let (mut cluster, pods, workloads, nodes) = cluster::of(world);
        cluster.blocks_mean_pods = enforcement.blocks_mean_pods();
        cluster.asks_towards_own_node = enforcement.asks_towards_own_node();
        cluster.enforced = assumed.enforced.or(enforcement.enforced()).unwrap_or(true).into();
        cluster.pod_blocks = assumed.pod_blocks;
        let [somebody, newcomer] = cluster::add_strangers(&mut cluster);
        let neighbours =
            if assumed.neighbours { cluster::add_neighbours(&mut cluster) } else { BTreeMap::new() };
        let entrances = match purpose {
            Purpose::Isolation => Vec::new(),
            Purpose::Connections | Purpose::Defaults => entries::of(world, &cluster, &pods),
        };
        let defaults = match purpose {
            Purpose::Connections => Defaults::default(),
            Purpose::Defaults | Purpose::Isolation => Defaults::add(&mut cluster, &pods, &workloads),
        };
        let (policies, mut problems) = policies::of(world, &mut cluster, &enforcement, assumed.taken);
        newcomer::name(&mut cluster, &policies);
        if !matches!(purpose, Purpose::Isolation) {
            problems.extend(entries::problems(world));
        }
        let model = match purpose {
            Purpose::Isolation => Model::of_isolation(cluster, policies),
            Purpose::Connections | Purpose::Defaults => Model::new(cluster, policies),
        };
        let tells_other_protocols = model.speaks_of_other_protocols();
        let tells_ipv6 = connections::tells_ipv6(&model);
        let name = |source: &PodSource| {
            let identity = world.snapshot().object(source.object).identity();
            (namespace_in_policy(&identity.namespace).to_owned(), identity.name.to_string())
        };
        let pod_names = pods.iter().map(name).collect();
        Self {
            model,
            pods,
            pod_names,
            workloads,
            nodes,
            somebody,
            newcomer,
            neighbours,
            defaults,
            tells_other_protocols,
            tells_ipv6,
            entrances,
            enforcement,
            problems,
        }
    }

    /// The place of a pod without labels that may come into a namespace, where these were asked for.
    #[must_use]
    pub fn neighbour(&self, namespace: &str) -> Option<usize> {
        self.neighbours.get(namespace).copied()
    }

    /// The workload of an object.
    #[must_use]
    pub fn workload(&self, object: ObjectId) -> Option<&WorkloadPods> {
        self.workloads.iter().find(|workload| workload.object == object)
    }

    /// The workloads by namespace.
    #[must_use]
    pub fn by_namespace(&self) -> BTreeMap<&str, Vec<&WorkloadPods>> {
        let mut all: BTreeMap<&str, Vec<&WorkloadPods>> = BTreeMap::new();
        for workload in &self.workloads {
            all.entry(&workload.namespace).or_default().push(workload);
        }
        all
    }
}
