//! How much falls: radii, scores, and the exposure of a cluster.
//!
//! A score is the share of the cluster's weighted value that falls beside the thing itself, in millionths; whole
//! numbers, so that equal is equal. Whoever is cluster admin has everything, so that what lies behind that goal needs no
//! edges.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::build::Vertex;
use crate::closure::{Closure, LANES, Values, has};
use crate::entries::{Entries, EntryClass};
use crate::graph::AttackGraph;
use crate::shape::{Reading, Shape, number};
use crate::thing::{Goal, Hold, Thing};
use crate::weights::{self, Twins, Weights};

/// A share of everything, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(pub u32);

impl Score {
    /// Everything.
    pub const ALL: Self = Self(1_000_000);

    /// As people read it, from 0 to 100 with one place.
    #[must_use]
    pub fn shown(self) -> String {
        let tenths = (self.0 + 500) / 1000;
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// What falls with a thing, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Radius {
    /// How much of everything.
    pub score: Score,
    /// Whether the whole cluster does.
    pub cluster_admin: bool,
    /// Whether some node does.
    pub node_root: bool,
    /// In how many other namespaces, those of the platform not counted, something does.
    pub other_tenants: u32,
}

/// How exposed a cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The mean over the classes of entry points, by their weights.
    pub score: Score,
    /// By class, in the order of [`EntryClass::ALL`]: how many entry points there are, and their mean by likelihood.
    pub classes: [(u32, Score); 4],
}

/// One reading of a graph, ready to be asked.
pub(crate) struct View {
    pub(crate) shape: Arc<Shape>,
    pub(crate) radii: Vec<Radius>,
    /// What falls beside each, of those that do not reach everything.
    pub(crate) worth: Vec<u64>,
    /// How many sets there are.
    classes: usize,
}

/// A graph with its numbers.
pub struct Measure<'g, 'w> {
    /// The graph.
    pub graph: &'g AttackGraph<'w>,
    /// What things are worth.
    pub weights: Weights,
    /// Where attacks begin.
    pub entries: Entries,
    pub(crate) values: Values,
    pub(crate) twins: Twins,
    tenants: Values,
    pub(crate) total: u64,
    pub(crate) admin: u32,
    node_root: u32,
    views: BTreeMap<Reading, View>,
}

/// Vertices whose sets are the same but for what each leads to by itself and nothing follows from.
pub(crate) struct Alike {
    pub(crate) starts: Vec<u32>,
    /// The vertices, with the ends that only they lead to.
    pub(crate) members: Vec<(u32, Vec<u32>)>,
}

impl<'g, 'w> Measure<'g, 'w> {
    /// Works out all radii in both readings.
    #[must_use]
    pub fn of(graph: &'g AttackGraph<'w>, weights: Weights) -> Self {
        let twins = weights::twins(graph);
        let values = weights::values(graph, &weights, &twins);
        let entries = Entries::of(graph, &twins, &weights);
        let sum: u64 = (0..number(graph.len())).map(|vertex| values.of(vertex)).sum();
        let total = sum + sum * u64::from(weights.cluster_admin_percent) / 100;
        let vertex = |goal| graph.vertex(Thing::Goal(goal)).map_or(0, |vertex| vertex.0);
        let mut measure = Self {
            graph,
            tenants: tenants(graph),
            twins,
            values,
            entries,
            weights,
            total: total.max(1),
            admin: vertex(Goal::ClusterAdmin),
            node_root: vertex(Goal::NodeRoot),
            views: BTreeMap::new(),
        };
        for reading in Reading::BOTH {
            let shape = Arc::new(Shape::of(graph, reading));
            let view = measure.work_out(shape);
            measure.views.insert(reading, view);
        }
        measure
    }

    pub(crate) fn view(&self, reading: Reading) -> &View {
        &self.views[&reading]
    }

    /// Into how many classes of equal reach things were condensed: so many sets are worked out.
    #[must_use]
    pub fn classes(&self, reading: Reading) -> usize {
        self.view(reading).classes
    }

    /// What falls with a vertex, in numbers.
    #[must_use]
    pub fn radius(&self, vertex: Vertex, reading: Reading) -> Radius {
        self.view(reading).radii[vertex.index()]
    }

