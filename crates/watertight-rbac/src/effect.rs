//! Grants that grant nothing, which read as if they did.
//!
//! Upstream: `k8s.io/apiserver` `pkg/endpoints/request/requestinfo.go` (what requests look like),
//! `pkg/endpoints/handlers/{create,update,patch}.go` (which of them carry a name),
//! `pkg/apis/rbac/v1/evaluation_helpers.go`.

use std::fmt;

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::policy::Policy;
use crate::resources::{built_in_resource, built_in_resources};
use crate::rule::list;

/// A grant without effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ineffective {
    /// The caller's tag of the object.
    pub tag: u32,
    /// The object, as in `Role shop/web`.
    pub object: String,
    /// The field, as in `.rules[0].resources[1]`.
    pub path: String,
    /// Why it grants nothing.
    pub why: NoEffect,
}

/// Why a grant grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoEffect {
    /// A resource without namespace, by a Role, or by a ClusterRole through a RoleBinding.
    ClusterScoped {
        /// The resource.
        resource: String,
        /// Through what it is granted in a namespace only, when the role itself is not the reason.
        through: Option<String>,
    },
    /// A URL, by a Role, or by a ClusterRole through a RoleBinding.
    Url {
        /// The URL.
        url: String,
        /// Through what it is granted in a namespace only, when the role itself is not the reason.
        through: Option<String>,
    },
    /// `pods/*`, `*/*` and other patterns that are none.
    Pattern(String),
    /// Upper case, which no request has.
    UpperCase(String),
    /// No such resource in a group of Kubernetes' own.
    UnknownResource {
        /// The API group.
        group: String,
        /// The resource.
        resource: String,
    },
    /// Names with a verb whose requests carry none.
    NameNever(String),
    /// A URL pattern that no path can match.
    UrlPattern(String),
    /// No verbs.
    NoVerbs,
    /// Resources without API groups. The core group is written `""`.
    NoGroups,
    /// Neither resources nor URLs.
    Nothing,
}

impl fmt::Display for NoEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let through = |through: &Option<String>| match through {
            Some(through) => format!(" through {through}"),
            None => " by a Role".to_owned(),
        };
        match self {
            Self::ClusterScoped { resource, through: by } => {
                write!(f, "{resource} has no namespace and cannot be granted{}", through(by))
            }
            Self::Url { url, through: by } => {
                write!(f, "the URL {url} has no namespace and cannot be granted{}", through(by))
            }
            Self::Pattern(text) => {
                write!(f, "{text} matches nothing; only `*` and `*/subresource` are patterns")
            }
            Self::UpperCase(text) => write!(f, "{text} matches nothing: requests are in lower case"),
            Self::UnknownResource { group, resource } => {
                let group = if group.is_empty() { "the core group" } else { group };
                write!(f, "{group} has no resource {resource}")
            }
            Self::NameNever(verb) => {
                write!(f, "a {verb} request names no object, so resourceNames keep it from ever matching")
            }
            Self::UrlPattern(url) => {
                write!(f, "{url} matches no path: it begins with `/`, and `*` stands at the end only")
            }
            Self::NoVerbs => f.write_str("a rule without verbs grants nothing"),
            Self::NoGroups => {
                f.write_str("resources without apiGroups grant nothing; the core group is \"\"")
            }
            Self::Nothing => f.write_str("a rule without resources and URLs grants nothing"),
        }
    }
}

/// API groups whose resources are all in the table.
const COMPLETE: &[&str] = &["", "apps", "batch", "rbac.authorization.k8s.io"];

impl Policy {
    /// Every grant without effect: in the rules of roles, and in role bindings that refer to cluster
    /// roles. Sorted by object and path. Subjects that mean nobody are [`Policy::problems`].
    ///
    /// `namespaced` tells of resources that are not built in whether they are; `None` when that is not
    /// known, and nothing is said of them. Wildcards are never named: they grant something.
    pub fn without_effect(&self, namespaced: impl Fn(&str, &str) -> Option<bool>) -> Vec<Ineffective> {
        let scope = |group: &str, resource: &str| match built_in_resource(group, resource) {
            Some(known) => Some(known.namespaced),
            None => namespaced(group, resource),
        };
        let mut found = Vec::new();
        let mut in_cluster_roles: Vec<Vec<NoEffect>> = Vec::with_capacity(self.roles.len());
        for role in self.roles() {
            let object = role.to_string();
            let mut unreachable = Vec::new();
            for (index, rule) in role.rules().iter().enumerate() {
                let mut add = |path: String, why| {
                    let path = format!(".rules[{index}]{path}");
                    found.push(Ineffective { tag: role.tag(), object: object.clone(), path, why });
                };
                check_rule(rule, &mut add);
                for (path, why) in outside_namespaces(rule, &scope) {
                    if role.namespace().is_some() {
                        add(path, why);
                    } else {
                        unreachable.push(why);
                    }
                }
            }
            in_cluster_roles.push(unreachable);
        }
        for binding in self.bindings().filter(|binding| binding.namespace().is_some()) {
            let Some(role) = binding.role().filter(|role| role.namespace().is_none()) else { continue };
            let mut whys = in_cluster_roles[role.id().index()].clone();
            whys.sort();
            whys.dedup();
            for mut why in whys {
                if let NoEffect::ClusterScoped { through, .. } | NoEffect::Url { through, .. } = &mut why {
                    *through = Some(format!("a RoleBinding of {role}"));
                }
                let object = binding.to_string();
                found.push(Ineffective { tag: binding.tag(), object, path: ".roleRef".to_owned(), why });
            }
        }
        found.sort();
        found
    }
}

