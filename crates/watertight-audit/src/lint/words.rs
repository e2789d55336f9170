//! Words that no request has: verbs, groups, resources, wildcards where there are none.

use super::builtin::{self, ENDED};
use super::{Check, Finding, Severity, rule_path};
use crate::field::FieldPath;
use crate::policy::{GroupResources, Policy, Rule};

/// Verbs of requests of resources (`NewRequestInfo` of `pkg/endpoints/request/requestinfo.go`).
pub(super) const RESOURCE_VERBS: &[&str] =
    &["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Verbs of other requests: HTTP methods.
pub(super) const URL_VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// What requests of one side are called on the other.
const TRANSLATIONS: &[(&str, &str)] = &[
    ("create", "post"),
    ("update", "put"),
    ("list", "get"),
    ("watch", "get"),
    ("deletecollection", "delete"),
];

/// Verbs of RBAC rules that no request has.
const PERMISSIONS: &[&str] =
    &["approve", "attest", "bind", "escalate", "impersonate", "manage", "sign", "use"];

/// Places that are wrong as they stand.
pub(super) type Wrong = std::collections::BTreeSet<FieldPath>;

/// Looks at the words of one rule; gives the places that are wrong.
pub(super) fn check(policy: &Policy, index: usize, findings: &mut Vec<Finding>) -> Wrong {
    let rule = &policy.rules[index];
    let path = rule_path(index);
    let mut found = Found { findings, wrong: Wrong::new() };
    for (key, words) in
        [("users", &rule.users), ("userGroups", &rule.user_groups), ("namespaces", &rule.namespaces)]
    {
        for (position, word) in words.iter().enumerate() {
            let at = path.key(key).index(position);
            if word.contains('*') {
                found.no_wildcard(at, key, word);
            } else if let Some((message, remedy)) = subject(key, word) {
                found.add(Check::WrongSubject, Severity::High, at, message, remedy);
            }
        }
    }
    for (position, verb) in rule.verbs.iter().enumerate() {
        found.verb(rule, verb, path.key("verbs").index(position));
    }
    for (position, entry) in rule.resources.iter().enumerate() {
        found.entry(entry, &path.key("resources").index(position));
    }
    found.wrong
}

struct Found<'f> {
    findings: &'f mut Vec<Finding>,
    wrong: Wrong,
}

