//! The cluster-wide policies of `policy.networking.k8s.io`, read into the common language.
//!
//! AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1: `apis/v1alpha1` of
//! `kubernetes-sigs/network-policy-api`) and ClusterNetworkPolicy (v1alpha2: `apis/v1alpha2`), which replaces both.
//!
//! - Their rules decide in the order in which they are written; none of these policies isolates a pod.
//! - `networks` match whoever has an address in them, pods too: the comment at the field says so.
//! - A peer without a field is read as the API asks of implementations (the comments at the peers): a rule that
//!   allows matches nothing, one that denies or passes denies everything. The API server refuses such a peer, so that
//!   the object's rules are uncertain besides.
//! - A field that nobody knows here may be known to who enforces the policy. Its rule may do what it says, or what
//!   the API asks of those who do not know the field.
//! - Of an object that the API refuses, all rules are uncertain: whether it exists at all is not known. What of it
//!   cannot be read is [`Endpoints::Unknown`](crate::Endpoints::Unknown), and every connection.
//! - Policies of one priority are asked in an order that the API leaves open: see [`mark_ties`].

mod ports;
mod reader;
mod spec;
#[cfg(test)]
mod tests;
mod ties;

use crate::policy::{Policy, Problem};

use reader::{Kind, Reader};

pub use spec::Spec;
pub use ties::{Tie, mark_ties};

/// An AdminNetworkPolicy of a name.
#[must_use]
pub fn admin(name: &str, tag: u32, spec: &Spec) -> (Policy, Vec<Problem>) {
    Reader::new(Kind::Admin).policy(name, tag, spec)
}

/// A BaselineAdminNetworkPolicy of a name. A cluster has one at most: the API refuses other names than `default`.
#[must_use]
pub fn baseline(name: &str, tag: u32, spec: &Spec) -> (Policy, Vec<Problem>) {
    Reader::new(Kind::Baseline).policy(name, tag, spec)
}

/// A ClusterNetworkPolicy of a name.
#[must_use]
pub fn cluster(name: &str, tag: u32, spec: &Spec) -> (Policy, Vec<Problem>) {
    Reader::new(Kind::Cluster).policy(name, tag, spec)
}
