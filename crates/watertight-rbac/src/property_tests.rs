//! The indexed policy against the semantics written down plainly, on random policies of few words.

use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject as BoundSubject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::*;

const NAMESPACES: &[&str] = &["shop", "bank", ""];
const NAMES: &[&str] = &["a", "b", "*", ""];
const VERBS: &[&str] = &["get", "list", "create", "GET", "*", "deletecollection", "impersonate"];
const GROUPS: &[&str] = &["", "apps", "*"];
const RESOURCES: &[&str] =
    &["pods", "pods/exec", "*", "*/exec", "pods/*", "*/*", "secrets", "exec", "pods/exec/x", "pods/"];
const PATHS: &[&str] = &["/a", "/a/b", "/a/*", "/a*", "*", "/a/b**", "/*", "", "a"];
const USERS: &[&str] = &[
    "alice",
    "system:serviceaccount:shop:a",
    "system:serviceaccount:bank:b",
    "system:serviceaccount::a",
    "",
];
const USER_GROUPS: &[&str] = &["dev", "system:authenticated", ""];

#[derive(Clone, Debug, Default)]
struct Objects {
    roles: Vec<Role>,
    cluster_roles: Vec<ClusterRole>,
    role_bindings: Vec<RoleBinding>,
    cluster_role_bindings: Vec<ClusterRoleBinding>,
}

