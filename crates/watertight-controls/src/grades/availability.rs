//! What depends on several objects: budgets, autoscalers and what they are about.

use watertight_engine::{Control, run};
use watertight_facts::{Settings, World};
use watertight_model::{KubernetesVersion, Snapshot, Verdict};
use watertight_syntax::Limits;

use crate::availability::*;

fn said_as(control: &'static Control, yaml: &str, target: KubernetesVersion) -> Vec<String> {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", yaml);
    let snapshot = builder.finish();
    let settings = Settings { target, ..Settings::default() };
    let outcome = run(&World::new(&snapshot, &settings), &[control]);
    assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
    let failed = outcome.findings.into_iter().filter(|finding| finding.verdict == Verdict::Fail);
    failed.map(|finding| finding.message).collect()
}

fn said(control: &'static Control, yaml: &str) -> Vec<String> {
    said_as(control, yaml, KubernetesVersion::NEWEST)
}

fn deployment(replicas: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec: {{{replicas}\
         template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: web}}]}}}}}}\n"
    )
}

fn budget(version: &str, bound: &str, selector: &str) -> String {
    format!(
        "---\napiVersion: policy/{version}\nkind: PodDisruptionBudget\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{{bound}selector: {selector}}}\n"
    )
}

fn autoscaler(bounds: &str) -> String {
    format!(
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web, namespace: shop}}\n\
         spec: {{scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}, {bounds}}}\n"
    )
}

const WEB: &str = "{matchLabels: {app: web}}";

#[test]
fn a_budget_blocks_when_it_keeps_all_that_there_are() {
    let of = |objects: String| said(&DISRUPTION_BUDGET_BLOCKS_DRAINS, &objects);
    for (replicas, bound, blocks) in [
        ("replicas: 3, ", "minAvailable: 3, ", true),
        ("replicas: 3, ", "minAvailable: 2, ", false),
        ("replicas: 1, ", "minAvailable: 1%, ", true),
        ("replicas: 2, ", "minAvailable: 51%, ", true),
        ("replicas: 2, ", "minAvailable: 50%, ", false),
        ("replicas: 1, ", "maxUnavailable: 1%, ", false),
        ("replicas: 5, ", "maxUnavailable: 0%, ", true),
        ("replicas: 5, ", "", true),
        // Nothing runs, so nothing has to go.
        ("replicas: 0, ", "minAvailable: 1, ", false),
        ("", "minAvailable: 1, ", true),
    ] {
        let found = of(deployment(replicas) + &budget("v1", bound, WEB));
        assert_eq!(found.len(), usize::from(blocks), "{replicas}{bound}: {found:?}");
    }
    let scaled = |bounds: &str, min: &str| of(deployment("") + &autoscaler(bounds) + &budget("v1", min, WEB));
    assert_eq!(scaled("minReplicas: 3, maxReplicas: 9", "minAvailable: 2, "), [""; 0]);
    assert_eq!(
        scaled("minReplicas: 3, maxReplicas: 9", "minAvailable: 3, "),
        ["`minAvailable: 3` keeps all of the autoscaler's least, 3 replicas: no pod may be evicted then"]
    );
    assert_eq!(
        scaled("minReplicas: 3, maxReplicas: 9", "minAvailable: 12, "),
        [
            "`minAvailable: 12` asks for more than the autoscaler's most, 9 replicas: no pod may be evicted then"
        ]
    );
}

/// Conversion of `policy/v1beta1`: an empty selector is none there, and every pod in `policy/v1`.
#[test]
fn an_empty_selector_depends_on_the_version() {
    let of = |version: &str| {
        let objects = deployment("replicas: 3, ") + &budget(version, "maxUnavailable: 1, ", "{}");
        let missing = said(&DISRUPTION_BUDGET_MISSING, &objects);
        let nothing = said(&DISRUPTION_BUDGET_SELECTS_NOTHING, &objects);
        (missing.len(), nothing.len())
    };
    assert_eq!((of("v1"), of("v1beta1")), ((0, 0), (1, 1)));
}

#[test]
fn an_autoscaler_decides_how_many_there_are() {
    let single = |more: &str| said(&SINGLE_REPLICA, &(deployment("") + more)).len();
    assert_eq!((single(""), single(&autoscaler("maxReplicas: 2"))), (1, 0));
    let keda = "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: web, namespace: shop}\n\
                spec: {scaleTargetRef: {name: web}}\n";
    assert_eq!(single(keda), 0);
    // Of another namespace, it is another's.
    assert_eq!(single(&keda.replace("namespace: shop", "namespace: other")), 1);
    assert_eq!(said(&AUTOSCALER_TARGET_MISSING, &(deployment("") + keda)), [""; 0]);
    assert_eq!(
        said(&AUTOSCALER_TARGET_MISSING, &(deployment("") + &keda.replace("{name: web}", "{name: wep}")))
            .len(),
        1
    );
}

#[test]
fn an_autoscaler_without_metrics_goes_by_processor_time() {
    let of = |version: &str, metrics: &str| {
        let scaled = autoscaler(&format!("maxReplicas: 5{metrics}")).replace("autoscaling/v2", version);
        said(&AUTOSCALER_WITHOUT_REQUEST, &(deployment("") + &scaled)).len()
    };
    assert_eq!((of("autoscaling/v2", ""), of("autoscaling/v1", "")), (1, 1));
    let share = ", metrics: [{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 8}}}]";
    let amount = ", metrics: [{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}}]";
    let old = ", metrics: [{type: Resource, resource: {name: cpu, targetAverageUtilization: 80}}]";
    assert_eq!((of("autoscaling/v2", share), of("autoscaling/v2", amount)), (1, 0));
    assert_eq!(of("autoscaling/v2beta1", old), 1);
}

/// Pods that are not restarted end, and nobody waits for them to answer.
#[test]
fn what_ends_needs_no_probe() {
    let of = |policy: &str| {
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{policy}containers: [{{name: a, image: a}}]}}\n"
        );
        said(&LIVENESS_PROBE_MISSING, &pod).len() + said(&READINESS_PROBE_MISSING, &pod).len()
    };
    assert_eq!((of(""), of("restartPolicy: Never, "), of("restartPolicy: OnFailure, ")), (2, 0, 0));
}

/// `AuthorizePodWebsocketUpgradeCreatePermission` in `pkg/features/kube_features.go`.
#[test]
fn reading_a_stream_was_running_a_command_up_to_1_34() {
    let of = |minor: u16| {
        let objects = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a, namespace: shop}\n\
                       rules: [{apiGroups: [''], resources: [pods/exec], verbs: [get]}]\n---\n\
                       apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a, namespace: shop}\n\
                       roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}\nsubjects: [{kind: User, name: jane}]\n";
        said_as(&crate::rbac::EXEC_GRANTED, objects, KubernetesVersion::new(minor)).len()
    };
    assert_eq!((of(34), of(35)), (1, 0));
}
