//! Questions in the other direction, and comparisons of policies.

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::tests::{binding, policy, role};
use crate::*;

#[test]
fn who_can_goes_through_bindings_and_names() {
    let policy = policy(vec![
        role("all", &["get core pods", "get /metrics"]),
        role("shop/one", &["get,list core pods web"]),
        binding("a", "ClusterRole all", &["group:dev", "user:alice", "user:alice"]),
        binding("shop/b", "Role one", &["sa:web"]),
        binding("bank/c", "ClusterRole all", &["sa:shop/web"]),
    ]);
    let ask = |action, scope, some_names| -> Vec<String> {
        let holders = policy.who_can(&Question { action, scope, some_names });
        holders
            .map(|holder| {
                let binding = policy.binding(holder.binding);
                format!("{} by {binding} {}", policy.subject(holder.subject), holder.names.join(","))
            })
            .collect()
    };
    let get = Action::on("get", "", "pods").in_namespace("shop");
    let all = ["Group dev by ClusterRoleBinding a ", "User alice by ClusterRoleBinding a "];
    assert_eq!(ask(get, Scope::Exactly, false), all);
    let one = "ServiceAccount shop/web by RoleBinding shop/b web";
    assert_eq!(ask(get, Scope::Exactly, true), [all[0], all[1], one]);
    assert_eq!(ask(get.named("web"), Scope::Exactly, false), [all[0], all[1], one]);
    assert_eq!(ask(get.named("db"), Scope::Exactly, true), all);
    let bank = "ServiceAccount shop/web by RoleBinding bank/c ";
    assert_eq!(ask(get, Scope::Anywhere, true), [all[0], all[1], one, bank]);
    assert_eq!(ask(Action::path("get", "/metrics"), Scope::Anywhere, false), all);
    let table = policy.matrix_of("", "pods", "shop", Scope::Exactly, &["get", "list", "create"]);
    let account = Subject::ServiceAccount { namespace: "shop", name: "web" };
    assert_eq!(table[&account], [Cell::SomeNames, Cell::SomeNames, Cell::No]);
    assert_eq!(table[&Subject::User("alice")], [Cell::Yes, Cell::No, Cell::No]);
    let web = UserInfo::service_account("shop", "web");
    let rows = policy.matrix(&web, "shop", [("", "pods"), ("", "secrets")], &["get", "create"]);
    assert_eq!(rows, [[Cell::SomeNames, Cell::No], [Cell::No, Cell::No]]);
    assert_eq!(policy.rules_for(&web, "shop").held.len(), 1);
    assert_eq!(policy.rules_for(&web, "bank").held.len(), 2);
    assert_eq!(policy.rules_for(&web, "").held.len(), 0);
    let everyone = policy.find_subject(&Subject::Group("dev")).expect("it is bound");
    assert_eq!(policy.members(everyone, [("shop", "web")]), []);
}

#[test]
fn a_diff_is_about_what_is_granted() {
    let before = policy(vec![
        role("edit", &["get,list core pods,secrets", "get core configmaps a"]),
        binding("shop/a", "ClusterRole edit", &["user:alice", "user:bob"]),
        binding("shop/b", "ClusterRole edit", &["user:carol"]),
    ]);
    let after = policy(vec![
        // The same in other words.
        role("one", &["list,get core secrets", "get core configmaps a", "get core pods", "list core pods"]),
        role("wide", &["* core *"]),
        binding("shop/x", "ClusterRole one", &["user:alice"]),
        binding("y", "ClusterRole wide", &["user:carol"]),
    ]);
    let changes = diff(&before, &after);
    let told: Vec<String> = changes
        .iter()
        .map(|change| {
            let rules = |scoped: &[(Option<String>, Vec<PolicyRule>)]| -> Vec<String> {
                let one = |(place, rules): &(Option<String>, Vec<PolicyRule>)| {
                    rules.iter().map(|rule| format!("{place:?} {}", describe_rule(rule))).collect::<Vec<_>>()
                };
                scoped.iter().flat_map(one).collect()
            };
            format!("{} +{:?} -{:?}", change.subject, rules(&change.gained), rules(&change.lost))
        })
        .collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("User bob +[] -["), "{told:#?}");
    assert!(told[0].contains("secrets"), "{told:#?}");
    assert!(told[1].starts_with("User carol +[\"None {APIGroups"), "{told:#?}");
    assert!(told[1].ends_with("-[]"), "a wider grant loses nothing: {told:#?}");
}

#[test]
fn usage_tells_what_was_never_used() {
    let policy = policy(vec![
        role("two", &["get core pods", "list core pods", "get core nodes"]),
        role("one", &["get core pods"]),
        role("empty", &[]),
        binding("a", "ClusterRole two", &["user:alice"]),
        binding("b", "ClusterRole one", &["user:alice"]),
        binding("c", "ClusterRole one", &["user:bob"]),
        binding("d", "ClusterRole empty", &["user:bob"]),
        binding("e", "ClusterRole gone", &["user:bob"]),
    ]);
    let alice = UserInfo::authenticated("alice", None::<String>);
    let mut usage = Usage::new(&policy);
    let get = Action::on("get", "", "pods").in_namespace("shop");
    assert!(usage.observe(&alice, &get, 2, "2026-01-02", "2026-01-03").is_some());
    assert!(usage.observe(&alice, &get.named("web"), 1, "2026-01-01", "2026-01-01").is_some());
    assert!(usage.observe(&alice, &Action::on("delete", "", "pods"), 5, "", "").is_none());
    assert_eq!(usage.denied(), 5);
    let unused: Vec<_> = usage
        .unused()
        .into_iter()
        .map(|unused| (policy.binding(unused.binding).name(), unused.rules, unused.whole))
        .collect();
    assert_eq!(unused, [("a", vec![1, 2], false), ("c", vec![0], true)]);
    let first = policy.bindings().next().expect("there are some").id();
    let times = usage.of(first, 0).expect("it was used");
    let told = (times.count, times.first.as_str(), times.last.as_str());
    assert_eq!(told, (3, "2026-01-01", "2026-01-03"));
    assert!(usage.decided(first));
    let second = policy.bindings().nth(1).expect("there are some").id();
    assert!(usage.of(second, 0).is_some() && !usage.decided(second), "it was never the one that counted");
}

