//! Policies in short, and tests of what the parts say of them.

use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use serde_json::{Value, from_value, json};

use crate::*;

/// A policy of objects as JSON, tagged by their place. Aggregated when told.
pub(crate) fn policy_of_json(objects: &Value, aggregate: bool) -> Policy {
    let mut builder = PolicyBuilder::new().aggregate(aggregate);
    for (tag, object) in (0..).zip(objects.as_array().expect("a list")) {
        let kind = object["kind"].as_str().expect("a kind");
        let read = object.clone();
        match kind {
            "Role" => builder.role(&from_value::<Role>(read).expect("a Role"), tag),
            "ClusterRole" => {
                builder.cluster_role(&from_value::<ClusterRole>(read).expect("a ClusterRole"), tag);
            }
            "RoleBinding" => {
                builder.role_binding(&from_value::<RoleBinding>(read).expect("a RoleBinding"), tag);
            }
            _ => builder.cluster_role_binding(&from_value::<ClusterRoleBinding>(read).expect("one"), tag),
        }
    }
    builder.build()
}

fn meta(kind: &str, name: &str) -> Value {
    let api = "rbac.authorization.k8s.io/v1";
    match name.split_once('/') {
        Some((namespace, name)) => {
            json!({"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": namespace}})
        }
        None => json!({"apiVersion": api, "kind": kind, "metadata": {"name": name}}),
    }
}

/// A role `ns/name` or a cluster role `name`; rules as `verbs groups resources [names]` with commas,
/// or `verbs url`.
pub(crate) fn role(name: &str, rules: &[&str]) -> Value {
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(|part| if part == "core" { String::new() } else { part.to_owned() }).collect()
    };
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| match rule.split(' ').collect::<Vec<_>>()[..] {
            [verbs, url] => json!({"verbs": list(verbs), "nonResourceURLs": list(url)}),
            [verbs, groups, resources] => {
                json!({"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources)})
            }
            [verbs, groups, resources, names] => json!({"verbs": list(verbs), "apiGroups": list(groups),
                "resources": list(resources), "resourceNames": list(names)}),
            _ => panic!("no rule: {rule}"),
        })
        .collect();
    let mut object = meta(if name.contains('/') { "Role" } else { "ClusterRole" }, name);
    object["rules"] = json!(rules);
    object
}

/// A binding `ns/name` or `name` of `role` (`Role x`, `ClusterRole x`) to subjects: `user:x`, `group:x`,
/// `sa:ns/x`, `sa:x` (no namespace).
pub(crate) fn binding(name: &str, role: &str, subjects: &[&str]) -> Value {
    let subjects: Vec<Value> = subjects
        .iter()
        .map(|subject| match subject.split_once(':').expect("a kind") {
            ("user", name) => json!({"kind": "User", "name": name}),
            ("group", name) => json!({"kind": "Group", "name": name}),
            ("sa", name) => match name.split_once('/') {
                Some((namespace, name)) => {
                    json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
                }
                None => json!({"kind": "ServiceAccount", "name": name}),
            },
            _ => panic!("no subject: {subject}"),
        })
        .collect();
    let (kind, role) = role.split_once(' ').expect("kind and name");
    let mut object = meta(if name.contains('/') { "RoleBinding" } else { "ClusterRoleBinding" }, name);
    object["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role});
    object["subjects"] = json!(subjects);
    object
}

pub(crate) fn policy(objects: Vec<Value>) -> Policy {
    policy_of_json(&Value::Array(objects), false)
}

fn alice() -> UserInfo {
    UserInfo::authenticated("alice", None::<String>)
}

#[test]
fn requests_get_the_name_that_the_api_server_gives_them() {
    let request =
        Request { verb: "get", resource: "pods", namespace: "shop", name: "web", ..Request::default() };
    let name = |request: &Request<'_>| match request.action().target {
        Target::Resource { name, .. } => name.to_owned(),
        Target::Path(_) => panic!("a path"),
    };
    assert_eq!(name(&request), "web");
    assert_eq!(name(&Request { verb: "create", ..request }), "");
    assert_eq!(name(&Request { verb: "create", subresource: "exec", ..request }), "web");
    assert_eq!(name(&Request { verb: "list", ..request }), "");
    assert_eq!(
        name(&Request { verb: "deletecollection", field_selector: "metadata.name=web", ..request }),
        ""
    );
    for (selector, expected) in [
        ("metadata.name=web", "web"),
        ("metadata.name==web", "web"),
        ("status.phase!=Failed,metadata.name=web", "web"),
        ("metadata.name!=web", ""),
        ("metadata.namespace=web", ""),
        ("metadata.name=", ""),
        ("metadata.name=a/b", ""),
        ("metadata.name=..", ""),
        ("nonsense", ""),
        ("metadata.name=b,metadata.name=a", "a"),
    ] {
        let listed = Request { verb: "watch", field_selector: selector, ..request };
        assert_eq!(name(&listed), expected, "{selector}");
    }
}

