//! `watertight rbac`: what kubectl-who-can, `kubectl auth can-i`, rakkess and rbac-lookup are used for.

use serde_json::Value;

use crate::{Run, folder, root, run, run_with};

mod can_i;
mod minimize;
mod tables;
mod who_can;

/// A shop with a web server that reads Secrets of certain names, an operator, and developers.
const SHOP: &str = "\
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: operator, namespace: ops}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], resourceNames: [tls], verbs: [get]}
- {apiGroups: [''], resources: [pods, pods/log], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: web}
subjects:
- {kind: ServiceAccount, name: web}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
- {kind: ServiceAccount, name: operator, namespace: ops}
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:serviceaccounts:ops'}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dev, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: lost, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: not-here}
subjects:
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: lost}
";

/// Asks about a text.
fn ask(text: &str, arguments: &[&str]) -> Run {
    let files = folder(&[("a.yaml", text)]);
    run_with(files.path(), &[&["rbac"], arguments].concat(), b"")
}

/// Asks about [`SHOP`].
fn shop(arguments: &[&str]) -> Run {
    ask(SHOP, arguments)
}

/// The JSON of an answer, which has to fit its schema; another value in a place of it must not.
pub fn fits(schema: &str, run: &Run) -> Value {
    let text = std::fs::read_to_string(root().join("docs/schema").join(schema)).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let json = run.json();
    let errors: Vec<String> =
        validator.iter_errors(&json).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut other = json.clone();
    other["extra"] = true.into();
    assert!(!validator.is_valid(&other), "the schema takes anything");
    json
}

fn texts<'a>(rows: &'a Value, field: impl Fn(&'a Value) -> &'a Value) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().filter_map(|row| field(row).as_str()).collect()
}

#[test]
fn every_command_is_in_the_manual() {
    let page = run(&["man"]).stdout;
    for words in ["watertight rbac who\\-can", "watertight rbac can\\-i", "\\-\\-subresource"] {
        assert!(page.contains(words), "{words} is not in the man page");
    }
}

#[test]
fn a_snapshot_answers_as_the_files_do() {
    let files = folder(&[("a.yaml", SHOP)]);
    let saved = run_with(files.path(), &["snapshot", "a.yaml", "-q", "-o", "c.wt"], b"");
    assert_eq!(saved.code, 0, "{}", saved.all());
    for question in [&["who-can", "get", "secrets"][..], &["can-i", "--as", "lost", "get", "pods"]] {
        let of = |target| run_with(files.path(), &[&["rbac"], question, &["-t", target]].concat(), b"");
        let (of_files, of_snapshot) = (of("a.yaml"), of("c.wt"));
        assert_eq!((of_files.code, of_files.stdout), (of_snapshot.code, of_snapshot.stdout));
    }
}

#[test]
fn what_could_not_be_read_is_said_in_every_answer() {
    let broken =
        format!("{SHOP}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: [\n");
    let who = ask(&broken, &["who-can", "get", "pods", "-o", "json"]);
    assert_eq!(who.code, 3);
    assert!(who.stderr.contains("not seen: ./a.yaml:"), "{}", who.stderr);
    assert_eq!(who.json()["gaps"].as_array().unwrap().len(), 1);
    assert_eq!(ask(&broken, &["who-can", "get", "pods", "--allow-incomplete"]).code, 0);
    let no = ask(&broken, &["can-i", "--as", "nobody", "get", "pods"]);
    assert_eq!((no.code, no.stdout.lines().next()), (3, Some("no, unless")));
    let yes = ask(&broken, &["can-i", "--sa", "shop:web", "get", "pods", "-n", "shop"]);
    assert_eq!((yes.code, yes.stdout.lines().next()), (0, Some("yes")));
    // A ConfigMap grants nothing.
    let other = format!("{SHOP}---\napiVersion: v1\nkind: ConfigMap\ndata: [\n");
    assert_eq!(ask(&other, &["who-can", "get", "pods"]).code, 0);
}

/// A role that could not be read may grant more; what others grant is told all the same.
#[test]
fn a_broken_role_does_not_hide_what_others_grant() {
    let files = folder(&[
        (
            "broken.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: [\"\"], resources: secrets, verbs: [get]}]\n",
        ),
        (
            "admin.yaml",
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: ada}]\n",
        ),
    ]);
    let run = run_with(files.path(), &["scan", ".", "-o", "concise"], b"");
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.stdout.contains("critical[cluster-admin-binding]"), "{}", run.stdout);
    let json = run_with(files.path(), &["scan", ".", "-o", "json"], b"").json();
    let open = |control: &str| {
        let findings = json["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["control"] == control && finding["verdict"] == "unknown")
    };
    assert!(open("secrets-readable") && !open("cluster-admin-binding"), "{}", run.stdout);
}
