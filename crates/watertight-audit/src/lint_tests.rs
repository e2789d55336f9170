//! Policies with one thing wrong, and the same without.

use serde_json::{Value, json};

use super::*;
use crate::decode::Decoded;

#[expect(clippy::needless_pass_by_value, reason = "cases are written in place")]
fn decoded(rules: Value) -> Decoded {
    let policy = json!({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": rules});
    Policy::decode(&policy).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Check, severity and place of what is found, of these checks only.
fn found(rules: Value, checks: &[Check]) -> Vec<(Check, Severity, String)> {
    lint(&decoded(rules))
        .into_iter()
        .filter(|finding| checks.contains(&finding.check))
        .map(|finding| (finding.check, finding.severity, finding.path.to_string()))
        .collect()
}

/// Places of what is found, of one check.
fn places(rules: Value, check: Check) -> Vec<String> {
    found(rules, &[check]).into_iter().map(|(_, _, path)| path).collect()
}

const WORDS: &[Check] = &[
    Check::IgnoredField,
    Check::NoWildcard,
    Check::UnknownVerb,
    Check::WrongGroup,
    Check::UnknownResource,
    Check::WrongSubject,
];

#[test]
fn words_that_no_request_has() {
    for (rule, check, place) in [
        (json!({"verbs": ["*"]}), Check::NoWildcard, "verbs[0]"),
        (json!({"users": ["system:serviceaccount:*"]}), Check::NoWildcard, "users[0]"),
        (json!({"namespaces": ["kube-*"]}), Check::NoWildcard, "namespaces[0]"),
        (
            json!({"resources": [{"resources": ["pods"], "resourceNames": ["*"]}]}),
            Check::NoWildcard,
            "resources[0].resourceNames[0]",
        ),
        (json!({"resources": [{"resources": ["po*"]}]}), Check::NoWildcard, "resources[0].resources[0]"),
        (json!({"resources": [{"resources": ["*/*"]}]}), Check::NoWildcard, "resources[0].resources[0]"),
        (json!({"verbs": ["GET"]}), Check::UnknownVerb, "verbs[0]"),
        (json!({"verbs": ["get", "escalate"]}), Check::UnknownVerb, "verbs[1]"),
        (json!({"verbs": ["post"], "resources": [{"resources": ["pods"]}]}), Check::UnknownVerb, "verbs[0]"),
        (json!({"verbs": ["list"], "nonResourceURLs": ["/logs"]}), Check::UnknownVerb, "verbs[0]"),
        (
            json!({"resources": [{"resources": ["deployments"]}]}),
            Check::WrongGroup,
            "resources[0].resources[0]",
        ),
        (
            json!({"resources": [{"group": "apps", "resources": ["pods/log"]}]}),
            Check::WrongGroup,
            "resources[0].resources[0]",
        ),
        (
            json!({"resources": [{"group": "core", "resources": ["pods"]}]}),
            Check::WrongGroup,
            "resources[0].group",
        ),
        (
            json!({"resources": [{"group": "rbac", "resources": ["roles"]}]}),
            Check::WrongGroup,
            "resources[0].group",
        ),
        (json!({"resources": [{"group": "app"}]}), Check::UnknownResource, "resources[0].group"),
        (
            json!({"resources": [{"group": "extensions", "resources": ["ingresses"]}]}),
            Check::UnknownResource,
            "resources[0].group",
        ),
        (json!({"resources": [{"resources": ["pod"]}]}), Check::UnknownResource, "resources[0].resources[0]"),
        (
            json!({"resources": [{"resources": ["pods", "pods/logs"]}]}),
            Check::UnknownResource,
            "resources[0].resources[1]",
        ),
        (json!({"users": ["system:nodes"]}), Check::WrongSubject, "users[0]"),
        (json!({"users": ["system:serviceaccount:default"]}), Check::WrongSubject, "users[0]"),
        (json!({"userGroups": ["system:serviceaccount:a:b"]}), Check::WrongSubject, "userGroups[0]"),
        (
            json!({"resources": [{"resources": ["pods"], "verbs": ["get"]}]}),
            Check::IgnoredField,
            "resources[0].verbs",
        ),
    ] {
        let mut rule = rule;
        rule["level"] = json!("Metadata");
        let found = found(json!([rule]), WORDS);
        let found: Vec<_> = found.iter().map(|(check, _, path)| (*check, path.as_str())).collect();
        assert_eq!(found, [(check, format!("rules[0].{place}").as_str())], "{rule}");
        assert!(places(json!([rule]), Check::NeverMatches).is_empty(), "told twice: {rule}");
    }
}

#[test]
fn words_that_requests_have() {
    for mut rule in [
        json!({"verbs": ["get", "post", "deletecollection"]}),
        json!({"verbs": ["get", "post", "head"], "nonResourceURLs": ["/logs"]}),
        json!({"resources": [{"resources": ["*", "pods/*", "*/scale", "pods/exec", "serviceaccounts/token"]}]}),
        json!({"resources": [{"group": "*", "resources": ["secrets", "anything"]}]}),
        json!({"resources": [{"group": "example.com", "resources": ["Anything/x"]}, {"group": "snapshot.storage.k8s.io", "resources": ["volumesnapshots"]}]}),
        json!({"resources": [{"group": "metrics.k8s.io", "resources": ["pods"]}, {"group": "policy"}]}),
        json!({"users": ["system:serviceaccount:a:b", "system:node:n", "alice@example.com"], "userGroups": ["dev"]}),
    ] {
        rule["level"] = json!("Metadata");
        assert_eq!(found(json!([rule]), WORDS), [], "{rule}");
    }
}

#[test]
fn rules_that_never_match() {
    let earlier = |rule: Value| json!([rule, {"level": "Request", "verbs": ["get", "list"], "resources": [{"resources": ["pods", "secrets"]}]}]);
    for rule in [
        json!({"level": "None"}),
        json!({"level": "None", "verbs": ["list", "get"]}),
        json!({"level": "None", "resources": [{"group": "", "resources": ["*"]}]}),
        json!({"level": "None", "resources": [{"group": "*"}]}),
        json!({"level": "None", "resources": [{"resources": ["secrets"]}, {"group": "*", "resources": ["pods"]}]}),
        json!({"level": "None", "resources": [{"resources": ["pods/*", "secrets/*"]}]}),
    ] {
        let expected = [(Check::NeverMatches, Severity::High, "rules[1]".to_owned())];
        assert_eq!(found(earlier(rule.clone()), &[Check::NeverMatches]), expected, "{rule}");
    }
    for rule in [
        json!({"level": "None", "users": ["alice"]}),
        json!({"level": "None", "verbs": ["list"]}),
        json!({"level": "None", "namespaces": ["kube-system", ""]}),
        json!({"level": "None", "resources": [{"resources": ["pods", "secrets"], "resourceNames": ["a"]}]}),
        json!({"level": "None", "resources": [{"resources": ["secrets", "*/log"]}]}),
        json!({"level": "None", "nonResourceURLs": ["*"]}),
    ] {
        assert_eq!(places(earlier(rule.clone()), Check::NeverMatches), [""; 0], "{rule}");
    }
}

#[test]
fn several_rules_together_take_all() {
    let rules = json!([
        {"level": "None", "userGroups": ["system:authenticated"]},
        {"level": "None", "users": ["system:anonymous"]},
        {"level": "Metadata", "users": ["alice"], "verbs": ["get"]},
        {"level": "Metadata", "userGroups": ["dev", "system:unauthenticated"]},
        {"level": "Metadata"},
    ]);
    // The last one is for requests whose credentials are refused.
    assert_eq!(places(rules, Check::NeverMatches), ["rules[2]", "rules[3]"]);

    let by_verb = json!([
        {"level": "None", "verbs": ["get", "list", "watch"]},
        {"level": "Request", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
        {"level": "Metadata", "resources": [{"resources": ["pods"]}]},
        {"level": "Metadata", "verbs": ["post"], "nonResourceURLs": ["/logs"]},
    ]);
    assert_eq!(places(by_verb, Check::NeverMatches), ["rules[2]"]);

    let by_account = json!([
        {"level": "None", "userGroups": ["system:serviceaccounts:a"]},
        {"level": "Request", "users": ["system:serviceaccount:a:x"]},
        {"level": "Request", "users": ["system:serviceaccount:b:x"]},
        {"level": "Request", "userGroups": ["system:serviceaccounts"]},
    ]);
    assert_eq!(places(by_account, Check::NeverMatches), ["rules[1]"]);
}

#[test]
fn the_same_outcome_is_no_danger() {
    let rules = json!([{"level": "Metadata"}, {"level": "Metadata", "verbs": ["get"]}]);
    assert_eq!(
        found(rules, &[Check::NeverMatches]),
        [(Check::NeverMatches, Severity::Low, "rules[1]".into())]
    );
    let stages = json!([{"level": "Metadata"}, {"level": "Metadata", "omitStages": ["Panic"]}]);
    assert_eq!(found(stages, &[Check::NeverMatches])[0].1, Severity::High);
}

#[test]
fn requests_that_do_not_exist() {
    for rule in [
        json!({"namespaces": ["shop"], "resources": [{"resources": ["nodes"]}]}),
        json!({"namespaces": [""], "verbs": ["create"], "resources": [{"resources": ["pods"]}]}),
        json!({"verbs": ["create"], "resources": [{"resources": ["secrets"], "resourceNames": ["a"]}]}),
        json!({"verbs": ["list"], "resources": [{"resources": ["pods/exec"]}]}),
        json!({"users": ["system:serviceaccount:a:b"], "userGroups": ["dev"]}),
        json!({"users": ["system:anonymous"], "userGroups": ["system:authenticated"]}),
        json!({"nonResourceURLs": ["/api/v1/pods"]}),
        json!({"nonResourceURLs": ["/apis/apps/v1/deployments*"]}),
    ] {
        let mut rule = rule;
        rule["level"] = json!("Metadata");
        let rules = json!([rule, {"level": "Metadata"}]);
        let expected = [(Check::NeverMatches, Severity::High, "rules[0]".to_owned())];
        assert_eq!(found(rules.clone(), &[Check::NeverMatches]), expected, "{rule}");
    }
    for rule in [
        json!({"namespaces": ["shop"], "resources": [{"resources": ["namespaces"]}]}),
        json!({"namespaces": ["shop"], "verbs": ["get"], "resources": [{"resources": ["namespaces"], "resourceNames": ["shop"]}]}),
        json!({"namespaces": [""], "verbs": ["list"], "resources": [{"resources": ["pods"]}]}),
        json!({"verbs": ["list"], "resources": [{"resources": ["secrets"], "resourceNames": ["a"]}]}),
        json!({"verbs": ["create"], "resources": [{"resources": ["pods/exec"], "resourceNames": ["a"]}]}),
        json!({"namespaces": [""], "resources": [{"group": "example.com"}]}),
        json!({"nonResourceURLs": ["/api/v1", "/apis/*", "*"]}),
    ] {
        let mut rule = rule;
        rule["level"] = json!("Metadata");
        assert_eq!(places(json!([rule]), Check::NeverMatches), [""; 0], "{rule}");
    }
}

#[test]
fn parts_that_never_match() {
    let rules = json!([
        {"level": "None", "verbs": ["get"], "resources": [{"resources": ["pods"]}]},
        {"level": "Request", "verbs": ["get", "list"], "resources": [{"resources": ["pods", "secrets"]}]},
        {"level": "Metadata", "verbs": ["get"], "resources": [{"resources": ["pods", "services"]}]},
    ]);
    assert_eq!(places(rules, Check::PartNeverMatches), ["rules[2].resources[0].resources[0]"]);
    let urls = json!([
        {"level": "None", "nonResourceURLs": ["/healthz*"]},
        {"level": "Metadata", "nonResourceURLs": ["/healthz/etcd", "/logs"]},
    ]);
    assert_eq!(places(urls, Check::PartNeverMatches), ["rules[1].nonResourceURLs[0]"]);
}

#[test]
fn bodies_with_secrets() {
    let at = |level: &str, rule: Value| {
        let mut rule = rule;
        rule["level"] = json!(level);
        found(json!([rule]), &[Check::SensitiveBody]).len()
    };
    let of = |group: &str, resource: &str| json!({"resources": [{"group": group, "resources": [resource]}]});
    assert_eq!(at("Metadata", json!({})), 0);
    assert_eq!(at("RequestResponse", json!({})), 6);
    assert_eq!(at("Request", of("", "secrets")), 1);
    assert_eq!(at("Request", of("", "configmaps")), 1);
    assert_eq!(at("Request", of("authentication.k8s.io", "tokenreviews")), 1);
    assert_eq!(at("RequestResponse", of("", "serviceaccounts/token")), 1);
    assert_eq!(at("Request", of("", "pods")), 0);
    // A request that reads has no body.
    assert_eq!(at("Request", json!({"verbs": ["get", "list"]})), 0);
    let before = json!([
        {"level": "Metadata", "resources": [{"resources": ["secrets", "configmaps", "serviceaccounts/token"]}, {"group": "authentication.k8s.io"}]},
        {"level": "RequestResponse"},
    ]);
    assert_eq!(found(before, &[Check::SensitiveBody]), []);
}

#[test]
fn events_that_are_dropped() {
    let dropped = |rules: Value| {
        let messages: Vec<String> = lint(&decoded(rules))
            .into_iter()
            .filter(|finding| finding.check == Check::EventDropped)
            .map(|finding| finding.message)
            .collect();
        messages
    };
    assert_eq!(dropped(json!([{"level": "Metadata"}])), [""; 0]);
    let exec = dropped(
        json!([{"level": "None", "resources": [{"resources": ["pods/exec"]}]}, {"level": "Metadata"}]),
    );
    assert_eq!(exec.len(), 1);
    assert!(exec[0].contains("pods/exec") && exec[0].contains("level is None"), "{exec:?}");
    let nothing = dropped(json!([{"level": "Metadata", "users": ["nobody"]}]));
    assert_eq!(nothing.len(), probes_count());
    let without_outcome = dropped(json!([{"level": "Metadata", "omitStages": ["ResponseComplete"]}]));
    assert_eq!(without_outcome.len(), probes_count());
    let accounts =
        dropped(json!([{"level": "None", "userGroups": ["system:serviceaccounts"]}, {"level": "Metadata"}]));
    assert!(!accounts.is_empty() && accounts.iter().all(|message| message.contains("by a service account")));
}

fn probes_count() -> usize {
    // A policy that drops everything tells each row once.
    found(json!([{"level": "None"}]), &[Check::EventDropped]).len()
}

#[test]
fn bodies_worth_having() {
    let bare = |rules: Value| found(rules, &[Check::BodyDropped]).len();
    assert!(bare(json!([{"level": "Metadata"}])) >= 10);
    assert_eq!(bare(json!([{"level": "Request"}])), 0);
}

#[test]
fn noise_is_told_and_silence_is_not() {
    assert!(
        places(json!([{"level": "Metadata", "omitStages": ["RequestReceived"]}]), Check::NoiseKept).len()
            >= 10
    );
    let quiet = json!([{"level": "None", "verbs": ["get", "list", "watch", "update", "patch", "create"]}]);
    assert_eq!(places(quiet, Check::NoiseKept), [""; 0]);
    let twice = json!([{"level": "Metadata", "resources": [{"group": "*"}]}]);
    assert!(places(twice, Check::NoiseKept).contains(&"omitStages".to_owned()));
}
