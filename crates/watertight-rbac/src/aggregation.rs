//! The rules of cluster roles that gather those of others.
//!
//! Upstream: `pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go`
//! (`syncClusterRole`): for each selector in turn, the rules of the selected roles by name, each rule
//! once, the role itself left out. The controller runs again whenever a role changes, so gathered rules
//! are gathered further.

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::builder::GivenClusterRole;
use crate::problem::Fault;
use crate::selector::Selector;

/// After this many rounds beyond the longest possible chain, only circles still move.
const SPARE_ROUNDS: usize = 3;

/// Replaces the rules of the roles with an `aggregationRule`. Gives what is wrong, by place in the list
/// and path.
pub(crate) fn aggregate(mut roles: Vec<(&str, &mut GivenClusterRole)>) -> Vec<(usize, String, Fault)> {
    let mut faults = Vec::new();
    let mut by_name: Vec<usize> = (0..roles.len()).collect();
    by_name.sort_by_key(|&index| roles[index].0);
    let mut gathered: Vec<(usize, Vec<usize>)> = Vec::new();
    for index in 0..roles.len() {
        match sources(&roles, &by_name, index) {
            Ok(None) => {}
            Ok(Some(sources)) => gathered.push((index, sources)),
            Err((path, fault)) => faults.push((index, path, fault)),
        }
    }
    // What is written there is replaced, so it must not reach others in the first round.
    for (index, _) in &gathered {
        roles[*index].1.rules.clear();
    }
    let mut moving = Vec::new();
    for _ in 0..gathered.len() + SPARE_ROUNDS {
        moving.clear();
        for (index, sources) in &gathered {
            let rules = gather(&roles, sources);
            if rules != roles[*index].1.rules {
                roles[*index].1.rules = rules;
                moving.push(*index);
            }
        }
        if moving.is_empty() {
            break;
        }
    }
    faults.extend(moving.into_iter().map(|index| (index, ".aggregationRule".to_owned(), Fault::Circle)));
    faults
}

/// Which roles one role gathers from, in order, perhaps some of them twice.
fn sources(
    roles: &[(&str, &mut GivenClusterRole)],
    by_name: &[usize],
    index: usize,
) -> Result<Option<Vec<usize>>, (String, Fault)> {
    let (name, role) = &roles[index];
    let Some(rule) = &role.aggregation else { return Ok(None) };
    let selectors = rule.cluster_role_selectors.as_deref().unwrap_or_default();
    if selectors.is_empty() {
        return Err((".aggregationRule".to_owned(), Fault::NoSelectors));
    }
    let mut sources = Vec::new();
    for (place, selector) in selectors.iter().enumerate() {
        let selector = Selector::new(selector).map_err(|error| {
            (format!(".aggregationRule.clusterRoleSelectors[{place}]"), Fault::Selector(error))
        })?;
        sources.extend(
            by_name
                .iter()
                .copied()
                .filter(|&other| roles[other].0 != *name && selector.matches(&roles[other].1.labels)),
        );
    }
    Ok(Some(sources))
}

fn gather(roles: &[(&str, &mut GivenClusterRole)], sources: &[usize]) -> Vec<PolicyRule> {
    let mut rules: Vec<PolicyRule> = Vec::new();
    for rule in sources.iter().flat_map(|&source| roles[source].1.rules.iter()) {
        if !rules.iter().any(|own| same(own, rule)) {
            rules.push(rule.clone());
        }
    }
    rules
}

/// `equality.Semantic.DeepEqual`: an absent list is an empty one.
fn same(left: &PolicyRule, right: &PolicyRule) -> bool {
    let list = crate::rule::list;
    left.verbs == right.verbs
        && list(left.api_groups.as_ref()) == list(right.api_groups.as_ref())
        && list(left.resources.as_ref()) == list(right.resources.as_ref())
        && list(left.resource_names.as_ref()) == list(right.resource_names.as_ref())
        && list(left.non_resource_urls.as_ref()) == list(right.non_resource_urls.as_ref())
}