impl Found<'_> {
    fn add(
        &mut self,
        check: Check,
        severity: Severity,
        path: FieldPath,
        message: String,
        remedy: impl Into<String>,
    ) {
        self.wrong.insert(path.clone());
        self.findings.push(Finding { check, severity, path, message, remedy: remedy.into() });
    }

    fn no_wildcard(&mut self, path: FieldPath, key: &str, word: &str) {
        let message = format!("`{word}` is compared as it stands: there is no wildcard in `{key}`");
        let remedy = if word == "*" {
            format!("Leave out `{key}` to match any.")
        } else {
            "Name each, or leave out the field and match by something else.".to_owned()
        };
        self.add(Check::NoWildcard, Severity::High, path, message, remedy);
    }

    fn verb(&mut self, rule: &Rule, verb: &str, path: FieldPath) {
        if verb.contains('*') {
            return self.no_wildcard(path, "verbs", verb);
        }
        let about_urls = !rule.non_resource_urls.is_empty();
        let about_resources = !rule.resources.is_empty() || !rule.namespaces.is_empty();
        let known = |verb: &str| {
            (!about_urls && RESOURCE_VERBS.contains(&verb)) || (!about_resources && URL_VERBS.contains(&verb))
        };
        if known(verb) {
            return;
        }
        let lower = verb.to_lowercase();
        let (mut message, remedy) = if known(&lower) {
            (format!("`{verb}` is not in lower case"), format!("Write `{lower}`."))
        } else if PERMISSIONS.contains(&lower.as_str()) {
            let remedy =
                "Remove it; log the requests that need the permission, as writes of roles and bindings.";
            (format!("`{verb}` is a permission of RBAC and never the verb of a request"), remedy.to_owned())
        } else if let Some((_, method)) = TRANSLATIONS.iter().find(|(word, _)| about_urls && *word == lower) {
            let message = format!("requests of URLs outside the resources have HTTP methods, not `{verb}`");
            (message, format!("Write `{method}`."))
        } else if let Some((word, _)) = TRANSLATIONS.iter().find(|(_, method)| *method == lower) {
            (format!("no request of a resource has the verb `{verb}`"), format!("Write `{word}`."))
        } else {
            let verbs = if about_urls { URL_VERBS } else { RESOURCE_VERBS };
            (format!("no request has the verb `{verb}`"), format!("Use some of: {}.", verbs.join(", ")))
        };
        message.push_str(", so it never matches");
        self.add(Check::UnknownVerb, Severity::High, path, message, remedy);
    }

    fn entry(&mut self, entry: &GroupResources, path: &FieldPath) {
        for (position, name) in entry.resource_names.iter().enumerate() {
            // `*` is no name of an object; other stars are none either.
            if name.contains('*') {
                self.no_wildcard(path.key("resourceNames").index(position), "resourceNames", name);
            }
        }
        let group = entry.group.as_str();
        if let Some((_, version)) = ENDED.iter().find(|(ended, _)| *ended == group) {
            let message = format!("Kubernetes {version} ended the API group `{group}`, so it never matches");
            let remedy = match group {
                "extensions" => {
                    "Use `apps` for workloads and `networking.k8s.io` for ingresses and network policies."
                }
                _ => "Remove the entry.",
            };
            return self.add(Check::UnknownResource, Severity::Low, path.key("group"), message, remedy);
        }
        let Some(served) = builtin::group(group) else {
            return self.unknown_group(entry, path);
        };
        for (position, word) in entry.resources.iter().enumerate() {
            let at = path.key("resources").index(position);
            let (name, sub) =
                word.split_once('/').map_or((word.as_str(), None), |(name, sub)| (name, Some(sub)));
            match served.iter().find(|resource| resource.name == name) {
                Some(resource) => {
                    if let Some(sub) = sub.filter(|sub| *sub != "*" && !resource.subresources.contains(sub)) {
                        self.subresource(group, name, sub, resource.subresources, at);
                    }
                }
                None if name == "*" => {
                    if sub == Some("*") {
                        let message = format!("`{word}` matches nothing: `*` alone is everything");
                        self.add(Check::NoWildcard, Severity::High, at, message, "Write `*`.");
                    }
                }
                None => self.resource(group, word, name, at),
            }
        }
    }

    fn subresource(&mut self, group: &str, name: &str, sub: &str, has: &[&str], path: FieldPath) {
        let group = shown_group(group);
        let message = format!("{name} of {group} have no subresource `{sub}`, so it never matches");
        let remedy = if has.is_empty() {
            "They have none; remove the entry.".to_owned()
        } else {
            format!("They have: {}.", has.join(", "))
        };
        self.add(Check::UnknownResource, Severity::High, path, message, remedy);
    }

    fn resource(&mut self, group: &str, word: &str, name: &str, path: FieldPath) {
        let shown = shown_group(group);
        if name.contains('*') {
            let message = format!("`{word}` is compared as it stands: `*` replaces a whole name only");
            let remedy = "Name each resource, or write `*`, `NAME/*` or `*/SUBRESOURCE`.";
            return self.add(Check::NoWildcard, Severity::High, path, message, remedy);
        }
        let right: Vec<String> = builtin::groups_of(name).map(|group| format!("`{group}`")).collect();
        if !right.is_empty() {
            let right = right.join(" or ").replace("``", "`\"\"`, the core group");
            let message = format!("{shown} has no {name}, so it never matches: they are in {right}");
            return self.add(
                Check::WrongGroup,
                Severity::High,
                path,
                message,
                format!("Write group: {right}."),
            );
        }
        let lower = name.to_lowercase();
        let served = builtin::group(group).unwrap_or_default();
        let close = served.iter().find(|resource| is_close(&lower, resource.name));
        let message = format!("{shown} has no resource `{name}`, so it never matches");
        let remedy = match close {
            Some(resource) => format!("Write `{}`: the plural in lower case.", resource.name),
            None => "Correct the name or the group; `kubectl api-resources` lists both.".to_owned(),
        };
        self.add(Check::UnknownResource, Severity::High, path, message, remedy);
    }

    /// Groups with a dot may be anyone's; those without belong to Kubernetes.
    fn unknown_group(&mut self, entry: &GroupResources, path: &FieldPath) {
        let group = entry.group.as_str();
        if group == "*" || (group.contains('.') && !group.ends_with(".k8s.io")) {
            return;
        }
        let first = entry.resources.first().map(|word| word.split('/').next().unwrap_or_default());
        let right: Vec<&str> = first.map(|name| builtin::groups_of(name).collect()).unwrap_or_default();
        let remedy = match (group, right.as_slice()) {
            ("core" | "v1", _) | (_, [""]) => "Write `group: \"\"`, the core group.".to_owned(),
            (_, [right, ..]) => format!("Write `group: {right}`."),
            _ if group.contains('.') => {
                "Check that the cluster serves it: `kubectl api-resources`.".to_owned()
            }
            _ => "Correct it: `kubectl api-resources` lists the groups.".to_owned(),
        };
        let own = group.contains('.') && right.is_empty();
        // Projects of Kubernetes have groups of that ending too.
        if own {
            return;
        }
        let message = format!("Kubernetes has no API group `{group}`, so it never matches");
        let check = if right.is_empty() { Check::UnknownResource } else { Check::WrongGroup };
        self.add(check, Severity::High, path.key("group"), message, remedy);
    }
}

