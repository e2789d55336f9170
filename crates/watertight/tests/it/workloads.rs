//! Every kind that holds a pod template, and pods below their owners.

use crate::scan;

const SPEC: &str = "{containers: [{name: a, image: a, securityContext: {privileged: true}}]}";

/// Kind, API version, and where the pod spec goes (`@`).
const KINDS: &[(&str, &str, &str)] = &[
    ("Pod", "v1", "spec: @"),
    ("PodTemplate", "v1", "template: {spec: @}"),
    ("ReplicationController", "v1", "spec: {template: {spec: @}}"),
    ("Deployment", "apps/v1", "spec: {template: {spec: @}}"),
    ("Deployment", "extensions/v1beta1", "spec: {template: {spec: @}}"),
    ("Deployment", "apps/v1beta1", "spec: {template: {spec: @}}"),
    ("ReplicaSet", "apps/v1", "spec: {template: {spec: @}}"),
    ("StatefulSet", "apps/v1", "spec: {template: {spec: @}}"),
    ("StatefulSet", "apps.kruise.io/v1beta1", "spec: {template: {spec: @}}"),
    ("DaemonSet", "apps/v1", "spec: {template: {spec: @}}"),
    ("DaemonSet", "apps.kruise.io/v1alpha1", "spec: {template: {spec: @}}"),
    ("CloneSet", "apps.kruise.io/v1alpha1", "spec: {template: {spec: @}}"),
    ("Job", "batch/v1", "spec: {template: {spec: @}}"),
    ("CronJob", "batch/v1", "spec: {jobTemplate: {spec: {template: {spec: @}}}}"),
    ("CronJob", "batch/v1beta1", "spec: {jobTemplate: {spec: {template: {spec: @}}}}"),
    ("Rollout", "argoproj.io/v1alpha1", "spec: {template: {spec: @}}"),
    ("Service", "serving.knative.dev/v1", "spec: {template: {spec: @}}"),
    ("Configuration", "serving.knative.dev/v1", "spec: {template: {spec: @}}"),
    ("DeploymentConfig", "apps.openshift.io/v1", "spec: {template: {spec: @}}"),
];

#[test]
fn every_kind_is_judged() {
    for (kind, version, spec) in KINDS {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n{}\n",
            spec.replace('@', SPEC)
        );
        let run = scan(&text);
        assert!(run.controls().contains(&"privileged-container".to_owned()), "{version} {kind}");
        assert_eq!(run.json()["coverage"]["workloads"], 1, "{version} {kind}");
        assert_eq!(run.json()["gaps"].as_array().unwrap().len(), 0, "{version} {kind}");
    }
}

#[test]
fn what_only_has_the_name_of_a_workload_is_none() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: a, securityContext: {privileged: true}}]}}}\n";
    assert_eq!(scan(service).json()["coverage"]["workloads"], 0);
    let reference = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: x}\nspec: {workloadRef: {kind: Deployment, name: y}}\n";
    let run = scan(reference);
    assert_eq!((run.code, run.json()["coverage"]["workloads"].as_u64()), (0, Some(0)));
    let empty = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {replicas: 1}\n";
    let run = scan(empty);
    assert_eq!(run.code, 3);
    assert!(run.json()["gaps"][0]["why"].as_str().unwrap().contains(".spec.template.spec"));
}

#[test]
fn lists_of_every_form_are_read() {
    let pod = format!("{{apiVersion: v1, kind: Pod, metadata: {{name: x}}, spec: {SPEC}}}");
    let bare = format!("{{metadata: {{name: x}}, spec: {SPEC}}}");
    for text in [
        format!("apiVersion: v1\nkind: List\nitems: [{pod}, {pod}]\n"),
        format!("apiVersion: v1\nkind: PodList\nitems: [{bare}, {bare}]\n"),
        format!(
            "apiVersion: v1\nkind: List\nitems: [{{apiVersion: v1, kind: List, items: [{pod}, {pod}]}}]\n"
        ),
        format!("{pod}\n---\n{pod}\n"),
    ] {
        assert_eq!(scan(&text).json()["coverage"]["workloads"], 2, "{text}");
    }
    let nested = format!(
        "apiVersion: v1\nkind: List\nitems: [{{apiVersion: v1, kind: PodList, items: [{bare}, {bare}]}}]\n"
    );
    // kubectl takes whatever has `items` for a list.
    let any = format!("apiVersion: v1\nkind: Whatever\nitems: [{pod}, {pod}]\n");
    for text in [nested, any] {
        let documents =
            watertight_syntax::yaml::parse(&text.as_str().into(), &watertight_syntax::Limits::default());
        let json = documents[0].document.as_ref().unwrap().as_ref().unwrap().root().to_json().to_string();
        for text in [text, json] {
            assert_eq!(scan(&text).json()["coverage"]["workloads"], 2, "{text}");
        }
    }
    let json = r#"{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","securityContext":{"privileged":true}}]}}]}"#;
    assert!(scan(json).controls().contains(&"privileged-container".to_owned()));
    let two = format!("{json}\n{json}");
    assert_eq!(scan(&two).json()["coverage"]["objects"], 2);
}

