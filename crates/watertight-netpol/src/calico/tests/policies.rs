//! Subjects, tiers, order, types, and what is refused.

use super::*;
use crate::policy::Position;
use crate::selector::Truth;

#[test]
fn subjects_are_pods() {
    let equals = Selector::equals;
    let every = |labels| Endpoints::Pods { namespaces: Namespaces::Every, labels };
    let accounts = |namespaces, names: &[&str], labels| Endpoints::Accounts {
        namespaces,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        labels,
    };
    for (namespace, value, wanted) in [
        (Some("shop"), json!({}), pods_of("shop", Selector::EVERYTHING)),
        (Some("shop"), json!({"selector": "all()"}), pods_of("shop", Selector::EVERYTHING)),
        (Some("shop"), json!({"selector": "a == 'b'"}), pods_of("shop", equals("a", "b"))),
        (
            Some("shop"),
            json!({"selector": "projectcalico.org/orchestrator == 'k8s'"}),
            pods_of("shop", Selector::EVERYTHING),
        ),
        (Some("shop"), json!({"selector": "!all()"}), Endpoints::Nobody),
        (
            Some("shop"),
            json!({"serviceAccountSelector": "r == 'x'"}),
            accounts(Namespaces::Named("shop".into()), &[], equals("r", "x")),
        ),
        (
            Some("shop"),
            json!({"serviceAccountSelector": "projectcalico.org/name in {'a', 'b'}"}),
            accounts(Namespaces::Named("shop".into()), &["a", "b"], Selector::EVERYTHING),
        ),
        (None, json!({}), every(Selector::EVERYTHING)),
        (None, json!({"selector": "a == 'b'"}), every(equals("a", "b"))),
        (
            None,
            json!({"selector": "projectcalico.org/namespace == 'shop' && a == 'b'"}),
            pods_of("shop", equals("a", "b")),
        ),
        (
            None,
            json!({"selector": "a == 'b'", "namespaceSelector": "c == 'd'"}),
            Endpoints::Pods { namespaces: Namespaces::Labelled(equals("c", "d")), labels: equals("a", "b") },
        ),
        (
            None,
            json!({"namespaceSelector": "projectcalico.org/name == 'shop'"}),
            pods_of("shop", Selector::EVERYTHING),
        ),
        (None, json!({"namespaceSelector": "all()"}), every(Selector::EVERYTHING)),
        (
            None,
            json!({"selector": "projectcalico.org/serviceaccount == 'a'"}),
            accounts(Namespaces::Every, &["a"], Selector::EVERYTHING),
        ),
    ] {
        assert_eq!(sound(namespace, value.clone()).subject, wanted, "{value}");
    }
}

#[test]
fn types_come_from_the_rules_that_are_there() {
    let rule = json!([{"action": "Allow"}]);
    for (value, wanted, stored) in [
        (json!({}), (true, false), (true, true)),
        (json!({"ingress": rule}), (true, false), (true, true)),
        (json!({"egress": rule}), (false, true), (true, true)),
        (json!({"egress": rule, "ingress": []}), (false, true), (true, true)),
        (json!({"egress": rule, "ingress": rule}), (true, true), (true, true)),
        (json!({"egress": null, "ingress": rule}), (true, false), (true, true)),
        (json!({"types": ["Egress"], "ingress": rule}), (false, true), (false, true)),
        (json!({"types": ["Ingress", "Egress"]}), (true, true), (true, true)),
    ] {
        let governs = |policy: &Policy| (policy.ingress.is_some(), policy.egress.is_some());
        assert_eq!(governs(&sound(Some("shop"), value.clone())), wanted, "{value}");
        let object = PolicyObject { stored: true, ..object(Some("shop")) };
        let (policies, _) = policy(&Context::default(), &object, &spec(value.clone()));
        assert_eq!(governs(&policies[0]), stored, "{value}");
    }
}

#[test]
fn policies_stand_by_order_and_then_by_name() {
    let place = |name: &'static str, namespace, order: Value| {
        let object = PolicyObject { name, ..object(namespace) };
        let (policies, problems) = policy(&Context::default(), &object, &spec(json!({"order": order})));
        assert_eq!(problems, []);
        (policies[0].position, policies[0].name.clone())
    };
    let sorted = [
        place("z", Some("shop"), json!(-1.5)),
        place("y", None, json!(10)),
        place("a", None, json!(1000)),
        kubernetes_place("shop", "a"),
        place("a", Some("shop"), json!(1000)),
        place("a", None, json!(null)),
        // The stored form has the tier before the name.
        place("default.b", Some("shop"), json!(null)),
        place("c", None, json!(null)),
    ];
    assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "{sorted:?}");
}