/// What no request can match, wherever the rule stands.
fn check_rule(rule: &PolicyRule, add: &mut impl FnMut(String, NoEffect)) {
    let resources = list(rule.resources.as_ref());
    let groups = list(rule.api_groups.as_ref());
    let urls = list(rule.non_resource_urls.as_ref());
    if rule.verbs.is_empty() {
        add(String::new(), NoEffect::NoVerbs);
    }
    if resources.is_empty() && urls.is_empty() {
        add(String::new(), NoEffect::Nothing);
    }
    if !resources.is_empty() && groups.is_empty() {
        add(String::new(), NoEffect::NoGroups);
    }
    for (index, verb) in rule.verbs.iter().enumerate() {
        if has_upper(verb) {
            add(format!(".verbs[{index}]"), NoEffect::UpperCase(verb.clone()));
        } else if name_never(rule, verb) {
            add(format!(".verbs[{index}]"), NoEffect::NameNever(verb.clone()));
        }
    }
    for (index, resource) in resources.iter().enumerate() {
        let path = format!(".resources[{index}]");
        if is_no_pattern(resource) {
            add(path, NoEffect::Pattern(resource.clone()));
        } else if has_upper(resource.split('/').next().unwrap_or_default()) {
            add(path, NoEffect::UpperCase(resource.clone()));
        } else if let Some(group) = unknown_in(rule, groups, resource) {
            let why = NoEffect::UnknownResource { group: group.to_owned(), resource: resource.clone() };
            add(path, why);
        }
    }
    for (index, url) in urls.iter().enumerate() {
        let inner = url.trim_end_matches('*');
        if url != "*" && (!url.starts_with('/') || inner.contains('*')) {
            add(format!(".nonResourceURLs[{index}]"), NoEffect::UrlPattern(url.clone()));
        }
    }
}

/// What a rule grants outside of namespaces, in whole: path and reason.
fn outside_namespaces(
    rule: &PolicyRule,
    scope: &impl Fn(&str, &str) -> Option<bool>,
) -> Vec<(String, NoEffect)> {
    let groups = list(rule.api_groups.as_ref());
    let mut found = Vec::new();
    for (index, resource) in list(rule.resources.as_ref()).iter().enumerate() {
        // A request for one namespace is made in that namespace, and whether a RoleBinding may refer to a
        // ClusterRole is asked in the namespace of the binding (`BindingAuthorized`,
        // pkg/registry/rbac/escalation_check.go).
        let reached: &[&str] = match resource.split('/').next() {
            Some("namespaces") => &["*", "get", "update", "patch", "delete"],
            Some("clusterroles") => &["*", "bind"],
            _ => &[],
        };
        let own = rule.verbs.iter().any(|verb| reached.contains(&verb.as_str()));
        let clustered =
            !groups.is_empty() && groups.iter().all(|group| scope(group, resource) == Some(false));
        if clustered && !own {
            let why = NoEffect::ClusterScoped { resource: resource.clone(), through: None };
            found.push((format!(".resources[{index}]"), why));
        }
    }
    for (index, url) in list(rule.non_resource_urls.as_ref()).iter().enumerate() {
        found.push((format!(".nonResourceURLs[{index}]"), NoEffect::Url { url: url.clone(), through: None }));
    }
    found
}