    /// Every vertex that falls with some, these among them. Of who is cluster admin that is everything.
    #[must_use]
    pub fn reached(&self, from: &[Vertex], reading: Reading) -> Vec<Vertex> {
        let shape = &self.view(reading).shape;
        let mut closure = Closure::new(shape);
        from.iter().for_each(|vertex| closure.begin(0, vertex.0));
        closure.run();
        if has(closure.at(self.admin), 0) {
            return (0..number(self.graph.len()))
                .map(Vertex)
                .filter(|vertex| self.is_there(*vertex))
                .collect();
        }
        let mut reached: Vec<Vertex> = closure.touched.iter().map(|vertex| Vertex(*vertex)).collect();
        reached.sort_unstable();
        reached
    }

    /// The things that people ask about, as where an attack begins: those of the input, not those that every cluster
    /// has.
    #[must_use]
    pub fn things(&self) -> Vec<Vertex> {
        (0..number(self.graph.len())).map(Vertex).filter(|vertex| self.is_told(*vertex)).collect()
    }

    /// Whether a thing is told in lists.
    #[must_use]
    pub fn is_told(&self, vertex: Vertex) -> bool {
        let thing = self.graph.thing(vertex);
        let is_part = matches!(thing, Thing::Container(..) | Thing::AnyIdentity | Thing::AnyUser)
            || matches!(thing, Thing::EveryNode | Thing::Admission | Thing::Etcd);
        // That whoever is root on the control plane has everything is no news of a node that nobody spoke of.
        let is_assumed = matches!(thing, Thing::Node(node, _) if {
            let own = &self.graph.scene.nodes[node as usize];
            own.control_plane && own.object.is_none()
        });
        is_source(thing) && !is_part && !is_assumed && !self.graph.is_of_platform(thing)
    }

    /// Whether whoever is cluster admin has it: a cloud is there only where one is seen.
    pub(crate) fn is_there(&self, vertex: Vertex) -> bool {
        self.graph.thing(vertex) != Thing::Goal(Goal::CloudAccount)
            || self.graph.things.iter().any(|thing| matches!(thing, Thing::Cloud(_)))
    }

    /// Those of [`Measure::things`] with a way to any of some vertices.
    #[must_use]
    pub fn reaching(&self, to: &[Vertex], reading: Reading) -> Vec<Vertex> {
        let shape = &self.view(reading).shape;
        let turned = shape.turned(false);
        let mut may = Closure::new(&turned);
        let ends = self.ends(to);
        ends.iter().for_each(|vertex| may.begin(0, *vertex));
        may.run();
        let candidates: Vec<u32> = self
            .things()
            .into_iter()
            .map(|vertex| vertex.0)
            .filter(|vertex| has(may.at(*vertex), 0) && !to.contains(&Vertex(*vertex)))
            .collect();
        let mut closure = Closure::new(shape);
        let mut found = Vec::new();
        for batch in candidates.chunks(LANES) {
            closure.clear();
            for (lane, vertex) in batch.iter().enumerate() {
                closure.begin(lane, *vertex);
            }
            closure.run();
            let reaches = |lane: usize| ends.iter().any(|end| has(closure.at(*end), lane));
            found.extend(
                batch.iter().enumerate().filter(|(lane, _)| reaches(*lane)).map(|(_, at)| Vertex(*at)),
            );
        }
        found
    }

    /// How exposed the cluster is.
    #[must_use]
    pub fn exposure(&self, reading: Reading) -> Exposure {
        let radii = &self.view(reading).radii;
        self.exposure_by(|vertex| radii[vertex as usize].score)
    }

    fn exposure_by(&self, score: impl Fn(u32) -> Score) -> Exposure {
        let weighed = self.entries.classes.each_ref().map(|entries| {
            entries.iter().map(|entry| entry.likelihood * u64::from(score(entry.vertex.0).0)).sum()
        });
        self.mean(weighed)
    }

    /// The exposure, when the scores of each class sum up to so much, each times its likelihood.
    pub(crate) fn mean(&self, weighed: [u64; 4]) -> Exposure {
        let mut classes = [(0, Score(0)); 4];
        let (mut sum, mut all) = (0u64, 0u64);
        for (at, class) in EntryClass::ALL.into_iter().enumerate() {
            let entries = &self.entries.classes[at];
            let likelihoods: u64 = entries.iter().map(|entry| entry.likelihood).sum();
            let mean = weighed[at].checked_div(likelihoods).unwrap_or_default();
            classes[at] = (number(entries.len()), Score(u32::try_from(mean).unwrap_or(u32::MAX)));
            let weight = class.weight(&self.weights);
            sum += weight * mean;
            all += weight;
        }
        let score = sum.checked_div(all).unwrap_or_default();
        Exposure { score: Score(u32::try_from(score).unwrap_or(u32::MAX)), classes }
    }