fn some(words: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<String>> {
    subsequence(words, 0..=most.min(words.len()))
        .prop_map(|words| words.into_iter().map(str::to_owned).collect())
}

fn rule() -> impl Strategy<Value = PolicyRule> {
    (some(VERBS, 3), some(GROUPS, 2), some(RESOURCES, 3), some(NAMES, 2), some(PATHS, 2), any::<u8>())
        .prop_map(|(verbs, groups, resources, names, paths, kind)| PolicyRule {
            verbs,
            api_groups: Some(groups),
            resources: (kind % 4 != 0).then_some(resources),
            resource_names: (kind % 3 == 0).then_some(names),
            non_resource_urls: (kind % 4 < 2).then_some(paths),
        })
}

fn meta() -> impl Strategy<Value = ObjectMeta> {
    (select(NAMESPACES), select(NAMES)).prop_map(|(namespace, name)| ObjectMeta {
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectMeta::default()
    })
}

fn subject() -> impl Strategy<Value = BoundSubject> {
    let kinds: &[&str] = &["User", "Group", "ServiceAccount", "user", ""];
    let names: &[&str] =
        &["alice", "a", "b", "dev", "system:serviceaccount:shop:a", "system:authenticated", ""];
    (select(kinds), select(names), proptest::option::of(select(NAMESPACES))).prop_map(
        |(kind, name, namespace)| BoundSubject {
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace: namespace.map(ToOwned::to_owned),
            api_group: None,
        },
    )
}

fn reference() -> impl Strategy<Value = RoleRef> {
    let kinds: &[&str] = &["Role", "ClusterRole", "ClusterRole", "Other"];
    (select(kinds), select(NAMES)).prop_map(|(kind, name)| RoleRef {
        api_group: None,
        kind: kind.to_owned(),
        name: name.to_owned(),
    })
}

fn objects() -> impl Strategy<Value = Objects> {
    let few = 0..4_usize;
    let rules = || prop::collection::vec(rule(), 0..3);
    let subjects = || prop::collection::vec(subject(), 0..4);
    let roles = (meta(), rules()).prop_map(|(metadata, rules)| Role { metadata, rules: Some(rules) });
    let cluster_roles = (meta(), rules()).prop_map(|(metadata, rules)| ClusterRole {
        metadata,
        rules: Some(rules),
        aggregation_rule: None,
    });
    let role_bindings = (meta(), reference(), subjects()).prop_map(|(metadata, role_ref, subjects)| {
        RoleBinding { metadata, role_ref, subjects: Some(subjects) }
    });
    let cluster_role_bindings =
        (meta(), reference(), subjects()).prop_map(|(metadata, role_ref, subjects)| ClusterRoleBinding {
            metadata,
            role_ref,
            subjects: Some(subjects),
        });
    (
        prop::collection::vec(roles, few.clone()),
        prop::collection::vec(cluster_roles, few.clone()),
        prop::collection::vec(role_bindings, few.clone()),
        prop::collection::vec(cluster_role_bindings, few),
    )
        .prop_map(|(roles, cluster_roles, role_bindings, cluster_role_bindings)| Objects {
            roles,
            cluster_roles,
            role_bindings,
            cluster_role_bindings,
        })
}

#[derive(Clone, Debug)]
struct Asked {
    user: UserInfo,
    namespace: &'static str,
    verb: &'static str,
    target: Option<(&'static str, &'static str, &'static str, &'static str)>,
    path: &'static str,
}

impl Asked {
    fn action(&self) -> Action<'_> {
        let target = match self.target {
            Some((group, resource, subresource, name)) => {
                Target::Resource { group, resource, subresource, name }
            }
            None => Target::Path(self.path),
        };
        Action { verb: self.verb, namespace: self.namespace, target }
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let subresources: &[&str] = &["", "exec", "*", "exec/x", "x"];
    let groups: &[&str] = &["", "apps", "*", "unknown"];
    let verbs: &[&str] = &["get", "list", "create", "GET", "*", "unknown", "deletecollection"];
    let target = (select(groups), select(RESOURCES), select(subresources), select(NAMES));
    let namespaces: &[&str] = &["shop", "bank", "", "unknown"];
    (
        (select(USERS), some(USER_GROUPS, 3)).prop_map(|(name, groups)| UserInfo::new(name, groups)),
        select(namespaces),
        select(verbs),
        proptest::option::weighted(0.8, target),
        select(PATHS),
    )
        .prop_map(|(user, namespace, verb, target, path)| Asked { user, namespace, verb, target, path })
}

/// The authorizer written down plainly: every binding in order, every subject, every rule.
mod plainly {
    use super::{Asked, BoundSubject, Objects, PolicyRule, RoleRef};

    pub(super) fn allowed_by(objects: &Objects, asked: &Asked) -> Option<(bool, usize, usize, usize)> {
        for (at, binding) in objects.cluster_role_bindings.iter().enumerate() {
            let subjects = binding.subjects.as_deref().unwrap_or_default();
            let Some(subject) = subjects.iter().position(|subject| applies(asked, subject, "")) else {
                continue;
            };
            let rules = rules(objects, &binding.role_ref, "");
            if let Some(rule) = rules.iter().position(|rule| allows(rule, asked)) {
                return Some((true, at, subject, rule));
            }
        }
        if asked.namespace.is_empty() {
            return None;
        }
        for (at, binding) in objects.role_bindings.iter().enumerate() {
            if binding.metadata.namespace.as_deref() != Some(asked.namespace) {
                continue;
            }
            let subjects = binding.subjects.as_deref().unwrap_or_default();
            let place = subjects.iter().position(|subject| applies(asked, subject, asked.namespace));
            let Some(subject) = place else { continue };
            let rules = rules(objects, &binding.role_ref, asked.namespace);
            if let Some(rule) = rules.iter().position(|rule| allows(rule, asked)) {
                return Some((false, at, subject, rule));
            }
        }
        None
    }

    fn rules<'o>(objects: &'o Objects, reference: &RoleRef, namespace: &str) -> &'o [PolicyRule] {
        let name = Some(reference.name.as_str());
        let found = match reference.kind.as_str() {
            "Role" if !namespace.is_empty() => objects
                .roles
                .iter()
                .find(|role| {
                    role.metadata.namespace.as_deref() == Some(namespace)
                        && role.metadata.name.as_deref() == name
                })
                .map(|role| &role.rules),
            "ClusterRole" => objects
                .cluster_roles
                .iter()
                .find(|role| role.metadata.name.as_deref() == name)
                .map(|role| &role.rules),
            _ => None,
        };
        found.and_then(|rules| rules.as_deref()).unwrap_or_default()
    }

    fn applies(asked: &Asked, subject: &BoundSubject, home: &str) -> bool {
        match subject.kind.as_str() {
            "User" => asked.user.name == subject.name,
            "Group" => asked.user.groups.contains(&subject.name),
            "ServiceAccount" => {
                let written = subject.namespace.as_deref().unwrap_or_default();
                let namespace = if written.is_empty() { home } else { written };
                !namespace.is_empty()
                    && asked.user.name == format!("system:serviceaccount:{namespace}:{}", subject.name)
            }
            _ => false,
        }
    }

    fn allows(rule: &PolicyRule, asked: &Asked) -> bool {
        let has = |list: &Option<Vec<String>>, text: &str| list.iter().flatten().any(|own| own == text);
        if !rule.verbs.iter().any(|verb| verb == "*" || verb == asked.verb) {
            return false;
        }
        let Some((group, resource, subresource, name)) = asked.target else {
            return rule.non_resource_urls.iter().flatten().any(|url| {
                url == "*"
                    || url == asked.path
                    || (url.ends_with('*') && asked.path.starts_with(url.trim_end_matches('*')))
            });
        };
        let combined =
            if subresource.is_empty() { resource.to_owned() } else { format!("{resource}/{subresource}") };
        (has(&rule.api_groups, "*") || has(&rule.api_groups, group))
            && (has(&rule.resources, "*")
                || has(&rule.resources, &combined)
                || (!subresource.is_empty() && has(&rule.resources, &format!("*/{subresource}"))))
            && (rule.resource_names.iter().flatten().next().is_none() || has(&rule.resource_names, name))
    }
}