fn shown_group(group: &str) -> String {
    if group.is_empty() { "the core group".to_owned() } else { format!("the group `{group}`") }
}

/// Whether the word is the singular or lacks little of the plural.
fn is_close(word: &str, plural: &str) -> bool {
    let singular = plural.strip_suffix('s').unwrap_or(plural);
    let singular_es = plural.strip_suffix("es").unwrap_or(plural);
    let singular_ies = plural.strip_suffix("ies").map(|stem| format!("{stem}y"));
    [plural, singular, singular_es].contains(&word) || singular_ies.as_deref() == Some(word)
}

/// Names that are on the wrong list, or that nobody has.
fn subject(key: &str, word: &str) -> Option<(String, String)> {
    const GROUPS: &[&str] = &[
        "system:authenticated",
        "system:masters",
        "system:monitoring",
        "system:nodes",
        "system:serviceaccounts",
        "system:unauthenticated",
    ];
    match key {
        "users" if GROUPS.contains(&word) || word.starts_with("system:serviceaccounts:") => {
            let message = format!("`{word}` is a group and never the name of a user");
            Some((message, "Move it to `userGroups`.".to_owned()))
        }
        "userGroups"
            if word.starts_with("system:serviceaccount:")
                || word.starts_with("system:node:")
                || word == "system:anonymous" =>
        {
            let message = format!("`{word}` is a user and never the name of a group");
            Some((message, "Move it to `users`.".to_owned()))
        }
        "users" => {
            let account = word.strip_prefix("system:serviceaccount:")?;
            let well_formed = account
                .split_once(':')
                .is_some_and(|(namespace, name)| ![namespace, name].contains(&"") && !name.contains(':'));
            let message = format!("`{word}` is the name of no service account");
            let remedy = "Service accounts are `system:serviceaccount:NAMESPACE:NAME`.";
            (!well_formed).then(|| (message, remedy.to_owned()))
        }
        _ => None,
    }
}
