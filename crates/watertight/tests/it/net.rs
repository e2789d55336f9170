//! `watertight net`: who reaches whom, over the binary.

use serde_json::Value;

use crate::{Run, folder, run, run_with};

mod bad_input;
mod canaries;
mod check;
mod conformance;
mod diff;
mod ends;
mod enforcement;
mod generate;
mod list;
mod map;
mod recordings;
mod ways_in;

/// A shop: `db` takes `sql` from `web` alone; `web` and `report` are open.
const SHOP: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: http, containerPort: 8080}]
        env: [{name: DB_URL, value: 'postgres://db.shop.svc:80/shop'}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: report, namespace: shop}
spec:
  selector: {matchLabels: {app: report}}
  template:
    metadata: {labels: {app: report}}
    spec: {containers: [{name: report, image: report}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.9, selector: {app: db}, ports: [{name: pg, port: 80, targetPort: sql}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: sql}]
";

/// Asks about texts, each a file of its own.
fn ask_of(texts: &[&str], arguments: &[&str]) -> Run {
    let names: Vec<String> = (0..texts.len()).map(|number| format!("{number}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    let files = folder(&files);
    run_with(files.path(), &[&["net"], arguments].concat(), b"")
}

/// The answer to a question, whose first line and exit code belong together.
fn answer_of(texts: &[&str], from: &str, to: &str, port: &str) -> String {
    let port = if port.is_empty() { vec![] } else { vec!["--port", port] };
    let run = ask_of(texts, &[&["check", "--from", from, "--to", to], &port[..]].concat());
    let first = run.stdout.lines().next().unwrap_or_default().to_owned();
    let code = match first.as_str() {
        "yes" => 0,
        "no" => 1,
        "unknown" => 3,
        _ => 2,
    };
    assert_eq!(run.code, code, "{from} {to}: {}", run.all());
    first
}

/// Asks about [`SHOP`].
fn shop(arguments: &[&str]) -> Run {
    ask_of(&[SHOP], arguments)
}

/// The texts of a field of rows.
fn texts<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().filter_map(|row| row[field].as_str()).collect()
}

#[test]
fn every_command_is_in_the_manual() {
    let page = run(&["man"]).stdout;
    for words in [
        "watertight net check",
        "watertight net generate",
        "\\-\\-policies\\-enforced",
        "\\-\\-fail\\-on\\-gain",
    ] {
        assert!(page.contains(words), "{words} is not in the man page");
    }
}

#[test]
fn a_snapshot_answers_as_the_files_do() {
    let files = folder(&[("a.yaml", SHOP)]);
    let saved = run_with(files.path(), &["snapshot", "a.yaml", "-q", "-o", "c.wt"], b"");
    assert_eq!(saved.code, 0, "{}", saved.all());
    for question in [
        &["list", "--expand"][..],
        &["list", "--exposed", "-o", "json"],
        &["check", "--from", "report", "--to", "db"],
        &["generate", "-q"],
    ] {
        let of = |target| run_with(files.path(), &[&["net"], question, &["-t", target]].concat(), b"");
        // A snapshot knows the line of an object, a file that of each field.
        let without_lines = |run: Run| {
            let words = run
                .stdout
                .split_inclusive(':')
                .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
            (run.code, words.collect::<String>())
        };
        assert_eq!(without_lines(of("a.yaml")), without_lines(of("c.wt")));
    }
}
