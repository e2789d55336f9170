//! `watertight snapshot`: the file says what the paths say.

use std::path::Path;

use crate::{folder, root, run, run_with};

fn snapshot(of: &str, into: &Path) {
    let run = run(&["snapshot", of, "--quiet", "--allow-incomplete", "-o", into.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.all());
}

fn fingerprints(target: &str) -> (Vec<String>, serde_json::Value) {
    let run = run(&["scan", target, "-o", "json", "--fail-on", "none", "--allow-incomplete"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = json["findings"].as_array().unwrap().iter();
    let mut prints: Vec<String> = findings.map(|f| f["fingerprint"].to_string()).collect();
    prints.sort();
    (prints, json["summary"].clone())
}

#[test]
fn a_scan_of_a_snapshot_says_what_a_scan_of_the_files_says() {
    let files = folder(&[]);
    let (file, again) = (files.path().join("a.wt"), files.path().join("b.wt"));
    snapshot("examples", &file);
    let (of_files, of_snapshot) = (fingerprints("examples"), fingerprints(file.to_str().unwrap()));
    assert!(of_files.0.len() > 20);
    assert_eq!(of_files, of_snapshot);
    snapshot(file.to_str().unwrap(), &again);
    assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(&again).unwrap());
}

#[test]
fn lines_fit_their_schema() {
    let files = folder(&[
        ("a.yaml", "kind: Pod\napiVersion: v1\nmetadata: {name: a, name: b}\n"),
        ("broken.yaml", "kind: Role\napiVersion: v1\nx: [\n"),
    ]);
    let run = run_with(files.path(), &["snapshot", ".", "-o", "c.wt"], b"");
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stderr.contains("broken.yaml"), "{}", run.stderr);
    let gunzip =
        std::process::Command::new("gzip").arg("-dc").arg(files.path().join("c.wt")).output().unwrap();
    let schema = std::fs::read(root().join("docs/schema/snapshot.v1.json")).unwrap();
    let schema = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    let lines = String::from_utf8(gunzip.stdout).unwrap();
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let wrong: Vec<_> = schema.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let mut other = line.clone();
        other["extra"] = true.into();
        assert!(!schema.is_valid(&other), "the schema takes anything");
    }
}

#[test]
fn what_is_newer_is_refused() {
    let header = r#"{"format":"watertight.snapshot/v9","tool":{"name":"watertight","version":"9"}}"#;
    let files = folder(&[("c.wt", header)]);
    let run = run_with(files.path(), &["scan", "c.wt"], b"");
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.stderr.contains("newer than this build reads"), "{}", run.stderr);
}
