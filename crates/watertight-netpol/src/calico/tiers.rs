//! Tiers, and the places of policies in them.

use std::collections::BTreeMap;

use crate::policy::{Position, Problem, Tier};
use crate::selector::Truth;

use super::problems::Problems;
use super::types::TierSpec;

/// The order that Calico gives policies of `networking.k8s.io`, in the tier `default`
/// (`K8sNetworkPolicyToCalico` in `libcalico-go/lib/backend/k8s/conversion/conversion.go`).
pub const KUBERNETES_ORDER: f64 = 1_000.0;

/// The tiers that Calico makes itself, with their orders and whether they pass on what no rule decides
/// (`api/pkg/apis/projectcalico/v3/tier.go`).
const BUILT_IN: &[(&str, f64, &str)] = &[
    ("kube-admin", 1_000.0, "Pass"),
    ("default", 1_000_000.0, "Deny"),
    ("kube-baseline", 10_000_000.0, "Pass"),
];

/// The tiers of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    tiers: BTreeMap<String, (Position, Truth)>,
}

impl Default for Tiers {
    /// Those that Calico makes itself.
    fn default() -> Self {
        let tier = |&(name, order, action): &(&str, f64, &str)| {
            (name.to_owned(), (Position::of(order), Truth::from(action == "Deny")))
        };
        Self { tiers: BUILT_IN.iter().map(tier).collect() }
    }
}

impl Tiers {
    /// Adds a Tier. One that the API refuses is not added, so that policies that name it have a problem.
    pub fn add(&mut self, name: &str, spec: &TierSpec) -> Vec<Problem> {
        let mut problems = Problems::default();
        problems.fields(&spec.rest, "spec");
        let action = spec.default_action.as_deref().unwrap_or("Deny");
        if !matches!(action, "Deny" | "Pass") {
            problems.refused("spec.defaultAction", "it is neither `Deny` nor `Pass`");
        }
        if !super::check::is_name_part(name) || name.len() > 63 {
            problems.refused("metadata.name", "a tier's name has small letters, digits and `-`, 63 at most");
        }
        if let Some((_, order, wanted)) = BUILT_IN.iter().find(|(built_in, ..)| *built_in == name) {
            if action != *wanted {
                problems.refused("spec.defaultAction", format!("that of this tier is `{wanted}`"));
            }
            if spec.order != Some(*order) {
                problems.refused("spec.order", format!("that of this tier is {order}"));
            }
        }
        if !problems.any_refused() {
            let position = spec.order.map_or(Position::LAST, Position::of);
            // What a field means that is not known, no answer of the tier can tell.
            let isolates = if spec.rest.is_empty() { Truth::from(action == "Deny") } else { Truth::Maybe };
            self.tiers.insert(name.to_owned(), (position, isolates));
        }
        problems.into_inner()
    }

    /// The tier of a name, and whether it denies what none of its rules decides. `None` when it is not known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<(Tier, Truth)> {
        let (position, isolates) = self.tiers.get(name)?;
        Some((Tier { position: *position, name: name.to_owned() }, *isolates))
    }
}
