//! kube-score: the annotation `kube-score/ignore: CHECK, CHECK`. There is no place for a reason in it.
//!
//! Ids and meaning: `README_CHECKS.md` of zegl/kube-score, and `container-security-context`, which was split
//! in three; the form of marks: `scorecard/scorecard.go`.

use super::{Check, Mark, Peer};

/// kube-score.
pub(super) static KUBE_SCORE: Peer = Peer { name: "kube-score", checks: CHECKS };

const CHECKS: &[Check] = &[
    ("container-cpu-requests-equal-limits", &[]),
    ("container-ephemeral-storage-request-and-limit", &["ephemeral-storage-limit-missing"]),
    ("container-ephemeral-storage-request-equals-limit", &[]),
    ("container-image-pull-policy", &["stale-image-allowed"]),
    ("container-image-tag", &["image-tag-latest"]),
    ("container-memory-requests-equal-limits", &[]),
    ("container-ports-check", &[]),
    ("container-resource-requests-equal-limits", &[]),
    (
        "container-resources",
        &["cpu-limit-missing", "cpu-request-missing", "memory-limit-missing", "memory-request-missing"],
    ),
    ("container-seccomp-profile", &["seccomp-not-set", "seccomp-unconfined"]),
    (
        "container-security-context",
        &[
            "low-user-id",
            "may-run-as-root",
            "privileged-container",
            "root-group",
            "root-user",
            "writable-root-filesystem",
        ],
    ),
    ("container-security-context-privileged", &["privileged-container"]),
    ("container-security-context-readonlyrootfilesystem", &["writable-root-filesystem"]),
    (
        "container-security-context-user-group-id",
        &["low-user-id", "may-run-as-root", "root-group", "root-user"],
    ),
    ("cronjob-has-deadline", &[]),
    ("cronjob-restartpolicy", &[]),
    ("deployment-has-host-podantiaffinity", &["not-spread-over-nodes"]),
    ("deployment-has-poddisruptionbudget", &["disruption-budget-missing"]),
    ("deployment-pod-selector-labels-match-template-metadata-labels", &["selector-misses-template"]),
    ("deployment-replicas", &["single-replica"]),
    ("deployment-strategy", &["update-stops-everything"]),
    ("deployment-targeted-by-hpa-does-not-have-replicas-configured", &[]),
    ("environment-variable-key-duplication", &[]),
    ("horizontalpodautoscaler-has-target", &["autoscaler-target-missing"]),
    ("horizontalpodautoscaler-replicas", &["autoscaler-minimum-one"]),
    ("ingress-targets-service", &[]),
    ("label-values", &[]),
    ("networkpolicy-targets-pod", &["network-policy-selects-nothing"]),
    ("pod-networkpolicy", &["pod-not-isolated"]),
    ("pod-probes", &["liveness-probe-missing", "readiness-probe-missing"]),
    ("pod-probes-identical", &[]),
    ("pod-topology-spread-constraints", &["not-spread-over-nodes"]),
    ("poddisruptionbudget-has-policy", &[]),
    ("service-targets-pod", &[]),
    ("service-type", &["node-port"]),
    ("stable-version", &["deprecated-api-version", "removed-api-version"]),
    ("statefulset-has-host-podantiaffinity", &["not-spread-over-nodes"]),
    ("statefulset-has-poddisruptionbudget", &["disruption-budget-missing"]),
    ("statefulset-has-servicename", &[]),
    ("statefulset-pod-selector-labels-match-template-metadata-labels", &["selector-misses-template"]),
];

pub(super) fn annotation(key: &str, value: &str) -> Vec<Mark> {
    if key != "kube-score/ignore" {
        return Vec::new();
    }
    let checks = value.split(',').map(str::trim).filter(|check| !check.is_empty());
    checks.map(|check| Mark::new(&KUBE_SCORE, Some(check), None)).collect()
}
