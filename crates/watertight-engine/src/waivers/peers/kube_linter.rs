//! KubeLinter: annotations `ignore-check.kube-linter.io/CHECK: reason` and `kube-linter.io/ignore-all: reason`.
//!
//! Ids and meaning: `docs/generated/checks.md` of stackrox/kube-linter; the forms of marks: `pkg/ignore/ignore.go`.

use super::{Check, Mark, Peer};

/// KubeLinter.
pub(super) static KUBE_LINTER: Peer = Peer { name: "kube-linter", checks: CHECKS };

const CHECKS: &[Check] = &[
    ("access-to-create-pods", &["pods-creatable"]),
    ("access-to-secrets", &["secrets-readable"]),
    ("cluster-admin-role-binding", &["cluster-admin-binding"]),
    ("dangling-horizontalpodautoscaler", &["autoscaler-target-missing"]),
    ("dangling-ingress", &["dangling-backend"]),
    ("dangling-networkpolicy", &["network-policy-selects-nothing"]),
    ("dangling-networkpolicypeer-podselector", &["network-policy-rule-without-effect"]),
    ("dangling-service", &["service-selects-nothing"]),
    ("dangling-servicemonitor", &[]),
    ("default-service-account", &["default-service-account"]),
    ("deprecated-service-account-field", &["deprecated-service-account-field"]),
    ("dnsconfig-options", &[]),
    ("docker-sock", &["container-runtime-socket"]),
    ("drop-net-raw-capability", &["net-raw-not-dropped"]),
    ("duplicate-env-var", &[]),
    ("env-value-from", &[]),
    ("env-var-secret", &["credential-in-environment"]),
    ("exposed-services", &["load-balancer-without-source-ranges", "node-port"]),
    ("host-ipc", &["host-ipc"]),
    ("host-network", &["host-network"]),
    ("host-pid", &["host-pid"]),
    ("hpa-minimum-three-replicas", &["autoscaler-minimum-one"]),
    ("invalid-target-ports", &[]),
    ("job-ttl-seconds-after-finished", &[]),
    ("latest-tag", &["image-tag-latest"]),
    ("liveness-port", &[]),
    ("minimum-three-replicas", &["single-replica"]),
    ("mismatching-selector", &["selector-misses-template"]),
    ("no-anti-affinity", &["not-spread-over-nodes"]),
    ("no-extensions-v1beta", &["deprecated-api-version", "removed-api-version"]),
    ("no-liveness-probe", &["liveness-probe-missing"]),
    ("no-node-affinity", &[]),
    ("no-read-only-root-fs", &["writable-root-filesystem"]),
    ("no-readiness-probe", &["readiness-probe-missing"]),
    ("no-rolling-update-strategy", &["update-stops-everything"]),
    ("non-existent-service-account", &[]),
    ("non-isolated-pod", &["pod-not-isolated"]),
    ("pdb-max-unavailable", &["disruption-budget-blocks-drains"]),
    ("pdb-min-available", &["disruption-budget-blocks-drains"]),
    ("pdb-unhealthy-pod-eviction-policy", &[]),
    ("priority-class-name", &["priority-class-missing"]),
    ("privilege-escalation-container", &["privilege-escalation-allowed"]),
    ("privileged-container", &["privileged-container"]),
    ("privileged-ports", &[]),
    ("read-secret-from-env-var", &["secret-in-environment"]),
    ("readiness-port", &[]),
    ("required-annotation-email", &[]),
    ("required-label-owner", &[]),
    ("restart-policy", &[]),
    ("run-as-non-root", &["may-run-as-root", "root-group", "root-user"]),
    ("scc-deny-privileged-container", &[]),
    ("schema-validation", &[]),
    ("sensitive-host-mounts", &["host-path"]),
    ("sorted-keys", &[]),
    ("ssh-port", &["ssh-port"]),
    ("startup-port", &[]),
    ("unsafe-proc-mount", &["unmasked-proc"]),
    ("unsafe-sysctls", &["unsafe-sysctl"]),
    ("unset-cpu-requirements", &["cpu-limit-missing", "cpu-request-missing"]),
    ("unset-memory-requirements", &["memory-limit-missing", "memory-request-missing"]),
    ("use-namespace", &["workload-in-default-namespace"]),
    ("wildcard-in-rules", &["wildcard-in-role"]),
    ("writable-host-mount", &["host-path"]),
];

pub(super) fn annotation(key: &str, value: &str) -> Vec<Mark> {
    if key == "kube-linter.io/ignore-all" {
        return vec![Mark::new(&KUBE_LINTER, None, Some(value))];
    }
    let check = key.strip_prefix("ignore-check.kube-linter.io/");
    check.map(|check| Mark::new(&KUBE_LINTER, Some(check), Some(value))).into_iter().collect()
}
