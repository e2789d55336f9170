//! Which subjects gain or lose what between two policies.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::permission::{Permission, rules_of};
use crate::policy::{Policy, SubjectId};
use crate::resources::built_in_resource;
use crate::subject::Subject;

/// What one subject gains and loses.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<'a> {
    /// Who, as bindings name it; what a group gains, its members gain.
    pub subject: Subject<'a>,
    /// By namespace, `None` for everywhere: what it has only afterwards.
    pub gained: Vec<(Option<String>, Vec<PolicyRule>)>,
    /// By namespace, `None` for everywhere: what it had only before.
    pub lost: Vec<(Option<String>, Vec<PolicyRule>)>,
}

/// By namespace, `None` for everywhere.
type Scoped = BTreeMap<Option<String>, BTreeSet<Permission>>;

/// Compares what subjects are granted, whatever roles and bindings say it: a rule that is written
/// otherwise, or moved to another role, is no change, nor is one that a wider one covers. Sorted by
/// subject; who neither gains nor loses is left out.
pub fn diff<'a>(before: &'a Policy, after: &'a Policy) -> Vec<Change<'a>> {
    let mut subjects: BTreeMap<Subject<'a>, (Option<SubjectId>, Option<SubjectId>)> = BTreeMap::new();
    for (id, subject) in before.subjects() {
        subjects.entry(subject).or_default().0 = Some(id);
    }
    for (id, subject) in after.subjects() {
        subjects.entry(subject).or_default().1 = Some(id);
    }
    // Most subjects have the same roles in the same places before and after.
    let mut contents = BTreeMap::new();
    let (old_roles, new_roles) = (contents_of(before, &mut contents), contents_of(after, &mut contents));
    let mut changes = Vec::new();
    for (subject, (old, new)) in subjects {
        let old_places = places(before, old, &old_roles);
        let new_places = places(after, new, &new_roles);
        if old_places == new_places {
            continue;
        }
        let (had, has) = (scoped(before, old), scoped(after, new));
        let (gained, lost) = (beyond(&has, &had), beyond(&had, &has));
        if !gained.is_empty() || !lost.is_empty() {
            changes.push(Change { subject, gained, lost });
        }
    }
    changes
}

/// For each role a number that is the same for the same permissions.
fn contents_of(policy: &Policy, numbers: &mut BTreeMap<BTreeSet<Permission>, usize>) -> Vec<usize> {
    let content = |rules: &[PolicyRule]| rules.iter().flat_map(Permission::of_rule).collect();
    policy
        .roles()
        .map(|role| {
            let next = numbers.len();
            *numbers.entry(content(role.rules())).or_insert(next)
        })
        .collect()
}

fn places<'p>(
    policy: &'p Policy,
    subject: Option<SubjectId>,
    contents: &[usize],
) -> BTreeSet<(Option<&'p str>, usize)> {
    let Some(subject) = subject else { return BTreeSet::new() };
    let postings = policy.postings_of(subject).iter();
    postings
        .filter_map(|posting| {
            let namespace = posting.namespace.map(|namespace| policy.strings.text(namespace));
            posting.role.map(|role| (namespace, contents[role.index()]))
        })
        .collect()
}

fn scoped(policy: &Policy, subject: Option<SubjectId>) -> Scoped {
    let mut scoped = Scoped::new();
    let Some(subject) = subject else { return scoped };
    for posting in policy.postings_of(subject) {
        let Some(role) = posting.role else { continue };
        let namespace = posting.namespace.map(|namespace| policy.strings.text(namespace).to_owned());
        let all = policy.roles[role.index()].rules.iter().flat_map(Permission::of_rule);
        let granted = all.filter(|permission| namespace.is_none() || counts_in_namespace(permission));
        let granted: Vec<Permission> = granted.collect();
        scoped.entry(namespace).or_default().extend(granted);
    }
    scoped
}

/// What the one has beyond the other, without what it says twice itself.
fn beyond(one: &Scoped, other: &Scoped) -> Vec<(Option<String>, Vec<PolicyRule>)> {
    let nothing = BTreeSet::new();
    let everywhere = |of: &Scoped| of.get(&None).cloned().unwrap_or_default();
    let (one_everywhere, other_everywhere) = (everywhere(one), everywhere(other));
    let mut beyond = Vec::new();
    for (namespace, permissions) in one {
        let there = other.get(namespace).unwrap_or(&nothing);
        let rest: BTreeSet<Permission> = permissions
            .iter()
            .filter(|permission| {
                let had = permission.is_covered(there) || permission.is_covered(&other_everywhere);
                let twice = permission.is_covered_by_another(permissions)
                    || (namespace.is_some() && permission.is_covered(&one_everywhere));
                !had && !twice
            })
            .cloned()
            .collect();
        if !rest.is_empty() {
            beyond.push((namespace.clone(), rules_of(&rest)));
        }
    }
    beyond
}

/// Whether a role binding can grant it.
fn counts_in_namespace(permission: &Permission) -> bool {
    let Permission::Resource { group, resource, verb, .. } = permission else { return false };
    let first = resource.split('/').next().unwrap_or_default();
    let exception = match first {
        "namespaces" => matches!(verb.as_str(), "*" | "get" | "update" | "patch" | "delete"),
        "clusterroles" => matches!(verb.as_str(), "*" | "bind"),
        _ => false,
    };
    exception || built_in_resource(group, resource).is_none_or(|known| known.namespaced)
}
