//! `watertight net diff`: connections gained and lost.

use super::{SHOP, ask_of, texts};
use crate::Run;
use crate::rbac::fits;

/// The shop where `report` may open the database, and `web` may not.
fn swapped() -> String {
    SHOP.replace(
        "from: [{podSelector: {matchLabels: {app: web}}}]",
        "from: [{podSelector: {matchLabels: {app: report}}}]",
    )
}

fn diff(before: &str, after: &str, arguments: &[&str]) -> Run {
    ask_of(&[before, after], &[&["diff", "0.yaml", "1.yaml"], arguments].concat())
}

#[test]
fn what_is_gained_and_lost_is_told_by_ends() {
    let run = diff(SHOP, &swapped(), &["-o", "json"]);
    let json = fits("net-diff.v1.json", &run);
    assert_eq!(run.code, 0);
    assert_eq!(texts(&json["changes"], "from"), ["shop/report[Deployment]", "shop/web[Deployment]"]);
    assert_eq!(texts(&json["changes"], "gained"), ["TCP 5432", ""]);
    assert_eq!(texts(&json["changes"], "lost"), ["", "TCP 5432"]);
    let table = diff(SHOP, &swapped(), &[]).stdout;
    assert!(table.contains("+   shop/report[Deployment]"), "{table}");
    for (form, line) in [
        ("text", "+ shop/report[Deployment] => shop/db[StatefulSet] : TCP 5432"),
        ("csv", "gained,shop/report[Deployment],shop/db[StatefulSet],TCP 5432"),
        ("markdown", "| + | shop/report\\[Deployment\\] | shop/db\\[StatefulSet\\] | TCP 5432 |"),
        ("dot", "\"shop/web[Deployment]\" -> \"shop/db[StatefulSet]\" [label=\"- TCP 5432\""),
    ] {
        let run = diff(SHOP, &swapped(), &["-o", form]);
        assert!(run.stdout.lines().any(|row| row.trim().starts_with(line)), "{form}: {}", run.stdout);
    }
}

#[test]
fn a_gain_fails_only_when_asked_to() {
    let lost = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: shop}\nspec: {podSelector: {}}\n";
    let closed = format!("{SHOP}---\n{lost}");
    assert_eq!(diff(SHOP, &swapped(), &[]).code, 0);
    assert_eq!(diff(SHOP, &swapped(), &["--fail-on-gain"]).code, 1);
    assert_eq!(diff(&closed, SHOP, &["--fail-on-gain"]).code, 1);
    let less = diff(SHOP, &closed, &["--fail-on-gain"]);
    assert!(less.code == 0 && less.stdout.contains("-   "), "{}", less.all());
    let same = diff(SHOP, SHOP, &["--fail-on-gain"]);
    assert!(same.code == 0 && same.stdout.contains("No connection is gained or lost"), "{}", same.all());
}

/// What one of the looks does not tell may be a gain, and nobody can exclude it.
#[test]
fn a_gain_that_may_be_counts() {
    let teams = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: t, namespace: shop}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}\n";
    let run = diff(SHOP, &format!("{SHOP}{teams}"), &["--fail-on-gain", "-o", "json"]);
    let json = fits("net-diff.v1.json", &run);
    assert_eq!(run.code, 1, "{}", run.all());
    let rows = json["changes"].as_array().unwrap();
    let row = rows.iter().find(|row| row["from"] == "shop/report[Deployment]").unwrap();
    assert_eq!((&row["gained"], &row["mayGain"]), (&"".into(), &"All Connections".into()));
    let text = diff(SHOP, &format!("{SHOP}{teams}"), &["-o", "text"]).stdout;
    assert!(text.contains("?+ shop/report[Deployment] => shop/db[StatefulSet] : All Connections"), "{text}");
}

/// Or a range would be told as lost and its halves as gained.
#[test]
fn ranges_of_both_looks_are_cut_alike() {
    let of = |block: &str| {
        format!(
            "{SHOP}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: w, namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{{podSelector: {{}}}}, {{ipBlock: {{cidr: {block}}}}}]}}]}}\n"
        )
    };
    let (wide, half) = (of("203.0.112.0/23"), of("203.0.113.0/24"));
    let lost = diff(&wide, &half, &["-o", "text"]);
    assert_eq!(lost.stdout, "- 203.0.112.0/24 => shop/web[Deployment] : All Connections\n");
    let gained = diff(&half, &wide, &["-o", "text", "--fail-on-gain"]);
    assert_eq!(gained.stdout, "+ 203.0.112.0/24 => shop/web[Deployment] : All Connections\n");
    assert_eq!(gained.code, 1);
}

#[test]
fn a_gap_of_either_look_is_exit_code_3() {
    let broken = format!("{SHOP}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: [\n");
    for (before, after) in [(SHOP, broken.as_str()), (broken.as_str(), SHOP)] {
        let run = diff(before, after, &["-o", "json"]);
        assert_eq!((run.code, fits("net-diff.v1.json", &run)["gaps"].as_array().unwrap().len()), (3, 1));
    }
}

/// A plugin that is gone opens everything.
#[test]
fn a_look_that_enforces_nothing_is_said() {
    let flannel = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: cni, namespace: kube-system}\nspec: {template: {metadata: {labels: {k: c}}, spec: {hostNetwork: true, containers: [{name: a, image: flannel/flannel:v0.25.1}]}}}\n";
    let run = diff(&format!("{SHOP}{flannel}"), SHOP, &["-o", "json"]);
    let notes = fits("net-diff.v1.json", &run)["notes"].to_string();
    assert!(notes.contains("before: no policy is enforced: flannel does not"), "{notes}");
}
