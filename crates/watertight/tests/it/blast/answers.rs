//! What is answered, and in which form.

use serde_json::json;

use super::{SHOP, ask_of, edges, fits, paths_of, reaches, shop, things};

#[test]
fn a_way_is_told_step_by_step_with_evidence() {
    let answer = paths_of(&[SHOP], "user/dev", "secret/shop/api-key", &["--direct"]);
    assert_eq!(answer["reachable"], true, "{answer:#}");
    assert_eq!(edges(&answer), ["pods-exec", "token-mount", "secrets-read"], "{answer:#}");
    let steps = answer["paths"][0]["steps"].as_array().unwrap();
    assert_eq!(answer["paths"][0]["length"], 3);
    let exec = steps.iter().find(|step| step["edge"] == "pods-exec").unwrap();
    assert_eq!((&exec["from"], &exec["technique"]), (&json!("user/dev"), &json!("T1609")));
    let said = exec["evidence"].to_string();
    assert!(said.contains("RoleBinding shop/exec") && said.contains("0.yaml"), "{said}");
    let secrets = steps.iter().find(|step| step["edge"] == "secrets-read").unwrap();
    assert!(!secrets["evidence"].as_array().unwrap().is_empty(), "{secrets:#}");
    let table = shop(&["paths", "user/dev", "secret/shop/api-key"]).stdout;
    for words in ["user/dev → secret/shop/api-key", "[pods-exec (T1609)]", "0.yaml:"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert!(!answer.to_string().contains("C4N4RY") && !table.contains("C4N4RY"));
}

#[test]
fn the_two_readings_differ_by_flaws() {
    let answer = paths_of(&[SHOP], "internet", "secret/data/db-password", &[]);
    assert_eq!(
        [&answer["reachable"], &answer["reachableDirect"], &answer["reachableWithFlaws"]],
        [&json!(true), &json!(false), &json!(true)],
        "{answer:#}"
    );
    assert_eq!(edges(&answer), ["exposed", "network", "secret-read"], "{answer:#}");
    assert_eq!((&answer["reading"], &answer["paths"][0]["flaws"]), (&json!("flaws"), &json!(2)));
    let direct = paths_of(&[SHOP], "internet", "secret/data/db-password", &["--direct"]);
    assert_eq!((&direct["reading"], &direct["reachable"]), (&json!("direct"), &json!(false)));
    assert_eq!(direct["paths"], json!([]));
    let table = shop(&["paths", "internet", "secret/data/db-password", "--direct"]);
    assert!(table.code == 0 && table.stdout.contains("software: not reachable"), "{}", table.all());
}

#[test]
fn a_network_policy_takes_the_flaw_away() {
    const CLOSED: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: data}
spec: {podSelector: {}, policyTypes: [Ingress]}
";
    assert_eq!(paths_of(&[SHOP, CLOSED], "internet", "statefulset/data/db", &[])["reachable"], false);
}

#[test]
fn a_control_plane_of_somebody_else_is_out_of_reach() {
    let agent = "daemonset/infra/agent";
    assert_eq!(reaches(agent, "goal/node-root", &[]), true);
    assert_eq!(reaches(agent, "goal/cluster-admin", &[]), true);
    assert_eq!(reaches(agent, "goal/cluster-admin", &["--managed-control-plane"]), false);
    assert_eq!(reaches(agent, "goal/node-root", &["--managed-control-plane"]), true);
    let gone = shop(&["blast", "node/control-plane", "--managed-control-plane"]);
    assert_eq!(gone.code, 2, "{}", gone.all());
    let note = |more: &[&str]| shop(&[&["blast"], more].concat()).stdout;
    assert!(note(&[]).contains("--managed-control-plane takes that away"), "{}", note(&[]));
    assert!(!note(&["--managed-control-plane"]).contains("control plane ("));
}

