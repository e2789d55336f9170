//! What things are worth, and how likely each way in is: the numbers behind scores, with their defaults.
//!
//! The defaults are explained in `docs/blast-radius.md`.

use watertight_facts::{ImageRef, Settings};

use crate::build::Vertex;
use crate::closure::Values;
use crate::graph::AttackGraph;
use crate::shape::number;
use crate::thing::{Hold, Name, Thing};

/// The numbers that scores are made of. All are relative to each other within their group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// A workload.
    pub workload: u32,
    /// A Secret.
    pub secret: u32,
    /// A service account.
    pub account: u32,
    /// Root on a node.
    pub node: u32,
    /// An identity of the cloud.
    pub cloud: u32,
    /// Whoever is cluster admin has everything; this much is added for that, in percent of everything else.
    pub cluster_admin_percent: u32,
    /// What lies in namespaces of the platform, kube-system among them, counts this many times.
    pub platform: u32,
    /// The same of production.
    pub production: u32,
    /// The same of development.
    pub development: u32,
    /// The same of other namespaces.
    pub other: u32,
    /// How much workloads that are exposed to the outside count as a way in.
    pub exposed: u32,
    /// How much every workload counts, as what is broken into somehow.
    pub breached: u32,
    /// How much people and automation count.
    pub identities: u32,
    /// How much images count.
    pub images: u32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            workload: 3,
            secret: 3,
            account: 1,
            node: 20,
            cloud: 50,
            cluster_admin_percent: 25,
            platform: 5,
            production: 4,
            development: 1,
            other: 2,
            exposed: 40,
            breached: 25,
            identities: 20,
            images: 15,
        }
    }
}

/// The common unit, so that what equal things share stays whole: divisible by every number up to ten.
pub(crate) const UNIT: u64 = 5040;

/// One edge of a workload or of a part of it, as far as it tells workloads apart: the part, whether it leaves, its kind,
/// and the other end, of which a node is the set of nodes.
type Trait = (u32, bool, u16, u32, u32);

/// Workloads that cannot be told apart, by place: those that lead to the same and are led to by the same. What is one
/// workload in two pieces is worth as much as in one.
pub(crate) struct Twins {
    group_of: Vec<u32>,
    groups: Vec<Vec<u32>>,
}

impl Twins {
    /// How many a workload is one of.
    pub(crate) fn count(&self, place: u32) -> u64 {
        self.of(place).len() as u64
    }

    /// Whether two cannot be told apart.
    pub(crate) fn are(&self, one: u32, other: u32) -> bool {
        self.group_of[one as usize] == self.group_of[other as usize]
    }

    /// Those that a workload is one of, itself among them.
    pub(crate) fn of(&self, place: u32) -> &[u32] {
        &self.groups[self.group_of[place as usize] as usize]
    }
}

/// Finds the workloads that cannot be told apart.
pub(crate) fn twins(graph: &AttackGraph<'_>) -> Twins {
    let mut traits: Vec<Vec<Trait>> = vec![Vec::new(); graph.scene.workloads.len()];
    let part = |thing: Thing| match thing {
        Thing::Workload(place) => Some((place, u32::MAX)),
        Thing::Container(place, at) => Some((place, at)),
        _ => None,
    };
    let other = |vertex: Vertex| match graph.thing(vertex) {
        Thing::Placed(place, hold) => (graph.scene.workloads[place as usize].placement, 1 + hold as u32),
        // What policies would tell apart is alike as long as they are not there.
        Thing::From(number) => (graph.alike.places.get(number as usize).copied().unwrap_or(number), 20),
        Thing::Towards(number) => (graph.alike.targets.get(number as usize).copied().unwrap_or(number), 21),
        _ => (vertex.0, 0),
    };
    for edge in &graph.edges {
        let kind = edge.kind.place().map_or(0, |place| u16::try_from(place + 1).unwrap_or(u16::MAX));
        let (from, to) = (part(graph.thing(edge.from)), part(graph.thing(edge.to)));
        match (from, to) {
            // Between parts of one workload, or of two: which parts they are.
            (Some((one, at)), Some((two, of))) if one == two => {
                traits[one as usize].push((at, true, kind, of, u32::MAX));
            }
            _ => {
                if let Some((place, at)) = from {
                    let (end, hold) = other(edge.to);
                    traits[place as usize].push((at, true, kind, end, hold));
                }
                if let Some((place, at)) = to {
                    let (end, hold) = other(edge.from);
                    traits[place as usize].push((at, false, kind, end, hold));
                }
            }
        }
    }
    let mut groups: std::collections::BTreeMap<Vec<Trait>, Vec<u32>> = std::collections::BTreeMap::new();
    for (place, mut own) in (0u32..).zip(traits) {
        own.sort_unstable();
        own.dedup();
        groups.entry(own).or_default().push(place);
    }
    let groups: Vec<Vec<u32>> = groups.into_values().collect();
    let mut group_of = vec![0; graph.scene.workloads.len()];
    for (group, members) in groups.iter().enumerate() {
        members.iter().for_each(|place| group_of[*place as usize] = number(group));
    }
    Twins { group_of, groups }
}

