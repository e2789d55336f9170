//! `watertight blast`, `paths` and `plan`, over the binary.

use serde_json::Value;

use crate::output::schema;
use crate::{Run, folder, run, run_with};

mod answers;
mod diff;
mod odd_input;
mod plan_files;
mod things;
mod unknown;

/// A shop: strangers reach `web`, `web` reaches `db`, `agent` owns the nodes, and three people may do something.
const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: v1
kind: Namespace
metadata: {name: data, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: registry.example.com/team/web:1
        ports: [{containerPort: 8080}]
      - name: proxy
        image: proxy@sha256:0000000000000000000000000000000000000000000000000000000000000000
        securityContext: {runAsUser: 1000, capabilities: {drop: [ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Secret
metadata: {name: api-key, namespace: shop}
stringData: {key: C4N4RY}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: secrets, namespace: shop}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: secrets, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: secrets}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: exec, namespace: shop}
rules:
- {apiGroups: [''], resources: ['pods/exec'], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: exec, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: exec}
subjects:
- {kind: User, name: dev}
- {kind: Group, name: devs}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      automountServiceAccountToken: false
      containers:
      - name: db
        image: db:2
        ports: [{containerPort: 5432}]
        env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: db-password, key: password}}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: infra}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      automountServiceAccountToken: false
      tolerations: [{operator: Exists}]
      containers: [{name: agent, image: 'agent:1', securityContext: {privileged: true}}]
";

/// Asks about texts, each a file of its own, which the arguments name with `-t .`.
fn ask_of(texts: &[&str], arguments: &[&str]) -> Run {
    let names: Vec<String> = (0..texts.len()).map(|number| format!("{number}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    run_with(folder(&files).path(), arguments, b"")
}

/// Asks about [`SHOP`].
fn shop(arguments: &[&str]) -> Run {
    ask_of(&[SHOP], arguments)
}

/// The JSON of an answer, which has to follow its schema.
fn fits(name: &str, run: &Run) -> Value {
    let json = run.json();
    let errors: Vec<String> = schema(name)
        .iter_errors(&json)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    json
}

/// The answer of `paths` about texts.
fn paths_of(texts: &[&str], from: &str, to: &str, more: &[&str]) -> Value {
    let run = ask_of(texts, &[&["paths", from, to, "-o", "json"], more].concat());
    assert_eq!(run.code, 0, "{from} {to}: {}", run.all());
    fits("paths.v1.json", &run)
}

/// Whether something is reached in [`SHOP`], by what flags say.
fn reaches(from: &str, to: &str, more: &[&str]) -> Value {
    paths_of(&[SHOP], from, to, more)["reachable"].clone()
}

/// The entries of the catalogue that the first way of an answer takes.
fn edges(answer: &Value) -> Vec<&str> {
    let steps = answer["paths"][0]["steps"].as_array().into_iter().flatten();
    steps.filter_map(|step| step["edge"].as_str()).filter(|edge| *edge != "by-definition").collect()
}

/// Every name below a list of kinds.
fn things(kinds: &Value) -> Vec<&str> {
    let all = kinds.as_array().unwrap().iter().flat_map(|kind| kind["things"].as_array().unwrap());
    all.filter_map(Value::as_str).collect()
}

#[test]
fn every_command_is_in_the_manual() {
    let page = run(&["man"]).stdout;
    for words in ["watertight blast", "watertight blast diff", "watertight paths", "watertight plan"] {
        assert!(page.contains(words), "{words} is not in the man page");
    }
}

#[test]
fn edges_have_pages() {
    let page = run(&["explain", "pods-exec"]);
    assert_eq!(page.code, 0, "{}", page.all());
    for words in ["T1609", "Removed by", "pods/exec", "user/dev -[pods-exec]-> pods/shop", "Upstream"] {
        assert!(page.stdout.contains(words), "{words}: {}", page.stdout);
    }
    // A control and an edge may share a name: both are shown.
    let both = run(&["explain", "privileged-container"]).stdout;
    assert!(both.contains("Remedy") && both.contains("-[privileged-container]-> node/worker"), "{both}");
    let typo = run(&["explain", "pods-exce"]);
    assert!(typo.code == 2 && typo.stderr.contains("did you mean `pods-exec`?"), "{}", typo.all());
}
