//! `watertight blast diff`.

use serde_json::{Value, json};

use super::{SHOP, fits};
use crate::{Run, folder, run_with};

/// Secrets of every namespace for the account that strangers are near to.
const MORE: &str = "\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: more}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
";

fn compare(before: &str, after: &str, more: &[&str]) -> Run {
    let files = folder(&[("before/a.yaml", before), ("after/a.yaml", after)]);
    run_with(files.path(), &[&["blast", "diff", "before", "after"], more].concat(), b"")
}

fn row<'a>(diff: &'a Value, thing: &str) -> &'a Value {
    let rows = diff["changes"].as_array().unwrap();
    rows.iter().find(|row| row["thing"] == thing).unwrap_or_else(|| panic!("{thing}: {diff:#}"))
}

#[test]
fn a_gain_is_told_and_may_fail() {
    let after = format!("{SHOP}{MORE}");
    let json = fits("blast-diff.v1.json", &compare(SHOP, &after, &["-o", "json"]));
    let web = row(&json, "sa/shop/web");
    assert!(web["gainedGoals"].as_array().unwrap().contains(&json!("goal/cluster-admin")), "{web:#}");
    assert_eq!((&web["state"], &web["lost"]), (&json!("changed"), &json!([])));
    assert_eq!(row(&json, "user/dev")["path"]["steps"].as_array().map(Vec::is_empty), Some(false));
    assert!(json["gains"].as_u64() > Some(0), "{json:#}");
    assert_eq!(compare(SHOP, &after, &[]).code, 0);
    assert_eq!(compare(SHOP, &after, &["--fail-on-gain"]).code, 1);
    for form in ["table", "markdown"] {
        let run = compare(SHOP, &after, &["--fail-on-gain", "-o", form]);
        assert!(run.code == 1 && run.stdout.contains("goal/cluster-admin"), "{}", run.all());
    }
}

#[test]
fn what_is_lost_alone_does_not_fail() {
    let before = format!("{SHOP}{MORE}");
    let run = compare(&before, SHOP, &["--fail-on-gain", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let json = fits("blast-diff.v1.json", &run);
    assert_eq!((&json["gains"], json["losses"].as_u64() > Some(0)), (&json!(0), true));
    assert!(
        row(&json, "sa/shop/web")["lostGoals"].as_array().unwrap().contains(&json!("goal/cluster-admin"))
    );
}

#[test]
fn nothing_changes_between_equals() {
    let run = compare(SHOP, SHOP, &["--fail-on-gain", "-o", "json"]);
    let json = fits("blast-diff.v1.json", &run);
    assert_eq!((run.code, &json["changes"], &json["gains"]), (0, &json!([]), &json!(0)), "{json:#}");
    assert_eq!(json["exposure"][0], json["exposure"][1]);
}

#[test]
fn a_new_thing_with_a_goal_is_a_gain() {
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: own, namespace: infra}\nspec: {hostPID: true, containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";
    let run = compare(SHOP, &format!("{SHOP}{pod}"), &["--fail-on-gain", "-o", "json"]);
    let json = fits("blast-diff.v1.json", &run);
    assert_eq!((run.code, &row(&json, "pod/infra/own")["state"]), (1, &json!("new")), "{json:#}");
    let gone = compare(&format!("{SHOP}{pod}"), SHOP, &["--fail-on-gain", "-o", "json"]);
    assert_eq!((gone.code, &row(&gone.json(), "pod/infra/own")["state"]), (0, &json!("gone")));
}

#[test]
fn a_gain_by_a_flaw_alone_is_none_in_the_direct_reading() {
    let closed = format!(
        "{SHOP}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: closed, namespace: data}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress]}}\n"
    );
    assert_eq!(compare(&closed, SHOP, &["--fail-on-gain"]).code, 1);
    assert_eq!(compare(&closed, SHOP, &["--fail-on-gain", "--direct"]).code, 0);
}

#[test]
fn what_cannot_be_read_on_either_side_is_told() {
    let broken = format!("{SHOP}---\napiVersion: v1\nkind: Pod\nspec: [\n");
    for (before, after) in [(SHOP, broken.as_str()), (broken.as_str(), SHOP)] {
        let run = compare(before, after, &["-o", "json"]);
        let json = fits("blast-diff.v1.json", &run);
        assert_eq!((run.code, json["gaps"].as_array().map(Vec::is_empty)), (3, Some(false)), "{}", run.all());
        assert_eq!(compare(before, after, &["--allow-incomplete"]).code, 0);
    }
    assert_eq!(
        compare(SHOP, &format!("{SHOP}{MORE}---\nkind: [\n"), &["--fail-on-gain"]).code,
        1,
        "a gain is worse"
    );
}

#[test]
fn two_sides_are_needed() {
    let files = folder(&[("a/a.yaml", SHOP)]);
    for arguments in [&["blast", "diff"][..], &["blast", "diff", "a"], &["blast", "diff", "a", "nowhere"]] {
        assert_eq!(run_with(files.path(), arguments, b"").code, 2, "{arguments:?}");
    }
}
