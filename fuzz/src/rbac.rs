//! The target `rbac`: roles, bindings and requests of any shape.

use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use serde_json::Value;
use watertight_rbac::{
    Account, Action, Authorization, Generalize, Minimizer, Permission, Policy, PolicyBuilder, Question,
    Request, Scope, Subject, UserInfo, covers, diff, rules_of,
};

/// A JSON list of objects; others in it are requests (`{"user", "verb", "group", "resource", …}`): every
/// way to ask gives the same answer, roles that are made of what is allowed allow it, nothing differs from
/// itself, and nothing panics.
pub fn rbac(bytes: &[u8]) {
    let Ok(Value::Array(objects)) = serde_json::from_slice::<Value>(bytes) else { return };
    let policy = policy(&objects);
    let accounts = [Account { namespace: "shop", name: "web", runs: None }];
    for risk in policy.risks(&accounts) {
        assert!(!risk.steps.is_empty(), "a reach without a way");
    }
    assert!(diff(&policy, &policy).is_empty(), "a policy differs from itself");
    let _ = policy.without_effect(|_, _| None);
    let _: Vec<String> = policy.problems().iter().map(ToString::to_string).collect();
    for role in policy.roles() {
        let permissions = role.rules().iter().flat_map(Permission::of_rule).collect();
        // A rule of both names and URLs covers less than it allows, as the API server has it.
        let mixed = role.rules().iter().any(|r| r.resource_names.is_some() && r.non_resource_urls.is_some());
        assert!(mixed || covers(role.rules(), &rules_of(&permissions)).all(), "rules grow when rewritten");
    }
    let mut minimizer = Minimizer::new();
    for object in &objects {
        ask(&policy, object, &mut minimizer);
    }
    let minimized = minimizer.minimize(&Generalize::default(), None);
    assert_eq!(minimizer.unproven(&minimized, None), Vec::<String>::new(), "minimized roles lack something");
}

fn policy(objects: &[Value]) -> Policy {
    let mut builder = PolicyBuilder::new().aggregate(true);
    for (tag, object) in (0..).zip(objects) {
        match object["kind"].as_str() {
            Some("Role") => read::<Role>(object).iter().for_each(|role| builder.role(role, tag)),
            Some("ClusterRole") => {
                read::<ClusterRole>(object).iter().for_each(|role| builder.cluster_role(role, tag));
            }
            Some("RoleBinding") => {
                read::<RoleBinding>(object).iter().for_each(|binding| builder.role_binding(binding, tag));
            }
            Some("ClusterRoleBinding") => read::<ClusterRoleBinding>(object)
                .iter()
                .for_each(|binding| builder.cluster_role_binding(binding, tag)),
            _ => {}
        }
    }
    builder.build()
}

fn read<T: k8s_openapi::serde::de::DeserializeOwned>(object: &Value) -> Option<T> {
    serde_json::from_value(object.clone()).ok()
}

fn ask(policy: &Policy, object: &Value, minimizer: &mut Minimizer) {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    if text("verb").is_empty() {
        return;
    }
    let user = UserInfo::authenticated(text("user"), None::<String>);
    let request = Request {
        verb: text("verb"),
        group: text("group"),
        resource: text("resource"),
        subresource: text("subresource"),
        namespace: text("namespace"),
        name: text("name"),
        field_selector: text("fieldSelector"),
    };
    let action =
        if text("path").is_empty() { request.action() } else { Action::path(text("verb"), text("path")) };
    let decision = policy.authorize(&user, &action);
    assert_eq!(decision.grant, policy.grants(&user, &action).first().copied(), "two answers");
    assert_eq!(decision.reason().is_some(), decision.allowed(), "allowed without a reason");
    let verdict = policy.decide(&Authorization::node_and_rbac(), &user, &action);
    assert_eq!(verdict.allowed(), decision.allowed(), "the layers change what they must not");
    let question = Question { action, scope: Scope::Exactly, some_names: false };
    let holders: Vec<Subject<'_>> =
        policy.who_can(&question).map(|holder| policy.subject(holder.subject)).collect();
    let is_holder = holders.iter().any(|holder| match holder {
        Subject::Group(group) => user.in_group(group),
        other => other.name() == user.name,
    });
    assert_eq!(is_holder, decision.allowed(), "who-can and the decision differ");
    if decision.allowed() {
        minimizer.observe(&user.name, &action, 1, "", "");
    }
}
