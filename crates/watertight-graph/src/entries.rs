//! Where attacks begin, and how likely each of these is against the others of its class.

use watertight_rbac::{AUTHENTICATED, UNAUTHENTICATED};

use crate::build::Vertex;
use crate::graph::AttackGraph;
use crate::thing::Thing;
use crate::weights::{Twins, UNIT, Weights, image_likelihood};

/// A class of entry points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryClass {
    /// Workloads that are exposed to the outside.
    Exposed,
    /// Every workload: somebody breaks into it somehow.
    Breached,
    /// People and automation: users, groups, and accounts that no workload runs as.
    Identities,
    /// Images.
    Images,
}

impl EntryClass {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Exposed, Self::Breached, Self::Identities, Self::Images];

    /// In few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Exposed => "workloads exposed to the outside",
            Self::Breached => "any workload",
            Self::Identities => "people and automation",
            Self::Images => "images",
        }
    }

    /// Its name in machine formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exposed => "exposed",
            Self::Breached => "workloads",
            Self::Identities => "identities",
            Self::Images => "images",
        }
    }

    pub(crate) fn weight(self, weights: &Weights) -> u64 {
        u64::from(match self {
            Self::Exposed => weights.exposed,
            Self::Breached => weights.breached,
            Self::Identities => weights.identities,
            Self::Images => weights.images,
        })
    }
}

/// Where an attack begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The vertex.
    pub vertex: Vertex,
    /// How likely, against others of its class.
    pub likelihood: u64,
}

/// The entry points of a cluster, by class.
#[derive(Debug, Clone, Default)]
pub struct Entries {
    /// In the order of [`EntryClass::ALL`].
    pub classes: [Vec<Entry>; 4],
}

impl Entries {
    pub(crate) fn of(graph: &AttackGraph<'_>, twins: &Twins, weights: &Weights) -> Self {
        let mut entries = Self::default();
        let settings = graph.scene.world.settings();
        if let Some(internet) = graph.vertex(Thing::Internet) {
            let mut exposed: Vec<Vertex> = graph.leaving(internet).map(|edge| graph.edges[edge].to).collect();
            exposed.sort_unstable();
            exposed.dedup();
            let of = |vertex: Vertex| {
                let count = match graph.thing(vertex) {
                    Thing::Workload(place) | Thing::Container(place, _) => twins.count(place),
                    _ => 1,
                };
                Entry { vertex, likelihood: UNIT / count }
            };
            let runs =
                |vertex: &Vertex| matches!(graph.thing(*vertex), Thing::Workload(_) | Thing::Container(..));
            entries.classes[0] = exposed.into_iter().filter(runs).map(of).collect();
        }
        for (at, thing) in graph.things.iter().enumerate() {
            let vertex = Vertex(crate::shape::number(at));
            match *thing {
                Thing::Workload(place) if !graph.scene.workloads[place as usize].refused => {
                    let likelihood = UNIT / twins.count(place);
                    entries.classes[1].push(Entry { vertex, likelihood });
                }
                Thing::User(_) | Thing::Group(_) | Thing::Account(..) => {
                    if let Some(likelihood) = identity_likelihood(graph, *thing, weights) {
                        entries.classes[2].push(Entry { vertex, likelihood });
                    }
                }
                Thing::Image(name) => {
                    let likelihood = image_likelihood(graph.names.text(name), settings, weights);
                    entries.classes[3].push(Entry { vertex, likelihood });
                }
                _ => {}
            }
        }
        entries
    }
}

/// How likely an identity is in somebody else's hands; `None` for one that is no entry point by itself: a workload's
/// account falls with the workload.
fn identity_likelihood(graph: &AttackGraph<'_>, thing: Thing, weights: &Weights) -> Option<u64> {
    if graph.is_of_platform(thing) {
        return None;
    }
    let likelihood = match thing {
        Thing::Group(name) => Some(match graph.names.text(name) {
            // Whoever reaches the API server.
            UNAUTHENTICATED => weights.anonymous,
            AUTHENTICATED => weights.authenticated,
            group if watertight_rbac::namespace_of_group(group).is_some() => return None,
            watertight_rbac::SERVICE_ACCOUNTS => return None,
            _ => weights.identity,
        }),
        Thing::User(name) => Some(match graph.names.text(name) {
            watertight_rbac::ANONYMOUS => weights.anonymous,
            _ => weights.identity,
        }),
        Thing::Account(namespace, name) => {
            let vertex = graph.vertex(thing)?;
            let runs = graph.scene.accounts_used.contains(&(namespace, name));
            let is_bound =
                graph.leaving(vertex).any(|at| matches!(graph.thing(graph.edges[at].to), Thing::Role(..)));
            (!runs && is_bound).then_some(weights.automation)
        }
        _ => None,
    };
    likelihood.map(u64::from)
}
