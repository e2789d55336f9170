//! SARIF 2.1.0: the whole of it for one scan, against the part of the schema that is used.

use serde_json::Value;

use super::{files, scan_in, scan_rich};
use crate::output::schema;
use crate::run;

fn wrong(log: &Value) -> Vec<String> {
    let validator = schema("sarif.v1.json");
    validator.iter_errors(log).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

#[test]
fn follows_its_schema() {
    for log in
        [scan_rich("sarif").json(), run(&["scan", "examples", "--assume-complete", "-o", "sarif"]).json()]
    {
        assert_eq!(wrong(&log), Vec::<String>::new());
        // What the schema cannot say: names and numbers of rules and notifications belong together.
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        for notification in run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap() {
            let descriptor = &notification["descriptor"];
            let index = usize::try_from(descriptor["index"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["notifications"][index]["id"], descriptor["id"]);
        }
    }
}

/// A validator that accepts anything would make the test above worthless.
#[test]
fn the_schema_refuses_what_is_wrong() {
    let log = run(&["scan", "examples", "-o", "sarif"]).json();
    let broken: [fn(&mut Value); 5] = [
        |log| {
            log["version"] = "2.0.0".into();
        },
        |log| {
            log["runs"][0]["results"][0]["level"] = "high".into();
        },
        |log| {
            log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] =
                0.into();
        },
        |log| {
            log["runs"][0]["results"][0]["misspelled"] = true.into();
        },
        |log| {
            log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"] = "high".into();
        },
    ];
    for (number, break_it) in broken.into_iter().enumerate() {
        let mut log = log.clone();
        break_it(&mut log);
        assert!(!wrong(&log).is_empty(), "{number}");
    }
}

/// Rules are those of all controls that ran; their pages are too long to be shown here.
#[test]
fn the_whole_output() {
    let mut log = scan_rich("sarif").json();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
    assert_eq!(rules.len(), 6);
    for rule in rules {
        rule["help"]["markdown"] = "…".into();
        rule["help"]["text"] = "…".into();
        rule["fullDescription"]["text"] = "…".into();
    }
    for version in ["version", "semanticVersion"] {
        log["runs"][0]["tool"]["driver"][version] = "…".into();
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn rules_are_there_without_a_finding() {
    let log =
        crate::run_with(&crate::root(), &["scan", "-", "-o", "sarif"], b"apiVersion: v1\nkind: ConfigMap\n");
    let listed = run(&["controls", "-o", "json"]).json()["controls"].as_array().unwrap().len();
    assert_eq!(log.json()["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), listed);
    assert_eq!(log.json()["runs"][0]["results"], Value::Array(Vec::new()));
}

/// GitHub looks for files from the root of the repository on, wherever the scan ran.
#[test]
fn names_are_those_of_the_repository() {
    let files = files();
    let names = |log: &Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let uri =
            |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
        let mut names: Vec<String> = results.iter().map(|r| uri(r).as_str().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    let below = names(&scan_in(files.path(), "sarif").json());
    assert_eq!(
        below,
        [
            "k8s/a%20web/gr%C3%B6%C3%9Fe%20%231.yaml",
            "k8s/list.json",
            "k8s/old.yaml",
            "k8s/owned.yaml",
            "k8s/twins/one.yaml",
            "k8s/twins/two.yaml",
            "stdin",
        ]
    );
    let absolute = files.path().canonicalize().unwrap().join("k8s/owned.yaml");
    let above = crate::run_with(files.path(), &["scan", absolute.to_str().unwrap(), "-o", "sarif"], b"");
    assert_eq!(names(&above.json()), ["k8s/owned.yaml"]);
}