#[test]
fn really_different_ways_are_told_shortest_first() {
    let ways = |k: &str| {
        let answer = paths_of(&[SHOP], "user/dev", "secret/shop/api-key", &["-k", k]);
        answer["paths"].as_array().unwrap().clone()
    };
    let all = ways("9");
    assert!(all.len() > 1, "{all:#?}");
    let lengths: Vec<u64> = all.iter().map(|path| path["length"].as_u64().unwrap()).collect();
    assert!(lengths.is_sorted(), "{lengths:?}");
    for (at, path) in all.iter().enumerate() {
        assert!(!all[..at].contains(path), "told twice: {path:#}");
    }
    assert_eq!(ways("1"), all[..1]);
}

#[test]
fn a_radius_has_goals_kinds_and_numbers() {
    let run = shop(&["blast", "deployment/shop/web", "--direct", "-o", "json"]);
    let json = fits("blast.v1.json", &run);
    let told = things(&json["reached"]);
    for thing in ["sa/shop/web", "secret/shop/api-key"] {
        assert!(told.contains(&thing), "{thing}: {told:?}");
    }
    assert!(!told.contains(&"secret/data/db-password"), "{told:?}");
    assert!(!told.contains(&"deployment/shop/web"), "the thing itself is no part of its radius: {told:?}");
    let goals: Vec<&str> =
        json["goals"].as_array().unwrap().iter().filter_map(|row| row["goal"].as_str()).collect();
    assert_eq!(goals.len(), 6, "{goals:?}");
    let admin = shop(&["blast", "daemonset/infra/agent", "-o", "json"]);
    let admin = fits("blast.v1.json", &admin);
    assert_eq!((&admin["clusterAdmin"], &admin["score"]), (&json!(true), &json!("100.0")));
    assert_eq!(admin["goals"][0]["path"]["steps"].as_array().map(Vec::is_empty), Some(false));
}

#[test]
fn who_gets_there_is_told() {
    let run = shop(&["blast", "--to", "secret/shop/api-key", "--direct", "-o", "json"]);
    let from = fits("blast-to.v1.json", &run);
    let told = things(&from["from"]);
    for thing in ["user/dev", "group/devs", "deployment/shop/web", "sa/shop/web", "daemonset/infra/agent"] {
        assert!(told.contains(&thing), "{thing}: {told:?}");
    }
    assert!(!told.contains(&"internet") && !told.contains(&"statefulset/data/db"), "{told:?}");
    let flaws = fits("blast-to.v1.json", &shop(&["blast", "--to", "secret/shop/api-key", "-o", "json"]));
    assert!(things(&flaws["from"]).contains(&"internet"), "{flaws:#}");
    assert_eq!(flaws["direct"].as_u64().map(|own| own as usize), Some(told.len()), "{flaws:#}");
}

#[test]
fn a_namespace_is_every_workload_as_a_source_and_anything_as_a_target() {
    assert_eq!(reaches("namespace/infra", "goal/node-root", &["--direct"]), true);
    assert_eq!(reaches("sa/shop/web", "namespace/shop", &["--direct"]), true, "it reads a Secret there");
    assert_eq!(reaches("sa/shop/web", "namespace/data", &["--direct"]), false);
    assert_eq!(reaches("internet", "namespace/data", &[]), true);
}

