//! What falls when one thing falls.
//!
//! A world as a graph: things that can fall (identities, pods, nodes, images, Secrets, goals) and edges, each a way in
//! which one gives another. What needs several things at once is a conjunction of them: nothing follows from a part.
//!
//! - [`Scene`](scene::Scene) joins the objects that edges are drawn between.
//! - `edges/` is the catalogue, one file each, with its precondition, its source and examples that are run.
//! - [`AttackGraph`] is the drawn graph.
//!
//! Start reading at [`AttackGraph::of`] and any file in `edges/`.

mod again;
mod around;
mod build;
mod chokes;
mod claims;
mod closure;
pub mod cloud;
mod cut;
mod define;
pub mod deputies;
mod derived;
mod diff;
mod edge;
pub mod edges;
mod entries;
mod evidence;
#[cfg(test)]
mod examples;
mod fixes;
mod grants;
mod graph;
mod held;
mod hitting;
mod host_files;
mod impersonating;
mod label;
mod listing;
mod measure;
mod network;
pub mod nginx;
mod page;
mod parse;
mod paths;
mod placement;
mod places;
mod plan;
mod price;
mod process;
#[cfg(test)]
mod random_tests;
mod requesters;
pub mod scene;
mod search;
mod shape;
mod standing;
mod subjects;
#[cfg(test)]
mod suite_tests;
pub mod thing;
mod told;
mod weights;

use watertight_facts::RUNTIME_CLASS;
use watertight_model::GroupKind;

pub use build::{Edge, Kind, Pen, Vertex};
pub use claims::{Claimed, Claims, NodeVolume};
pub use cut::Cut;
pub use diff::{Shift, shifts};
pub use edge::{AttackEdge, Draw, Need, kebab};
pub use entries::{Entries, Entry, EntryClass};
pub use evidence::{Evidence, Fact};
pub use fixes::{Change, Fix};
pub use grants::Granted;
pub use graph::AttackGraph;
pub use measure::{Exposure, Measure, Radius, Score};
pub use page::{Example, Page};
pub use parse::Unknown;
pub use paths::{Path, Step};
pub use plan::{Plan, PlanStep};
pub use price::Prices;
pub use process::Process;
pub use shape::Reading;
pub use standing::{Outside, Stand};
pub use told::Shown;
pub use weights::Weights;

/// What drawing looks at beside workloads.
pub(crate) const READS: &[GroupKind] = &[GroupKind::core("ServiceAccount"), RUNTIME_CLASS];
