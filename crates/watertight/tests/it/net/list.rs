//! `watertight net list`: every connection by workload, in each form.

use super::{SHOP, ask_of, shop, texts};
use crate::rbac::fits;

/// A way in from outside, twice.
const ENTRIES: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
";

#[test]
fn equal_rows_are_one_until_they_are_expanded() {
    let rows = shop(&["list", "-o", "text"]).stdout;
    let lines: Vec<&str> = rows.lines().collect();
    assert!(lines.contains(&"shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432"), "{rows}");
    assert!(lines.contains(&"any workload => shop/report[Deployment] : All Connections"), "{rows}");
    let expanded = shop(&["list", "-o", "text", "--expand"]).stdout;
    let all: Vec<&str> = expanded.lines().collect();
    for line in [
        "shop/web[Deployment] => shop/report[Deployment] : All Connections",
        "shop/db[StatefulSet] => shop/report[Deployment] : All Connections",
        "shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432",
        "0.0.0.0-255.255.255.255[External] => shop/web[Deployment] : All Connections",
    ] {
        assert!(all.contains(&line), "{line}: {expanded}");
    }
    assert!(!expanded.contains("any workload") && all.len() > lines.len(), "{expanded}");
    assert!(!expanded.contains("shop/report[Deployment] => shop/db[StatefulSet]"), "{expanded}");
}

#[test]
fn json_follows_its_schema_in_every_shape() {
    for arguments in
        [&["list"][..], &["list", "--expand"], &["list", "--exposed"], &["list", "--focus", "db"]]
    {
        let run = ask_of(&[SHOP, ENTRIES], &[arguments, &["-o", "json"]].concat());
        let json = fits("net-list.v1.json", &run);
        assert!(!json["connections"].as_array().unwrap().is_empty(), "{arguments:?}");
    }
    let none = ask_of(&["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"], &["list", "-o", "json"]);
    assert_eq!(fits("net-list.v1.json", &none)["connections"], serde_json::json!([]));
    let table = ask_of(&["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"], &["list"]);
    assert!(table.code == 0 && table.stdout.contains("No connection"), "{}", table.all());
}

#[test]
fn a_focus_is_both_directions_of_some() {
    let rows = shop(&["list", "--focus", "db", "-o", "text"]).stdout;
    assert!(rows.contains("shop/web[Deployment] => shop/db[StatefulSet] : TCP 5432"), "{rows}");
    assert!(rows.contains("shop/db[StatefulSet] => shop/web[Deployment]"), "{rows}");
    assert!(rows.lines().all(|line| line.contains("shop/db[StatefulSet]")), "{rows}");
    let two = shop(&["list", "--focus", "app=report", "--focus", "svc/db", "-o", "text"]).stdout;
    assert!(two.contains("shop/report[Deployment]") && two.contains("shop/db[StatefulSet]"), "{two}");
    assert!(!two.contains("shop/web[Deployment] => 0.0.0.0"), "{two}");
    let outside = shop(&["list", "--focus", "internet", "-o", "text"]).stdout;
    assert!(!outside.is_empty() && outside.lines().all(|line| line.contains("[External]")), "{outside}");
    let nobody = shop(&["list", "--focus", "reprot"]);
    assert!(nobody.code == 2 && nobody.stderr.contains("did you mean `report`?"), "{}", nobody.all());
}

#[test]
fn what_strangers_reach_is_told_with_the_way_in() {
    let run = ask_of(&[SHOP, ENTRIES], &["list", "--exposed"]);
    for row in [
        "outside, through Service shop/web (load balancer)",
        "outside, through Ingress shop/web (controller or gateway)",
        "a pod without labels in its namespace",
        "a pod without labels in a new namespace",
    ] {
        assert!(run.stdout.contains(row), "{row}: {}", run.stdout);
    }
    // Only web may open the database.
    assert!(!run.stdout.contains("shop/db"), "{}", run.stdout);
    let closed = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec: {podSelector: {}}
";
    let run = ask_of(&[SHOP, ENTRIES, closed], &["list", "--exposed", "-o", "json"]);
    let json = fits("net-list.v1.json", &run);
    // A node that passes traffic on may be that of the pod, which always reaches it.
    assert_eq!(texts(&json["connections"], "unknown"), ["TCP 8080"], "{}", run.stdout);
    assert_eq!(texts(&json["connections"], "allowed"), [""], "{}", run.stdout);
}

