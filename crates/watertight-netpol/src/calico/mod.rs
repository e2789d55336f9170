//! Calico's policies: NetworkPolicy and GlobalNetworkPolicy of `projectcalico.org/v3`, and as they are stored in
//! `crd.projectcalico.org/v1`; with Tier, NetworkSet and GlobalNetworkSet.
//!
//! [`policy`] reads one into the language of [`Policy`], [`network_set`] a set into [`NetworkSet`]. Tiers are
//! gathered first, in [`Tiers`]. Of the other kinds, [`other_kind`] tells what follows.
//!
//! What no tier decides, the profile of the pod's namespace allows, as the language does. [`profile`] reads Profiles
//! that say something else.

mod check;
mod lower;
mod problems;
mod profiles;
mod selector;
mod tiers;
mod traffic;
mod types;
mod who;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::cluster::NetworkSet;
use crate::policy::{Effect, Policy, Position, Problem};
use crate::selector::Labels;

use problems::Problems;

pub use profiles::profile;
pub use selector::{Expression, SyntaxError};
pub use tiers::{KUBERNETES_ORDER, Tiers};
pub use types::{
    Entity, Icmp, NetworkSetSpec, ProfileSpec, Rest, Rule, ServiceAccountMatch, ServiceMatch, Spec, TierSpec,
};
pub use who::is_reserved;

/// What policies are read with.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The tiers.
    pub tiers: Tiers,
    /// Whether there are, or may be, HostEndpoints: selectors may then mean nodes.
    pub host_endpoints: bool,
    /// Whether a cluster has taken the objects. Then a policy that Calico's API refuses today was taken by another
    /// version, or was stored without being checked: it means what is written, as far as that can be read. Otherwise
    /// nobody knows whether it will be there.
    pub taken: bool,
}

/// A policy as an object.
#[derive(Debug, Clone, Copy)]
pub struct PolicyObject<'a> {
    /// Its namespace; `None` for a GlobalNetworkPolicy.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// The caller's way back to it.
    pub tag: u32,
    /// Whether it is of `crd.projectcalico.org/v1`: nobody fills in `types` there.
    pub stored: bool,
}

/// Reads a NetworkPolicy or a GlobalNetworkPolicy.
///
/// A policy that has fields that are not known, or that Calico's API refuses (but see [`Context::taken`]), is returned
/// with a subject that is partly unknown: it may have an effect or none.
#[must_use]
pub fn policy(context: &Context, object: &PolicyObject<'_>, spec: &Spec) -> (Vec<Policy>, Vec<Problem>) {
    lower::policy(context, object, spec)
}

/// Where the policies of `networking.k8s.io` stand in the tier `default`, and the name that orders them among others
/// at that place.
#[must_use]
pub fn kubernetes_place(namespace: &str, name: &str) -> (Position, String) {
    (Position::of(KUBERNETES_ORDER), lower::place_name(name, namespace, "KubernetesNetworkPolicy"))
}

/// Reads a NetworkSet, or without a namespace a GlobalNetworkSet, with its labels.
#[must_use]
pub fn network_set(
    namespace: Option<&str>,
    labels: &BTreeMap<String, String>,
    spec: &NetworkSetSpec,
) -> (NetworkSet, Vec<Problem>) {
    let mut problems = Problems::default();
    problems.fields(&spec.rest, "spec");
    let mut blocks = Vec::new();
    for (index, net) in spec.nets.iter().enumerate() {
        match check::block_or_address(net) {
            Some(block) => blocks.push(block),
            None => problems.refused(
                format!("spec.nets[{index}]"),
                "it is neither an address nor a block of addresses such as `10.0.0.0/8`",
            ),
        }
    }
    for key in labels.keys() {
        if key == "projectcalico.org/namespace" {
            problems.refused("metadata.labels", "`projectcalico.org/namespace` is a label that Calico gives");
        } else if is_reserved(key) {
            problems.not_modelled(
                "metadata.labels",
                "a label begins as those do that Calico gives, which it hides",
            );
        }
    }
    let set =
        NetworkSet { namespace: namespace.map(str::to_owned), labels: Labels::of(labels.clone()), blocks };
    (set, problems.into_inner())
}

/// What follows from an object of another kind of Calico's API; `None` for those that are read elsewhere, or that say
/// nothing about what may be reached.
#[must_use]
pub fn other_kind(kind: &str) -> Option<Problem> {
    let (why, effect) = match kind {
        "StagedNetworkPolicy" | "StagedGlobalNetworkPolicy" | "StagedKubernetesNetworkPolicy" => {
            ("staged policies are only watched, not enforced", Effect::WithoutEffect)
        }
        "HostEndpoint" => ("host endpoints and what they forward are not modelled", Effect::NotModelled),
        "WorkloadEndpoint" => ("endpoints are taken from pods", Effect::NotModelled),
        _ => return None,
    };
    Some(Problem { path: "spec".to_owned(), why: why.to_owned(), effect })
}
