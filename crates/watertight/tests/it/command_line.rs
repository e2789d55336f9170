//! Exit codes, streams, arguments.

use crate::formats::FORMATS;
use crate::{folder, root, run, run_with, scan};

const OPEN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: open}\nspec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";
const BROKEN: &str = "apiVersion: v1\nkind: ConfigMap\ndata: [\n";

#[test]
fn exit_codes_follow_the_table() {
    let files = folder(&[
        ("open.yaml", OPEN),
        ("sub/broken.yaml", BROKEN),
        ("values.yaml", "a: 1\n"),
        ("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"),
    ]);
    let code = |arguments: &[&str]| run_with(files.path(), arguments, b"").code;
    assert_eq!(code(&["scan", "cm.yaml"]), 0);
    assert_eq!(code(&["scan", "open.yaml"]), 1);
    assert_eq!(code(&["scan", "open.yaml", "--fail-on", "none"]), 0);
    assert_eq!(code(&["scan", "sub"]), 3);
    assert_eq!(code(&["scan", "sub", "--allow-incomplete"]), 0);
    assert_eq!(code(&["scan", "."]), 1, "1 wins over 3");
    assert_eq!(code(&["scan", ".", "--fail-on", "none"]), 3);
    assert_eq!(code(&["scan", "values.yaml"]), 2);
    assert_eq!(code(&["scan", "nowhere"]), 2);
    assert_eq!(code(&["scan"]), 2);
    assert_eq!(code(&["scan", ".", "-o", "xml"]), 2);
    assert_eq!(code(&["scan", ".", "-o", "json", "-o", "table"]), 2);
    assert_eq!(code(&["frobnicate"]), 2);
    for format in FORMATS {
        let file = format!("{format}=out.txt");
        for output in [format, file.as_str()] {
            let codes = [
                code(&["scan", "open.yaml", "-o", output]),
                code(&["scan", "sub", "-o", output]),
                code(&["scan", "cm.yaml", "-o", output]),
            ];
            assert_eq!(codes, [1, 3, 0], "never dependent on the format: {output}");
        }
    }
    assert_eq!(code(&["scan", "open.yaml", "--ignore", "image,pod,identity,control-plane"]), 0);
    assert_eq!(code(&["scan", "open.yaml", "--select", "privileged-container"]), 1);
    assert_eq!(code(&["scan", "open.yaml", "--select", "pod", "--ignore", "pod"]), 2, "nothing to run");
}

#[test]
fn what_could_not_be_judged_is_shown_and_is_never_clean() {
    let account = |mounts: bool| {
        format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: web}}\nautomountServiceAccountToken: {mounts}\n"
        )
    };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {serviceAccountName: web, containers: [{name: a, image: a}]}\n";
    let files = folder(&[("a.yaml", &account(true)), ("b.yaml", &account(false)), ("c.yaml", pod)]);
    let scan = |arguments: &[&str]| {
        let fixed = ["scan", ".", "--select", "token-automounted"];
        run_with(files.path(), &[&fixed, arguments].concat(), b"")
    };
    assert_eq!(scan(&[]).code, 3);
    assert_eq!(scan(&["--fail-on", "none"]).code, 3);
    assert_eq!(scan(&["--allow-incomplete"]).code, 0);
    let small = scan(&["--min-severity", "critical"]);
    assert!(small.stdout.contains("unknown[token-automounted]"), "{}", small.stdout);
}

#[test]
fn standard_output_is_the_result_and_nothing_else() {
    let files = folder(&[("values.yaml", "a: 1\n")]);
    let run = run_with(files.path(), &["scan", ".", "-o", "json"], b"");
    assert_eq!(run.json()["coverage"]["passedOver"], 1);
    assert!(run.stderr.contains("no Kubernetes object found"), "{}", run.stderr);
    let run = run_with(files.path(), &["scan", "values.yaml"], b"");
    assert!(run.stdout.is_empty() && run.stderr.contains("values.yaml"), "{}", run.all());
    let run = run_with(files.path(), &["scan", ".", "-q"], b"");
    assert_eq!(run.stderr, "");
}

#[test]
fn colors_are_for_terminals_and_those_who_ask() {
    let escape = '\u{1b}';
    assert!(!run(&["scan", "examples"]).stdout.contains(escape));
    assert!(run(&["scan", "examples", "--color", "always"]).stdout.contains(escape));
    assert!(!run(&["controls", "--color", "never"]).stdout.contains(escape));
    for (when, colored) in [("always", true), ("never", false), ("auto", false)] {
        assert_eq!(run(&["explain", "nonsense", "--color", when]).stderr.contains(escape), colored, "{when}");
    }
}

