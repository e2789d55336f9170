//! Where a control grades its findings, each grade is shown once.

mod availability;
mod network;
mod rbac;

use watertight_engine::{Control, run};
use watertight_facts::{Settings, World, implied};
use watertight_model::{Severity, Snapshot, Verdict};
use watertight_syntax::Limits;

fn grades(control: &'static Control, yaml: &str) -> Vec<(Severity, String)> {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("graded.yaml", yaml);
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings { moving_tags: vec!["dev".into()], ..Settings::default() };
    let world = World::new(&snapshot, &settings);
    let outcome = run(&world, &[control]);
    let failed = outcome.findings.into_iter().filter(|finding| finding.verdict == Verdict::Fail);
    failed.map(|finding| (finding.severity, finding.path.to_string())).collect()
}

fn pod(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\n")
}

#[test]
fn a_cached_copy_is_worse_under_a_moving_tag() {
    let of = |image: &str| {
        let found = grades(
            &crate::image::STALE_IMAGE_ALLOWED,
            &pod(&format!("{{containers: [{{name: a, {image}}}]}}")),
        );
        found.into_iter().map(|(severity, _)| severity).collect::<Vec<_>>()
    };
    assert_eq!(of("image: a, imagePullPolicy: Never"), [Severity::Medium]);
    assert_eq!(of("image: 'a:dev', imagePullPolicy: IfNotPresent"), [Severity::Medium]);
    assert_eq!(of("image: 'a:1', imagePullPolicy: IfNotPresent"), [Severity::Info]);
    assert_eq!(of("image: 'a:1'"), [Severity::Info]);
    assert_eq!(of("image: a"), []);
}

#[test]
fn asking_for_the_default_account_s_token_is_worse_than_getting_it() {
    let of = |field: &str| {
        let found = grades(
            &crate::identity::DEFAULT_SERVICE_ACCOUNT,
            &pod(&format!("{{{field}containers: [{{name: a, image: a}}]}}")),
        );
        found.into_iter().map(|(severity, _)| severity).collect::<Vec<_>>()
    };
    assert_eq!(of("automountServiceAccountToken: true, "), [Severity::Medium]);
    assert_eq!(of(""), [Severity::Low]);
    assert_eq!(of("automountServiceAccountToken: false, "), []);
}

#[test]
fn a_token_that_the_pod_asks_for_is_less_than_one_that_it_gets() {
    let of = |fields: &str| {
        let found = grades(
            &crate::identity::TOKEN_AUTOMOUNTED,
            &pod(&format!("{{{fields}containers: [{{name: a, image: a}}]}}")),
        );
        found.into_iter().map(|(severity, _)| severity).collect::<Vec<_>>()
    };
    assert_eq!(of("serviceAccountName: a, automountServiceAccountToken: true, "), [Severity::Low]);
    assert_eq!(of("automountServiceAccountToken: true, "), [Severity::Medium]);
    assert_eq!(of("serviceAccountName: a, "), [Severity::Medium]);
}

#[test]
fn node_agents_are_expected_to_tolerate_what_others_are_not() {
    let of = |kind: &str, spec: &str| {
        let yaml = format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{template: {{spec: {{{spec}, containers: []}}}}}}\n"
        );
        grades(&crate::pod::SCHEDULES_ON_CONTROL_PLANE, &yaml)
    };
    let tolerations = ".spec.template.spec.tolerations[0]".to_owned();
    let all = "tolerations: [{operator: Exists}]";
    assert_eq!(of("DaemonSet", all), [(Severity::Low, tolerations.clone())]);
    assert_eq!(of("Deployment", all), [(Severity::Medium, tolerations)]);
    let owned = |kind: &str| {
        let yaml = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, ownerReferences: [{{apiVersion: apps/v1, kind: {kind}, name: a, controller: true}}]}}\nspec: {{{all}, containers: []}}\n"
        );
        grades(&crate::pod::SCHEDULES_ON_CONTROL_PLANE, &yaml)
    };
    let tolerations = ".spec.tolerations[0]".to_owned();
    assert_eq!(owned("DaemonSet"), [(Severity::Low, tolerations.clone())]);
    assert_eq!(owned("ReplicaSet"), [(Severity::Medium, tolerations)]);
    let selector = "nodeSelector: {node-role.kubernetes.io/control-plane: ''}";
    let label = ".spec.template.spec.nodeSelector['node-role.kubernetes.io/control-plane']".to_owned();
    assert_eq!(of("DaemonSet", selector), [(Severity::Medium, label)]);
    assert_eq!(of("DaemonSet", "nodeSelector: {node-role.kubernetes.io/control-plane: 'false'}"), []);
}