fn tier(tiers: &mut Tiers, name: &str, spec: Value) -> Vec<Problem> {
    tiers.add(name, &serde_json::from_value(spec).unwrap())
}

#[test]
fn tiers_have_an_order_and_an_end() {
    let mut tiers = Tiers::default();
    for (name, spec) in [
        ("first", json!({"order": 10})),
        ("passing", json!({"order": 20, "defaultAction": "Pass"})),
        ("last", json!({})),
        ("default", json!({"order": 1_000_000, "defaultAction": "Deny"})),
    ] {
        assert_eq!(tier(&mut tiers, name, spec), [], "{name}");
    }
    let context = Context { tiers, ..Context::default() };
    let mut seen = Vec::new();
    for (name, isolates) in [
        ("first", Truth::Yes),
        ("passing", Truth::No),
        ("kube-admin", Truth::No),
        ("", Truth::Yes),
        ("kube-baseline", Truth::No),
        ("last", Truth::Yes),
    ] {
        let (policies, problems) = policy(&context, &object(None), &spec(json!({"tier": name})));
        assert_eq!(problems, [], "{name}");
        assert_eq!(policies[0].ingress.as_ref().unwrap().isolates, isolates, "{name}");
        seen.push(policies[0].tier.clone());
    }
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert_eq!(seen[3], crate::Tier::default_tier());
    assert_eq!(seen[2], crate::Tier::admin());
    assert_eq!(seen[4], crate::Tier::baseline());
}

#[test]
fn a_tier_that_is_not_in_view_leaves_the_policy_open() {
    let (policies, problems) = read(Some("shop"), json!({"tier": "security"}));
    assert_eq!(paths(&problems, Effect::NotModelled), ["spec.tier"]);
    assert!(
        matches!(&policies[0].subject, Endpoints::All(parts) if matches!(parts[1], Endpoints::Unknown(_)))
    );
    assert_eq!(policies[0].ingress.as_ref().unwrap().isolates, Truth::Maybe);
    // It may come before every other tier.
    assert!(policies[0].tier < crate::Tier::admin());
}

#[test]
fn wrong_tiers_are_refused() {
    for (name, spec, wanted) in [
        ("a.b", json!({}), "metadata.name"),
        ("a", json!({"defaultAction": "Allow"}), "spec.defaultAction"),
        ("default", json!({"order": 5, "defaultAction": "Deny"}), "spec.order"),
        ("kube-admin", json!({"order": 1000}), "spec.defaultAction"),
    ] {
        let mut tiers = Tiers::default();
        assert_eq!(paths(&tier(&mut tiers, name, spec), Effect::Refused), [wanted], "{name}");
        assert_eq!(tiers, Tiers::default(), "{name}");
    }
    let mut tiers = Tiers::default();
    assert_eq!(paths(&tier(&mut tiers, "a", json!({"end": 1})), Effect::NotModelled), ["spec.end"]);
    assert_eq!(tiers.get("a").unwrap().1, Truth::Maybe);
}

#[test]
fn what_the_api_refuses_leaves_the_policy_open() {
    let allow = |rule: Value| json!({"ingress": [rule]});
    for (namespace, value, wanted) in [
        (Some("shop"), json!({"types": ["ingress"]}), "spec.types[0]"),
        (Some("shop"), json!({"types": ["Egress", "Egress"]}), "spec.types[1]"),
        (Some("shop"), json!({"namespaceSelector": "all()"}), "spec.namespaceSelector"),
        (Some("shop"), json!({"selector": "a = 'b'"}), "spec.selector"),
        (Some("shop"), json!({"selector": "global()"}), "spec.selector"),
        (None, json!({"namespaceSelector": "global()"}), "spec.namespaceSelector"),
        (None, json!({"serviceAccountSelector": "a"}), "spec.serviceAccountSelector"),
        (Some("shop"), allow(json!({})), "spec.ingress[0].action"),
        (Some("shop"), allow(json!({"action": "allow"})), "spec.ingress[0].action"),
    ] {
        let (policies, problems) = read(namespace, value.clone());
        assert_eq!(paths(&problems, Effect::Refused), [wanted], "{value}");
        let subject = &policies[0].subject;
        assert!(
            matches!(subject, Endpoints::All(parts) if matches!(parts[1], Endpoints::Unknown(_))),
            "{value}"
        );
    }
}

