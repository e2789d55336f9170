//! What follows from order, tiers and actions, once policies are asked.

use super::*;
use crate::selector::Truth;
use crate::{Cluster, Connection, End, Model, NAMESPACE_NAME_LABEL, Namespace, Pod, Protocol};

/// Whether `web` reaches port 5432 of `db`.
fn answer(policies: Vec<Policy>) -> Truth {
    let labels = |pairs: &[(&str, &str)]| {
        Labels::of(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    let pod = |tag, app| Pod {
        tag,
        namespace: "shop".into(),
        labels: labels(&[("app", app)]),
        account: app.into(),
        ..Pod::default()
    };
    let cluster = Cluster {
        namespaces: vec![Namespace {
            name: "shop".into(),
            labels: labels(&[(NAMESPACE_NAME_LABEL, "shop")]),
        }],
        all_namespaces: true,
        pods: vec![pod(0, "web"), pod(1, "db")],
        ..Cluster::default()
    };
    let model = Model::new(cluster, policies);
    model.between(End::Pod(0), End::Pod(1)).truth(Connection::to_port(Protocol::Tcp, 5432))
}

fn context() -> Context {
    let mut tiers = Tiers::default();
    for (name, spec) in [
        ("first", json!({"order": 1})),
        ("passing", json!({"order": 2, "defaultAction": "Pass"})),
        ("late", json!({})),
    ] {
        assert_eq!(tiers.add(name, &serde_json::from_value(spec).unwrap()), []);
    }
    Context { tiers, ..Context::default() }
}

/// A policy about ingress to `db`, with rules for what comes from `web`.
fn asked(tier: &str, order: Value, actions: &[&str]) -> Policy {
    let source = json!({"selector": "app == 'web'"});
    let rules: Vec<Value> =
        actions.iter().map(|action| json!({"action": action, "source": source})).collect();
    let mut value = json!({"tier": tier, "selector": "app == 'db'", "types": ["Ingress"], "ingress": rules});
    value["order"] = order;
    policy(&context(), &object(Some("shop")), &spec(value)).0.remove(0)
}

/// One of `networking.k8s.io` that allows the same.
fn kubernetes() -> Policy {
    let value = json!({
        "podSelector": {"matchLabels": {"app": "db"}},
        "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
    });
    crate::kubernetes::policy("shop", "k", 1, &serde_json::from_value(value).unwrap()).0
}

fn with_profile(mut policies: Vec<Policy>, rules: Value) -> Vec<Policy> {
    let mut value = json!({"egress": [{"action": "Allow"}]});
    value["ingress"] = rules;
    let spec = serde_json::from_value(value).unwrap();
    policies.extend(profile(&context(), "kns.shop", 9, &spec).0);
    policies
}

#[test]
fn the_first_that_matches_decides() {
    use Truth::{Maybe, No, Yes};
    let deny = |order| asked("", order, &["Deny"]);
    let allow = |order| asked("", order, &["Allow"]);
    for (case, policies, wanted) in [
        ("nothing", vec![], Yes),
        ("deny before allow", vec![allow(json!(20)), deny(json!(10))], No),
        ("allow before deny", vec![deny(json!(20)), allow(json!(-1))], Yes),
        ("no order is last", vec![deny(json!(null)), allow(json!(1e9))], Yes),
        ("the first rule", vec![asked("", json!(1), &["Log", "Allow", "Deny"])], Yes),
        ("no rule", vec![asked("", json!(1), &[])], No),
        ("only a log", vec![asked("", json!(1), &["Log"])], No),
        ("before Kubernetes", vec![kubernetes(), deny(json!(999))], No),
        ("after Kubernetes", vec![kubernetes(), deny(json!(1001))], Yes),
        ("the end of a tier", vec![asked("first", json!(1), &[]), allow(json!(1))], No),
        ("passed on by a rule", vec![asked("first", json!(1), &["Pass"]), allow(json!(1))], Yes),
        ("passed on to a tier that denies", vec![asked("first", json!(1), &["Pass"]), deny(json!(1))], No),
        ("passed on to nobody", vec![asked("first", json!(1), &["Pass"])], Yes),
        (
            "passed on over the tier",
            vec![asked("first", json!(1), &["Pass"]), asked("first", json!(2), &["Deny"])],
            Yes,
        ),
        ("passed on by the tier", vec![asked("passing", json!(1), &[]), deny(json!(1))], No),
        ("passed on to the end", vec![asked("passing", json!(1), &[])], Yes),
        ("a tier without order", vec![asked("late", json!(1), &["Deny"]), allow(json!(1))], Yes),
        ("a tier that is not known", vec![asked("other", json!(1), &["Deny"]), allow(json!(1))], Maybe),
        ("a wrong rule", vec![asked("", json!(1), &["Deny", "Permit"])], Maybe),
        ("a profile that allows", with_profile(vec![], json!([{"action": "Allow"}])), Yes),
        ("a profile that does not", with_profile(vec![], json!([])), No),
        ("a policy before the profile", with_profile(vec![allow(json!(1))], json!([])), Yes),
        ("the profile after all", with_profile(vec![asked("passing", json!(1), &[])], json!([])), No),
    ] {
        assert_eq!(answer(policies), wanted, "{case}");
    }
}

#[test]
fn either_end_and_both_directions_count() {
    let lowered = |value: Value| sound(Some("shop"), value);
    let rule =
        |rule: Value| json!({"action": "Deny", "source": rule["source"], "destination": rule["destination"]});
    let allow = json!({"action": "Allow"});
    let (web, db) = (json!({"selector": "app == 'web'"}), json!({"serviceAccounts": {"names": ["db"]}}));
    for (direction, source, destination, wanted) in [
        ("ingress", &web, &db, Truth::No),
        ("egress", &web, &db, Truth::No),
        // Nobody is at the wrong end.
        ("ingress", &db, &web, Truth::Yes),
        ("egress", &db, &web, Truth::Yes),
    ] {
        let deny = rule(json!({"source": source, "destination": destination}));
        let found = lowered(json!({ direction: [deny, allow] }));
        assert_eq!(answer(vec![found]), wanted, "{direction} {source}");
    }
}
