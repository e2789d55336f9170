//! Events in, roles out.

use serde_json::{Value, json};
use watertight_rbac::{Generalize, PolicyBuilder, Wanted, policy_of};

use super::*;

fn event(user: &str, verb: &str, uri: &str, resource: &str, name: &str) -> Value {
    json!({
        "level": "Metadata", "auditID": format!("{user}-{verb}-{uri}"), "stage": "ResponseComplete",
        "requestURI": uri, "verb": verb, "user": {"username": user, "groups": ["system:authenticated"]},
        "objectRef": {"resource": resource, "namespace": "shop", "name": name, "apiVersion": "v1"},
        "requestReceivedTimestamp": "2026-01-01T00:00:00.000000Z",
        "annotations": {
            "authorization.k8s.io/decision": "allow",
            "authorization.k8s.io/reason": "RBAC: allowed by RoleBinding \"a/shop\" of Role \"a\"",
        },
    })
}

fn observe<'p>(events: &[Value], selection: Selection, policy: Option<&'p Policy>) -> Observed<'p> {
    let mut observed = Observed::new(selection, policy);
    for event in events {
        let text = event.to_string();
        observed.add(&Event::from_json(&text).unwrap());
    }
    observed
}

fn seen(events: &[Value]) -> Observed<'static> {
    observe(events, Selection::default(), None)
}

