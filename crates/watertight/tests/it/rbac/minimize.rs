//! `watertight rbac minimize`: least-privilege roles from audit logs.

use serde_json::{Value, json};

use super::{SHOP, fits};
use crate::{Run, folder, root, run_with};

const WEB: &str = "system:serviceaccount:shop:web";

fn event(id: &str, user: &str, verb: &str, uri: &str, object: impl Into<Value>) -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": id,
        "stage": "ResponseComplete", "requestURI": uri, "verb": verb,
        "user": {"username": user, "groups": ["system:authenticated"]}, "objectRef": object.into(),
        "requestReceivedTimestamp": format!("2026-01-0{}T00:00:00.000000Z", id.len()),
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "RBAC: allowed by RoleBinding"},
    })
}

fn log() -> Vec<Value> {
    let pod = json!({"resource": "pods", "namespace": "shop", "name": "db", "apiVersion": "v1"});
    let exec = json!({"resource": "pods", "subresource": "exec", "namespace": "shop", "name": "db", "apiVersion": "v1"});
    let secret = json!({"resource": "secrets", "namespace": "shop", "name": "tls", "apiVersion": "v1"});
    let node = json!({"resource": "nodes", "apiVersion": "v1"});
    let mut denied = event("dd", "mallory", "get", "/api/v1/namespaces/shop/secrets/tls", secret.clone());
    denied["annotations"]["authorization.k8s.io/decision"] = json!("forbid");
    let mut master = event("m", "admin", "list", "/api/v1/nodes", node.clone());
    master["user"]["groups"] = json!(["system:masters"]);
    let mut acting = event("iii", "alice", "create", "/api/v1/namespaces/shop/pods/db/exec", exec);
    acting["impersonatedUser"] = json!({"username": "carol", "groups": ["system:authenticated"]});
    vec![
        event("a", WEB, "get", "/api/v1/namespaces/shop/secrets/tls", secret),
        event("bb", WEB, "create", "/api/v1/namespaces/shop/pods", pod.clone()),
        event(
            "c",
            WEB,
            "create",
            "/api/v1/namespaces/shop/pods?dryRun=All",
            json!({"resource": "configmaps", "namespace": "shop"}),
        ),
        event("discovery", WEB, "get", "/apis", Value::Null),
        denied,
        master,
        acting,
    ]
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn minimize(events: &[Value], arguments: &[&str]) -> Run {
    let files = folder(&[("audit.log", &lines(events)), ("k8s/shop.yaml", SHOP)]);
    run_with(files.path(), &[&["rbac", "minimize", "audit.log"], arguments].concat(), b"")
}

#[test]
fn manifests_that_allow_what_was_done() {
    let run = minimize(&log(), &["k8s"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for said in [
        "# Proven: ",
        "1 denied",
        "1 dry runs",
        "admin, allowed by system:masters",
        "# Never used since 2026-01-01",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    for object in [
        "minimized:serviceaccount:shop:web",
        "minimized:user:carol",
        "minimized:user:alice",
        "resourceNames: [tls]",
    ] {
        assert!(run.stdout.contains(object), "{object}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("mallory") && !run.stdout.contains("configmaps"), "{}", run.stdout);
    // What comes out goes in.
    let can = |who: &str, what: &[&str]| {
        let files = folder(&[("roles.yaml", &run.stdout)]);
        let asked = [&["rbac", "can-i", "--authorizers", "RBAC", "--as", who, "-n", "shop"], what].concat();
        run_with(files.path(), &asked, b"").code
    };
    assert_eq!(can(WEB, &["get", "secrets/tls"]), 0);
    assert_eq!(can(WEB, &["get", "secrets/other"]), 1);
    assert_eq!(can(WEB, &["create", "pods"]), 0);
    assert_eq!(can("carol", &["create", "pods/db", "--subresource", "exec"]), 0);
    assert_eq!(can("alice", &["create", "pods/db", "--subresource", "exec"]), 1);
    assert_eq!(can("alice", &["impersonate", "users/carol"]), 0);
}

#[test]
fn machines_get_what_the_schema_says() {
    let json = fits("rbac-minimize.v1.json", &minimize(&log(), &["k8s", "-o", "json"]));
    assert_eq!(
        (&json["since"], &json["until"]),
        (&"2026-01-01T00:00:00.000000Z".into(), &"2026-01-09T00:00:00.000000Z".into())
    );
    let users: Vec<&str> =
        json["subjects"].as_array().unwrap().iter().map(|s| s["user"].as_str().unwrap()).collect();
    assert_eq!(users, ["alice", "carol", WEB]);
    assert_eq!(json["subjects"][2]["leftToEveryone"], 1, "discovery");
    let unused = json["unused"]["bindings"].as_array().unwrap();
    let names: Vec<(&str, bool)> = unused
        .iter()
        .map(|row| (row["binding"]["name"].as_str().unwrap(), row["whole"].as_bool().unwrap()))
        .collect();
    assert_eq!(names, [("operator", true), ("dev", true), ("web", false)]);
    let none = minimize(&log(), &["-o", "json"]);
    assert_eq!(fits("rbac-minimize.v1.json", &none)["unused"], Value::Null);
}

#[test]
fn selections_and_generalizations() {
    let users = |arguments: &[&str]| -> Vec<String> {
        let json = minimize(&log(), &[arguments, &["-o", "json"]].concat()).json();
        json["subjects"].as_array().unwrap().iter().map(|s| s["user"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(users(&["--subject", "shop:web"]), [WEB]);
    assert_eq!(users(&["--subject", "carol"]), ["carol"]);
    assert_eq!(users(&["--namespace", "shop"]), ["carol", WEB]);
    assert_eq!(users(&["--namespace", "ops"]), [""; 0]);
    let wide = minimize(&log(), &["--generalize", "names"]).stdout;
    assert!(!wide.contains("resourceNames"), "{wide}");
    assert_eq!(minimize(&log(), &["--generalize", "everything"]).code, 2);
    let table = minimize(&log(), &["-o", "table"]).stdout;
    assert!(table.contains("SUBJECT") && table.contains("system:masters"), "{table}");
}

#[test]
fn what_could_not_be_read_is_said() {
    let files = folder(&[("audit.log", &format!("{}noise\n", lines(&log())))]);
    let run = |arguments: &[&str]| run_with(files.path(), &[&["rbac", "minimize"], arguments].concat(), b"");
    let incomplete = run(&["audit.log"]);
    assert_eq!(incomplete.code, 3);
    assert!(
        incomplete.stdout.contains("# NOT COMPLETE: 1 places") && incomplete.stderr.contains("audit.log:8"),
        "{}",
        incomplete.all()
    );
    assert_eq!(run(&["audit.log", "--allow-incomplete"]).code, 0);
    assert_eq!(run(&["."]).code, 2, "no log is named");
    assert_eq!(run(&["missing.log"]).code, 2);
    let empty = run_with(&root(), &["rbac", "minimize", "-"], b"");
    assert_eq!(empty.code, 0);
    assert!(empty.stderr.contains("no allowed request"), "{}", empty.stderr);
}
