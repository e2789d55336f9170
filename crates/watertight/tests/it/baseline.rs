//! A baseline: written, and what is new beside it.

use std::path::Path;

use crate::output::schema;
use crate::{Run, folder, run_with};

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: a, image: a:1, securityContext: {privileged: true}}]
";

fn pod(name: &str) -> String {
    POD.replace("NAME", name)
}

const SELECT: [&str; 2] = ["--select", "host-network,host-pid,privileged-container"];

fn scan(folder: &Path, arguments: &[&str]) -> Run {
    let run = run_with(folder, &[&["scan", ".", "-o", "json"], &SELECT[..], arguments].concat(), b"");
    if run.code < 2 {
        assert!(schema("scan.v1.json").is_valid(&run.json()));
    }
    run
}

fn baseline(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, &[&["baseline", "."], &SELECT[..], arguments].concat(), b"")
}

fn remarks(run: &Run) -> Vec<String> {
    let json = run.json();
    json["remarks"].as_array().unwrap().iter().map(|r| r["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_what_is_new_counts() {
    let files = folder(&[("a.yaml", &pod("a"))]);
    let here = files.path();
    let written = baseline(here, &[]);
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    assert!(written.stderr.contains("2 findings in watertight-baseline.json"), "{}", written.stderr);
    let text = std::fs::read_to_string(here.join("watertight-baseline.json")).unwrap();
    assert!(schema("baseline.v1.json").is_valid(&serde_json::from_str(&text).unwrap()), "{text}");
    assert_eq!(baseline(here, &["-o", "-"]).stdout, text, "equal findings give equal bytes");

    let with = ["--baseline", "watertight-baseline.json"];
    assert_eq!(scan(here, &[]).code, 1);
    let known = scan(here, &with);
    assert_eq!(known.code, 0);
    assert_eq!(
        (&known.json()["summary"]["known"], &known.json()["summary"]["findings"]),
        (&2.into(), &0.into())
    );
    let table = run_with(here, &[&["scan", "."], &SELECT[..], &with].concat(), b"").stdout;
    assert!(table.contains("nothing open, 2 known in the baseline"), "{table}");
    assert!(!table.contains("waived"), "what is known is counted, not listed: {table}");

    // Reformatted, moved to another file, with a new neighbour: still known.
    std::fs::write(here.join("b.yaml"), format!("# moved\n\n{}", pod("a").replace("a:1, ", "a:1,\n    ")))
        .unwrap();
    std::fs::remove_file(here.join("a.yaml")).unwrap();
    assert_eq!(scan(here, &with).code, 0);
    // New: another field of the same object, and another object.
    std::fs::write(here.join("b.yaml"), pod("a").replace("  hostNetwork", "  hostPID: true\n  hostNetwork"))
        .unwrap();
    let run = scan(here, &with);
    assert_eq!((run.code, run.controls()), (1, vec!["host-pid".to_owned()]));
    std::fs::write(here.join("b.yaml"), format!("{}---\n{}", pod("a"), pod("new"))).unwrap();
    let run = scan(here, &with);
    assert_eq!((run.code, run.json()["summary"]["findings"].as_u64()), (1, Some(2)));
    // Fixed: told, and no failure.
    std::fs::write(here.join("b.yaml"), pod("a").replace("true}}", "false}}")).unwrap();
    let run = scan(here, &with);
    assert_eq!(run.code, 0);
    assert_eq!(remarks(&run), ["1 of its 2 findings is gone: write it anew with `watertight baseline`"]);
    let run = run_with(
        here,
        &["scan", ".", "-o", "json", "--select", "host-network", "--baseline", "watertight-baseline.json"],
        b"",
    );
    assert!(remarks(&run).is_empty(), "what did not run is not gone: {:?}", remarks(&run));
}

#[test]
fn what_became_worse_is_new() {
    let files = folder(&[("a.yaml", &pod("a")), ("watertight.yaml", "severity: {host-network: low}\n")]);
    let here = files.path();
    assert_eq!(baseline(here, &["-o", "b.json"]).code, 0);
    assert_eq!(scan(here, &["--baseline", "b.json"]).code, 0);
    std::fs::write(here.join("watertight.yaml"), "severity: {host-network: high}\n").unwrap();
    let run = scan(here, &["--baseline", "b.json"]);
    assert_eq!((run.code, run.controls()), (1, vec!["host-network".to_owned()]));
    assert!(run.stdout.contains("(known in b.json as low)"), "{}", run.stdout);
    std::fs::write(here.join("watertight.yaml"), "severity: {host-network: info}\n").unwrap();
    assert_eq!(scan(here, &["--baseline", "b.json"]).code, 0, "what became better is known");
}

#[test]
fn one_fingerprint_is_known_as_often_as_it_was_there() {
    let files = folder(&[("a.yaml", &pod("a"))]);
    let here = files.path();
    assert_eq!(baseline(here, &["-o", "b.json"]).code, 0);
    let text = std::fs::read_to_string(here.join("b.json")).unwrap();
    let row = text.lines().find(|line| line.contains("host-network")).unwrap().trim_end_matches(',');
    // Once more than there is.
    std::fs::write(here.join("b.json"), text.replace("\n  ]", &format!(",\n{row}\n  ]"))).unwrap();
    let run = scan(here, &["--baseline", "b.json"]);
    assert_eq!(run.code, 0);
    assert_eq!(remarks(&run), ["1 of its 3 findings is gone: write it anew with `watertight baseline`"]);
}

#[test]
fn the_settings_name_a_baseline() {
    let files = folder(&[("sub/a.yaml", &pod("a")), ("watertight.yaml", "baseline: known/b.json\n")]);
    let here = files.path();
    let run = scan(here, &[]);
    assert!(
        run.code == 2
            && run.stderr.contains("known/b.json")
            && run.stderr.contains("`watertight baseline` writes one"),
        "{}",
        run.stderr
    );
    std::fs::create_dir(here.join("known")).unwrap();
    assert_eq!(baseline(here, &[]).code, 0);
    assert!(here.join("known/b.json").exists());
    assert_eq!(scan(here, &[]).code, 0);
    let below = run_with(&here.join("sub"), &["scan", ".", "--select", "host-network"], b"");
    assert_eq!(below.code, 0, "relative to the settings: {}", below.all());
    assert_eq!(scan(here, &["--no-baseline"]).code, 1);
    assert_eq!(
        baseline(here, &["-o", "-"]).stdout,
        std::fs::read_to_string(here.join("known/b.json")).unwrap(),
        "the old one does not hide what is written"
    );
}

#[test]
fn waivers_come_before_the_baseline() {
    let text =
        pod("a").replace("hostNetwork: true", "hostNetwork: true # watertight: waive host-network because");
    let files = folder(&[("a.yaml", &text)]);
    let here = files.path();
    assert_eq!(baseline(here, &["-o", "b.json"]).code, 0);
    let written = std::fs::read_to_string(here.join("b.json")).unwrap();
    assert!(!written.contains("host-network"), "what is waived needs no baseline: {written}");
    let json = scan(here, &["--baseline", "b.json"]).json();
    assert_eq!((&json["summary"]["waived"], &json["summary"]["known"]), (&2.into(), &1.into()));
}

#[test]
fn what_was_not_seen_is_no_baseline() {
    let files = folder(&[("a.yaml", &pod("a")), ("broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n")]);
    let run = baseline(files.path(), &["-o", "b.json"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stderr.contains("1 times") || run.stderr.contains("was not seen"), "{}", run.stderr);
    assert_eq!(baseline(files.path(), &["-o", "b.json", "--allow-incomplete"]).code, 0);
}

/// Files that are no baseline: the text, where, and what has to be said.
const WRONG: &[(&str, &str, &str)] = &[
    ("", "1:1", "the file is empty"),
    ("{", "1:", ""),
    ("{}", "1:1", "this is no baseline: `watertight baseline` writes one"),
    ("[]", "1:1", "this is no baseline"),
    ("hello", "1:1", "this is no baseline"),
    (r#"{"schema": 1}"#, "1:12", "this is no baseline"),
    (r#"{"schema": "watertight.scan/v1"}"#, "1:12", "this is no baseline"),
    (r#"{"schema": "watertight.baseline/v2"}"#, "1:12", "a form that this build does not read"),
    (r#"{"schema": "watertight.baseline/v1"}"#, "1:1", "a baseline without `findings`"),
    (r#"{"schema": "watertight.baseline/v1", "findings": {}}"#, "1:50", "expected a list of findings"),
    (r#"{"schema": "watertight.baseline/v1", "finding": []}"#, "1:38", "did you mean `findings`?"),
    (r#"{"schema": "watertight.baseline/v1", "findings": [1]}"#, "1:51", "expected a map with"),
    (r#"{"schema": "watertight.baseline/v1", "findings": [{}]}"#, "1:51", "something is missing"),
    (
        r#"{"schema": "watertight.baseline/v1", "findings": [{"fingerprint": "v2:C4N4RY", "control": "a", "severity": "low", "object": "x"}]}"#,
        "1:67",
        "a fingerprint of another version",
    ),
    (
        r#"{"schema": "watertight.baseline/v1", "findings": [{"fingerprint": 1, "control": "a", "severity": "low", "object": "x"}]}"#,
        "1:67",
        "expected a fingerprint",
    ),
    (
        r#"{"schema": "watertight.baseline/v1", "findings": [{"fingerprint": "v1:a", "control": "a", "severity": "C4N4RY", "object": "x"}]}"#,
        "1:103",
        "expected info, low",
    ),
    (
        r#"{"schema": "watertight.baseline/v1", "findings": [{"fingerprint": "v1:a", "control": "a", "object": "x"}]}"#,
        "1:51",
        "something is missing",
    ),
    (r#"{"schema": "watertight.baseline/v1", "findings": [], "findings": []}"#, "1:54", "stands twice"),
    ("{\"schema\": \"watertight.baseline/v1\", \"findings\": []}\n---\n{}", "", "more stands behind"),
];

#[test]
fn a_damaged_baseline_is_wrong_usage() {
    let mut wrong = Vec::new();
    for (text, place, said) in WRONG {
        let files = folder(&[("a.yaml", &pod("a")), ("b.json", text)]);
        let run = run_with(files.path(), &["scan", "a.yaml", "--baseline", "b.json"], b"");
        let pointed = run
            .stderr
            .lines()
            .any(|line| line.trim().starts_with(&format!("b.json:{place}")) && line.contains(said));
        if run.code != 2 || !pointed || run.all().contains("C4N4RY") || !run.stdout.is_empty() {
            wrong.push(format!("{text}: wanted {place} {said:?}, code {}: {}", run.code, run.all()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = folder(&[("a.yaml", &pod("a"))]);
    for (arguments, said) in [
        (&["--baseline", "nowhere.json"][..], "cannot read the baseline `nowhere.json`"),
        (&["--baseline", "."], "cannot read the baseline"),
        (&["--baseline", "b.json", "--no-baseline"], "cannot be used with"),
    ] {
        let run = run_with(files.path(), &[&["scan", "a.yaml"], arguments].concat(), b"");
        assert!(run.code == 2 && run.stderr.contains(said), "{arguments:?}: {}", run.all());
    }
}
