//! What could not be read makes a no unknown.

use serde_json::json;

use super::{SHOP, ask_of, fits, paths_of};
use crate::Run;

const BROKEN: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: [\n";

fn ask(arguments: &[&str]) -> Run {
    ask_of(&[SHOP, BROKEN], arguments)
}

#[test]
fn no_is_unknown_and_yes_is_yes() {
    let texts = [SHOP, BROKEN];
    let no = paths_of(&texts, "user/dev", "goal/cluster-admin", &["--direct"]);
    assert_eq!(
        [&no["reachable"], &no["reachableDirect"], &no["paths"]],
        [&json!("unknown"), &json!("unknown"), &json!([])],
        "{no:#}"
    );
    assert!(no["gaps"].to_string().contains("1.yaml"), "{no:#}");
    let yes = paths_of(&texts, "user/dev", "secret/shop/api-key", &[]);
    assert_eq!((&yes["reachable"], yes["gaps"].as_array().map(Vec::is_empty)), (&json!(true), Some(false)));
    assert_eq!(paths_of(&[SHOP], "user/dev", "goal/cluster-admin", &["--direct"])["reachable"], false);
}

#[test]
fn paths_is_answered_whatever_the_answer() {
    for to in ["goal/cluster-admin", "secret/shop/api-key"] {
        for more in [&[][..], &["--allow-incomplete"], &["--direct"]] {
            assert_eq!(ask(&[&["paths", "user/dev", to], more].concat()).code, 0, "{to} {more:?}");
        }
    }
    assert!(
        ask(&["paths", "user/dev", "goal/cluster-admin", "--direct"]).stdout.contains("software: unknown")
    );
}

#[test]
fn others_say_by_their_exit_code_that_something_was_not_seen() {
    for (name, arguments) in [
        ("exposure.v1.json", &["blast"][..]),
        ("blast.v1.json", &["blast", "user/dev"]),
        ("blast-to.v1.json", &["blast", "--to", "goal/cluster-admin"]),
        ("plan.v1.json", &["plan"]),
    ] {
        let run = ask(&[arguments, &["-o", "json"]].concat());
        assert_eq!(run.code, 3, "{arguments:?}: {}", run.all());
        assert!(run.stderr.contains("not seen: ") && run.stderr.contains("1.yaml"), "{}", run.stderr);
        assert_eq!(fits(name, &run)["gaps"].as_array().map(Vec::is_empty), Some(false));
        let allowed = ask(&[arguments, &["--allow-incomplete"]].concat());
        assert_eq!(allowed.code, 0, "{arguments:?}: {}", allowed.all());
        assert!(allowed.stdout.contains("not seen: "), "{}", allowed.stdout);
    }
}

#[test]
fn goals_that_are_not_reached_are_unknown_too() {
    let json = fits("blast.v1.json", &ask(&["blast", "user/dev", "--direct", "-o", "json"]));
    for goal in json["goals"].as_array().unwrap() {
        assert_ne!(goal["reachable"], false, "{goal:#}");
    }
    let table = ask(&["blast", "user/dev", "--direct"]).stdout;
    assert!(table.contains("goal/cluster-admin unknown") && !table.contains("not reachable"), "{table}");
}

#[test]
fn a_field_of_a_wrong_type_is_a_gap() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {hostPID: maybe, containers: [{name: a, image: a}]}\n";
    let answer = paths_of(&[SHOP, pod], "pod/default/b", "goal/node-root", &["--direct"]);
    assert_eq!(answer["reachable"], "unknown", "{answer:#}");
}