#[test]
fn what_a_cluster_has_taken_is_read_as_written() {
    let taken = Context { taken: true, ..Context::default() };
    let read = |value: Value| policy(&taken, &object(Some("shop")), &spec(value)).0.remove(0);
    let shop = pods_of("shop", Selector::EVERYTHING);
    for value in [
        json!({"types": ["ingress"]}),
        json!({"ingress": [{"action": "allow"}]}),
        json!({"ingress": [{"action": "Allow", "protocol": "tcp"}]}),
        json!({"ingress": [{"action": "Allow", "source": {"nets": ["10.0.0.1"]}}]}),
        json!({"ingress": [{"action": "Allow", "source": {"nets": ["10.0.0.0/8", "::/0"]}}]}),
    ] {
        let found = read(value.clone());
        assert_eq!((&found.subject, found.egress.is_none()), (&shop, true), "{value}");
        assert!(found.ingress.unwrap().rules.iter().all(|rule| rule.uncertain.is_none()), "{value}");
    }
    for value in [
        json!({"types": ["Egres"]}),
        json!({"ingress": [{"action": "Permit"}]}),
        json!({"namespaceSelector": "all()"}),
        json!({"egres": []}),
    ] {
        let found = read(value.clone());
        assert!(matches!(found.subject, Endpoints::All(_)) && found.ingress.is_some(), "{value}");
    }
}

#[test]
fn names_are_checked() {
    for (name, namespace, good) in [
        ("a", None, true),
        ("default.a", None, true),
        ("a.b.c", None, false),
        ("knp.default.a.b", Some("shop"), true),
        ("knp.default.a.b", None, false),
        ("A", Some("shop"), false),
        ("a.", Some("shop"), false),
    ] {
        let object = PolicyObject { name, ..object(namespace) };
        let (_, problems) = policy(&Context::default(), &object, &Spec::default());
        assert_eq!(problems.is_empty(), good, "{name}");
    }
}

#[test]
fn policies_of_host_endpoints_are_not_about_pods() {
    let host_endpoints = Context { host_endpoints: true, ..Context::default() };
    for (value, pods, without, with) in [
        (
            json!({"preDNAT": true, "applyOnForward": true}),
            false,
            Some(Effect::WithoutEffect),
            "spec.preDNAT",
        ),
        (
            json!({"doNotTrack": true, "applyOnForward": true}),
            false,
            Some(Effect::WithoutEffect),
            "spec.doNotTrack",
        ),
        (json!({"applyOnForward": true}), true, None, "spec.applyOnForward"),
    ] {
        let (policies, problems) = read(None, value.clone());
        assert_eq!(
            (!policies.is_empty(), problems.first().map(|problem| problem.effect)),
            (pods, without),
            "{value}"
        );
        let (policies, problems) = policy(&host_endpoints, &object(None), &spec(value.clone()));
        assert_eq!(
            (!policies.is_empty(), paths(&problems, Effect::NotModelled)),
            (pods, vec![with]),
            "{value}"
        );
    }
    for (value, wanted) in [
        (json!({"preDNAT": true, "doNotTrack": true, "applyOnForward": true}), "spec.preDNAT"),
        (json!({"preDNAT": true, "applyOnForward": true, "types": ["Egress"]}), "spec.preDNAT"),
        (json!({"doNotTrack": true}), "spec.applyOnForward"),
    ] {
        assert_eq!(paths(&read(None, value.clone()).1, Effect::Refused), [wanted], "{value}");
    }
}

#[test]
fn hints_change_nothing_and_unknown_fields_are_told() {
    let plain = sound(Some("shop"), json!({}));
    assert_eq!(sound(Some("shop"), json!({"performanceHints": ["AssumeNeededOnEveryNode"]})), plain);
    let (policies, problems) = read(Some("shop"), json!({"egres": []}));
    assert_eq!(paths(&problems, Effect::NotModelled), ["spec.egres"]);
    assert!(
        matches!(&policies[0].subject, Endpoints::All(parts) if matches!(parts[1], Endpoints::Unknown(_)))
    );
    assert_eq!(plain.position, Position::LAST);
}