/// A `deletecollection` never carries a name. A `create` does only when an update or a server-side apply
/// finds no object and makes it, which needs that verb as well.
fn name_never(rule: &PolicyRule, verb: &str) -> bool {
    if list(rule.resource_names.as_ref()).is_empty() {
        return false;
    }
    let upserts = rule.verbs.iter().any(|verb| matches!(verb.as_str(), "*" | "update" | "patch"));
    let objects_only =
        list(rule.resources.as_ref()).iter().all(|resource| !resource.contains('/') && resource != "*");
    objects_only && (verb == "deletecollection" || (verb == "create" && !upserts))
}

fn is_no_pattern(resource: &str) -> bool {
    let mut parts = resource.split('/');
    let (first, subresource, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let first_sound = !first.is_empty() && (first == "*" || !first.contains('*'));
    let sub_sound = subresource.is_none_or(|sub| !sub.is_empty() && !sub.contains('*'));
    !first_sound || !sub_sound || more.is_some()
}

/// Subresources that no URL has and admission asks about: `OwnerReferencesPermissionEnforcement`, and
/// OpenShift's `RestrictedEndpointsAdmission`.
const ASKED_BY_ADMISSION: &[&str] = &["finalizers", "restricted"];

/// The group that should have a resource and has not, when all groups of the rule are complete ones. Verbs
/// that only authorizers know may be about anything (`request-serviceaccounts-token-audience` names
/// audiences), so a rule with one of them is not judged.
fn unknown_in<'a>(rule: &PolicyRule, groups: &'a [String], resource: &str) -> Option<&'a str> {
    let standard = ["*", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
    let (first, subresource) = match resource.split_once('/') {
        Some((first, subresource)) => (first, Some(subresource)),
        None => (resource, None),
    };
    let asked = subresource.is_some_and(|subresource| ASKED_BY_ADMISSION.contains(&subresource));
    let known = |group: &str| match first {
        "*" => subresource.is_none_or(|subresource| {
            built_in_resources().iter().any(|row| {
                let own = row.resource.split_once('/').map(|(_, own)| own);
                asked || (row.group == group && own == Some(subresource))
            })
        }),
        first if asked => built_in_resource(group, first).is_some(),
        _ => built_in_resource(group, resource).is_some(),
    };
    let judged = !groups.is_empty()
        && groups.iter().all(|group| COMPLETE.contains(&group.as_str()))
        && rule.verbs.iter().all(|verb| standard.contains(&verb.as_str()));
    let missing = judged && !groups.iter().any(|group| known(group));
    if missing { groups.first().map(String::as_str) } else { None }
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::rbac::v1::{ClusterRole, Role};
    use serde_json::json;

    use crate::PolicyBuilder;

    fn said(rules: &serde_json::Value) -> (Vec<String>, Vec<String>) {
        let metadata = json!({"name": "a", "namespace": "shop"});
        let role: Role = serde_json::from_value(json!({"metadata": metadata, "rules": rules})).unwrap();
        let cluster: ClusterRole =
            serde_json::from_value(json!({"metadata": {"name": "a"}, "rules": rules})).unwrap();
        let mut builder = PolicyBuilder::new();
        builder.role(&role, 0);
        builder.cluster_role(&cluster, 1);
        let found = builder.build().without_effect(|_, _| None);
        let of = |tag| found.iter().filter(|one| one.tag == tag).map(|one| one.path.clone()).collect();
        (of(0), of(1))
    }

    #[test]
    fn a_role_reaches_what_is_asked_in_its_namespace() {
        let rule = |group: &str, resource: &str, verb: &str| {
            said(&json!([{"apiGroups": [group], "resources": [resource], "verbs": [verb]}])).0
        };
        let rbac = "rbac.authorization.k8s.io";
        assert_eq!(rule(rbac, "clusterroles", "bind"), [""; 0]);
        assert_eq!(rule(rbac, "clusterroles", "escalate"), [".rules[0].resources[0]"]);
        assert_eq!(rule("", "namespaces", "delete"), [""; 0]);
        assert_eq!(rule("", "namespaces", "list"), [".rules[0].resources[0]"]);
        assert_eq!(rule("", "nodes", "get"), [".rules[0].resources[0]"]);
    }

    #[test]
    fn finalizers_of_an_owner_are_asked_for_and_served_nowhere() {
        let rules =
            |resource: &str| json!([{"apiGroups": [""], "resources": [resource], "verbs": ["update"]}]);
        for resource in ["services/finalizers", "*/finalizers", "pods/status", "*/status", "*"] {
            assert_eq!(said(&rules(resource)).1, [""; 0], "{resource}");
        }
        for resource in ["deployments/finalizers", "pods/*", "*/*", "Pods", "services/exec"] {
            assert_eq!(said(&rules(resource)).1, [".rules[0].resources[0]"], "{resource}");
        }
    }
}
