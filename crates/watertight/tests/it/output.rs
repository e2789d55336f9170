//! Whole outputs, and their schemas.

use crate::{root, run, run_with};

pub fn schema(name: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[test]
fn json_follows_its_schema() {
    let validator = schema("scan.v1.json");
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: maybe, containers: [{name: a}]}\n---\nkind: Pod\napiVersion: v1\nspec: [\n";
    let complete = run(&["scan", "examples", "--assume-complete", "-o", "json"]);
    for result in [run(&["scan", "examples", "-o", "json"]), complete, crate::scan(broken)] {
        let json = result.json();
        let errors: Vec<String> = validator
            .iter_errors(&json)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let list = run(&["controls", "-o", "json"]).json();
    assert!(schema("controls.v1.json").is_valid(&list));
    assert_eq!(
        list["controls"].as_array().unwrap().len(),
        run(&["controls"]).stdout.lines().filter(|line| line.starts_with("  ")).count()
    );
}

/// A validator that accepts anything would make the test above worthless.
#[test]
fn the_schema_refuses_what_is_wrong() {
    let validator = schema("scan.v1.json");
    let mut json = run(&["scan", "examples", "-o", "json"]).json();
    json["findings"][0]["severity"] = "dreadful".into();
    assert!(!validator.is_valid(&json));
}

#[test]
fn a_finding_is_shown_as_rustc_would() {
    let manifest = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: proxy
          image: proxy
        - name: web # the shop
          image: web
          env: [{name: PASSWORD, value: hunter2}]
          securityContext: {privileged: yes, runAsUser: 1000} # needed?
";
    let files = crate::folder(&[("web.yaml", manifest)]);
    let run = run_with(files.path(), &["scan", "web.yaml", "--select", "privileged-container"], b"");
    insta::assert_snapshot!(run.stdout, @r"
    Deployment shop/web  web.yaml · 1 finding

    critical[privileged-container]: container `web` runs privileged
      --> web.yaml:15:29
       |
    12 |         - name: web # •••
    ...
    15 |           securityContext: {privileged: yes, runAsUser: 1000} # •••
       |                             ^^^^^^^^^^^^^^^
       |
       = why: A privileged container holds every capability and sees the node's devices: whoever controls it controls the node, and through the node every pod on it.
       = fix: set `securityContext.privileged: false` (review: it may change how the workload behaves)

                    critical      high    medium       low      info
    pod                    1         ·         ·         ·         ·
    nothing judged in image, namespace, identity, rbac, network, secrets, control-plane, node, supply-chain, availability

    1 finding: 1 object in 1 file, 1 workload judged against Kubernetes 1.37
    ");
}
