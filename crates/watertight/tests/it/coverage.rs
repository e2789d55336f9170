//! What a folder cannot show: notes, never an exit code, and never a failure of what may stand elsewhere.

use serde_json::Value as Json;

use crate::{Run, folder, run_with};

/// Two workloads as charts ship them: nothing of the cluster around them.
const WORKLOADS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool}
spec: {containers: [{name: tool, image: tool}]}
";

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

/// What is a matter of the cluster around the workloads.
const AROUND: [&str; 8] = [
    "admission-policies-missing",
    "default-account-automounts",
    "disruption-budget-missing",
    "image-signatures-unverified",
    "limit-range-incomplete",
    "missing-service-account",
    "pod-security-not-enforced",
    "resource-quota-missing",
];

fn scan(text: &str, more: &[&str]) -> Run {
    let folder = folder(&[("a.yaml", text)]);
    let arguments = [&["scan", ".", "-o", "json", "--fail-on", "none"], more].concat();
    run_with(folder.path(), &arguments, b"")
}

/// The notes: kind and how many questions stay open.
fn notes(run: &Run) -> Vec<(String, u64)> {
    let json = run.json();
    let rows = json["notInView"].as_array().unwrap();
    let kind = |row: &Json| row["kind"].as_str().unwrap().split('.').next().unwrap().to_owned();
    rows.iter().map(|row| (kind(row), row["subjects"].as_u64().unwrap())).collect()
}

fn around(run: &Run) -> Vec<String> {
    run.controls().into_iter().filter(|name| AROUND.contains(&name.as_str())).collect()
}

#[test]
fn workloads_alone_say_nothing_of_the_cluster_around_them() {
    let run = scan(WORKLOADS, &[]);
    assert_eq!((run.code, around(&run)), (0, vec![]), "{}", run.all());
    let notes = notes(&run);
    for kind in ["Namespace", "PodDisruptionBudget", "ServiceAccount", "ValidatingWebhookConfiguration"] {
        assert_eq!(notes.iter().filter(|(noted, _)| noted == kind).count(), 1, "{kind}: {notes:?}");
    }
    assert!(run.json()["gaps"].as_array().unwrap().is_empty());
}

#[test]
fn a_declared_namespace_is_judged_by_what_it_says_itself() {
    let run = scan(&format!("{WORKLOADS}---\n{NAMESPACE}"), &[]);
    assert_eq!((run.code, around(&run)), (0, vec!["pod-security-not-enforced".to_owned()]));
    let notes = notes(&run);
    assert!(!notes.iter().any(|(kind, _)| kind == "Namespace"), "{notes:?}");
    for kind in ["LimitRange", "ResourceQuota", "ServiceAccount"] {
        assert!(notes.iter().any(|(noted, _)| noted == kind), "{kind}: {notes:?}");
    }
}

#[test]
fn what_is_not_in_a_whole_cluster_is_missing() {
    let run = scan(WORKLOADS, &["--assume-complete"]);
    assert_eq!(run.code, 0);
    assert_eq!(notes(&run), []);
    let found = around(&run);
    for control in AROUND.iter().filter(|name| **name != "default-account-automounts") {
        assert!(found.iter().any(|name| name == control), "{control}: {found:?}");
    }
    // The namespace `shop` is there, though nobody declares it: told of the cluster, once.
    let json = run.json();
    let told: Vec<&Json> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["control"] == "pod-security-not-enforced")
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["message"].as_str().unwrap().starts_with("namespace `shop`, which no object declares: "));
}

/// What is there and cannot be read is another matter: exit code 3.
#[test]
fn notes_never_change_the_exit_code_and_gaps_do() {
    let folder =
        folder(&[("a.yaml", WORKLOADS), ("b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: [\n")]);
    let run = run_with(folder.path(), &["scan", ".", "-o", "json", "--fail-on", "none"], b"");
    assert_eq!(run.code, 3, "{}", run.all());
    assert_eq!(scan(WORKLOADS, &["--select", "supply-chain"]).code, 0);
}

#[test]
fn the_layer_availability_can_be_left_out() {
    let of = |run: &Run| {
        let json = run.json();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().filter(|finding| finding["layer"] == "availability").count()
    };
    assert!(of(&scan(WORKLOADS, &[])) > 3);
    let run = scan(WORKLOADS, &["--ignore", "availability"]);
    assert_eq!(of(&run), 0);
    assert!(!notes(&run).iter().any(|(kind, _)| kind == "PodDisruptionBudget"));
}

/// What is there and is not read yet is said, and is no pass.
#[test]
fn what_is_not_read_is_told() {
    let files = "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: {client-certificate: /x/a.crt}\n- name: b\n  user: {tokenFile: /x/t}\n- name: c\n  user: {exec: {command: aws}}\n";
    let run = scan(files, &[]);
    let gaps = run.json()["gaps"].as_array().unwrap().len();
    assert_eq!((run.code, gaps), (3, 2), "{}", run.all());

    let policy = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: calico, namespace: shop}\nspec: {selector: 'app in {\"x\"', types: [Ingress, Egress]}\n";
    let run = scan(&format!("{WORKLOADS}---\n{policy}"), &["--select", "pod-not-isolated"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.all().contains("a policy that cannot be read exactly"), "{}", run.all());
}
