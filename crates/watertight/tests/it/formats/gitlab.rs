//! GitLab's code quality report.

use std::collections::BTreeSet;

use super::scan_rich;
use crate::output::schema;
use crate::run;

#[test]
fn the_whole_output() {
    insta::assert_snapshot!(scan_rich("gitlab").stdout);
}

#[test]
fn follows_its_schema_and_no_fingerprint_comes_twice() {
    let validator = schema("gitlab.v1.json");
    for run in [scan_rich("gitlab"), run(&["scan", "examples", "--assume-complete", "-o", "gitlab"])] {
        let json = run.json();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let issues = json.as_array().unwrap();
        let prints: BTreeSet<&str> =
            issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), issues.len());
        for issue in issues {
            let path = issue["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
        }
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let mut json = run(&["scan", "examples", "-o", "gitlab"]).json();
    json[0]["severity"] = "high".into();
    assert!(!schema("gitlab.v1.json").is_valid(&json));
}

#[test]
fn an_empty_report_is_a_list() {
    let run =
        crate::run_with(&crate::root(), &["scan", "-", "-o", "gitlab"], b"apiVersion: v1\nkind: ConfigMap\n");
    assert_eq!(run.json(), serde_json::json!([]));
}