#[test]
fn what_a_list_holds_is_never_passed_over() {
    for (text, code) in [
        ("apiVersion: v1\nkind: List\nitems: []\n", 0),
        ("{\"apiVersion\": \"v1\", \"kind\": \"PodList\", \"items\": null}", 0),
        ("apiVersion: v1\nkind: List\nitems: [{metadata: {name: x}}]\n", 3),
        ("apiVersion: v1\nkind: List\nitems: [null]\n", 3),
        ("apiVersion: v1\nkind: List\nitems: {a: b}\n", 3),
        ("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": \"x\"}", 3),
        ("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [1, {\"metadata\": {}}]}", 3),
        ("apiVersion: example.com/v1\nkind: Basket\nmetadata: {name: x}\nitems: [apple, pear]\n", 0),
    ] {
        assert_eq!(scan(text).code, code, "{text}");
    }
}

fn owned(kind: &str, version: &str, name: &str, owner: &str, body: &str) -> String {
    format!(
        "---\napiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  ownerReferences: [{owner}]\n{body}\n"
    )
}

#[test]
fn pods_are_instances_of_their_top_most_owner() {
    let set = "{apiVersion: apps/v1, kind: Deployment, name: web, controller: true}";
    let replicas = "{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, controller: true}";
    let mut text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {SPEC}}}}}\n"
    );
    text += &owned("ReplicaSet", "apps/v1", "web-1", set, &format!("spec: {{template: {{spec: {SPEC}}}}}"));
    for pod in ["web-1-a", "web-1-b"] {
        text += &owned("Pod", "v1", pod, replicas, &format!("spec: {SPEC}"));
    }
    // One pod was changed by a webhook: it gained the node's network.
    let changed = SPEC.replace("{containers", "{hostNetwork: true, containers");
    text += &owned("Pod", "v1", "web-1-c", replicas, &format!("spec: {changed}"));
    let json = scan(&text).json();
    assert_eq!(json["coverage"]["workloads"], 1);
    let of = |control: &str| -> Vec<serde_json::Value> {
        let all = json["findings"].as_array().unwrap().iter();
        all.filter(|finding| finding["control"] == control).cloned().collect()
    };
    let privileged = of("privileged-container");
    assert_eq!(privileged.len(), 1);
    assert_eq!((&privileged[0]["instances"], &privileged[0]["object"]["name"]), (&3.into(), &"web".into()));
    let network = of("host-network");
    assert_eq!(network.len(), 1);
    assert_eq!((&network[0]["instances"], &network[0]["object"]["kind"]), (&1.into(), &"Deployment".into()));
    assert_eq!(network[0]["shownBy"]["name"], "web-1-c");
}

#[test]
fn one_bad_field_does_not_hide_the_rest() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: {count: 1}}\nspec:\n  terminationGracePeriodSeconds: soon\n  containers:\n  - name: a\n    image: 5\n    env: [{name: A, value: 1}]\n    securityContext: {privileged: true, runAsUser: me}\n";
    let run = scan(text);
    assert!(run.controls().contains(&"privileged-container".to_owned()));
    let gaps = run.json()["gaps"].as_array().unwrap().clone();
    assert_eq!(gaps.len(), 5, "{gaps:#?}");
    assert!(
        gaps.iter().any(|gap| gap["what"].as_str().unwrap().contains(".env[0].value at -:9")),
        "{gaps:#?}"
    );
}

#[test]
fn fingerprints_survive_reformatting_and_new_neighbours() {
    let of = |text: &str| -> Vec<String> {
        let json = scan(text).json();
        let all = json["findings"].as_array().unwrap().iter();
        let privileged = all.filter(|finding| finding["control"] == "privileged-container");
        privileged.map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let before = of(&format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {SPEC}}}}}\n"
    ));
    let after = of(
        "# moved\n\napiVersion: apps/v1beta1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - {name: sidecar, image: s}\n      - name: a\n        image: b\n        securityContext:\n          privileged: on\n",
    );
    assert_eq!(before, after);
    assert_eq!(before.len(), 1);
}

