//! What is written in a role, and what is wrong with a binding.

use k8s_openapi::api::rbac::v1::PolicyRule;
use watertight_engine::prelude::*;
use watertight_model::Object;
use watertight_rbac::{Problem, built_in_resources};

/// The rules that an object itself holds. Those in force may be of several objects, or gathered.
pub(crate) fn own_rules(object: &Object) -> Vec<PolicyRule> {
    let Ok(body) = object.body() else { return Vec::new() };
    let decoded = body.decode::<Vec<PolicyRule>>(&Path::root().key("rules"));
    // What could not be read is a gap of the world already.
    decoded.and_then(Result::ok).map(|read| read.value).unwrap_or_default()
}

/// Whether an API group is one of Kubernetes' own, or `*`.
pub(crate) fn is_built_in(group: &str) -> bool {
    group == "*" || built_in_resources().iter().any(|known| known.group == group)
}

/// What is wrong with a binding.
pub(crate) fn problems(scope: BindingScope<'_>) -> impl Iterator<Item = &Problem> {
    let tag = scope.binding().tag();
    scope.view().identities().policy().problems().iter().filter(move |problem| problem.tag == tag)
}
