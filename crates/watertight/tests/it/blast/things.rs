//! How things are named.

use super::{SHOP, ask_of, fits, paths_of, reaches, shop};
use crate::{folder, run_with};

#[test]
fn every_form_of_a_name_names_something() {
    for thing in [
        "internet",
        "user/dev",
        "group/devs",
        "group/system:masters",
        "sa/shop/web",
        "serviceaccount/shop/web",
        "deployment/shop/web",
        "deploy/shop/web",
        "Deployment/shop/web",
        "deployment/shop/web#proxy",
        "statefulset/data/db",
        "sts/data/db",
        "statefulset/data/db#db",
        "daemonset/infra/agent",
        "ds/infra/agent",
        "node/worker",
        "node/control-plane",
        "image/registry.example.com/team/web:1",
        "image/db:2",
        "secret/shop/api-key",
        "secret/data/db-password",
        "namespace/shop",
        "ns/shop",
    ] {
        let run = shop(&["blast", thing, "-o", "json"]);
        assert_eq!(run.code, 0, "{thing}: {}", run.all());
        let json = fits("blast.v1.json", &run);
        let towards = shop(&["blast", "--to", thing, "-o", "json"]);
        assert_eq!(towards.code, 0, "{thing}: {}", towards.all());
        assert_eq!(fits("blast-to.v1.json", &towards)["to"], json["thing"], "{thing}");
    }
    for goal in ["cluster-admin", "node-root", "all-nodes", "all-secrets", "kube-system", "cloud-account"] {
        let goal = format!("goal/{goal}");
        let run = shop(&["blast", "--to", &goal, "-o", "json"]);
        assert_eq!((run.code, &run.json()["to"]), (0, &goal.as_str().into()), "{}", run.all());
    }
}

#[test]
fn one_thing_has_one_name_in_answers() {
    for (written, shown) in [
        ("deploy/shop/web", "deployment/shop/web"),
        ("serviceaccount/shop/web", "sa/shop/web"),
        ("sts/data/db#db", "statefulset/data/db"),
        ("ns/shop", "namespace/shop"),
    ] {
        assert_eq!(paths_of(&[SHOP], written, "internet", &[])["from"], shown);
    }
}

#[test]
fn what_there_is_not_is_wrong_usage_with_a_hint() {
    for (thing, said) in [
        ("sa/other/web", "did you mean sa/shop/web, deployment/shop/web, "),
        ("deployment/shop/we", "did you mean deployment/shop/web"),
        ("pod/shop/agent", "daemonset/infra/agent"),
        ("user/de", "did you mean user/dev, "),
        ("secret/shop/api", "secret/shop/api-key"),
        ("node/work", "did you mean node/worker"),
        ("goal/admin", "goals are cluster-admin"),
        ("goal/", "goals are cluster-admin"),
        ("web", "a thing is written internet, user/NAME"),
        ("sa/web", "a thing is written"),
        ("", "a thing is written"),
        ("deployment/shop/web#nothing", "is not in view"),
        ("user/", "is not in view"),
        ("sa//", "is not in view"),
        ("deployment/nowhere/nothing-like-it", "`watertight blast` lists what there is"),
    ] {
        for arguments in [
            &["blast", thing][..],
            &["blast", "--to", thing],
            &["paths", thing, "internet"],
            &["paths", "internet", thing],
        ] {
            let run = shop(arguments);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.all());
            assert!(run.stderr.contains(said), "{arguments:?}: {said}: {}", run.stderr);
        }
    }
}

#[test]
fn a_pod_is_told_by_its_owner() {
    const OWNED: &str = "\
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-5d
  namespace: shop
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: a, controller: true}]
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-5d-x
  namespace: shop
  labels: {app: web}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-5d, uid: b, controller: true}]
spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
";
    for name in ["pod/shop/web-5d-x", "po/shop/web-5d-x", "replicaset/shop/web-5d", "deployment/shop/web"] {
        let answer = paths_of(&[SHOP, OWNED], name, "sa/shop/web", &[]);
        assert_eq!(answer["reachable"], true, "{name}: {answer:#}");
    }
    assert_eq!(paths_of(&[SHOP, OWNED], "pod/shop/web-5d-x", "internet", &[])["from"], "deployment/shop/web");
}

#[test]
fn objects_without_a_namespace_are_where_kubectl_puts_them() {
    const POD: &str =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    assert_eq!(ask_of(&[POD], &["blast", "pod/default/a"]).code, 0);
    assert_eq!(ask_of(&[POD], &["blast", "pod/shop/a", "-n", "shop"]).code, 0);
    assert_eq!(ask_of(&[POD], &["blast", "pod/default/a", "-n", "shop"]).code, 2);
}

#[test]
fn names_with_signs_are_names() {
    const ODD: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects:
- {kind: User, name: 'https://login.example.com/a#b@c.d'}
- {kind: Group, name: 'oidc:team/one'}
";
    for thing in ["user/https://login.example.com/a#b@c.d", "group/oidc:team/one"] {
        assert_eq!(paths_of(&[ODD], thing, "goal/cluster-admin", &[])["reachable"], true, "{thing}");
    }
}

#[test]
fn a_snapshot_answers_as_the_files_do() {
    let files = folder(&[("a.yaml", SHOP)]);
    let saved = run_with(files.path(), &["snapshot", "a.yaml", "-q", "-o", "c.wt"], b"");
    assert_eq!(saved.code, 0, "{}", saved.all());
    for arguments in
        [&["blast", "-o", "json"][..], &["blast", "--to", "secret/data/db-password", "-o", "json"]]
    {
        let of = |target| run_with(files.path(), &[arguments, &["-t", target]].concat(), b"");
        assert_eq!(of("a.yaml").stdout, of("c.wt").stdout, "{arguments:?}");
    }
}

/// What is there and holds nothing, and what is there in every cluster, is something.
#[test]
fn what_has_no_way_on_is_in_view() {
    const ALONE: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: alone}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: alone}
rules: [{apiGroups: [''], resources: [pods], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: r, namespace: alone}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: User, name: dev}]
";
    assert_eq!(paths_of(&[ALONE], "namespace/alone", "goal/node-root", &[])["reachable"], false);
    assert_eq!(paths_of(&[ALONE], "user/dev", "namespace/alone", &[])["reachable"], true);
    assert_eq!(paths_of(&[ALONE], "etcd", "goal/cluster-admin", &[])["reachable"], true);
    let admin = fits("blast.v1.json", &ask_of(&[ALONE], &["blast", "goal/cluster-admin", "-o", "json"]));
    assert_eq!((&admin["clusterAdmin"], &admin["score"]), (&true.into(), &"100.0".into()), "{admin:#}");
}

#[test]
fn a_thing_reaches_itself() {
    for thing in ["user/dev", "secret/shop/api-key", "deployment/shop/web"] {
        assert_eq!(reaches(thing, thing, &[]), true, "{thing}");
    }
}