/// What is the same in YAML and in JSON: everything but the place.
fn said(json: &serde_json::Value) -> Vec<String> {
    let all = json["findings"].as_array().unwrap().iter();
    let mut said: Vec<String> = all
        .map(|finding| {
            let word = |key: &str| finding[key].to_string();
            [
                word("control"),
                word("severity"),
                word("path"),
                word("message"),
                word("fingerprint"),
                word("fix"),
            ]
            .join(" ")
        })
        .collect();
    said.sort();
    said
}

#[test]
fn yaml_and_json_of_the_same_objects_are_judged_alike() {
    let root = crate::root().join("examples/shop");
    let mut yaml = String::new();
    let mut items = Vec::new();
    for folder in ["payments", "platform", "storefront"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let documents =
                watertight_syntax::yaml::parse(&text.as_str().into(), &watertight_syntax::Limits::default());
            let documents = documents.into_iter().filter_map(|parsed| parsed.document.unwrap());
            items.extend(documents.map(|document| document.root().to_json()));
            yaml += &format!("---\n{text}\n");
        }
    }
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
    let (from_yaml, from_json) = (scan(&yaml).json(), scan(&list.to_string()).json());
    assert_eq!(said(&from_yaml), said(&from_json));
    assert!(said(&from_yaml).len() > 20);
    let lines = scan(&serde_json::to_string_pretty(&list).unwrap()).json();
    assert!(
        lines["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["location"]["line"].as_u64() > Some(100))
    );
}

/// A dump of pods alone: what one controller made is one workload, what a node owns is not.
#[test]
fn pods_of_one_controller_out_of_view_are_one_workload() {
    let pod = |name: &str, owner: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: shop\n  ownerReferences: \
             [{{{owner}, uid: x, controller: true}}]\nspec:\n  serviceAccountName: web\n  nodeName: node-{name}\n  \
             containers: [{{name: a, image: a}}]\n"
        )
    };
    let replicas = "apiVersion: apps/v1, kind: ReplicaSet, name: web-1";
    let text: String = ["a", "b", "c"].map(|name| pod(name, replicas)).concat();
    let json = scan(&text).json();
    assert_eq!(json["coverage"]["workloads"], 1);
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.iter().all(|finding| finding["control"] != "shared-service-account"), "{findings:?}");
    assert!(findings.iter().all(|finding| finding["instances"] == 3), "{findings:?}");
    let node = "apiVersion: v1, kind: Node, name: n";
    let text: String = ["a", "b"].map(|name| pod(name, node)).concat();
    assert_eq!(scan(&text).json()["coverage"]["workloads"], 2);
}

/// YAML 1.1, which the API server's decoder reads, takes `n` for false: the object is refused, and
/// what it is joined with would be another.
#[test]
fn a_name_that_is_no_string_is_said() {
    for metadata in ["{name: a, namespace: n}", "{name: 123, namespace: shop}"] {
        let run = scan(&format!("apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {SPEC}\n"));
        assert!(run.all().contains("expected a string"), "{}", run.all());
        assert_eq!(run.controls().iter().filter(|name| *name == "privileged-container").count(), 1);
    }
}

/// Containers of a kind that is not in the table are not judged, and that is said.
#[test]
fn templates_of_unknown_kinds_are_gaps() {
    let template = format!("{{spec: {SPEC}}}");
    for (kind, version, body) in [
        (
            "JobSet",
            "jobset.x-k8s.io/v1alpha2",
            format!("spec: {{replicatedJobs: [{{template: {{spec: {{template: {template}}}}}}}]}}"),
        ),
        ("Job", "batch.volcano.sh/v1alpha1", format!("spec: {{tasks: [{{template: {template}}}]}}")),
        (
            "Workflow",
            "argoproj.io/v1alpha1",
            "spec: {templates: [{name: a, container: {image: a}}]}".to_owned(),
        ),
        ("Task", "tekton.dev/v1", "spec: {steps: [{name: a, image: a}]}".to_owned()),
    ] {
        let run = scan(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n{body}\n"));
        assert_eq!(run.code, 3, "{kind}");
        assert!(run.json()["gaps"][0]["why"].as_str().unwrap().contains("not judged"), "{kind}");
    }
    let policy = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: x}\nspec: {rules: [{validate: {pattern: {template: {spec: {containers: [{image: '!*:latest'}]}}}}}]}\n";
    assert_eq!(scan(policy).code, 0);
}