#[test]
fn the_overview_has_the_exposure_and_the_worst() {
    let run = shop(&["blast", "--top", "3", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let json = fits("exposure.v1.json", &run);
    assert_eq!(json["worst"].as_array().map(Vec::len), Some(3));
    let classes = json["classes"].as_array().unwrap();
    let exposed = classes.iter().find(|row| row["class"] == "exposed").unwrap();
    assert_eq!(
        (&exposed["entries"], exposed["scoreDirect"] == exposed["score"]),
        (&json!(1), false),
        "{exposed}"
    );
    let table = shop(&["blast"]).stdout;
    assert!(table.starts_with("exposure ") && table.contains("the worst of"), "{table}");
    assert!(table.contains("daemonset/infra/agent"), "{table}");
}

#[test]
fn a_plan_says_what_to_do_first_and_what_is_left() {
    let run = shop(&["plan", ".", "-o", "json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let json = fits("plan.v1.json", &run);
    let steps = json["steps"].as_array().unwrap();
    assert!(!steps.is_empty(), "{json:#}");
    let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
    let mut before = number(&json["exposure"]) + number(&json["exposureDirect"]);
    for step in steps {
        let after = number(&step["exposure"]) + number(&step["exposureDirect"]);
        assert!(after <= before, "{step:#}");
        before = after;
    }
    let changes: Vec<&str> = steps.iter().filter_map(|step| step["change"].as_str()).collect();
    assert!(changes.iter().any(|change| change.contains("agent")), "{changes:?}");
    let one = fits("plan.v1.json", &shop(&["plan", ".", "--top", "1", "-o", "json"]));
    assert_eq!(one["steps"].as_array().map(Vec::len), Some(1));
    let small = fits("plan.v1.json", &shop(&["plan", ".", "--budget", "2", "-o", "json"]));
    let effort: u64 =
        small["steps"].as_array().unwrap().iter().filter_map(|step| step["effort"].as_u64()).sum();
    assert!(effort <= 2, "{small:#}");
    let markdown = shop(&["plan", ".", "-o", "markdown"]).stdout;
    assert!(
        markdown.starts_with("# Shrink the blast radius") && markdown.contains("- [ ] **1."),
        "{markdown}"
    );
    assert!(shop(&["plan"]).stdout.contains(" 1. "), "the current folder is the default");
}

/// What a plan says is left is what a run on the changed files finds.
#[test]
fn what_a_plan_says_is_left_is_what_is_left() {
    const BOUND: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: devs}]
";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    let plan = ask_of(&[pod, BOUND], &["plan", ".", "--top", "1", "-o", "json"]);
    let plan = fits("plan.v1.json", &plan);
    assert!(plan["steps"][0]["change"].to_string().contains("ClusterRoleBinding all"), "{plan:#}");
    let fewer = BOUND.replace("cluster-admin", "gives-nothing")
        + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: gives-nothing}\nrules: []\n";
    let left = fits("exposure.v1.json", &ask_of(&[pod, &fewer], &["blast", "-o", "json"]));
    assert_eq!(plan["steps"][0]["exposureDirect"], left["exposureDirect"], "{plan:#}");
}

#[test]
fn ways_are_drawn() {
    let drawn = |arguments: &[&str]| {
        let run = shop(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.all());
        let svg = run.stdout;
        let document = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        assert_eq!(document.root_element().tag_name().name(), "svg");
        assert!(!svg.contains("<script") && !svg.contains("href"), "{svg}");
        svg
    };
    let way = drawn(&["paths", "internet", "deployment/shop/web", "-t", ".", "-o", "svg"]);
    assert!(way.contains(">web#web</text>") && way.contains("arrow flaw"), "{way}");
    let none = drawn(&["paths", "internet", "user/dev", "-t", ".", "--direct", "-o", "svg"]);
    assert!(none.contains("no way in what was seen"), "{none}");
    let all = drawn(&["blast", "-t", ".", "-o", "svg"]);
    assert!(all.contains("the top paths") && all.contains("cluster-admin"), "{all}");
    assert!(drawn(&["blast", "daemonset/infra/agent", "-t", ".", "-o", "svg"]).contains("node-root"));
    assert!(drawn(&["blast", "--to", "goal/cluster-admin", "-t", ".", "-o", "svg"]).contains("Who gets to"));
    let dot = shop(&["blast", "--to", "goal/cluster-admin", "-t", ".", "-o", "dot"]).stdout;
    assert!(dot.starts_with("digraph"), "{dot}");
    assert!(shop(&["blast", "-t", ".", "-o", "dot"]).stdout.starts_with("digraph"));
}

#[test]
fn a_schema_takes_not_everything() {
    let mut json = paths_of(&[SHOP], "user/dev", "internet", &[]);
    json["reachable"] = "maybe".into();
    assert!(!crate::output::schema("paths.v1.json").is_valid(&json));
    for name in ["exposure", "blast", "blast-to", "blast-diff", "plan"] {
        assert!(!crate::output::schema(&format!("{name}.v1.json")).is_valid(&json), "{name}");
    }
}
