//! Deciding how a request is logged. [`Policy::evaluate`] follows `EvaluatePolicyRule` and
//! `ruleMatches` of `pkg/audit/policy/checker.go`.
//!
//! A rule is asked once, by [`Rule::mismatch`]: what says *that* a rule does not match also says why.

use std::borrow::Cow;
use std::fmt;

use crate::policy::{GroupResources, Level, Policy, Rule, Stages};

/// What the API server knows of a request when it decides how to log it: the attributes of
/// authorization (`pkg/authorization/authorizer/interfaces.go`).
///
/// The user is the one who authenticated, also when the request impersonates another: auditing
/// happens before impersonation (`DefaultBuildHandlerChain` of `pkg/server/config.go`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// Who asks; `None` when authentication failed (`pkg/endpoints/filters/authn_audit.go`).
    pub user: Option<Identity<'a>>,
    /// The verb of the API (`get`, `list`, `deletecollection`), or the HTTP method in lower case for
    /// a non-resource URL.
    pub verb: &'a str,
    /// What is asked for.
    pub target: Target<'a>,
}

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The user's name, as in `system:serviceaccount:NAMESPACE:NAME`.
    pub name: &'a str,
    /// All groups of the user, those included that the API server adds, as `system:authenticated`.
    pub groups: Cow<'a, [Cow<'a, str>]>,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// An object, or objects, of the API.
    Resource {
        /// The API group without version; empty for the core group.
        api_group: &'a str,
        /// The plural in lower case, as `pods`.
        resource: &'a str,
        /// What stands after the name, as `log`; empty for the object itself.
        subresource: &'a str,
        /// The namespace; empty at cluster scope and for requests over all namespaces.
        namespace: &'a str,
        /// The name that the URL holds; empty for `create` and for most requests of lists.
        name: &'a str,
    },
    /// A path outside the resource APIs, as `/healthz`.
    NonResource {
        /// The path of the URL, decoded, without query.
        path: &'a str,
    },
}

/// How a request is logged. Follows `RequestAuditConfig` of `pkg/audit/evaluator.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The level; [`Level::None`] when no rule matches.
    pub level: Level,
    /// The rule that decided, counted from 0; `None` when no rule matches.
    pub rule: Option<usize>,
    /// Stages of which no event is made: the policy's and the rule's.
    pub omit_stages: Stages,
    /// Whether bodies are logged without their managed fields: the rule's word, else the policy's.
    pub omit_managed_fields: bool,
}

/// The first reason for which a rule does not match a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mismatch {
    /// The rule names other users.
    User,
    /// The user is in none of the rule's groups.
    UserGroups,
    /// The rule names other verbs.
    Verb,
    /// The rule is about resources, the request for a URL outside of them.
    NotAResource,
    /// The rule is about URLs outside the resources, the request for a resource.
    IsAResource,
    /// The rule names other namespaces.
    Namespace,
    /// The rule names no resource of this API group.
    Group,
    /// The rule names other resources or subresources of this API group.
    Resource,
    /// The resource is named, and the object's name is not.
    ResourceName,
    /// The rule names other URLs.
    Url,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "is for other users",
            Self::UserGroups => "is for groups that the user is not in",
            Self::Verb => "is for other verbs",
            Self::NotAResource => "is for resources, and this is a URL outside of them",
            Self::IsAResource => "is for URLs outside the resources, and this is a resource",
            Self::Namespace => "is for other namespaces",
            Self::Group => "is for other API groups",
            Self::Resource => "is for other resources of this API group",
            Self::ResourceName => "is for objects of other names",
            Self::Url => "is for other URLs",
        })
    }
}

impl Policy {
    /// Decides how the request is logged: the first rule that matches, or [`Level::None`].
    #[must_use]
    pub fn evaluate(&self, request: &Request<'_>) -> Decision {
        let found = self.rules.iter().position(|rule| rule.mismatch(request).is_none());
        self.decision_of(found)
    }