    pub(crate) fn share(&self, worth: u64) -> Score {
        let share = u128::from(worth) * 1_000_000 / u128::from(self.total);
        Score(u32::try_from(share.min(1_000_000)).unwrap_or(1_000_000))
    }

    /// Groups vertices by what follows from them, when edges that `gone` names are not there and components are as
    /// given.
    pub(crate) fn alike(
        shape: &Shape,
        vertices: &[u32],
        component: &dyn Fn(u32) -> (u32, bool),
        gone: &dyn Fn(u32) -> bool,
    ) -> Vec<Alike> {
        let leads = |vertex: u32| !shape.links(vertex).is_empty() || !shape.premise_of(vertex).is_empty();
        let mut groups: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut found: Vec<Alike> = Vec::new();
        let mut key: Vec<u32> = Vec::new();
        for &vertex in vertices {
            key.clear();
            let (own, is_cycle) = component(vertex);
            let mut ends = Vec::new();
            let mut starts = Vec::new();
            if is_cycle || !shape.premise_of(vertex).is_empty() {
                // A vertex that is needed together with others stands for itself.
                key.extend(if is_cycle { [1, own] } else { [2, vertex] });
                starts.push(vertex);
            } else {
                for link in shape.links(vertex).iter().filter(|link| !gone(link.edge)) {
                    if leads(link.to) { starts.push(link.to) } else { ends.push(link.to) }
                }
                key.extend(starts.iter().map(|start| component(*start).0));
                key.sort_unstable();
                key.dedup();
                key.insert(0, 0);
                ends.sort_unstable();
                ends.dedup();
            }
            let next = found.len();
            let place = *groups.entry(key.clone()).or_insert(next);
            if place == next {
                found.push(Alike { starts, members: Vec::new() });
            }
            found[place].members.push((vertex, ends));
        }
        found
    }

    fn work_out(&self, own: Arc<Shape>) -> View {
        let shape = &*own;
        let mut radii = vec![Radius::default(); shape.len()];
        let mut worths = vec![0; shape.len()];
        // Who is cluster admin by edges alone has everything: nothing more has to be asked.
        let is_admin = shape.leading_to(self.admin);
        let sources = (0..number(shape.len())).filter(|at| may_begin(self.graph.thing(Vertex(*at))));
        let (admins, others): (Vec<u32>, Vec<u32>) = sources.partition(|at| is_admin[*at as usize]);
        let all = number(self.tenants.class_of.iter().filter(|class| **class > 0).count());
        let everything = |vertex: u32| Radius {
            score: Score::ALL,
            cluster_admin: true,
            node_root: true,
            other_tenants: all - u32::from(self.tenant_of(vertex).is_some()),
        };
        admins.iter().for_each(|vertex| radii[*vertex as usize] = everything(*vertex));
        let component = |vertex: u32| {
            let own = shape.component[vertex as usize];
            (own, shape.is_cycle(own))
        };
        let mut alike = Self::alike(shape, &others, &component, &|_| false);
        // Questions that meet the same vertices stand together.
        let rank = |own: &Alike| own.starts.iter().map(|start| shape.rank[*start as usize]).max();
        alike.sort_by_cached_key(rank);
        let mut closure = Closure::new(shape);
        for batch in alike.chunks(LANES) {
            closure.clear();
            for (lane, own) in batch.iter().enumerate() {
                own.starts.iter().for_each(|start| closure.begin(lane, *start));
            }
            closure.run();
            let worth = closure.weigh(&self.values);
            let tenants = closure.weigh(&self.tenants);
            for (lane, own) in batch.iter().enumerate() {
                for (vertex, ends) in &own.members {
                    let at = *vertex as usize;
                    let falls = |part: u32| has(closure.at(part), lane);
                    if falls(self.admin) {
                        radii[at] = everything(*vertex);
                        continue;
                    }
                    let ends: Vec<u32> = ends.iter().copied().filter(|end| !falls(*end)).collect();
                    let (score, worth) = self.score(*vertex, &falls, worth[lane], &ends);
                    worths[at] = worth;
                    let node_root =
                        *vertex == self.node_root || falls(self.node_root) || ends.contains(&self.node_root);
                    let at_home =
                        self.tenant_of(*vertex).is_some_and(|home| falls(home) || ends.contains(&home));
                    let reached = tenants[lane] + ends.iter().map(|end| self.tenants.of(*end)).sum::<u64>();
                    let other_tenants = number(usize::try_from(reached).unwrap_or_default())
                        .saturating_sub(u32::from(at_home));
                    radii[at] = Radius { score, cluster_admin: false, node_root, other_tenants };
                }
            }
        }
        // Those that have everything are one class.
        let classes = alike.len() + usize::from(!admins.is_empty());
        View { shape: own, radii, worth: worths, classes }
    }

