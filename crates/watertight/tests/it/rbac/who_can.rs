//! `watertight rbac who-can`.

use super::{SHOP, ask, fits, shop, texts};

/// The subjects that somebody wrote, without those of Kubernetes.
fn who(arguments: &[&str]) -> Vec<String> {
    let run = shop(&[&["who-can"], arguments, &["-o", "json"]].concat());
    let json = fits("rbac-who-can.v1.json", &run);
    let holders = json["holders"].as_array().unwrap().iter();
    holders
        .filter(|holder| holder["binding"]["origin"].get("implied").is_none())
        .map(|holder| {
            format!(
                "{}:{}",
                holder["binding"]["name"].as_str().unwrap(),
                holder["subject"]["name"].as_str().unwrap()
            )
        })
        .collect()
}

const OPS: [&str; 2] = ["operator:operator", "operator:system:serviceaccounts:ops"];

#[test]
fn subjects_are_found_through_every_form_of_a_resource() {
    for resource in ["pods", "pod", "po", "Pod", "pods.v1.", "pods/web"] {
        assert_eq!(who(&["get", resource]), [&OPS[..], &["dev:dev", "web:web"]].concat(), "{resource}");
    }
    assert_eq!(
        who(&["get", "pods", "web", "--subresource", "log"]),
        [&OPS[..], &["dev:dev", "web:web"]].concat()
    );
    assert_eq!(who(&["create", "pods", "--subresource", "exec"]), OPS);
    for resource in ["deployments.apps", "deploy", "deployments.v1.apps", "deployment"] {
        assert_eq!(who(&["update", resource]), OPS, "{resource}");
    }
    // The wrong group is another resource.
    assert_eq!(who(&["update", "deployments.batch"]), [""; 0]);
}

#[test]
fn names_and_scopes_count() {
    assert_eq!(who(&["get", "secrets"]), [&OPS[..], &["web:web"]].concat());
    assert_eq!(who(&["get", "secrets/tls"]), [&OPS[..], &["web:web"]].concat());
    assert_eq!(who(&["get", "secrets/other"]), OPS);
    assert_eq!(who(&["list", "pods", "-n", "ops"]), OPS);
    assert_eq!(who(&["list", "pods", "-n", "shop"]), [&OPS[..], &["dev:dev", "web:web"]].concat());
    assert_eq!(who(&["get", "/metrics"]), [""; 0]);
    let run = shop(&["who-can", "get", "secrets", "-o", "json"]).json();
    let only = run["holders"].as_array().unwrap().iter().find(|row| row["binding"]["name"] == "web").unwrap();
    assert_eq!((&only["names"][0], &only["scope"]), (&"tls".into(), &"shop".into()));
    assert_eq!(only["binding"]["origin"]["line"], 21);
    assert_eq!(run["beforeRbac"][0]["name"], "system:masters");
}

#[test]
fn groups_are_expanded_when_asked() {
    let plain = shop(&["who-can", "update", "deploy"]);
    assert!(
        plain.stdout.contains("system:serviceaccounts:ops is every service account of ops (--expand"),
        "{}",
        plain.stdout
    );
    let run = shop(&["who-can", "update", "deploy", "--expand", "-o", "json"]);
    let json = fits("rbac-who-can.v1.json", &run);
    let group = json["holders"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["subject"]["name"] == "system:serviceaccounts:ops");
    assert_eq!(texts(&group.unwrap()["members"], |row| &row["name"]), ["default", "operator"]);
}

#[test]
fn what_is_likely_meant_otherwise_is_said() {
    let warned = |arguments: &[&str], words: &str| {
        let run = shop(&[&["who-can"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.all());
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    };
    warned(&["get", "pods/exec"], "say `pods --subresource exec`");
    warned(&["get", "frobs"], "`frobs` is no resource that is known");
    warned(&["get", "nodes", "-n", "shop"], "nodes are in no namespace");
    warned(&["gte", "pods"], "`gte` is no verb that is known");
    warned(&["get", "pods", "-n", "elsewhere"], "nothing in view is in the namespace elsewhere");
    warned(&["create", "pods/web"], "carries no name");
    warned(&["get", "pods"], "a.yaml:41: RoleBinding shop/lost.roleRef: there is no Role");
    let quiet = shop(&["who-can", "gte", "frobs", "-q"]);
    assert_eq!(quiet.stderr, "");
    assert_eq!(shop(&["who-can", "get"]).code, 2);
    for path in [".", "k8s/", "a.yaml"] {
        let run = shop(&["who-can", "get", "pods", path]);
        assert!(run.code == 2 && run.stderr.contains("a path is given by --target"), "{}", run.all());
    }
    assert_eq!(shop(&["who-can", "get", "pods/a/b"]).code, 2);
    assert_eq!(shop(&["who-can", "get", "/metrics", "--subresource", "x"]).code, 2);
}

#[test]
fn custom_resources_are_known_by_their_definitions() {
    let definition = "---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.example.com}
spec: {group: example.com, scope: Cluster, names: {kind: Cart, plural: carts, shortNames: [ca]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: carts}
rules: [{apiGroups: [example.com], resources: [carts], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: without-effect, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: carts}
subjects: [{kind: User, name: alice}]
";
    let run = ask(&format!("{SHOP}{definition}"), &["who-can", "get", "ca", "-o", "json"]);
    let json = run.json();
    assert_eq!(json["question"], "get carts.example.com");
    assert!(!run.stdout.contains("alice"), "a RoleBinding cannot grant what is in no namespace");
    assert!(!run.stderr.contains("no resource that is known"), "{}", run.stderr);
}

#[test]
fn a_table_reads_as_that_of_kubectl_who_can() {
    let run = shop(&["who-can", "update", "deployments", "--kubernetes-version", "1.36", "-q"]);
    insta::assert_snapshot!(run.stdout, @r"
    No subjects found that can update deployments.apps through RoleBindings

    CLUSTERROLEBINDING                            SUBJECT                      TYPE             SA-NAMESPACE   ROLE
    cluster-admin                                 system:masters               Group            -              ClusterRole/cluster-admin
    operator                                      operator                     ServiceAccount   ops            ClusterRole/edit
    operator                                      system:serviceaccounts:ops   Group            -              ClusterRole/edit
    system:controller:deployment-controller       deployment-controller        ServiceAccount   kube-system    ClusterRole/system:controller:deployment-controller
    system:controller:generic-garbage-collector   generic-garbage-collector    ServiceAccount   kube-system    ClusterRole/system:controller:generic-garbage-collector

    Group system:masters: its members can do anything; they are allowed before RBAC is asked
    system:serviceaccounts:ops is every service account of ops (--expand lists those in view)
    ");
    let run = shop(&["who-can", "get", "secrets/tls", "-n", "shop", "-q"]);
    let lines: Vec<&str> = run.stdout.lines().take(2).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    ROLEBINDING   NAMESPACE   SUBJECT   TYPE             SA-NAMESPACE   ROLE       ONLY
    web           shop        web       ServiceAccount   shop           Role/web   tls
    ");
}
