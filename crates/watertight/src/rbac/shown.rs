//! From numbers of a policy to what is shown: names, and where objects are written.

use std::collections::BTreeSet;

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_model::{Namespace, ObjectId, Snapshot};
use watertight_rbac::k8s_openapi::api::rbac::v1::PolicyRule;
use watertight_rbac::{BindingView, Caveat, Problem, RoleView, Subject};
use watertight_report::rbac::{Defined, Note, Origin, ProblemRow, SubjectRow};
use watertight_syntax::Path;

use crate::written;

/// How the namespace of objects that name none is shown. No namespace can be called so.
pub const UNSPECIFIED: &str = "<unspecified>";

/// Shows what a policy names.
#[derive(Clone, Copy)]
pub struct Shown<'w> {
    snapshot: &'w Snapshot,
}

impl<'w> Shown<'w> {
    /// For the policy of a snapshot.
    pub fn of(snapshot: &'w Snapshot) -> Self {
        Self { snapshot }
    }

    /// Where an object is written, by its tag.
    pub fn origin(self, tag: u32, path: &Path) -> Origin {
        written::origin(self.snapshot.object(ObjectId(tag)), path)
    }

    /// A binding, at the place of one of its subjects.
    pub fn binding(self, binding: BindingView<'_>, subject: u32) -> Defined {
        let path = Path::root().at("subjects").index(subject as usize);
        Defined {
            kind: binding.kind(),
            namespace: binding.namespace().map(text),
            name: binding.name().to_owned(),
            origin: self.origin(binding.tag(), &path),
        }
    }

    /// A role.
    pub fn role(self, role: RoleView<'_>) -> Defined {
        Defined {
            kind: role.kind(),
            namespace: role.namespace().map(text),
            name: role.name().to_owned(),
            origin: self.origin(role.tag(), &Path::root()),
        }
    }

    /// What is wrong with an object.
    pub fn problem(self, problem: &Problem) -> ProblemRow {
        ProblemRow {
            object: text(&problem.object),
            path: problem.path.clone(),
            fault: text(&problem.fault.to_string()),
            origin: self.origin(problem.tag, &written::path_of(&problem.path)),
        }
    }

    /// Every service account: those in view and implied, and those that bindings name. By namespace and
    /// name in the policy.
    pub fn accounts<'a>(self, subjects: impl Iterator<Item = Subject<'a>>) -> BTreeSet<(String, String)> {
        let mut accounts: BTreeSet<(String, String)> = subjects
            .filter_map(|subject| match subject {
                Subject::ServiceAccount { namespace, name } => Some((namespace.to_owned(), name.to_owned())),
                Subject::User(_) | Subject::Group(_) => None,
            })
            .collect();
        for &id in self.snapshot.of_kind("ServiceAccount") {
            let identity = self.snapshot.object(id).identity();
            if identity.group.is_empty() && identity.namespace != Namespace::Cluster {
                let namespace = watertight_facts::identities::namespace_in_policy(&identity.namespace);
                accounts.insert((namespace.to_owned(), identity.name.to_string()));
            }
        }
        accounts
    }
}

/// A text of the policy as it is shown.
pub fn text(of: &str) -> String {
    of.replace(UNSPECIFIED_NAMESPACE, UNSPECIFIED)
}

/// A namespace as it is written on the command line, for the policy.
pub fn in_policy(namespace: Option<&str>) -> &str {
    match namespace {
        Some(UNSPECIFIED) | None => UNSPECIFIED_NAMESPACE,
        Some(name) => name,
    }
}

/// A subject.
pub fn subject(subject: Subject<'_>) -> SubjectRow {
    let (namespace, name) = match subject {
        Subject::User(name) | Subject::Group(name) => (None, name),
        Subject::ServiceAccount { namespace, name } => (Some(text(namespace)), name),
    };
    SubjectRow { kind: subject.kind().to_owned(), namespace, name: text(name) }
}

/// A rule in one line, as in `get,list on pods,deployments.apps (only web)`.
pub fn rule(rule: &PolicyRule) -> String {
    let names = rule.resource_names.as_deref().unwrap_or_default();
    let only = if names.is_empty() { String::new() } else { format!(" (only {})", names.join(",")) };
    format!("{} on {}{only}", rule.verbs.join(","), on(rule).join(","))
}

/// What a rule is about: resources with their API groups, and URLs.
pub fn on(rule: &PolicyRule) -> Vec<String> {
    let groups = rule.api_groups.iter().flatten();
    let resources = || rule.resources.iter().flatten();
    let named = groups.flat_map(|group| resources().map(move |resource| in_group(resource, group)));
    // `*` alone would read as every resource of the core group.
    let url = |url: &String| if url == "*" { "every URL".to_owned() } else { url.clone() };
    named.chain(rule.non_resource_urls.iter().flatten().map(url)).collect()
}

/// A resource with its API group, as kubectl writes it: `deployments.apps/scale`
/// (`pkg/describe/describe.go`, `CombineResourceGroup`).
pub fn in_group(resource: &str, group: &str) -> String {
    match (group, resource.split_once('/')) {
        ("", _) => resource.to_owned(),
        (_, Some((resource, subresource))) => format!("{resource}.{group}/{subresource}"),
        (_, None) => format!("{resource}.{group}"),
    }
}

/// What could change an answer, with a name for machines.
pub fn caveat(caveat: Caveat) -> Note {
    let id = match caveat {
        Caveat::AuthorizersUnknown => "authorizers-unknown",
        Caveat::RbacOff => "rbac-off",
        Caveat::WebhookBefore => "webhook-before",
        Caveat::WebhookAfter => "webhook-after",
        Caveat::Abac => "abac",
        Caveat::NodeAuthorizer => "node-authorizer",
        Caveat::NodeRestriction => "node-restriction",
        Caveat::Impersonation => "impersonation",
        Caveat::ConstrainedImpersonation => "constrained-impersonation",
        Caveat::MissingRoles => "missing-roles",
        Caveat::SystemMasters => "system-masters",
    };
    Note { id, text: caveat.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_written_as_kubectl_writes_them() {
        let list = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        let mut one = PolicyRule {
            api_groups: list(&["", "apps"]),
            resources: list(&["pods/log", "deployments/scale"]),
            resource_names: list(&["web"]),
            verbs: vec!["get".to_owned(), "patch".to_owned()],
            non_resource_urls: None,
        };
        assert_eq!(
            rule(&one),
            "get,patch on pods/log,deployments/scale,pods.apps/log,deployments.apps/scale (only web)"
        );
        one = PolicyRule {
            non_resource_urls: list(&["*", "/healthz"]),
            verbs: vec!["get".to_owned()],
            ..PolicyRule::default()
        };
        assert_eq!(rule(&one), "get on every URL,/healthz");
    }

    #[test]
    fn paths_of_problems_are_read() {}
}