#[test]
fn a_namespace_is_asked_for_in_itself() {
    let request = Request { verb: "get", resource: "namespaces", name: "shop", ..Request::default() };
    assert_eq!(request.action().namespace, "shop");
    assert_eq!(Request { verb: "list", ..request }.action().namespace, "");
    let policy = policy(vec![
        role("shop/own", &["get,list core namespaces"]),
        binding("shop/own", "Role own", &["user:alice"]),
    ]);
    assert!(policy.authorize(&alice(), &request.action()).allowed());
    assert!(!policy.authorize(&alice(), &Request { name: "bank", ..request }.action()).allowed());
    assert!(!policy.authorize(&alice(), &Request { verb: "list", ..request }.action()).allowed());
}

#[test]
fn implicit_groups_are_those_of_the_authenticator() {
    assert_eq!(implicit_groups("alice"), ["system:authenticated"]);
    assert_eq!(implicit_groups("system:anonymous"), ["system:unauthenticated"]);
    assert_eq!(
        implicit_groups("system:serviceaccount:shop:web"),
        ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
    );
    // No service account can have this name, so nothing is added.
    assert_eq!(implicit_groups("system:serviceaccount:Shop:web"), ["system:authenticated"]);
    assert_eq!(implicit_groups("system:serviceaccount:shop:web:x"), ["system:authenticated"]);
}

#[test]
fn a_user_by_the_name_of_a_service_account_is_that_account() {
    let policy = policy(vec![
        role("view", &["get core pods"]),
        binding("a", "ClusterRole view", &["user:system:serviceaccount:shop:web"]),
        binding("shop/b", "ClusterRole view", &["sa:web"]),
    ]);
    let account = Subject::ServiceAccount { namespace: "shop", name: "web" };
    let id = policy.find_subject(&account).expect("it is bound");
    assert_eq!(policy.subject(id), account);
    assert_eq!(policy.subject_count(), 1);
    let names: Vec<_> = policy.bindings_of(id).iter().map(|(binding, _)| binding.to_string()).collect();
    assert_eq!(names, ["ClusterRoleBinding a", "RoleBinding shop/b"]);
}