fn policy(objects: &Objects) -> Policy {
    let mut builder = PolicyBuilder::new();
    objects.roles.iter().for_each(|role| builder.role(role, 0));
    objects.cluster_roles.iter().for_each(|role| builder.cluster_role(role, 0));
    objects.role_bindings.iter().for_each(|binding| builder.role_binding(binding, 0));
    objects.cluster_role_bindings.iter().for_each(|binding| builder.cluster_role_binding(binding, 0));
    builder.build()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decisions_equal_the_plain_semantics(
        objects in objects(),
        requests in prop::collection::vec(asked(), 1..30),
    ) {
        let policy = policy(&objects);
        for asked in &requests {
            let decision = policy.authorize(&asked.user, &asked.action());
            let told = decision.grant.map(|grant| {
                let clustered = objects.cluster_role_bindings.len();
                let at = grant.binding.index();
                let (cluster, at) = if at < clustered { (true, at) } else { (false, at - clustered) };
                (cluster, at, grant.subject as usize, grant.rule as usize)
            });
            prop_assert_eq!(told, plainly::allowed_by(&objects, asked), "{:?}", asked);
            prop_assert_eq!(policy.grants(&asked.user, &asked.action()).first().copied(), decision.grant);
        }
    }

    #[test]
    fn who_can_equals_asking_everyone(objects in objects(), asked in asked()) {
        let policy = policy(&objects);
        let action = asked.action();
        let question = Question { action, scope: Scope::Exactly, some_names: false };
        let holders: Vec<SubjectId> = policy.who_can(&question).map(|holder| holder.subject).collect();
        for (id, subject) in policy.subjects() {
            // A URL is asked for in no namespace.
            if matches!(action.target, Target::Path(_)) && !action.namespace.is_empty() {
                continue;
            }
            let user = match subject {
                Subject::Group(name) => UserInfo::new("nobody", [name]),
                _ => UserInfo::new(subject.name(), None::<String>),
            };
            prop_assert_eq!(holders.contains(&id), policy.authorize(&user, &action).allowed(), "{}", subject);
        }
    }

    #[test]
    fn rules_taken_apart_and_put_together_mean_the_same(rules in prop::collection::vec(rule(), 0..4)) {
        // The API server refuses names with URLs, and a rule of both would cover less than it allows.
        let rules: Vec<PolicyRule> = rules
            .into_iter()
            .map(|rule| match rule.non_resource_urls {
                Some(_) => PolicyRule { resource_names: None, ..rule },
                None => rule,
            })
            .collect();
        let permissions = rules.iter().flat_map(Permission::of_rule).collect();
        let again = rules_of(&permissions);
        prop_assert!(covers(&rules, &again).all());
        prop_assert!(covers(&again, &rules).all());
    }

    #[test]
    fn no_analysis_panics_and_a_policy_differs_not_from_itself(objects in objects()) {
        let policy = policy(&objects);
        let accounts = [Account { namespace: "shop", name: "a", runs: None }];
        for risk in policy.risks(&accounts) {
            prop_assert!(!risk.steps.is_empty(), "{:?}", risk);
        }
        prop_assert_eq!(diff(&policy, &policy), vec![]);
    }

    #[test]
    fn minimized_roles_allow_all_that_was_seen_and_every_rule_is_needed(
        requests in prop::collection::vec(observed(), 1..60),
        names in select(vec![usize::MAX, 0, 1]),
        namespaces in select(vec![usize::MAX, 1]),
    ) {
        let mut minimizer = Minimizer::new();
        for (user, asked) in &requests {
            minimizer.observe(user, &asked.action(), 1, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        }
        let generalize = Generalize { names, namespaces, ..Generalize::default() };
        let minimized = minimizer.minimize(&generalize, None);
        prop_assert_eq!(minimizer.unproven(&minimized, None), Vec::<String>::new());
        let generated = policy_of(&minimized);
        prop_assert_eq!(generated.problems(), &[]);
        for (at, subject) in minimized.iter().enumerate() {
            for role in 0..subject.roles.len() {
                let count = subject.roles[role].rules.as_ref().map_or(0, Vec::len);
                for rule in 0..count {
                    let mut less = minimized.clone();
                    less[at].roles[role].rules.as_mut().expect("it has rules").remove(rule);
                    prop_assert!(!minimizer.unproven(&less, None).is_empty(), "a rule is not needed");
                }
            }
            for role in 0..subject.cluster_roles.len() {
                let count = subject.cluster_roles[role].rules.as_ref().map_or(0, Vec::len);
                for rule in 0..count {
                    let mut less = minimized.clone();
                    less[at].cluster_roles[role].rules.as_mut().expect("it has rules").remove(rule);
                    prop_assert!(!minimizer.unproven(&less, None).is_empty(), "a rule is not needed");
                }
            }
        }
    }
}

/// Every resource of the alphabet either has an effect on a request that can be made, or is named.
#[test]
fn what_is_named_without_effect_has_none_and_the_rest_has_one() {
    for resource in RESOURCES.iter().copied().chain(["", "/", "/exec", "pod*"]) {
        let rule = PolicyRule {
            verbs: vec!["*".to_owned()],
            api_groups: Some(vec!["*".to_owned()]),
            resources: Some(vec![resource.to_owned()]),
            ..PolicyRule::default()
        };
        let named = |kind: &str| RoleRef { api_group: None, kind: kind.to_owned(), name: "a".to_owned() };
        let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
        let alice =
            BoundSubject { kind: "User".to_owned(), name: "alice".to_owned(), ..BoundSubject::default() };
        let objects = Objects {
            cluster_roles: vec![ClusterRole {
                metadata: metadata.clone(),
                rules: Some(vec![rule]),
                aggregation_rule: None,
            }],
            cluster_role_bindings: vec![ClusterRoleBinding {
                metadata,
                role_ref: named("ClusterRole"),
                subjects: Some(vec![alice]),
            }],
            ..Objects::default()
        };
        let policy = policy(&objects);
        let user = UserInfo::new("alice", None::<String>);
        let allowed = ["pods", "secrets", "exec"].iter().any(|resource| {
            ["", "exec", "x"].iter().any(|subresource| {
                policy.authorize(&user, &Action::on("get", "", resource).subresource(subresource)).allowed()
            })
        });
        let told = !policy.without_effect(|_, _| None).is_empty();
        assert_eq!(allowed, !told, "{resource:?}");
    }
}

/// Requests as they are seen in a log.
fn observed() -> impl Strategy<Value = (String, Asked)> {
    let users: &[&str] = &["alice", "system:serviceaccount:shop:a", "a/b", "a%b", "a-b"];
    let verbs: &[&str] = &["get", "list", "create", "deletecollection", "patch"];
    let resources: &[&str] = &["pods", "secrets"];
    let subresources: &[&str] = &["", "", "exec"];
    let groups: &[&str] = &["", "apps"];
    let names: &[&str] = &["", "a", "b", "c"];
    let paths: &[&str] = &["/a", "/a/b", "/metrics"];
    let target = (select(groups), select(resources), select(subresources), select(names));
    (select(users), select(verbs), select(NAMESPACES), proptest::option::weighted(0.9, target), select(paths))
        .prop_map(|(user, verb, namespace, target, path)| {
            let namespace = if target.is_some() { namespace } else { "" };
            (user.to_owned(), Asked { user: UserInfo::default(), namespace, verb, target, path })
        })
}