    /// The score of a vertex, and what falls beside it, when what `falls` names does, which is worth so much, and some
    /// ends that only it leads to.
    pub(crate) fn score(
        &self,
        vertex: u32,
        falls: &dyn Fn(u32) -> bool,
        worth: u64,
        ends: &[u32],
    ) -> (Score, u64) {
        if vertex == self.admin || falls(self.admin) || ends.contains(&self.admin) {
            return (Score::ALL, 0);
        }
        let worth = self.beside(vertex, falls, worth, ends);
        (self.share(worth), worth)
    }

    /// What falls beside a vertex itself.
    fn beside(&self, vertex: u32, falls: &dyn Fn(u32) -> bool, worth: u64, ends: &[u32]) -> u64 {
        let alone: u64 = ends.iter().map(|end| self.values.of(*end)).sum();
        let falls = |part: u32| falls(part) || ends.contains(&part);
        let own: u64 = match self.graph.thing(Vertex(vertex)) {
            // The containers of a workload are the workload, and so is what cannot be told from it.
            Thing::Workload(place) => {
                let parts = self.twins.of(place).iter().flat_map(|twin| self.parts(*twin));
                parts.filter(|part| falls(*part)).map(|part| self.values.of(part)).sum()
            }
            _ if falls(vertex) => self.values.of(vertex),
            _ => 0,
        };
        (worth + alone).saturating_sub(own)
    }

    /// The vertices of a workload: itself and its containers.
    pub(crate) fn parts(&self, place: u32) -> impl Iterator<Item = u32> {
        let containers = number(self.graph.scene.workloads[place as usize].containers.len());
        let things = std::iter::once(Thing::Workload(place))
            .chain((0..containers).map(move |at| Thing::Container(place, at)));
        things.filter_map(|thing| self.graph.vertex(thing)).map(|vertex| vertex.0)
    }

    /// The tenant that a thing is of, as a vertex; none is the platform.
    fn tenant_of(&self, vertex: u32) -> Option<u32> {
        self.home(Vertex(vertex)).map(|home| home.0).filter(|home| self.tenants.of(*home) > 0)
    }

    /// The namespace that a thing is in, as a vertex.
    fn home(&self, vertex: Vertex) -> Option<Vertex> {
        let name = match self.graph.thing(vertex) {
            Thing::Workload(place) | Thing::Container(place, _) => {
                self.graph.scene.workloads[place as usize].namespace
            }
            Thing::Account(namespace, _) | Thing::Secret(namespace, _) => namespace,
            Thing::Namespace(name) => name,
            _ => return None,
        };
        self.graph.vertex(Thing::Touched(name))
    }
}

/// Whether somebody may ask what falls with a thing: what people ask about, and goals.
fn may_begin(thing: Thing) -> bool {
    is_source(thing) || matches!(thing, Thing::Goal(_))
}

/// Whether a thing is one that people ask about.
pub(crate) fn is_source(thing: Thing) -> bool {
    thing.is_named()
        && !matches!(thing, Thing::Goal(_) | Thing::All(..))
        && !matches!(thing, Thing::Node(_, hold) if hold != Hold::Root)
}

/// Each namespace that is none of the platform, once.
fn tenants(graph: &AttackGraph<'_>) -> Values {
    let settings = graph.scene.world.settings();
    let mut values = Values { class_of: vec![0; graph.len()], weights: vec![0, 1] };
    for (at, thing) in graph.things.iter().enumerate() {
        if let Thing::Touched(name) = thing {
            let labels =
                graph.scene.namespaces.get(name).map(|space| space.labels.clone()).unwrap_or_default();
            if !settings.is_platform_labelled(graph.names.text(*name), &labels) {
                values.class_of[at] = 1;
            }
        }
    }
    values
}
