use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{Body, Identity};
use watertight_rbac::Selector;
use watertight_syntax::{Path, Value};

use super::amount::Amount;

/// What a PodDisruptionBudget says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetFacts {
    /// The pods that it is about.
    pub selects: Selects,
    /// `minAvailable`, when it can be read.
    pub min_available: Option<Amount>,
    /// `maxUnavailable`, when it can be read. With both, the API server refuses the object.
    pub max_unavailable: Option<Amount>,
}

/// Which pods of its namespace a budget is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selects {
    /// None: no selector, or in `policy/v1beta1` an empty one.
    Nothing,
    /// Those with these labels; an empty selector of `policy/v1` is one that every pod meets.
    Labels(Selector),
    /// The selector is none, and why: the API server refuses the object.
    Invalid(String),
}

impl BudgetFacts {
    pub(super) fn of(identity: &Identity, body: &Body<'_>) -> Self {
        let spec = Path::root().key("spec");
        let amount = |key: &'static str| body.root().at(&spec.key(key)).and_then(Amount::of);
        Self {
            selects: selects(identity, body, &spec.key("selector")),
            min_available: amount("minAvailable"),
            max_unavailable: amount("maxUnavailable"),
        }
    }

    /// Whether a pod with these labels is one of its pods.
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        matches!(&self.selects, Selects::Labels(selector) if selector.matches(labels))
    }

    /// How many of its pods have to be healthy before one may be evicted, when there are to be so many:
    /// one more than this are needed. `None` when no eviction is ever allowed, since nothing is set
    /// (`getExpectedPodCount` and `updatePdbStatus` in `pkg/controller/disruption/disruption.go`).
    #[must_use]
    pub fn desired_healthy(&self, expected: i64) -> Option<i64> {
        match (self.max_unavailable, self.min_available) {
            (Some(max), _) => Some((expected - max.of_pods(expected)).max(0)),
            (None, Some(min)) => Some(min.of_pods(expected)),
            (None, None) => None,
        }
    }
}

/// `metav1.LabelSelectorAsSelector`, with the conversion of `policy/v1beta1`
/// (`pkg/apis/policy/v1beta1/conversion.go`): there, an empty selector means none.
fn selects(identity: &Identity, body: &Body<'_>, at: &Path) -> Selects {
    let Some(written) = body.root().at(at).filter(|value| !value.is_null()) else { return Selects::Nothing };
    let is_empty = |key| written.get(key).is_none_or(|value: Value<'_>| value.is_null());
    if &*identity.version == "v1beta1" && is_empty("matchLabels") && is_empty("matchExpressions") {
        return Selects::Nothing;
    }
    selector(body, at).map_or(Selects::Nothing, |read| read.map_or_else(Selects::Invalid, Selects::Labels))
}

/// The label selector at a path; `None` when nothing is written there.
pub(super) fn selector(body: &Body<'_>, at: &Path) -> Option<Result<Selector, String>> {
    let decoded = match body.decode::<LabelSelector>(at)? {
        Err(why) => return Some(Err(why)),
        Ok(decoded) => decoded,
    };
    if let Some((path, why)) = decoded.left_out.first() {
        return Some(Err(format!("{path}: {why}")));
    }
    Some(Selector::new(&decoded.value).map_err(|error| error.to_string()))
}