/// What admission leaves alone: `Admit` in `plugin/pkg/admission/serviceaccount/admission.go`.
#[test]
fn mirror_pods_get_no_token() {
    let mirror = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {kubernetes.io/config.mirror: x}}\nspec: {containers: [{name: a, image: a}]}\n";
    assert_eq!(grades(&crate::identity::TOKEN_AUTOMOUNTED, mirror), []);
    assert_eq!(grades(&crate::pod::BARE_POD, mirror), []);
    assert_eq!(
        grades(&crate::identity::TOKEN_AUTOMOUNTED, &mirror.replace("config.mirror", "other")).len(),
        1
    );
}

/// What a control with bounds says of a pod: messages, and of what it cannot judge, `unknown`.
fn bounded(bounds: &[&str], resources: &str) -> Vec<String> {
    let mut builder = Snapshot::builder(Limits::default());
    builder
        .text("pod.yaml", pod(&format!("{{containers: [{{name: a, image: a, resources: {resources}}}]}}")));
    let snapshot = builder.finish();
    let bounds = bounds.iter().map(|bound| bound.parse().unwrap()).collect();
    let settings = Settings { bounds, ..Settings::default() };
    let outcome = run(&World::new(&snapshot, &settings), &[&crate::pod::RESOURCE_OUT_OF_RANGE]);
    assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
    let said = |finding: watertight_model::Finding| match finding.verdict {
        Verdict::Fail => finding.message,
        verdict => format!("{}: {}", verdict.name(), finding.message),
    };
    outcome.findings.into_iter().map(said).collect()
}

#[test]
fn each_bound_is_judged_by_itself() {
    let both = ["limits.cpu<=1", "requests.cpu<=1"];
    assert_eq!(
        bounded(&both, "{limits: {cpu: 1k}}"),
        [
            "container `a` has a cpu limit of 1k; at most 1 is allowed",
            "container `a` has a cpu request of 1k; at most 1 is allowed"
        ]
    );
    assert_eq!(
        bounded(&both, "{limits: {cpu: 2}, requests: {cpu: 1000m}}"),
        ["container `a` has a cpu limit of 2; at most 1 is allowed"]
    );
    assert_eq!(bounded(&[], "{limits: {cpu: 1k}}"), [""; 0]);
    assert_eq!(bounded(&["limits.memory<=1"], "{limits: {cpu: 1k}}"), [""; 0]);
    assert_eq!(bounded(&["limits.cpu>=1"], "{limits: {cpu: 0}}"), [""; 0]);
    assert_eq!(
        bounded(&["requests.cpu>=1m"], "{requests: {cpu: 0}, limits: {cpu: 1}}"),
        ["container `a` has a cpu request of 0; at least 1m is allowed"]
    );
    assert_eq!(
        bounded(&["limits.cpu<=1"], "{limits: {cpu: 0m}}"),
        ["container `a` has a cpu limit of 0m, which is none; at most 1 is allowed"]
    );
}

/// What the API server refuses is neither in range nor out of it.
#[test]
fn what_is_no_amount_is_not_compared() {
    for resources in ["{limits: {memory: 4GB}}", "{limits: {memory: -1}}", "{limits: {memory: ''}}"] {
        for bound in ["limits.memory<=4Gi", "limits.memory>=4Gi", "requests.memory<=4Gi"] {
            let said = bounded(&[bound], resources);
            assert!(said.len() == 1 && said[0].starts_with("unknown: "), "{resources} {bound}: {said:?}");
        }
        assert_eq!(bounded(&["limits.cpu<=1"], resources), [""; 0]);
    }
    let said = bounded(&["limits.cpu<=1", "limits.memory<=1"], "{limits: {cpu: 2, memory: 4GB}}");
    assert!(said.iter().any(|said| said.starts_with("container `a` has a cpu limit of 2;")), "{said:?}");
}