#[test]
fn the_first_binding_and_its_first_subject_are_named() {
    let policy = policy(vec![
        role("view", &["get core pods"]),
        binding("b", "ClusterRole view", &["group:dev", "user:alice", "group:system:authenticated"]),
        binding("a", "ClusterRole view", &["user:alice"]),
        binding("shop/x", "Role gone", &["user:alice"]),
    ]);
    let action = Action::on("get", "", "pods").in_namespace("shop");
    let decision = policy.authorize(&alice(), &action);
    assert_eq!(
        decision.reason().as_deref(),
        Some(r#"ClusterRoleBinding "b" of ClusterRole "view" to User "alice""#)
    );
    assert_eq!(
        decision.grant.map(|grant| (grant.binding.index(), grant.subject, grant.rule)),
        Some((0, 1, 0))
    );
    let dev = UserInfo::new("alice", ["dev"]);
    assert_eq!(policy.authorize(&dev, &action).grant.map(|grant| grant.subject), Some(0));
    assert_eq!(policy.grants(&dev, &action).len(), 2);
    let denied = policy.authorize(&alice(), &Action::on("delete", "", "pods").in_namespace("shop"));
    assert_eq!(denied.skipped.len(), 1);
    assert_eq!(policy.binding(denied.skipped[0]).name(), "x");
}

#[test]
fn reasons_quote_as_go_does() {
    let policy = policy(vec![
        role("view", &["get core pods"]),
        binding("b", "ClusterRole view", &["user:a\"\u{7f}é\u{200b}\u{1f600}"]),
    ]);
    let user = UserInfo::new("a\"\u{7f}é\u{200b}\u{1f600}", None::<String>);
    let reason = policy.authorize(&user, &Action::on("get", "", "pods")).reason();
    let expected = "ClusterRoleBinding \"b\" of ClusterRole \"view\" to User \"a\\\"\\x7fé\\u200b\u{1f600}\"";
    assert_eq!(reason.as_deref(), Some(expected));
}

#[test]
fn everything_that_is_wrong_is_told_and_nothing_panics() {
    let objects = json!([
        role("twice", &["get core pods"]),
        role("twice", &["* * *"]),
        {"kind": "ClusterRole", "metadata": {}},
        {"kind": "Role", "metadata": {"name": "nowhere"}},
        {"kind": "RoleBinding", "metadata": {"name": "nowhere"}, "roleRef": {"kind": "Role", "name": "nowhere"},
         "subjects": [{"kind": "ServiceAccount", "name": "a"}]},
        {"kind": "ClusterRoleBinding", "metadata": {"name": "odd"},
         "roleRef": {"apiGroup": "example.com", "kind": "Role", "name": "r"},
         "subjects": [{"kind": "Robot", "name": "a"}, {"kind": "ServiceAccount", "name": "a"},
            {"kind": "User", "name": "", "apiGroup": "example.com"}, {"kind": "Group", "name": "g", "namespace": "n"},
            {"kind": "ServiceAccount", "name": "A_", "namespace": "shop"}]},
        {"kind": "RoleBinding", "metadata": {"name": "c", "namespace": "shop"},
         "roleRef": {"kind": "Cluster", "name": "r"}},
        binding("dangling", "ClusterRole gone", &["user:alice"]),
    ]);
    let policy = policy_of_json(&objects, true);
    let told: Vec<String> = policy.problems().iter().map(ToString::to_string).collect();
    let expected = [
        "ClusterRole twice: there is another",
        "ClusterRole .metadata.name: the name is missing",
        "Role /nowhere.metadata.namespace: the namespace is missing",
        "RoleBinding /nowhere.metadata.namespace: the namespace is missing",
        "ClusterRoleBinding odd.roleRef.apiGroup: the API group",
        "ClusterRoleBinding odd.roleRef.kind: a ClusterRoleBinding cannot refer to a Role",
        "ClusterRoleBinding odd.subjects[0].kind: \"Robot\" is no kind",
        "ClusterRoleBinding odd.subjects[1].namespace: a service account needs",
        "ClusterRoleBinding odd.subjects[2].apiGroup: \"example.com\" is not",
        "ClusterRoleBinding odd.subjects[2].name: the name of the subject",
        "ClusterRoleBinding odd.subjects[3].namespace: users and groups",
        "ClusterRoleBinding odd.subjects[4]: no service account",
        "RoleBinding shop/c.roleRef.kind: \"Cluster\" is no kind of role",
        "ClusterRoleBinding dangling.roleRef: there is no ClusterRole \"gone\"",
    ];
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}, expected {expected}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    // The first of two roles is in force.
    let twice = policy.cluster_role("twice").expect("it is there");
    assert_eq!(twice.rules()[0].verbs, ["get"]);
}