#[test]
fn minimized_roles_are_those_one_would_write() {
    let mut minimizer = Minimizer::new();
    let mut see = |user: &str, action: Action<'_>| minimizer.observe(user, &action, 1, "", "");
    let web = "system:serviceaccount:shop:web";
    for name in ["a", "b"] {
        see(web, Action::on("get", "", "secrets").in_namespace("shop").named(name));
        see(web, Action::on("create", "", "pods").in_namespace("shop").named(name));
    }
    see(web, Action::on("create", "", "pods").subresource("exec").in_namespace("shop").named("a"));
    see(web, Action::on("list", "", "pods").in_namespace("shop"));
    see(web, Action::on("list", "", "nodes"));
    see(web, Action::path("get", "/metrics"));
    see("alice", Action::on("get", "", "pods").in_namespace("shop").named("a"));
    see("alice", Action::on("get", "", "pods").in_namespace("bank").named("a"));
    see("alice", Action::path("get", "/healthz"));
    let base = policy(vec![
        role("public", &["get /healthz"]),
        binding("public", "ClusterRole public", &["group:system:authenticated"]),
    ]);
    let minimized = minimizer.minimize(&Generalize::default(), Some(&base));
    assert_eq!(minimizer.unproven(&minimized, Some(&base)), Vec::<String>::new());
    assert_eq!(minimizer.unproven(&minimized, None), ["alice: get /healthz"]);
    let rules = |rules: &Option<Vec<PolicyRule>>| -> Vec<String> {
        rules.iter().flatten().map(describe_rule).collect()
    };
    let (alice, web) = (&minimized[0], &minimized[1]);
    assert_eq!((alice.requests, alice.left_to_everyone), (3, 1));
    // The same rule in two namespaces is one cluster role.
    assert_eq!(alice.cluster_roles[0].metadata.name.as_deref(), Some("minimized:user:alice:shared-1"));
    assert_eq!((alice.role_bindings.len(), alice.cluster_role_bindings.len(), alice.roles.len()), (2, 0, 0));
    assert_eq!(
        rules(&web.roles[0].rules),
        [
            r#"{APIGroups:[""], Resources:["pods"], Verbs:["create" "list"]}"#,
            r#"{APIGroups:[""], Resources:["pods/exec"], ResourceNames:["a"], Verbs:["create"]}"#,
            r#"{APIGroups:[""], Resources:["secrets"], ResourceNames:["a" "b"], Verbs:["get"]}"#,
        ]
    );
    assert_eq!(
        rules(&web.cluster_roles[0].rules),
        [
            r#"{APIGroups:[""], Resources:["nodes"], Verbs:["list"]}"#,
            r#"{NonResourceURLs:["/metrics"], Verbs:["get"]}"#,
        ]
    );
    let bound = web.role_bindings[0].subjects.as_ref().expect("there is one");
    assert_eq!((bound[0].kind.as_str(), bound[0].namespace.as_deref()), ("ServiceAccount", Some("shop")));
    // Wider on demand.
    let wide = Generalize { names: 1, namespaces: 1, ..Generalize::default() };
    let wide = minimizer.minimize(&wide, None);
    assert_eq!(
        (wide[0].roles.len(), wide[0].role_bindings.len(), wide[0].cluster_role_bindings.len()),
        (0, 0, 1)
    );
    let told = rules(&wide[1].roles[0].rules);
    assert!(
        told.contains(&r#"{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}"#.to_owned()),
        "{told:?}"
    );
}

/// A role alone, wherever a binding puts it in force.
#[test]
fn a_role_says_which_rule_allows_what() {
    let policy =
        policy(vec![role("a", &["get,delete core pods web", "get core pods", "create core pods/exec"])]);
    let role = policy.cluster_role("a").unwrap();
    let ask = |action: &Action<'_>| role.allowing(action).map(|found| (found.rule, found.names.to_vec()));
    assert_eq!(ask(&Action::on("get", "", "pods")), Some((1, Vec::new())));
    assert_eq!(ask(&Action::on("get", "", "pods").named("web")), Some((0, vec!["web".to_owned()])));
    // Of certain names only, unless another name is asked for, or none can be.
    assert_eq!(ask(&Action::on("delete", "", "pods")), Some((0, vec!["web".to_owned()])));
    assert_eq!(ask(&Action::on("delete", "", "pods").named("db")), None);
    assert_eq!(ask(&Action::on("create", "", "pods").subresource("exec")), Some((2, Vec::new())));
    assert_eq!(ask(&Action::on("create", "apps", "pods").subresource("exec")), None);
}
