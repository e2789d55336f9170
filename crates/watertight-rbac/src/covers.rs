//! Whether rules cover others: what the API server asks before it lets someone hand on permissions.
//!
//! Upstream: `k8s.io/component-helpers` `auth/rbac/validation/policy_comparator.go` (`Covers`),
//! `pkg/registry/rbac/validation/policy_compact.go` (`CompactRules`),
//! `pkg/apis/rbac/v1/evaluation_helpers.go` (`CompactString`).

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::quote::QuotedList;
use crate::rule::{list, prefix_matches};

/// The answer of [`covers`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covers {
    /// What the owner does not have, taken apart: each rule has one verb, and one resource of one group
    /// and at most one name, or one URL. In the order of the requested rules; repeated when requested
    /// repeatedly.
    pub uncovered: Vec<PolicyRule>,
}

impl Covers {
    /// Whether everything is covered.
    pub fn all(&self) -> bool {
        self.uncovered.is_empty()
    }

    /// The same for people: rules that differ only in their verbs become one, equal verbs are written
    /// once, sorted.
    pub fn compact(&self) -> Vec<PolicyRule> {
        compact(&self.uncovered)
    }
}

/// Whether the rules of an owner cover requested ones.
///
/// Every requested rule is taken apart into its combinations of group, resource, verb and name, and of
/// URL and verb; each has to be covered by one of the owner's rules. A requested `*` is covered by `*`
/// only, `pods/exec` by `*/exec`. A rule that mixes resources and URLs covers as the API server has it.
pub fn covers(owner: &[PolicyRule], requested: &[PolicyRule]) -> Covers {
    let mut uncovered = Vec::new();
    for part in requested.iter().flat_map(break_down) {
        if !owner.iter().any(|rule| rule_covers(rule, &part)) {
            uncovered.push(part.rule());
        }
    }
    Covers { uncovered }
}

/// A rule for people, as the API server writes it into its refusals:
/// `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`.
pub fn describe_rule(rule: &PolicyRule) -> String {
    struct Parts<'a>(&'a PolicyRule);
    impl fmt::Display for Parts<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let rule = self.0;
            let parts = [
                ("APIGroups", list(rule.api_groups.as_ref())),
                ("Resources", list(rule.resources.as_ref())),
                ("NonResourceURLs", list(rule.non_resource_urls.as_ref())),
                ("ResourceNames", list(rule.resource_names.as_ref())),
                ("Verbs", rule.verbs.as_slice()),
            ];
            f.write_str("{")?;
            for (index, (name, texts)) in parts.iter().filter(|(_, texts)| !texts.is_empty()).enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                write!(f, "{comma}{name}:{}", QuotedList(texts))?;
            }
            f.write_str("}")
        }
    }
    Parts(rule).to_string()
}

/// One combination of a rule (`BreakdownRule`).
#[derive(Clone, Copy)]
enum Part<'a> {
    Resource { group: &'a str, resource: &'a str, verb: &'a str, name: Option<&'a str> },
    Url { url: &'a str, verb: &'a str },
}

impl Part<'_> {
    fn rule(&self) -> PolicyRule {
        let one = |text: &str| Some(vec![text.to_owned()]);
        match *self {
            Self::Resource { group, resource, verb, name } => PolicyRule {
                api_groups: one(group),
                resources: one(resource),
                resource_names: name.and_then(one),
                verbs: vec![verb.to_owned()],
                non_resource_urls: None,
            },
            Self::Url { url, verb } => PolicyRule {
                non_resource_urls: one(url),
                verbs: vec![verb.to_owned()],
                ..PolicyRule::default()
            },
        }
    }
}

fn break_down(rule: &PolicyRule) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let names = list(rule.resource_names.as_ref());
    for group in list(rule.api_groups.as_ref()) {
        for resource in list(rule.resources.as_ref()) {
            for verb in &rule.verbs {
                if names.is_empty() {
                    parts.push(Part::Resource { group, resource, verb, name: None });
                }
                for name in names {
                    parts.push(Part::Resource { group, resource, verb, name: Some(name) });
                }
            }
        }
    }
    for url in list(rule.non_resource_urls.as_ref()) {
        for verb in &rule.verbs {
            parts.push(Part::Url { url, verb });
        }
    }
    parts
}

/// `ruleCovers`. What a part does not name is covered by any list of the owner's, except names: a part
/// without a name speaks of all objects.
fn rule_covers(owner: &PolicyRule, part: &Part<'_>) -> bool {
    let has = |texts: &[String], text: &str| texts.iter().any(|own| own == text);
    let names = list(owner.resource_names.as_ref());
    let verb_covered = |verb: &str| has(&owner.verbs, "*") || has(&owner.verbs, verb);
    match *part {
        Part::Resource { group, resource, verb, name } => {
            let groups = list(owner.api_groups.as_ref());
            verb_covered(verb)
                && (has(groups, "*") || has(groups, group))
                && resource_covered(list(owner.resources.as_ref()), resource)
                && (names.is_empty() || name.is_some_and(|name| has(names, name)))
        }
        Part::Url { url, verb } => {
            verb_covered(verb)
                && names.is_empty()
                && list(owner.non_resource_urls.as_ref())
                    .iter()
                    .any(|own| own == url || prefix_matches(own, url))
        }
    }
}

/// `resourceCoversAll` for one resource.
fn resource_covered(owner: &[String], resource: &str) -> bool {
    owner.iter().any(|own| own == "*" || own == resource)
        || resource.split_once('/').is_some_and(|(_, subresource)| {
            owner.iter().any(|own| own.strip_prefix("*/") == Some(subresource))
        })
}

/// `CompactRules`, with verbs sorted and written once.
fn compact(rules: &[PolicyRule]) -> Vec<PolicyRule> {
    let mut by_target: BTreeMap<[Vec<String>; 4], Vec<String>> = BTreeMap::new();
    let owned = |texts: &Option<Vec<String>>| texts.clone().unwrap_or_default();
    for rule in rules {
        let target = [
            owned(&rule.api_groups),
            owned(&rule.resources),
            owned(&rule.resource_names),
            owned(&rule.non_resource_urls),
        ];
        by_target.entry(target).or_default().extend(rule.verbs.iter().cloned());
    }
    let present = |texts: Vec<String>| (!texts.is_empty()).then_some(texts);
    by_target
        .into_iter()
        .map(|([groups, resources, names, urls], mut verbs)| {
            verbs.sort();
            verbs.dedup();
            PolicyRule {
                api_groups: present(groups),
                resources: present(resources),
                resource_names: present(names),
                non_resource_urls: present(urls),
                verbs,
            }
        })
        .collect()
}
