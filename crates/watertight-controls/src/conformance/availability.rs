//! Where a label about availability contradicts what the API server fills in: each a predicate on an
//! object, with its source. Never the name of a case.

use watertight_facts::Role;
use watertight_model::Object;
use watertight_syntax::{Path, Value};

use super::Judged;

/// Why we differ from a label, when every object at which we do is accounted for.
pub(super) fn explain(judged: &Judged<'_>) -> Option<&'static str> {
    let rule = judged.case.rule.as_str();
    if judged.speaks() {
        let snapshot = judged.snapshot();
        let mut told = judged.findings.iter().map(|finding| finding.shown_by.map(|id| snapshot.object(id)));
        let unwritten =
            || told.all(|object| object.is_some_and(|object| number(object, "minReplicas").is_none()));
        return matches!(rule, "hpaMinAvailability" | "hpaMaxAvailability").then(unwritten)?.then_some(
            "`minReplicas` not written is 1 (SetDefaults_HorizontalPodAutoscaler, pkg/apis/autoscaling/v2/defaults.go)",
        );
    }
    let objects =
        || judged.snapshot().objects().map(|(_, object)| object).filter(|object| !object.is_implied());
    match rule {
        "deploymentMissingReplicas" => objects()
            .all(|object| number(object, "replicas").is_none_or(|count| count == 0))
            .then_some("nothing is to run, so that nothing can be lost (`replicas: 0`)"),
        "configured-liveness-probe"
        | "configured-readiness-probe"
        | "livenessProbeMissing"
        | "readinessProbeMissing" => judged
            .workloads()
            .all(|workload| {
                let ends = matches!(workload.spec().restart_policy.as_deref(), Some("Never" | "OnFailure"));
                let kind = &*workload.identity().kind;
                let none = workload.containers().all(|container| container.role() != Role::Main);
                ends || none || matches!(kind, "Job" | "CronJob")
            })
            .then_some(
                "what runs to its end serves nobody: docs: concepts/workloads/controllers/job, and probes are for \
                 containers that go on (concepts/workloads/pods/pod-lifecycle)",
            ),
        "no-rolling-update-strategy" => judged
            .workloads()
            .all(|workload| workload.spec().volumes.iter().flatten().any(|volume| volume.persistent_volume_claim.is_some()))
            .then_some(
                "a volume that one node may write lets no second pod in beside the first \
                 (docs: concepts/storage/persistent-volumes, access modes)",
            ),
        _ => None,
    }
}

/// A number of an object's spec.
fn number(object: &Object, key: &'static str) -> Option<i64> {
    object.body().ok()?.root().at(&Path::root().key("spec").key(key)).and_then(Value::as_i64)
}

/// A disagreement explains what it is about, and nothing that is merely near.
#[test]
fn only_what_is_meant_is_explained() {
    let hpa = |bounds: &str| {
        format!(
            "{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: a}}, spec: {{{bounds}}}}}"
        )
    };
    let pod = |spec: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{spec}containers: [{{name: c}}]}}}}"
        )
    };
    let deployment = |spec: &str, volumes: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: a}}, spec: {{{spec}, template: {{spec: {{containers: [], volumes: [{volumes}]}}}}}}}}"
        )
    };
    let claim = "{name: a, persistentVolumeClaim: {claimName: a}}";
    for (rule, fails, controls, text, explained) in [
        ("hpaMinAvailability", false, "autoscaler-minimum-one", hpa("maxReplicas: 3"), true),
        ("hpaMinAvailability", false, "autoscaler-minimum-one", hpa("minReplicas: 1, maxReplicas: 3"), false),
        ("deploymentMissingReplicas", true, "single-replica", deployment("replicas: 0", ""), true),
        ("deploymentMissingReplicas", true, "single-replica", deployment("replicas: 2", ""), false),
        ("livenessProbeMissing", true, "liveness-probe-missing", pod("restartPolicy: Never, "), true),
        (
            "livenessProbeMissing",
            true,
            "liveness-probe-missing",
            pod("").replace("{name: c}", "{name: c, livenessProbe: {tcpSocket: {port: 1}}}"),
            false,
        ),
        (
            "no-rolling-update-strategy",
            true,
            "update-stops-everything",
            deployment("strategy: {type: Recreate}", claim),
            true,
        ),
        ("no-rolling-update-strategy", true, "update-stops-everything", deployment("replicas: 1", ""), false),
    ] {
        let case = super::Case::of_text(rule, fails, &text);
        let rows = super::crosswalk::read(&format!("rule\tcontrols\tnote\n{rule}\t{controls}\t")).unwrap();
        let snapshot = case.snapshot();
        let world = watertight_facts::World::new(&snapshot, &case.settings);
        let judged = Judged::of(&case, &rows[0], &world);
        assert_ne!(judged.speaks(), fails, "{rule}: {text}: no disagreement");
        assert_eq!(explain(&judged).is_some(), explained, "{rule}: {text}");
    }
}
