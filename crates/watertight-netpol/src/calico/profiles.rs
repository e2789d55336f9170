//! Profiles: what is asked of a pod after every tier.
//!
//! In Kubernetes a pod has the profile `kns.NAMESPACE`, which Calico makes with rules that allow all, and
//! `ksa.NAMESPACE.ACCOUNT`, which has none (`libcalico-go/lib/backend/k8s/conversion/conversion.go` and
//! `workload_endpoint_default.go` beside it). Once there are others, they are one more tier: the profile of the
//! namespace is asked, then that of the account, and what neither allows is denied (`felix/rules/endpoints.go`).

use crate::policy::{Action, Direction, Endpoints, Namespaces, Policy, Position, Problem, Side, Tier};
use crate::selector::{Selector, Truth};

use super::lower::Reader;
use super::types::ProfileSpec;
use super::{Context, is_reserved};

/// After the last tier: no tier's name may have this letter.
const TIER: &str = "~profiles";

/// Reads a Profile: what it says of pods, if it says anything.
#[must_use]
pub fn profile(
    context: &Context,
    name: &str,
    tag: u32,
    spec: &ProfileSpec,
) -> (Option<Policy>, Vec<Problem>) {
    let mut reader = Reader::new(context, None);
    if reader.problems.fields(&spec.rest, "spec") {
        reader.unclear = true;
    }
    if spec.labels_to_apply.keys().any(|key| !is_reserved(key)) {
        let why = "labels that a profile gives to its pods are not modelled";
        reader.problems.not_modelled("spec.labelsToApply", why);
    }
    let sides =
        [(&spec.ingress, Direction::Ingress), (&spec.egress, Direction::Egress)].map(|(rules, direction)| {
            let rules = reader.rules(rules, direction);
            // It ends this profile only, which the language has no word for.
            if rules.iter().any(|rule| rule.action == Action::Pass) {
                reader.problems.not_modelled(
                    format!("spec.{}", direction.field()),
                    "`Pass` in a profile is not modelled",
                );
                reader.unclear = true;
            }
            // The profile of the namespace is there for every pod, so that it says what happens at the end.
            Side { isolates: Truth::from(name.starts_with("kns.")), rules }
        });
    let of_account = name.strip_prefix("ksa.").and_then(|rest| rest.split_once('.'));
    let (subject, order) = match (name.strip_prefix("kns."), of_account) {
        (Some(namespace), _) => {
            let namespaces = Namespaces::Named(namespace.to_owned());
            (Endpoints::Pods { namespaces, labels: Selector::EVERYTHING }, 0.0)
        }
        (None, Some((namespace, account))) => {
            let namespaces = Namespaces::Named(namespace.to_owned());
            let names = vec![account.to_owned()];
            (Endpoints::Accounts { namespaces, names, labels: Selector::EVERYTHING }, 1.0)
        }
        (None, None) => {
            if context.host_endpoints {
                reader.problems.not_modelled("spec", "profiles of host endpoints are not modelled");
            } else {
                reader.problems.without_effect("spec", "no pod has a profile of this name");
            }
            return (None, reader.problems.into_inner());
        }
    };
    let subject = reader.doubted(subject);
    let [ingress, egress] = sides.map(|side| Some(side).filter(says_something));
    if ingress.is_none() && egress.is_none() {
        return (None, reader.problems.into_inner());
    }
    let tier = Tier { position: Position::LAST, name: TIER.to_owned() };
    let position = Position::of(order);
    let policy = Policy { tag, tier, position, name: name.to_owned(), subject, ingress, egress };
    (Some(policy), reader.problems.into_inner())
}

fn says_something(side: &Side) -> bool {
    !side.rules.is_empty() || side.isolates != Truth::No
}