/// What each vertex is worth.
pub(crate) fn values(graph: &AttackGraph<'_>, weights: &Weights, twins: &Twins) -> Values {
    let mut values = Values { class_of: vec![0; graph.len()], weights: vec![0] };
    let mut known: std::collections::BTreeMap<u64, u32> = std::collections::BTreeMap::new();
    let classes: std::collections::BTreeMap<Name, u64> = graph
        .scene
        .namespaces
        .iter()
        .map(|(name, space)| (*name, u64::from(class_weight(graph, *name, &space.labels, weights))))
        .collect();
    let of = |name: Name| classes.get(&name).copied().unwrap_or(u64::from(weights.other));
    for (at, thing) in graph.things.iter().enumerate() {
        let worth = match *thing {
            Thing::Workload(place) => {
                let load = &graph.scene.workloads[place as usize];
                let whole = u64::from(weights.workload) * of(load.namespace) * UNIT;
                if load.is_divided() { 0 } else { whole / twins.count(place) }
            }
            Thing::Container(place, own) => {
                let load = &graph.scene.workloads[place as usize];
                let parts = load.containers.iter().filter(|own| own.stays).count() as u64;
                let stays = load.containers[own as usize].stays && load.is_divided();
                let whole = u64::from(weights.workload) * of(load.namespace) * UNIT / twins.count(place);
                if stays { whole / parts.max(1) } else { 0 }
            }
            Thing::Secret(namespace, _) => u64::from(weights.secret) * of(namespace) * UNIT,
            // An account that every cluster has is worth what it leads to.
            Thing::Account(namespace, _) if !graph.is_of_platform(*thing) => {
                u64::from(weights.account) * of(namespace) * UNIT
            }
            Thing::Node(_, Hold::Root) => u64::from(weights.node) * UNIT,
            Thing::Cloud(_) => u64::from(weights.cloud) * UNIT,
            _ => 0,
        };
        if worth > 0 {
            values.class_of[at] = *known.entry(worth).or_insert_with(|| {
                values.weights.push(worth);
                number(values.weights.len() - 1)
            });
        }
    }
    values
}

fn class_weight(
    graph: &AttackGraph<'_>,
    name: Name,
    labels: &std::collections::BTreeMap<String, String>,
    weights: &Weights,
) -> u32 {
    let settings: &Settings = graph.scene.world.settings();
    let text = graph.names.text(name);
    if settings.is_platform_labelled(text, labels) {
        weights.platform
    } else if settings.is_development(text, labels) {
        weights.development
    } else if settings.production(text, labels).is_some() {
        weights.production
    } else {
        weights.other
    }
}

/// How likely it is that an image is replaced, against others: by what its reference lets move.
pub(crate) fn image_likelihood(reference: &str, settings: &Settings) -> u64 {
    let image = ImageRef::parse(reference);
    let by_reference = match (image.is_pinned(), image.is_latest() || image.moves(&settings.moving_tags)) {
        (true, _) => 1,
        (false, false) => 3,
        (false, true) => 6,
    };
    let registries = &settings.trusted_registries;
    let trusted = registries.is_empty() || registries.iter().any(|own| image.is_from(own));
    if trusted { by_reference } else { 2 * by_reference }
}
