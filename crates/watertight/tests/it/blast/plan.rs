//! What a plan finds beyond single changes, and what stands beside it; what a scan says of ways.

use serde_json::Value;

use super::{SHOP, ask_of, fits, shop};

/// A pod whose account may do everything, by two bindings.
const TWICE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {serviceAccountName: op, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: op, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: one}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: two}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: op, namespace: shop}]
";

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn changes_that_only_help_together_are_told_with_each_other() {
    let run = ask_of(&[TWICE], &["blast", "--to", "goal/cluster-admin", "-t", ".", "-o", "json"]);
    let json = fits("blast-to.v1.json", &run);
    assert_eq!(json["effort"], json["effortAtLeast"], "{json:#}");
    assert_eq!(json["left"], 0, "{json:#}");
    let table = ask_of(&[TWICE], &["blast", "--to", "goal/cluster-admin", "-t", "."]);
    assert!(
        table.stdout.contains("changes after which none gets there (the least effort: "),
        "{}",
        table.all()
    );
    let plan = fits("plan.v1.json", &ask_of(&[TWICE], &["plan", ".", "-o", "json"]));
    let steps = plan["steps"].as_array().unwrap();
    assert!(number(&steps[steps.len() - 1]["exposure"]) < 5.0, "{plan:#}");
}

#[test]
fn the_guides_order_says_what_each_step_is_worth() {
    let json = fits("plan.v1.json", &ask_of(&[TWICE], &["plan", ".", "-o", "json"]));
    let guide = json["guide"].as_array().unwrap();
    let row = |name: &str| guide.iter().find(|row| row["step"].as_str().unwrap().starts_with(name)).unwrap();
    // Both bindings together are worth much, though each alone is worth nothing.
    assert_eq!(row("RBAC")["changes"], 2, "{guide:#?}");
    assert!(number(&row("RBAC")["valueDirect"]) > 20.0, "{guide:#?}");
    // Nothing listens, and no namespace is production.
    assert_eq!(number(&row("default-deny")["value"]), 0.0, "{guide:#?}");
    assert_eq!(row("Pod Security")["changes"], 0, "{guide:#?}");
    assert!(row("audit")["note"].as_str().unwrap().contains("takes no way away"), "{guide:#?}");
    let table = ask_of(&[TWICE], &["plan", "."]).stdout;
    assert!(table.contains("the order of the hardening guides"), "{table}");
}

#[test]
fn none_of_something_is_no_answer() {
    for arguments in [["plan", ".", "--top", "0"], ["blast", "-t", ".", "--top=0"]] {
        let run = shop(&arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.all());
        assert!(run.stderr.contains("expected 1 or more"), "{}", run.all());
    }
    assert_eq!(shop(&["paths", "internet", "goal/node-root", "-k", "0"]).code, 2);
}

#[test]
fn findings_say_the_way_that_they_are_on_and_are_ranked_by_it() {
    let run = ask_of(&[SHOP], &["scan", ".", "-o", "json"]);
    let json = fits("scan.v1.json", &run);
    let findings = json["findings"].as_array().unwrap();
    let ways: Vec<(&str, &Value)> = findings
        .iter()
        .map(|own| (own["object"]["name"].as_str().unwrap_or_default(), &own["way"]))
        .collect();
    // The agent owns its nodes, those of the control plane too.
    let agent = ways.iter().find(|(name, _)| *name == "agent").unwrap().1;
    assert_eq!(agent["goal"], "cluster-admin", "{ways:?}");
    assert!(ways.iter().all(|(name, way)| *name != "db" || way.is_null()), "{ways:?}");
    // Of the high and critical ones those on a way come first.
    let tiers: Vec<(bool, bool)> = findings
        .iter()
        .map(|own| {
            let high = matches!(own["severity"].as_str(), Some("high" | "critical"));
            (!high, own["way"].is_null())
        })
        .collect();
    assert!(tiers.is_sorted(), "{tiers:?}");
    let table = ask_of(&[SHOP], &["scan", "."]).stdout;
    assert!(table.contains("\nreaches cluster-admin in "), "{table}");
    let without = ask_of(&[SHOP], &["scan", ".", "--no-paths"]).stdout;
    assert!(!without.contains("reaches cluster-admin"), "{without}");
}