#[test]
fn several_outputs_at_once() {
    let files = folder(&[("open.yaml", OPEN)]);
    let run = run_with(files.path(), &["scan", "open.yaml", "-o", "json=out.json", "-o", "table"], b"");
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(files.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(written["schema"], "watertight.scan/v1");
    assert!(run.stdout.contains("critical[privileged-container]"), "{}", run.stdout);
    let leftovers = std::fs::read_dir(files.path()).unwrap().count();
    assert_eq!(leftovers, 2, "no temporary file stays behind");
    let run = run_with(files.path(), &["scan", "open.yaml", "-o", "json=no/such/folder.json"], b"");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no/such/folder.json"), "{}", run.stderr);
}

#[test]
fn a_file_that_is_replaced_keeps_its_link() {
    let files = folder(&[("open.yaml", OPEN), ("real.json", "old")]);
    std::os::unix::fs::symlink("real.json", files.path().join("link.json")).unwrap();
    run_with(files.path(), &["scan", "open.yaml", "-o", "json=link.json"], b"");
    assert!(files.path().join("link.json").is_symlink());
    assert!(std::fs::read_to_string(files.path().join("real.json")).unwrap().contains("watertight.scan"));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_watertight"))
        .args(["scan", "examples"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(1), ""));
}

#[test]
fn the_target_version_and_namespace_are_taken() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    let run = run_with(
        &root(),
        &["scan", "-", "-o", "json", "-n", "shop", "--kubernetes-version", "v1.33"],
        text.as_bytes(),
    );
    let json = run.json();
    assert_eq!(json["kubernetesVersion"], "1.33");
    assert_eq!(json["findings"][0]["object"]["namespace"], "shop");
    assert_eq!(scan(text).json()["findings"][0]["object"]["namespace"], serde_json::Value::Null);
    for wrong in ["1.99", "2", "latest"] {
        let run = run_with(&root(), &["scan", "-", "--kubernetes-version", wrong], text.as_bytes());
        assert_eq!(run.code, 2, "{wrong}");
    }
}

#[test]
fn what_containers_ask_for_is_bounded_on_request() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: web, image: a, resources: {limits: {cpu: 20m, memory: 8Gi}}}]}\n";
    let judged = |bounds: &[&str]| {
        let mut arguments =
            vec!["scan", "-", "-o", "concise", "--select", "resource-out-of-range", "--fail-on", "medium"];
        arguments.extend(bounds);
        run_with(&root(), &arguments, text.as_bytes())
    };
    assert_eq!(judged(&[]).code, 0, "nobody is judged without a bound");
    assert_eq!(judged(&["--resource-bound", "limits.memory<=8192Mi,limits.cpu<=1"]).code, 0);
    let run = judged(&[
        "--resource-bound",
        "limits.memory<=4Gi,requests.cpu>=50m",
        "--resource-bound",
        "limits.cpu>=1m",
    ]);
    assert_eq!(run.code, 1, "{}", run.all());
    for said in [
        "container `web` has a memory limit of 8Gi; at most 4Gi is allowed",
        "container `web` has a cpu request of 20m; at least 50m is allowed",
    ] {
        assert!(run.stdout.contains(said), "{}", run.stdout);
    }
    for (wrong, said) in [
        ("limits.memory", "in quotes"),
        ("memory<=4Gi", "expected requests.cpu"),
        ("limits.memory<=4GB", "`GB` is no suffix"),
    ] {
        let run = judged(&["--resource-bound", wrong]);
        assert!(run.code == 2 && run.stderr.contains(said), "{wrong}: {}", run.all());
    }
}

#[test]
fn names_that_are_nearly_right_are_suggested() {
    let run = run(&["explain", "priviledged-container"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `privileged-container`"), "{}", run.stderr);
    assert_eq!(crate::run(&["scan", "examples", "--select", "nonsense"]).code, 2);
}

#[test]
fn pages_completions_and_manual_are_there() {
    let page = run(&["explain", "privileged-container"]);
    assert!(page.stdout.contains("Remedy") && page.stdout.contains("privileged: yes"), "{}", page.stdout);
    assert!(run(&["controls"]).stdout.contains("privileged-container"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(run(&["completions", shell]).stdout.contains("watertight"), "{shell}");
    }
    let manual = run(&["man"]).stdout;
    assert!(manual.contains(".TH watertight") && manual.contains("fail\\-on"), "{manual}");
    assert!(run(&["--version"]).stdout.starts_with("watertight "));
}

#[test]
fn the_order_of_files_does_not_matter() {
    let json = |paths: &[&str]| {
        let mut arguments = vec!["scan", "-o", "json"];
        arguments.extend(paths);
        run(&arguments).stdout
    };
    let forward = json(&["examples/shop/payments", "examples/shop/platform", "examples/shop/storefront"]);
    let backward = json(&["examples/shop/storefront", "examples/shop/platform", "examples/shop/payments"]);
    assert!(forward == backward, "the result depends on the order of its inputs");
}

/// The openings in RBAC that `examples/README.md` lists, and no more.
#[test]
fn the_roles_of_the_shop_are_told() {
    let json = run(&["scan", "--select", "rbac", "-o", "json", "examples/shop"]).json();
    let findings = json["findings"].as_array().unwrap().iter();
    let told: Vec<String> =
        findings.map(|finding| format!("{} {}", finding["control"], finding["object"]["name"])).collect();
    assert_eq!(told, [r#""cluster-admin-binding" "shop-ci-builder""#, r#""secrets-readable" "web""#]);
}
