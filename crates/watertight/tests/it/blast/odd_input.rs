//! Odd input: right or a gap, never a panic.

use std::fmt::Write;

use serde_json::json;

use super::{ask_of, fits, paths_of};
use crate::{folder, run_with};

const COMMANDS: [&[&str]; 4] =
    [&["blast"], &["blast", "internet"], &["blast", "--to", "goal/cluster-admin"], &["plan"]];

#[test]
fn an_empty_cluster_has_nothing_to_lose() {
    for text in
        ["apiVersion: v1\nkind: List\nitems: []\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"]
    {
        for command in COMMANDS {
            let run = ask_of(&[text], command);
            assert_eq!(run.code, 0, "{command:?}: {}", run.all());
        }
        let json = fits("exposure.v1.json", &ask_of(&[text], &["blast", "-o", "json"]));
        assert_eq!((&json["exposure"], &json["exposureDirect"]), (&json!("0.0"), &json!("0.0")));
        let plan = fits("plan.v1.json", &ask_of(&[text], &["plan", "-o", "json"]));
        assert_eq!(plan["steps"], json!([]));
        assert_eq!(paths_of(&[text], "internet", "goal/cluster-admin", &[])["reachable"], false);
    }
}

#[test]
fn nothing_to_read_is_told_as_scan_tells_it() {
    let empty = folder(&[]);
    let scan = run_with(empty.path(), &["scan", "."], b"").code;
    for command in COMMANDS {
        assert_eq!(run_with(empty.path(), command, b"").code, scan, "{command:?}");
    }
    let nowhere = run_with(empty.path(), &["blast", "-t", "nowhere"], b"");
    assert!(nowhere.code == 2 && nowhere.stderr.contains("nowhere"), "{}", nowhere.all());
}

#[test]
fn standard_input_is_read() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";
    let empty = folder(&[]);
    let run = run_with(
        empty.path(),
        &["paths", "pod/default/a", "goal/node-root", "-t", "-", "-o", "json"],
        text.as_bytes(),
    );
    assert_eq!((run.code, &run.json()["reachable"]), (0, &json!(true)), "{}", run.all());
    assert_eq!(run_with(empty.path(), &["plan", "-"], text.as_bytes()).code, 0);
}

#[test]
fn one_namespace_alone_is_enough() {
    let text = "\
apiVersion: v1
kind: Namespace
metadata: {name: only, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: only}
spec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}
";
    for command in COMMANDS {
        assert_eq!(ask_of(&[text], command).code, 0, "{command:?}");
    }
    // Pod Security refuses the pod: it is told, and opens nothing.
    let answer = paths_of(&[text], "pod/only/a", "goal/node-root", &[]);
    assert_eq!(answer["reachable"], false, "{answer:#}");
    assert!(answer["notes"].to_string().contains("pod/only/a will not start"), "{answer:#}");
}

#[test]
fn references_may_dangle() {
    let text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nowhere}