/// Rules in short, by user: `shop get pods a`.
fn rules(observed: &Observed<'_>) -> Vec<String> {
    let minimized = observed.minimizer().minimize(&Generalize::default(), None);
    assert_eq!(observed.minimizer().unproven(&minimized, None), [""; 0]);
    let mut lines = Vec::new();
    for subject in &minimized {
        let roles = subject.roles.iter().map(|role| (role.metadata.namespace.as_deref(), role.rules.iter()));
        let cluster = subject.cluster_roles.iter().map(|role| (None, role.rules.iter()));
        for (namespace, rules) in roles.chain(cluster) {
            for rule in rules.flatten() {
                let words =
                    |list: &Option<Vec<String>>| list.iter().flatten().cloned().collect::<Vec<_>>().join(",");
                lines.push(format!(
                    "{}: {} {} {}{} {}",
                    subject.user,
                    namespace.unwrap_or("*"),
                    rule.verbs.join(","),
                    words(&rule.resources),
                    words(&rule.non_resource_urls),
                    words(&rule.resource_names)
                ));
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

const PODS: &str = "/api/v1/namespaces/shop/pods";

#[test]
fn a_request_counts_once_whatever_its_stages() {
    let mut started = event("alice", "watch", PODS, "pods", "");
    started["stage"] = json!("ResponseStarted");
    let mut received = started.clone();
    received["stage"] = json!("RequestReceived");
    received.as_object_mut().unwrap().remove("annotations");
    let complete = event("alice", "watch", PODS, "pods", "");
    let observed = seen(&[received, started.clone(), complete.clone()]);
    assert_eq!((observed.requests().all, observed.requests().granted), (1, 1));
    assert_eq!(observed.minimizer().minimize(&Generalize::default(), None)[0].times.count, 1);
    // Whichever stage the log keeps.
    for only in [started, complete] {
        assert_eq!(rules(&seen(&[only])), ["alice: shop watch pods"]);
    }
}

#[test]
fn only_what_was_allowed_and_done_is_granted() {
    let mut denied = event("alice", "delete", "/api/v1/namespaces/shop/pods/a", "pods", "a");
    denied["annotations"]["authorization.k8s.io/decision"] = json!("forbid");
    let mut silent = event("alice", "patch", "/api/v1/namespaces/shop/pods/a", "pods", "a");
    silent["annotations"] = json!({});
    let dry = event("alice", "create", "/api/v1/namespaces/shop/pods?fieldManager=x&dryRun=All", "pods", "a");
    let done = event("alice", "create", PODS, "pods", "a");
    let observed = seen(&[denied, silent, dry, done]);
    assert_eq!(rules(&observed), ["alice: shop create pods"]);
    let expected =
        Requests { all: 4, granted: 1, denied: 1, dry_run: 1, undecided: 1, ..Requests::default() };
    assert_eq!(observed.requests(), expected);
}

#[test]
fn names_and_urls() {
    let exec = event("bob", "create", "/api/v1/namespaces/shop/pods/web/exec?command=sh", "pods", "web");
    let mut exec = exec;
    exec["objectRef"]["subresource"] = json!("exec");
    let mut metrics = event("bob", "get", "/metrics?x=y", "", "");
    metrics["objectRef"] = Value::Null;
    let get = event("bob", "get", "/api/v1/namespaces/shop/pods/web", "pods", "web");
    let selected =
        event("bob", "list", "/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Ddb", "pods", "db");
    assert_eq!(
        rules(&seen(&[exec, metrics, get, selected])),
        [
            "bob: shop list pods db",
            "bob: shop create pods/exec web",
            "bob: shop get pods web",
            "bob: * get /metrics"
        ]
    );
}

#[test]
fn what_no_role_allowed_is_listed() {
    let mut node = event("system:node:n1", "get", "/api/v1/namespaces/shop/secrets/a", "secrets", "a");
    node["user"]["groups"] = json!(["system:nodes", "system:authenticated"]);
    let by_role = node.clone();
    node["auditID"] = json!("other");
    node["annotations"]["authorization.k8s.io/reason"] = json!("");
    let mut master = event("kubernetes-admin", "delete", "/api/v1/namespaces/shop/pods/a", "pods", "a");
    master["user"]["groups"] = json!(["system:masters", "system:authenticated"]);
    master["annotations"]["authorization.k8s.io/reason"] = json!("");
    let observed = seen(&[by_role, node, master]);
    assert_eq!(rules(&observed), ["system:node:n1: shop get secrets a"]);
    let outside: Vec<(&str, &str, u64)> = observed
        .outside()
        .iter()
        .map(|((user, by), times)| (user.as_str(), by.as_str(), times.count))
        .collect();
    assert_eq!(
        outside,
        [("kubernetes-admin", "system:masters", 1), ("system:node:n1", "Node authorizer", 1)]
    );
    assert_eq!(observed.requests().outside, 2);
}

/// The request is the impersonated one's; the impersonator needs to be let.
#[test]
fn impersonation_as_the_authorizer_asks_for_it() {
    let cases = [
        (
            json!({"username": "carol", "groups": ["dev", "system:authenticated"], "uid": "7", "extra": {"team": ["a"]}}),
            "",
        ),
        (
            json!({"username": "system:serviceaccount:shop:web", "groups": ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]}),
            "",
        ),
        (json!({"username": "carol", "groups": ["dev", "system:authenticated"]}), "impersonate:user-info"),
        (
            json!({"username": "system:serviceaccount:shop:web", "groups": ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]}),
            "impersonate:serviceaccount",
        ),
        (
            json!({"username": "system:node:n1", "groups": ["system:nodes", "system:authenticated"]}),
            "impersonate:arbitrary-node",
        ),
    ];
    for (whom, constraint) in cases {
        let mut made = event("alice", "get", "/api/v1/namespaces/shop/pods/web", "pods", "web");
        made["impersonatedUser"] = whom.clone();
        made["authenticationMetadata"] = json!({"impersonationConstraint": constraint});
        let observed = seen(&[made.clone()]);
        assert_eq!(observed.impersonated(), 1);
        let minimized = observed.minimizer().minimize(&Generalize::default(), None);
        let policy = policy_of(&minimized);
        let alice = UserInfo::authenticated("alice", None::<String>);
        let groups = |name: &str| {
            let given = implicit_groups(name);
            let all =
                whom["groups"].as_array().unwrap().iter().map(|group| group.as_str().unwrap().to_owned());
            all.filter(|group| !given.contains(group) && group != NODES).collect::<Vec<_>>()
        };
        let name = whom["username"].as_str().unwrap();
        let wanted = Wanted {
            user: name.to_owned(),
            groups: groups(name),
            uid: whom["uid"].as_str().unwrap_or_default().to_owned(),
            extra: if whom["extra"].is_null() { Vec::new() } else { vec![("team".into(), "a".into())] },
        };
        let action = Action::on("get", "", "pods").in_namespace("shop").named("web");
        let answer = policy.impersonates(&alice, &wanted, &action, !constraint.is_empty());
        assert!(
            matches!(answer, watertight_rbac::Impersonation::Allowed { .. }),
            "{whom} {constraint}: {answer:?}"
        );
        // Alice herself may do nothing else, and the other one what was done.
        assert!(!policy.authorize(&alice, &action).allowed(), "{whom}");
        assert!(
            policy.authorize(&UserInfo::authenticated(name, None::<String>), &action).allowed(),
            "{whom}"
        );
    }
}

#[test]
fn a_master_needs_no_role_to_impersonate() {
    let mut made = event("admin", "get", "/api/v1/namespaces/shop/pods/web", "pods", "web");
    made["user"]["groups"] = json!(["system:masters"]);
    made["impersonatedUser"] = json!({"username": "carol", "groups": ["system:authenticated"]});
    let observed = seen(&[made]);
    assert_eq!(rules(&observed), ["carol: shop get pods web"]);
    assert_eq!(observed.outside().len(), 1);
    assert_eq!(observed.requests().granted, 1);
}

#[test]
fn selections() {
    let mut elsewhere = event("alice", "get", "/api/v1/namespaces/ops/pods/a", "pods", "a");
    elsewhere["objectRef"]["namespace"] = json!("ops");
    let events =
        [event("alice", "list", PODS, "pods", ""), event("bob", "list", PODS, "pods", ""), elsewhere];
    let of = |user: Option<&str>, namespace: Option<&str>| {
        let observed = observe(
            &events,
            Selection {
                users: user.into_iter().map(str::to_owned).collect(),
                namespace: namespace.map(str::to_owned),
            },
            None,
        );
        assert_eq!(observed.requests().granted + observed.requests().not_selected, 3);
        rules(&observed)
    };
    assert_eq!(of(Some("bob"), None), ["bob: shop list pods"]);
    assert_eq!(of(None, Some("ops")), ["alice: ops get pods a"]);
    assert_eq!(of(Some("bob"), Some("ops")), [""; 0]);
}

#[test]
fn grants_that_were_used() {
    let read = |text: &str| serde_json::from_str(text).unwrap();
    let mut builder = PolicyBuilder::new();
    builder.cluster_role(&read(r#"{"metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]},{"apiGroups":[""],"resources":["nodes"],"verbs":["list"]}]}"#), 0);
    builder.cluster_role_binding(&serde_json::from_str(r#"{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"r"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"alice"}]}"#).unwrap(), 1);
    let policy = builder.build();
    let observed = observe(&[event("alice", "list", PODS, "pods", "")], Selection::default(), Some(&policy));
    let unused = observed.usage().unwrap().unused();
    assert_eq!(unused.len(), 1);
    assert_eq!((unused[0].rules.as_slice(), unused[0].whole), (&[1][..], false));
    assert_eq!(observed.window().0, "2026-01-01T00:00:00.000000Z");
}