#[test]
fn aggregated_roles_gather_transitively_and_by_all_operators() {
    let labelled = |name: &str, labels: Value, rules: &[&str]| {
        let mut object = role(name, rules);
        object["metadata"]["labels"] = labels;
        object
    };
    let gathering = |name: &str, labels: Value, selectors: Value| {
        let mut object = labelled(name, labels, &["* * *"]);
        object["aggregationRule"] = json!({"clusterRoleSelectors": selectors});
        object
    };
    let objects = json!([
        labelled("b", json!({"to-view": "yes"}), &["list core pods", "get core pods"]),
        labelled("a", json!({"to-view": "yes", "tier": "1"}), &["get core pods"]),
        labelled("c", json!({"tier": "2"}), &["get core nodes"]),
        gathering("view", json!({"to-edit": "yes"}), json!([{"matchLabels": {"to-view": "yes"}}])),
        gathering(
            "edit",
            json!({}),
            json!([{"matchLabels": {"to-edit": "yes"}},
            {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["2", "3"]}]}])
        ),
        gathering(
            "not",
            json!({}),
            json!([{"matchExpressions": [
            {"key": "tier", "operator": "NotIn", "values": ["2"]}, {"key": "to-view", "operator": "Exists"},
            {"key": "gone", "operator": "DoesNotExist"}]}])
        ),
        gathering("bad", json!({}), json!([{"matchExpressions": [{"key": "a", "operator": "Is"}]}])),
        gathering("none", json!({}), json!([])),
        gathering("x", json!({"circle": "x"}), json!([{"matchLabels": {"circle": "y"}}])),
        gathering(
            "y",
            json!({"circle": "y"}),
            json!([{"matchLabels": {"circle": "x"}}, {"matchLabels": {"tier": "2"}}])
        ),
    ]);
    let rules = |policy: &Policy, name: &str| -> Vec<String> {
        let role = policy.cluster_role(name).expect("it is there");
        role.rules().iter().map(|rule| format!("{:?} {:?}", rule.verbs, rule.resources)).collect()
    };
    let policy = policy_of_json(&objects, true);
    let view = [r#"["get"] Some(["pods"])"#, r#"["list"] Some(["pods"])"#];
    assert_eq!(rules(&policy, "view"), view);
    assert_eq!(rules(&policy, "edit"), [view[0], view[1], r#"["get"] Some(["nodes"])"#]);
    assert_eq!(rules(&policy, "not"), view);
    assert_eq!(rules(&policy, "x"), [r#"["get"] Some(["nodes"])"#]);
    assert_eq!(rules(&policy, "bad"), [r#"["*"] Some(["*"])"#], "it stays as it is written");
    let told: Vec<String> = policy.problems().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("bad.aggregationRule.clusterRoleSelectors[0]: \"Is\" is no operator"),
        "{told:?}"
    );
    assert!(told[1].contains("none.aggregationRule"), "{told:?}");
    // Taken as they are when live.
    assert_eq!(rules(&policy_of_json(&objects, false), "view"), [r#"["*"] Some(["*"])"#]);
}

#[test]
fn the_layers_around_rbac_are_told() {
    let policy = policy(vec![
        role("view", &["get,update core nodes", "impersonate core users"]),
        binding("nodes", "ClusterRole view", &["group:system:nodes"]),
    ]);
    let caveats = |authorization: &Authorization, user: &UserInfo, verb| {
        policy.decide(authorization, user, &Action::on(verb, "", "nodes")).caveats
    };
    let known = Authorization::node_and_rbac();
    let masters = UserInfo::new("root", ["system:masters"]);
    let verdict = policy.decide(&known, &masters, &Action::on("delete", "", "nodes"));
    assert_eq!((verdict.answer, verdict.rbac.allowed()), (Answer::SystemMasters, false));
    assert_eq!(verdict.reason().as_deref(), Some("allowed before RBAC: member of system:masters"));
    let kubelet = UserInfo::new("system:node:n1", ["system:nodes"]);
    assert_eq!(caveats(&known, &kubelet, "get"), []);
    assert_eq!(caveats(&known, &kubelet, "update"), [Caveat::NodeRestriction]);
    assert_eq!(caveats(&known, &kubelet, "list"), [Caveat::NodeAuthorizer, Caveat::Impersonation]);
    assert_eq!(caveats(&known, &alice(), "list"), []);
    assert_eq!(caveats(&Authorization::default(), &alice(), "list"), [Caveat::AuthorizersUnknown]);
    let with = |list: &[Authorizer]| Authorization { authorizers: Some(list.to_vec()), ..known.clone() };
    use Authorizer::{Abac, AlwaysAllow, Rbac, Webhook};
    assert_eq!(
        caveats(&with(&[Rbac, Webhook, Abac]), &alice(), "list"),
        [Caveat::WebhookAfter, Caveat::Abac]
    );
    assert_eq!(caveats(&with(&[Rbac, Webhook]), &kubelet, "get"), []);
    assert_eq!(caveats(&with(&[Webhook, Rbac]), &kubelet, "get"), [Caveat::WebhookBefore]);
    assert_eq!(
        caveats(&with(&[Abac]), &kubelet, "get"),
        [Caveat::RbacOff, Caveat::Abac, Caveat::Impersonation]
    );
    let others = policy.caveats_of_who_can(&with(&[Rbac, Webhook]), &Action::on("list", "", "nodes"));
    assert_eq!(others, [Caveat::WebhookAfter, Caveat::SystemMasters]);
    let open = policy.decide(&with(&[AlwaysAllow]), &alice(), &Action::on("list", "", "nodes"));
    assert_eq!(open.answer, Answer::AlwaysAllow);
}

#[test]
fn impersonation_needs_both_halves_in_a_narrow_mode() {
    let policy = policy(vec![
        role("classic", &["impersonate core users bob", "impersonate core groups dev"]),
        role("shop/accounts", &["impersonate core serviceaccounts"]),
        role(
            "narrow",
            &[
                "impersonate:user-info authentication.k8s.io users,groups",
                "impersonate-on:user-info:list core pods",
            ],
        ),
        role(
            "nodes",
            &[
                "impersonate:associated-node authentication.k8s.io nodes",
                "impersonate-on:associated-node:get core pods",
            ],
        ),
        binding("a", "ClusterRole classic", &["user:classic"]),
        binding("shop/a", "Role accounts", &["user:classic"]),
        binding("b", "ClusterRole narrow", &["user:narrow"]),
        binding("c", "ClusterRole nodes", &["sa:shop/agent"]),
    ]);
    let (list, get) = (Action::on("list", "", "pods"), Action::on("get", "", "pods"));
    let ask = |user: &str, wanted: Wanted, action: &Action<'_>, constrained| {
        policy.impersonates(&UserInfo::authenticated(user, None::<String>), &wanted, action, constrained)
    };
    let mode = |answer: Impersonation| match answer {
        Impersonation::Allowed { mode, .. } => Some(mode),
        _ => None,
    };
    let group = |name: &str, group: &str| Wanted { groups: vec![group.to_owned()], ..Wanted::user(name) };
    use ImpersonationMode::{Legacy, UserInfo as Info};
    assert_eq!(mode(ask("classic", Wanted::user("bob"), &get, true)), Some(Legacy));
    assert_eq!(mode(ask("classic", group("bob", "dev"), &get, true)), Some(Legacy));
    assert_eq!(mode(ask("classic", group("bob", "ops"), &get, true)), None);
    assert_eq!(mode(ask("classic", Wanted::user("eve"), &get, true)), None);
    let web = "system:serviceaccount:shop:web";
    assert_eq!(
        ask("classic", Wanted::user(web), &get, true),
        Impersonation::Allowed { mode: Legacy, acting: UserInfo::service_account("shop", "web") }
    );
    assert_eq!(mode(ask("classic", Wanted::user("system:serviceaccount:bank:web"), &get, true)), None);
    assert_eq!(mode(ask("narrow", group("eve", "ops"), &list, true)), Some(Info));
    assert_eq!(mode(ask("narrow", group("eve", "ops"), &get, true)), None, "not for this verb");
    assert_eq!(mode(ask("narrow", group("eve", "ops"), &list, false)), None, "not before 1.36");
    assert_eq!(mode(ask("narrow", group("eve", "system:masters"), &list, true)), None);
    assert_eq!(
        mode(ask("narrow", Wanted::user(web), &list, true)),
        None,
        "accounts have a mode of their own"
    );
    let agent = "system:serviceaccount:shop:agent";
    let node = ask(agent, Wanted::user("system:node:n1"), &get, true);
    let acting = UserInfo::new("system:node:n1", ["system:nodes", "system:authenticated"]);
    assert_eq!(node, Impersonation::OnOwnNode { acting });
    assert_eq!(ask(agent, Wanted::user("system:node:n1"), &list, true), Impersonation::Denied);
    let caveats =
        policy.decide(&Authorization::node_and_rbac(), &UserInfo::new("narrow", ["x"]), &get).caveats;
    assert_eq!(caveats, [Caveat::ConstrainedImpersonation]);
}

#[test]
fn nobody_hands_on_what_they_do_not_have() {
    let policy = policy(vec![
        role("view", &["get core pods"]),
        role("admin", &["* * *", "* *"]),
        role(
            "named",
            &[
                "bind rbac.authorization.k8s.io clusterroles admin",
                "escalate rbac.authorization.k8s.io roles mine",
            ],
        ),
        binding("a", "ClusterRole view", &["user:alice", "user:bob"]),
        binding("shop/a", "ClusterRole named", &["user:bob"]),
        binding("b", "ClusterRole admin", &["user:root"]),
    ]);
    let user = |name: &str| UserInfo::authenticated(name, None::<String>);
    let bind = |name, namespace, role| policy.may_bind(&user(name), namespace, "ClusterRole", role);
    assert_eq!(bind("alice", Some("shop"), "view"), Escalation::Covered);
    assert_eq!(bind("alice", None, "view"), Escalation::Covered);
    assert!(matches!(bind("alice", Some("shop"), "admin"), Escalation::Uncovered(_)));
    assert!(matches!(bind("bob", Some("shop"), "admin"), Escalation::Exempt(_)));
    assert!(!bind("bob", Some("bank"), "admin").allowed());
    assert!(!bind("bob", None, "admin").allowed());
    assert_eq!(bind("alice", None, "gone"), Escalation::RoleMissing);
    assert_eq!(
        policy.may_bind(&UserInfo::new("x", ["system:masters"]), None, "ClusterRole", "admin"),
        Escalation::SystemMasters
    );
    let everything = escalation::everything();
    let write = |name: &str, role: &RoleWrite<'_>| policy.may_write_role(&user(name), role);
    let mine = RoleWrite {
        namespace: Some("shop"),
        name: "mine",
        rules: &everything,
        aggregates: false,
        create: false,
    };
    assert!(write("bob", &mine).allowed());
    assert!(!write("bob", &RoleWrite { create: true, ..mine }).allowed(), "a create names nothing");
    assert!(!write("bob", &RoleWrite { name: "other", ..mine }).allowed());
    let pods = [PolicyRule {
        verbs: vec!["get".to_owned()],
        api_groups: Some(vec![String::new()]),
        resources: Some(vec!["pods".to_owned()]),
        ..PolicyRule::default()
    }];
    let wide = RoleWrite { namespace: None, name: "x", rules: &pods, aggregates: false, create: true };
    assert_eq!(write("alice", &wide), Escalation::Covered);
    assert_eq!(write("alice", &RoleWrite { aggregates: true, ..wide }), Escalation::Aggregation);
    assert!(write("root", &RoleWrite { aggregates: true, ..wide }).allowed());
    let Escalation::Uncovered(covers) = bind("alice", None, "admin") else { panic!("it is not covered") };
    let told: Vec<String> = covers.compact().iter().map(describe_rule).collect();
    assert_eq!(
        told,
        [r#"{NonResourceURLs:["*"], Verbs:["*"]}"#, r#"{APIGroups:["*"], Resources:["*"], Verbs:["*"]}"#]
    );
}

#[test]
fn grants_without_effect_are_named() {
    let policy = policy(vec![
        role(
            "shop/r",
            &[
                "get core nodes,pods",
                "get /metrics",
                "get,list core namespaces",
                "list core namespaces",
                "bind rbac.authorization.k8s.io clusterroles",
                "get example.com widgets,gadgets",
            ],
        ),
        role(
            "c",
            &[
                "get core pods/*,*/*,*/exec,*,pods/exec/x",
                "GET core Pods",
                "create,get core pods a",
                "create,patch core pods a",
                "deletecollection core pods a",
                "create core pods/exec a",
                "get core deployments",
                "get extensions deployments",
                "get metrics,/a/*/b,/ok/*,*",
                "get core nodes",
            ],
        ),
        binding("shop/b", "ClusterRole c", &["user:alice"]),
    ]);
    let scope = |group: &str, resource: &str| (group == "example.com").then_some(resource == "gadgets");
    let told: Vec<String> = policy
        .without_effect(scope)
        .iter()
        .map(|found| format!("{}{} {}", found.object, found.path, found.why))
        .collect();
    let expected = [
        "ClusterRole c.rules[0].resources[0] pods/* matches nothing",
        "ClusterRole c.rules[0].resources[1] */* matches nothing",
        "ClusterRole c.rules[0].resources[4] pods/exec/x matches nothing",
        "ClusterRole c.rules[1].resources[0] Pods matches nothing",
        "ClusterRole c.rules[1].verbs[0] GET matches nothing",
        "ClusterRole c.rules[2].verbs[0] a create request names no object",
        "ClusterRole c.rules[4].verbs[0] a deletecollection request names no object",
        "ClusterRole c.rules[6].resources[0] the core group has no resource deployments",
        "ClusterRole c.rules[8].nonResourceURLs[0] metrics matches no path",
        "ClusterRole c.rules[8].nonResourceURLs[1] /a/*/b matches no path",
        "Role shop/r.rules[0].resources[0] nodes has no namespace and cannot be granted by a Role",
        "Role shop/r.rules[1].nonResourceURLs[0] the URL /metrics",
        "Role shop/r.rules[3].resources[0] namespaces has no namespace",
        "Role shop/r.rules[5].resources[0] widgets has no namespace",
        "RoleBinding shop/b.roleRef nodes has no namespace and cannot be granted through a RoleBinding of ClusterRole c",
    ];
    let mut told_left = told.clone();
    told_left.sort();
    for expected in expected {
        assert!(told.iter().any(|told| told.starts_with(expected)), "missing: {expected}\n{told:#?}");
        told_left.retain(|told| !told.starts_with(expected));
    }
    told_left.retain(|told| !told.contains("shop/b.roleRef the URL"));
    assert_eq!(told_left, Vec::<String>::new());
}
