//! `watertight audit lint`, `explain`, `simulate` and `policy`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::{Run, folder, root, run, run_with};

const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: yes
rules:
# No bodies.
- level: Metadata
  resources:
  - group: \"\"
    resources: [secrets, configmaps]
- level: None
  users: ['system:kube-scheduler']
- level: Request
";

fn lint(policy: &str) -> Run {
    run_with(&root(), &["audit", "lint", "-", "-o", "json"], policy.as_bytes())
}

/// Check, line and column of what is found, of one check.
fn found(policy: &str, check: &str) -> Vec<(u64, u64, String)> {
    let json = lint(policy).json();
    let findings = json["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    findings
        .map(|finding| {
            let number = |key: &str| finding[key].as_u64().unwrap();
            (number("line"), number("column"), finding["path"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn event(id: u32, level: &str, user: &str, verb: &str, resource: &str) -> String {
    let body = if level == "Request" { r#","requestObject":{"kind":"X"}"# } else { "" };
    format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{id}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/{resource}","verb":"{verb}","user":{{"username":"{user}","groups":["system:authenticated"]}},"objectRef":{{"resource":"{resource}","namespace":"a","apiVersion":"v1"}},"responseStatus":{{"metadata":{{}},"code":200}}{body},"requestReceivedTimestamp":"2026-01-01T00:00:00.000000Z","stageTimestamp":"2026-01-01T00:00:00.000000Z"}}"#
    )
}

fn log() -> String {
    let lines = [
        event(1, "Request", "alice", "create", "pods"),
        event(2, "Metadata", "system:kube-scheduler", "list", "pods"),
        event(3, "Request", "alice", "create", "secrets"),
        event(4, "Metadata", "bob", "update", "pods"),
    ];
    lines.join("\n") + "\n"
}

fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn fits(name: &str, json: &Value) {
    let errors: Vec<String> =
        schema(name).iter_errors(json).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[test]
fn findings_have_a_place_and_a_code() {
    let wrong = POLICY.replace("[secrets, configmaps]", "[deployments]");
    assert_eq!(found(&wrong, "wrong-group"), [(10, 17, "rules[0].resources[0].resources[0]".to_owned())]);
    let twice = format!("{POLICY}  verbs: [get]\n  verbs: [list]\n");
    assert_eq!(found(&twice, "ignored-field"), [(15, 10, "rules[2].verbs".to_owned())]);
    let unknown = POLICY.replace("users:", "user:");
    assert_eq!(found(&unknown, "ignored-field"), [(12, 9, "rules[1].user".to_owned())]);
    let two = format!("{POLICY}---\nkind: Policy\n");
    assert_eq!(found(&two, "ignored-field"), [(1, 1, String::new())]);
    assert_eq!(found(POLICY, "ignored-field"), []);

    let files = folder(&[("policy.yaml", &wrong)]);
    let code = |arguments: &[&str]| {
        run_with(files.path(), &[&["audit", "lint", "policy.yaml"], arguments].concat(), b"").code
    };
    assert_eq!((code(&[]), code(&["--fail-on", "none"]), code(&["--fail-on", "critical"])), (1, 0, 0));
    let table = run_with(files.path(), &["audit", "lint", "policy.yaml"], b"").stdout;
    assert!(table.contains("high[wrong-group]") && table.contains("policy.yaml:10:17"), "{table}");
}

#[test]
fn a_policy_that_the_api_server_refuses_is_told_with_its_places() {
    let files = folder(&[
        (
            "bad.yaml",
            &POLICY.replace("level: None", "level: Nothing").replace("group: \"\"", "group: apps/v1"),
        ),
        ("old.yaml", &POLICY.replace("audit.k8s.io/v1", "audit.k8s.io/v1beta1")),
        ("empty.yaml", "# nothing\n"),
        ("broken.yaml", "rules: [\n"),
        (
            "tabs.json",
            "{\n\t\"apiVersion\": \"audit.k8s.io/v1\",\n\t\"kind\": \"Policy\",\n\t\"rules\": [{\"level\": 1}]\n}\n",
        ),
        ("binary.yaml", "\u{0}"),
    ]);
    std::fs::write(files.path().join("latin.yaml"), b"a: \xff\n").unwrap();
    for (file, said) in [
        ("bad.yaml", &["bad.yaml:9:12: rules[0].resources[0].group", "bad.yaml:11:10: rules[1].level"][..]),
        ("old.yaml", &["old.yaml:1:13: apiVersion", "1.24"]),
        ("empty.yaml", &["holds no audit policy"]),
        ("broken.yaml", &["broken.yaml:"]),
        ("tabs.json", &["tabs.json:4:22: rules[0].level", "text"]),
        ("binary.yaml", &["binary.yaml"]),
        ("latin.yaml", &["UTF-8"]),
        ("missing.yaml", &["cannot read `missing.yaml`"]),
    ] {
        for command in [&["lint"][..], &["explain", "--verb", "get", "--url", "/healthz"], &["simulate"]] {
            let mut arguments = vec!["audit", command[0], file];
            arguments.extend(&command[1..]);
            if command[0] == "simulate" {
                arguments.push("-");
            }
            let run = run_with(files.path(), &arguments, b"");
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
            for words in said {
                assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn explaining_names_the_rule_and_those_before() {
    let files = folder(&[("policy.yaml", POLICY)]);
    let explain = |arguments: &[&str]| {
        run_with(files.path(), &[&["audit", "explain", "policy.yaml", "-o", "json"], arguments].concat(), b"")
    };
    let json = explain(&["--verb", "create", "--resource", "secrets", "-n", "shop"]).json();
    assert_eq!((&json["level"], &json["rule"], &json["line"]), (&"Metadata".into(), &0.into(), &7.into()));
    assert_eq!(json["request"]["groups"], serde_json::json!(["system:authenticated"]));

    let json =
        explain(&["--verb", "get", "--resource", "deployments/scale", "-n", "shop", "--name", "web"]).json();
    assert_eq!(json["request"]["resource"]["apiGroup"], "apps");
    assert_eq!((&json["level"], &json["rule"]), (&"Request".into(), &2.into()));
    let why: Vec<&str> =
        json["before"].as_array().unwrap().iter().map(|rule| rule["why"].as_str().unwrap()).collect();
    assert_eq!(why, ["is for other API groups", "is for other users"]);

    let json =
        explain(&["--verb", "get", "--url", "/healthz?verbose", "--user", "system:kube-scheduler"]).json();
    assert_eq!((&json["level"], &json["rule"]), (&"None".into(), &1.into()));
    assert_eq!(json["request"]["url"], "/healthz");

    for wrong in [
        &["--verb", "get"][..],
        &["--verb", "get", "--url", "healthz"],
        &["--verb", "get", "--url", "/api/v1/pods"],
        &["--verb", "get", "--url", "/x", "--resource", "pods"],
        &["--verb", "get", "--resource", "pods/log", "--subresource", "exec"],
        &["--verb", "get", "--resource", "/log"],
    ] {
        let run = explain(wrong);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{wrong:?}");
    }
}

#[test]
fn simulating_counts_what_would_be_kept() {
    let files = folder(&[
        ("policy.yaml", POLICY),
        ("audit.log", &log()),
        ("more.yaml", &POLICY.replace("level: None", "level: Request")),
    ]);
    let simulate = |arguments: &[&str], input: &[u8]| {
        run_with(
            files.path(),
            &[&["audit", "simulate", "policy.yaml", "-o", "json"], arguments].concat(),
            input,
        )
    };
    let run = simulate(&["audit.log"], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    assert_eq!(json["total"]["before"]["bytes"], log().len());
    assert_eq!(
        (&json["total"]["before"]["events"], &json["total"]["after"]["events"]),
        (&4.into(), &3.into())
    );
    // Bob's update was logged without its object.
    assert_eq!(json["total"]["after"]["unknownSize"], 1);
    let decides: Vec<&Value> =
        json["rules"].as_array().unwrap().iter().map(|rule| &rule["decides"]).collect();
    assert_eq!(decides, [1, 1, 2]);
    assert_eq!(json["rules"][2]["line"], 13);

    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(log().as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    let mut other = simulate(&["-"], &gzip).json();
    other["logs"] = json["logs"].clone();
    assert_eq!(other, json, "compressed on standard input");

    let json = simulate(&["audit.log", "--against", "more.yaml"], b"").json();
    assert_eq!((&json["against"], &json["total"]["before"]["events"]), (&"more.yaml".into(), &4.into()));

    let table = run_with(files.path(), &["audit", "simulate", "policy.yaml", "audit.log"], b"").stdout;
    assert!(
        table.contains("rules[1]") && table.contains("system:kube-scheduler") && table.contains("> "),
        "{table}"
    );
}

#[test]
fn what_a_log_hides_changes_the_code() {
    let broken = format!("{}noise\n{}", log(), &log()[..100]);
    let long = format!("{}{}\n{}", log(), "x".repeat(50 << 20), log());
    let files = folder(&[("policy.yaml", POLICY), ("broken.log", &broken), ("long.log", &long)]);
    let simulate = |arguments: &[&str]| {
        run_with(files.path(), &[&["audit", "simulate", "policy.yaml"], arguments].concat(), b"")
    };
    let run = simulate(&["broken.log", "-o", "json"]);
    assert_eq!(run.code, 3);
    let json = run.json();
    assert_eq!((&json["complete"], &json["logs"][0]["unread"]), (&false.into(), &2.into()));
    let lines: Vec<&Value> =
        json["logs"][0]["places"].as_array().unwrap().iter().map(|place| &place["line"]).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(simulate(&["broken.log", "--allow-incomplete"]).code, 0);
    let run = simulate(&["long.log"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains("long.log:5: longer than the limit") && run.stdout.contains("8 events"),
        "{}",
        run.stdout
    );

    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(log().as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    std::fs::write(files.path().join("cut.gz"), &gzip[..gzip.len() - 20]).unwrap();
    let run = simulate(&["cut.gz"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("the gzip stream ends too early"), "{}", run.stdout);
    assert_eq!(simulate(&["missing.log"]).code, 2);
    assert_eq!(simulate(&["."]).code, 2);
    assert_eq!(simulate(&["-", "-"]).code, 2);
}

#[test]
fn the_policy_to_begin_with_passes_the_linter() {
    for volume in ["low", "medium", "high"] {
        let policy = run(&["audit", "policy", "--volume", volume]);
        let lint = lint(&policy.stdout);
        assert_eq!(lint.code, 0, "{}", lint.stdout);
        assert_eq!(lint.json()["findings"], serde_json::json!([]), "{volume}");
        let json = run(&["audit", "policy", "--volume", volume, "-o", "json"]);
        let from_json =
            run_with(&root(), &["audit", "lint", "-", "--fail-on", "low"], json.stdout.as_bytes());
        assert_eq!(from_json.code, 0, "{}", from_json.stdout);
    }
}

#[test]
fn machines_get_what_the_schemas_say() {
    let files = folder(&[("policy.yaml", POLICY), ("audit.log", &format!("{}noise\n", log()))]);
    let json = |arguments: &[&str]| {
        run_with(files.path(), &[&["audit"], arguments, &["-o", "json"]].concat(), b"").json()
    };
    fits("audit-lint.v1.json", &json(&["lint", "policy.yaml"]));
    fits("audit-explain.v1.json", &json(&["explain", "policy.yaml", "--verb", "get", "--resource", "pods"]));
    fits("audit-explain.v1.json", &json(&["explain", "policy.yaml", "--verb", "get", "--url", "/x"]));
    let mut simulated = json(&["simulate", "policy.yaml", "audit.log"]);
    fits("audit-simulate.v1.json", &simulated);
    simulated["levels"][0]["level"] = "Everything".into();
    assert!(!schema("audit-simulate.v1.json").is_valid(&simulated), "the schema takes anything");
}