subjects: [{kind: User, name: dev}, {kind: ServiceAccount, name: ghost, namespace: nowhere}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: nowhere}
subjects: [{kind: User, name: dev}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: gone, uid: a, controller: true}]}
spec:
  serviceAccountName: ghost
  nodeName: gone
  runtimeClassName: gone
  containers:
  - name: a
    image: a
    envFrom: [{secretRef: {name: gone}}]
    volumeMounts: [{name: v, mountPath: /v}, {name: gone, mountPath: /w}]
  volumes: [{name: v, persistentVolumeClaim: {claimName: gone}}]
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
spec: {type: LoadBalancer, selector: {app: gone}, ports: [{port: 80, targetPort: gone}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: shop}
spec: {defaultBackend: {service: {name: gone, port: {name: gone}}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: a}
spec: {hostPath: {path: /}, claimRef: {namespace: gone, name: gone}}
";
    for command in COMMANDS {
        let run = ask_of(&[text], command);
        assert!([0, 3].contains(&run.code) && !run.stderr.contains("panic"), "{command:?}: {}", run.all());
    }
    // What is not there can be known by its name.
    assert_eq!(paths_of(&[text], "pod/shop/a", "secret/shop/gone", &[])["reachable"], true);
    // A role that is not in view may give anything.
    let dev = paths_of(&[text], "user/dev", "goal/cluster-admin", &[]);
    assert_ne!(dev["reachable"], true, "{dev:#}");
}

/// Ten thousand subjects of one binding, and as many bindings of one subject.
#[test]
fn many_subjects_and_many_bindings_are_read() {
    let role = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [list]}
---
apiVersion: v1
kind: Secret
metadata: {name: s, namespace: shop}
";
    let bound = "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}";
    let mut one = format!(
        "{role}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n{bound}\nsubjects:\n"
    );
    for number in 0..10_000 {
        let _ = writeln!(one, "- {{kind: User, name: u{number}}}");
    }
    assert_eq!(paths_of(&[&one], "user/u9999", "goal/all-secrets", &["-k", "2"])["reachable"], true);
    let towards =
        fits("blast-to.v1.json", &ask_of(&[&one], &["blast", "--to", "goal/all-secrets", "-o", "json"]));
    assert_eq!(towards["direct"], 10_000);
    let plan = fits("plan.v1.json", &ask_of(&[&one], &["plan", "--top", "1", "-o", "json"]));
    assert_eq!(plan["steps"][0]["exposureDirect"], "0.0", "{plan:#}");

    let mut many = role.to_owned();
    for number in 0..10_000 {
        let _ = write!(
            many,
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b{number}}}\n{bound}\nsubjects: [{{kind: User, name: dev}}]\n"
        );
    }
    let answer = paths_of(&[&many], "user/dev", "goal/all-secrets", &["-k", "3"]);
    assert_eq!(answer["reachable"], true);
    assert_eq!(ask_of(&[&many], &["plan", "--top", "2"]).code, 0);
}

#[test]
fn roles_that_gather_each_other_end() {
    let text = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a, labels: {to: b}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: a}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: b, labels: {to: a}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: b}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: c, labels: {to: b}}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}
subjects: [{kind: User, name: dev}]
";
    for command in COMMANDS {
        assert_eq!(ask_of(&[text], command).code, 0, "{command:?}");
    }
    // `b` gathers `c`, and `a` gathers `b` with all that it has.
    assert_eq!(paths_of(&[text], "user/dev", "goal/all-secrets", &[])["reachable"], true);
}

/// Whoever is in a circle of pods that may exec into each other.
#[test]
fn a_circle_of_ways_is_no_trouble() {
    let mut text = String::new();
    for number in 0..20 {
        let next = (number + 1) % 20;
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n{number}}}\nspec: {{serviceAccountName: s, containers: [{{name: a, image: a}}]}}\n\
---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: r, namespace: n{next}}}\nrules: [{{apiGroups: [''], resources: ['pods/exec'], verbs: [create]}}]\n\
---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: r, namespace: n{next}}}\nroleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}}\nsubjects: [{{kind: ServiceAccount, name: s, namespace: n{number}}}]\n"
        );
    }
    let answer = paths_of(&[&text], "pod/n5/p", "pod/n4/p", &["--direct"]);
    assert_eq!(
        (&answer["reachable"], &answer["paths"][0]["length"]),
        (&json!(true), &json!(38)),
        "{answer:#}"
    );
}

#[test]
fn an_object_twice_is_read_twice() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    let privileged = pod.replace("image: a}", "image: a, securityContext: {privileged: true}}");
    // Which of them is in force nobody knows: what either opens is open.
    assert_eq!(paths_of(&[pod, &privileged], "pod/default/a", "goal/node-root", &[])["reachable"], true);
    assert_eq!(paths_of(&[&privileged, pod], "pod/default/a", "goal/node-root", &[])["reachable"], true);
}
