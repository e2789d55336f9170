//! `watertight rbac can-i`.

use super::{fits, shop, texts};

fn code(arguments: &[&str]) -> i32 {
    let run = shop(&[&["can-i"], arguments].concat());
    let first = run.stdout.lines().next().unwrap_or_default();
    let expected = match run.code {
        0 => "yes",
        1 => "no",
        3 => "no, unless",
        _ => "",
    };
    assert_eq!(first, expected, "{}", run.all());
    run.code
}

#[test]
fn codes_are_those_of_kubectl() {
    assert_eq!(code(&["--sa", "shop:web", "get", "pods", "-n", "shop"]), 0);
    assert_eq!(code(&["--as", "system:serviceaccount:shop:web", "get", "pods", "-n", "shop"]), 0);
    assert_eq!(code(&["--sa", "web", "get", "pods", "-n", "shop"]), 0);
    assert_eq!(code(&["--sa", "shop:web", "get", "pods", "-n", "ops"]), 1);
    assert_eq!(code(&["--sa", "shop:web", "get", "secrets", "tls", "-n", "shop"]), 0);
    assert_eq!(code(&["--sa", "shop:web", "get", "secrets/other", "-n", "shop"]), 1);
    assert_eq!(code(&["--as", "alice", "--as-group", "dev", "list", "deploy", "-n", "shop"]), 0);
    assert_eq!(code(&["--as-group", "dev", "list", "deploy", "-n", "shop"]), 0);
    assert_eq!(code(&["--as-group", "dev", "list", "deploy", "-A"]), 1);
    assert_eq!(code(&["--sa", "ops:operator", "create", "pods", "-A"]), 0);
    assert_eq!(code(&["--as", "root", "--as-group", "system:masters", "escalate", "roles"]), 0);
    assert_eq!(code(&["--as", "alice", "get", "/healthz"]), 0);
    assert_eq!(code(&["--as", "system:anonymous", "get", "/metrics"]), 1);
    assert_eq!(code(&["get", "pods"]), 2);
    assert_eq!(code(&["--as", "alice"]), 2);
    assert_eq!(code(&["--as", "alice", "--authorizers", "Rbac", "get", "pods"]), 2);
}

#[test]
fn a_no_that_something_unseen_could_change_is_not_a_no() {
    // The role may be in the cluster.
    assert_eq!(code(&["--as", "lost", "get", "pods", "-n", "shop"]), 3);
    let allowed = shop(&["can-i", "--as", "lost", "get", "pods", "-n", "shop", "--allow-incomplete"]);
    assert_eq!((allowed.code, allowed.stdout.lines().next()), (1, Some("no, unless")));
    assert!(
        allowed.stdout.contains("a.yaml:41: RoleBinding shop/lost refers to a role"),
        "{}",
        allowed.stdout
    );
    assert_eq!(code(&["--as", "lost", "get", "pods", "-n", "ops"]), 1);
    let kubelet = ["--as", "system:node:a", "--as-group", "system:nodes", "get", "secrets", "-n", "shop"];
    assert_eq!(code(&kubelet), 3);
    assert_eq!(code(&[&kubelet[..], &["--authorizers", "RBAC"]].concat()), 1);
    assert_eq!(code(&["--as", "alice", "get", "pods", "--authorizers", "RBAC,Webhook"]), 3);
    assert_eq!(code(&["--as", "alice", "get", "pods", "--authorizers", "AlwaysAllow"]), 0);
    let unknown = shop(&["can-i", "--as", "alice", "get", "pods", "-o", "json"]);
    let json = fits("rbac-can-i.v1.json", &unknown);
    assert_eq!(texts(&json["caveats"], |row| &row["id"]), ["authorizers-unknown"]);
    let told = shop(&["can-i", "--as", "alice", "get", "pods", "-o", "json", "--authorizers", "Node,RBAC"]);
    assert_eq!(told.json()["caveats"].as_array().unwrap().len(), 0);
}

#[test]
fn the_reason_and_other_namespaces_are_told() {
    let yes = shop(&["can-i", "--sa", "shop:web", "get", "pods", "-n", "shop", "-o", "json"]);
    let json = fits("rbac-can-i.v1.json", &yes);
    assert_eq!(json["reason"], r#"RoleBinding "web/shop" of Role "web" to ServiceAccount "web/shop""#);
    assert_eq!(json["through"]["role"]["name"], "web");
    assert_eq!(json["through"]["rule"], "get,list on pods,pods/log");
    let no = shop(&["can-i", "--sa", "shop:web", "get", "pods", "-o", "json"]);
    let json = fits("rbac-can-i.v1.json", &no);
    assert_eq!((no.code, &json["namespace"]), (1, &"<unspecified>".into()));
    assert_eq!(texts(&json["elsewhere"], |row| &row["namespace"]), ["shop"]);
    let misspelt = shop(&["can-i", "--as", "alcie", "get", "pods"]);
    assert!(misspelt.stderr.contains("nothing in view names User alcie"), "{}", misspelt.stderr);
    let quiet = shop(&["can-i", "--as", "alcie", "get", "pods", "-q"]);
    assert_eq!((quiet.code, quiet.all().as_str()), (1, ""));
}

#[test]
fn a_list_reads_as_that_of_kubectl() {
    let list = shop(&["can-i", "--sa", "shop:web", "--list", "-n", "shop", "-q"]);
    assert_eq!(list.code, 0);
    insta::assert_snapshot!(list.stdout.lines().filter(|line| !line.contains("[/")).collect::<Vec<_>>().join("\n"), @r"
    Resources                                       Non-Resource URLs                      Resource Names   Verbs
    clustertrustbundles.certificates.k8s.io         []                                     []               [get list watch]
    pods                                            []                                     []               [get list]
    pods/log                                        []                                     []               [get list]
    secrets                                         []                                     [tls]            [get]
    selfsubjectaccessreviews.authorization.k8s.io   []                                     []               [create]
    selfsubjectreviews.authentication.k8s.io        []                                     []               [create]
    selfsubjectrulesreviews.authorization.k8s.io    []                                     []               [create]
    ");
    let json = fits(
        "rbac-can-i-list.v1.json",
        &shop(&["can-i", "--sa", "shop:web", "--list", "-n", "shop", "-o", "json"]),
    );
    let tls = json["rules"].as_array().unwrap().iter().find(|row| row["resource"] == "secrets").unwrap();
    assert_eq!((&tls["resourceNames"][0], &tls["verbs"][0]), (&"tls".into(), &"get".into()));
    assert_eq!(tls["through"][0], "RoleBinding shop/web");
}