#[test]
fn every_form_has_the_same_rows() {
    let csv = shop(&["list", "-o", "csv"]).stdout;
    assert_eq!(csv.lines().next(), Some("from,to,allowed,unknown"));
    assert!(csv.contains("shop/web[Deployment],shop/db[StatefulSet],TCP 5432,\n"), "{csv}");
    let markdown = shop(&["list", "-o", "markdown"]).stdout;
    assert!(
        markdown.contains("| shop/web\\[Deployment\\] | shop/db\\[StatefulSet\\] | TCP 5432 |"),
        "{markdown}"
    );
    let dot = shop(&["list", "-o", "dot"]).stdout;
    assert!(
        dot.contains("\"shop/web[Deployment]\" -> \"shop/db[StatefulSet]\" [label=\"TCP 5432\"];"),
        "{dot}"
    );
    let rows = shop(&["list", "-o", "text"]).stdout.lines().count();
    assert_eq!(csv.lines().count(), rows + 1);
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), rows + 2);
    assert_eq!(dot.lines().filter(|line| line.contains(" -> ")).count(), rows);
}

/// Names that mean something to a terminal, a spreadsheet, Markdown or Graphviz.
#[test]
fn hostile_names_are_harmless_in_every_form() {
    const HOSTILE: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: "=cmd|' /C calc'!A0", namespace: "@shop\"<b>&|`x`"}
spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: "a\e[31mb\nc\u202e</script>", namespace: shop}
spec: {containers: [{name: a, image: a}]}
"#;
    for form in ["table", "text", "csv", "markdown", "dot"] {
        let run = ask_of(&[HOSTILE], &["list", "--expand", "-o", form]);
        let odd = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        assert!(!run.all().contains(odd), "{form}: {:?}", run.all());
        assert!(run.stdout.contains("A0"), "{form}: {}", run.stdout);
    }
    let csv = ask_of(&[HOSTILE], &["list", "--expand", "-o", "csv"]).stdout;
    let lead =
        |line: &str| line.split(',').any(|cell| cell.trim_matches('"').starts_with(['=', '+', '-', '@']));
    assert!(!csv.lines().any(lead), "{csv}");
    let markdown = ask_of(&[HOSTILE], &["list", "-o", "markdown"]).stdout;
    assert!(!markdown.contains("<b>") || markdown.contains("\\<b"), "{markdown}");
    let dot = ask_of(&[HOSTILE], &["list", "--expand", "-o", "dot"]).stdout;
    assert!(dot.contains("@shop\\\"<b>"), "{dot}");
    fits("net-list.v1.json", &ask_of(&[HOSTILE], &["list", "-o", "json"]));
}

#[test]
fn both_families_of_addresses_are_told_where_something_speaks_of_them() {
    let dual = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32'}}, {ipBlock: {cidr: 203.0.113.0/24}}]}]
";
    let run = ask_of(&[SHOP, dual], &["list", "--focus", "web"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for block in ["2001:db8::/32", "203.0.113.0/24"] {
        assert!(run.stdout.contains(block), "{block}: {}", run.stdout);
    }
    let v4 = shop(&["list", "--expand", "-o", "text"]).stdout;
    assert!(!v4.contains("::"), "{v4}");
}

/// A policy for a namespace that nobody in view is in says nothing, and nothing is wrong with it.
#[test]
fn a_policy_of_a_namespace_out_of_view_changes_nothing() {
    let away = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: not-in-view}
spec: {podSelector: {}}
";
    let with = ask_of(&[SHOP, away], &["list", "-o", "json", "--expand"]);
    let json = fits("net-list.v1.json", &with);
    assert_eq!((with.code, texts(&json["problems"], "why").len()), (0, 0));
    assert_eq!(json["connections"], shop(&["list", "-o", "json", "--expand"]).json()["connections"]);
}