    /// The decision, and why each rule before the deciding one does not match.
    ///
    /// The list has one entry for each rule that was asked in vain, in their order.
    #[must_use]
    pub fn explain(&self, request: &Request<'_>) -> (Decision, Vec<Mismatch>) {
        let before: Vec<Mismatch> = self.rules.iter().map_while(|rule| rule.mismatch(request)).collect();
        let found = (before.len() < self.rules.len()).then_some(before.len());
        (self.decision_of(found), before)
    }

    /// What follows when the rule of this number, counted from 0, is the first to match.
    fn decision_of(&self, found: Option<usize>) -> Decision {
        let rule = found.and_then(|index| self.rules.get(index));
        Decision {
            level: rule.map_or(Level::None, |rule| rule.level),
            rule: found,
            omit_stages: self.omit_stages.union(rule.map_or(Stages::EMPTY, |rule| rule.omit_stages)),
            omit_managed_fields: rule
                .and_then(|rule| rule.omit_managed_fields)
                .unwrap_or(self.omit_managed_fields),
        }
    }
}

impl Rule {
    /// Why the rule does not match the request; `None` when it matches.
    ///
    /// Follows `ruleMatches` and `ruleMatchesResource` of `pkg/audit/policy/checker.go`.
    #[must_use]
    pub fn mismatch(&self, request: &Request<'_>) -> Option<Mismatch> {
        let user = request.user.as_ref();
        if !self.users.is_empty() && !user.is_some_and(|user| has(&self.users, user.name)) {
            return Some(Mismatch::User);
        }
        if !self.user_groups.is_empty() {
            let groups = user.map_or(&[][..], |user| &user.groups);
            if !groups.iter().any(|group| has(&self.user_groups, group)) {
                return Some(Mismatch::UserGroups);
            }
        }
        if !self.verbs.is_empty() && !has(&self.verbs, request.verb) {
            return Some(Mismatch::Verb);
        }
        let about_resources = !self.namespaces.is_empty() || !self.resources.is_empty();
        match request.target {
            Target::Resource { .. } if about_resources => self.resource_mismatch(&request.target),
            Target::NonResource { .. } if about_resources => Some(Mismatch::NotAResource),
            _ if self.non_resource_urls.is_empty() => None,
            Target::Resource { .. } => Some(Mismatch::IsAResource),
            Target::NonResource { path } => {
                let matches = self.non_resource_urls.iter().any(|spec| url_matches(spec, path));
                (!matches).then_some(Mismatch::Url)
            }
        }
    }

    fn resource_mismatch(&self, target: &Target<'_>) -> Option<Mismatch> {
        let Target::Resource { namespace, .. } = *target else { return Some(Mismatch::NotAResource) };
        if !self.namespaces.is_empty() && !has(&self.namespaces, namespace) {
            return Some(Mismatch::Namespace);
        }
        if self.resources.is_empty() {
            return None;
        }
        // Of several entries, the one that came closest tells most.
        let mut closest = Mismatch::Group;
        for entry in &self.resources {
            closest = closest.max(entry.mismatch(target)?);
        }
        Some(closest)
    }
}

impl GroupResources {
    /// Why the entry does not match the request; `None` when it matches.
    #[must_use]
    pub fn mismatch(&self, target: &Target<'_>) -> Option<Mismatch> {
        let Target::Resource { api_group, resource, subresource, name, .. } = *target else {
            return Some(Mismatch::NotAResource);
        };
        if self.group != api_group && self.group != "*" {
            return Some(Mismatch::Group);
        }
        if self.resources.is_empty() {
            return None;
        }
        if !self.resources.iter().any(|spec| resource_matches(spec, resource, subresource)) {
            return Some(Mismatch::Resource);
        }
        let named = self.resource_names.is_empty() || has(&self.resource_names, name);
        (!named).then_some(Mismatch::ResourceName)
    }
}

