//! Who reaches whom as a picture: [`svg`], [`html`] and [`dot`] of a plain [`Map`].
//!
//! Namespaces are compartments of a ship. A closed wall is thick, an open one dashed; the left wall is ingress, the
//! right one egress. Only what is let through is drawn. What everybody may do is a mark and never a bundle of
//! arrows: namespaces without any bulkhead between them lie in the *open water* together.
//!
//! It reads nothing and decides nothing about policies. The same map gives the same bytes, in whatever order its
//! parts are given. Numbers are whole: a picture has no float that could differ between machines.
//!
//! The way of a map: `sorted` puts it in order, `collapse` folds equal flows, `scene` says what is drawn (`thin`
//! what by lines and what by names), `columns` and `place` where, `route` and `tracks` lead the lines around the
//! boxes, `draw` writes it.

mod bits;
mod collapse;
mod columns;
mod dot;
mod draw;
mod graph;
mod html;
mod layers;
mod legend;
mod place;
mod route;
mod scene;
mod sorted;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod thin;
mod tracks;

pub use dot::dot;
pub use draw::svg;
pub use html::html;

/// What is drawn.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// What the picture is of; its heading.
    pub title: String,
    /// The namespaces. Those of the same name are one.
    pub namespaces: Vec<Compartment>,
    /// The workloads. Those of the same namespace, kind and name are one.
    pub workloads: Vec<Node>,
    /// What is not in the cluster, and what in it is no workload.
    pub outside: Vec<Outside>,
    /// What is let through, and what may be.
    pub flows: Vec<Flow>,
    /// What the reader must know, such as an assumption. Half sentences or sentences, below the picture.
    pub notes: Vec<String>,
}

/// A namespace.
#[derive(Debug, Clone, Default)]
pub struct Compartment {
    /// Its name.
    pub name: String,
    /// Whether a pod that nothing else selects is isolated for ingress.
    pub default_deny_ingress: bool,
    /// Whether a pod that nothing else selects is isolated for egress.
    pub default_deny_egress: bool,
}

/// A workload.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The place of its namespace in [`Map::namespaces`].
    pub namespace: usize,
    /// Its name.
    pub name: String,
    /// Its kind, as Kubernetes writes it.
    pub kind: String,
    /// How many pods it has.
    pub instances: u32,
    /// Whether something lets traffic from outside the cluster in.
    pub exposed: bool,
    /// Whether some policy isolates it for ingress.
    pub isolated_ingress: bool,
    /// Whether some policy isolates it for egress.
    pub isolated_egress: bool,
}

/// An end that is no workload: `internet`, `nodes`, `10.0.0.0/8`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outside {
    /// Its name.
    pub name: String,
}

/// Each of some ends reaches each of others.
///
/// A flow with one end on each side is one arrow. With more it is the product, so that classes of pods need not be
/// taken apart: the picture folds them anyway. A workload's way to itself is never drawn.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Who connects.
    pub from: Vec<End>,
    /// To whom.
    pub to: Vec<End>,
    /// By what, as it is shown: `TCP 8080,UDP 53`, `All Connections`.
    pub connections: String,
    /// How sure that is.
    pub certainty: Certainty,
}

/// One end of a flow. A place that a map does not have is left out and told in a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// A workload, by its place in [`Map::workloads`].
    Workload(usize),
    /// Every workload of a namespace, by its place in [`Map::namespaces`].
    Namespace(usize),
    /// One of [`Map::outside`], by its place.
    Outside(usize),
    /// Every workload on the map.
    Everyone,
}

/// Whether a flow is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// It is.
    Allowed,
    /// What decides it is not known.
    Unknown,
}
