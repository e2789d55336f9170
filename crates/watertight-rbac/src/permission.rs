//! Rules taken apart into single permissions, which can be compared and put together again.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::rule::{list, prefix_matches};

/// One verb on one resource, or on one URL, with at most one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// On objects.
    Resource {
        /// The API group; `*` for all.
        group: String,
        /// The resource, perhaps with a subresource; `*` for all, `*/sub` for one subresource of all.
        resource: String,
        /// The verb; `*` for all.
        verb: String,
        /// The only object that it is for.
        name: Option<String>,
    },
    /// On a URL.
    Url {
        /// The URL, perhaps with a `*` at its end.
        url: String,
        /// The verb; `*` for all.
        verb: String,
    },
}

impl Permission {
    /// Every combination of a rule (`BreakdownRule`).
    pub fn of_rule(rule: &PolicyRule) -> Vec<Self> {
        let mut permissions = Vec::new();
        let names = list(rule.resource_names.as_ref());
        for verb in &rule.verbs {
            for group in list(rule.api_groups.as_ref()) {
                for resource in list(rule.resources.as_ref()) {
                    let on = |name: Option<&String>| Self::Resource {
                        group: group.clone(),
                        resource: resource.clone(),
                        verb: verb.clone(),
                        name: name.cloned(),
                    };
                    if names.is_empty() {
                        permissions.push(on(None));
                    }
                    permissions.extend(names.iter().map(|name| on(Some(name))));
                }
            }
            for url in list(rule.non_resource_urls.as_ref()) {
                permissions.push(Self::Url { url: url.clone(), verb: verb.clone() });
            }
        }
        permissions
    }

    /// Itself and every permission that covers it, as far as they can be listed: prefixes of URLs are not.
    fn wider(&self) -> Vec<Self> {
        let mut wider = Vec::new();
        match self {
            Self::Resource { group, resource, verb, name } => {
                let subresource = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
                let mut resources = vec![resource.clone(), "*".to_owned()];
                resources.extend(subresource);
                let names = if name.is_some() { vec![name.clone(), None] } else { vec![None] };
                for group in [group.as_str(), "*"] {
                    for resource in &resources {
                        for verb in [verb.as_str(), "*"] {
                            wider.extend(names.iter().map(|name| Self::Resource {
                                group: group.to_owned(),
                                resource: resource.clone(),
                                verb: verb.to_owned(),
                                name: name.clone(),
                            }));
                        }
                    }
                }
            }
            Self::Url { url, verb } => {
                for url in [url.as_str(), "*"] {
                    for verb in [verb.as_str(), "*"] {
                        wider.push(Self::Url { url: url.to_owned(), verb: verb.to_owned() });
                    }
                }
            }
        }
        wider
    }

    /// Whether one of these permissions covers this one.
    pub(crate) fn is_covered(&self, by: &BTreeSet<Self>) -> bool {
        self.wider().iter().any(|wider| by.contains(wider)) || self.is_prefixed(by)
    }

    /// Whether another one of these permissions covers this one.
    pub(crate) fn is_covered_by_another(&self, by: &BTreeSet<Self>) -> bool {
        self.wider().iter().any(|wider| wider != self && by.contains(wider)) || self.is_prefixed(by)
    }

    /// Whether another URL of these ends in `*` and begins this one.
    fn is_prefixed(&self, by: &BTreeSet<Self>) -> bool {
        let Self::Url { url, verb } = self else { return false };
        by.iter().any(|other| match other {
            Self::Url { url: pattern, verb: own } => {
                (own == verb || own == "*") && pattern != url && prefix_matches(pattern, url)
            }
            Self::Resource { .. } => false,
        })
    }
}

/// The fewest rules that are easy to read and mean exactly these permissions: for each group, resources
/// with the same verbs and names together. Sorted.
pub fn rules_of(permissions: &BTreeSet<Permission>) -> Vec<PolicyRule> {
    type Texts = BTreeSet<String>;
    // For each verb on a resource its names; then the verbs with the same names; then the resources with
    // the same verbs and names.
    let mut names: BTreeMap<(&str, &str, &str, bool), Texts> = BTreeMap::new();
    let mut urls: BTreeMap<&str, Texts> = BTreeMap::new();
    for permission in permissions {
        match permission {
            Permission::Resource { group, resource, verb, name } => {
                let key = (group.as_str(), resource.as_str(), verb.as_str(), name.is_some());
                names.entry(key).or_default().extend(name.clone());
            }
            Permission::Url { url, verb } => {
                urls.entry(url).or_default().insert(verb.clone());
            }
        }
    }
    let mut verbs: BTreeMap<(&str, &str, Texts), Texts> = BTreeMap::new();
    for ((group, resource, verb, _), names) in names {
        verbs.entry((group, resource, names)).or_default().insert(verb.to_owned());
    }
    let mut resources: BTreeMap<(&str, Texts, Texts), Texts> = BTreeMap::new();
    for ((group, resource, names), verbs) in verbs {
        resources.entry((group, names, verbs)).or_default().insert(resource.to_owned());
    }
    let mut paths: BTreeMap<Texts, Texts> = BTreeMap::new();
    for (url, verbs) in urls {
        paths.entry(verbs).or_default().insert(url.to_owned());
    }
    let texts = |texts: Texts| texts.into_iter().collect::<Vec<_>>();
    let mut rules: Vec<PolicyRule> = resources
        .into_iter()
        .map(|((group, names, verbs), resources)| PolicyRule {
            api_groups: Some(vec![group.to_owned()]),
            resources: Some(texts(resources)),
            resource_names: (!names.is_empty()).then(|| texts(names)),
            verbs: texts(verbs),
            non_resource_urls: None,
        })
        .collect();
    rules.extend(paths.into_iter().map(|(verbs, urls)| PolicyRule {
        non_resource_urls: Some(texts(urls)),
        verbs: texts(verbs),
        ..PolicyRule::default()
    }));
    rules
}