/// Whether one word of `resources` matches. `pods/*` matches `pods` too; `*/scale` needs the
/// subresource; `*` is everything.
fn resource_matches(spec: &str, resource: &str, subresource: &str) -> bool {
    if spec == "*" {
        return true;
    }
    let exact = match spec.strip_prefix(resource) {
        Some(rest) if subresource.is_empty() => rest.is_empty(),
        Some(rest) => rest.strip_prefix('/') == Some(subresource),
        None => false,
    };
    exact
        || (!subresource.is_empty() && spec.strip_prefix("*/") == Some(subresource))
        || spec.strip_suffix("/*") == Some(resource)
}

/// Whether one word of `nonResourceURLs` matches. Follows `pathMatches` of
/// `pkg/audit/policy/checker.go`: all trailing stars are dropped.
fn url_matches(spec: &str, path: &str) -> bool {
    spec == path || (spec.ends_with('*') && path.starts_with(spec.trim_end_matches('*')))
}

fn has(list: &[String], word: &str) -> bool {
    list.iter().any(|entry| entry == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource<'a>(group: &'a str, resource: &'a str, subresource: &'a str) -> Target<'a> {
        Target::Resource { api_group: group, resource, subresource, namespace: "shop", name: "web" }
    }

    fn get(target: Target<'_>) -> Request<'_> {
        Request { user: None, verb: "get", target }
    }

    #[test]
    fn wildcards_of_resources() {
        for (spec, sub, matches) in [
            ("pods", "", true),
            ("pods", "log", false),
            ("pods/log", "log", true),
            ("pods/log", "", false),
            ("pods/*", "", true),
            ("pods/*", "log", true),
            ("*/log", "log", true),
            ("*/log", "", false),
            ("*/*", "log", false),
            ("*", "log", true),
            ("po", "", false),
            ("podslog", "log", false),
            ("pods/", "", false),
        ] {
            assert_eq!(resource_matches(spec, "pods", sub), matches, "{spec} against pods/{sub}");
        }
    }

    #[test]
    fn stars_of_urls() {
        for (spec, path, matches) in [
            ("*", "/x", true),
            ("/healthz", "/healthz", true),
            ("/healthz", "/healthz/etcd", false),
            ("/healthz*", "/healthz/etcd", true),
            ("/healthz**", "/healthz", true),
            ("/healthz/*", "/healthz", false),
        ] {
            assert_eq!(url_matches(spec, path), matches, "{spec} against {path}");
        }
    }

    #[test]
    fn the_closest_entry_tells_why() {
        let entry = |group: &str, resource: &str, names: &[&str]| GroupResources {
            group: group.into(),
            resources: vec![resource.into()],
            resource_names: names.iter().map(|&name| name.into()).collect(),
        };
        let rule = Rule {
            resources: vec![entry("", "pods", &["db"]), entry("apps", "pods", &[])],
            ..Rule::default()
        };
        assert_eq!(rule.mismatch(&get(resource("", "pods", ""))), Some(Mismatch::ResourceName));
        assert_eq!(rule.mismatch(&get(resource("", "nodes", ""))), Some(Mismatch::Resource));
        assert_eq!(rule.mismatch(&get(resource("batch", "jobs", ""))), Some(Mismatch::Group));
        assert_eq!(rule.mismatch(&get(resource("apps", "pods", ""))), None);
    }

    #[test]
    fn who_failed_to_authenticate_matches_rules_for_anyone_only() {
        let request = get(Target::NonResource { path: "/metrics" });
        let of = |users: &[&str], groups: &[&str]| Rule {
            users: users.iter().map(|&user| user.into()).collect(),
            user_groups: groups.iter().map(|&group| group.into()).collect(),
            ..Rule::default()
        };
        assert_eq!(of(&[], &[]).mismatch(&request), None);
        assert_eq!(of(&[""], &[]).mismatch(&request), Some(Mismatch::User));
        assert_eq!(of(&[], &["system:unauthenticated"]).mismatch(&request), Some(Mismatch::UserGroups));
    }
}
