//! Polaris: annotations `polaris.fairwinds.com/exempt: "true"` and `polaris.fairwinds.com/CHECK-exempt: "true"`.
//! There is no place for a reason in them.
//!
//! Ids and meaning: `pkg/config/checks` of FairwindsOps/polaris; the form of marks: `pkg/validator/schema.go`,
//! `hasExemptionAnnotation`.

use super::{Check, Mark, Peer};

/// Polaris.
pub(super) static POLARIS: Peer = Peer { name: "polaris", checks: CHECKS };

const CHECKS: &[Check] = &[
    ("automountServiceAccountToken", &["token-automounted", "unused-token-mounted"]),
    ("clusterrolePodExecAttach", &["exec-granted", "powerful-role-unbound"]),
    ("clusterrolebindingClusterAdmin", &["broad-role-binding", "cluster-admin-binding"]),
    ("clusterrolebindingPodExecAttach", &["exec-granted"]),
    ("cpuLimitsMissing", &["cpu-limit-missing"]),
    ("cpuRequestsMissing", &["cpu-request-missing"]),
    ("dangerousCapabilities", &["dangerous-capability"]),
    ("deploymentMissingReplicas", &["single-replica"]),
    ("hostIPCSet", &["host-ipc"]),
    ("hostNetworkSet", &["host-network"]),
    ("hostPIDSet", &["host-pid"]),
    ("hostPathSet", &["host-path"]),
    ("hostPortSet", &["host-port"]),
    ("hostProcess", &["windows-host-process"]),
    ("hpaMaxAvailability", &["autoscaler-cannot-scale"]),
    ("hpaMinAvailability", &["autoscaler-minimum-one"]),
    ("insecureCapabilities", &["added-capability", "capabilities-not-dropped"]),
    ("linuxHardening", &["capabilities-not-dropped", "seccomp-not-set"]),
    ("livenessProbeMissing", &["liveness-probe-missing"]),
    ("memoryLimitsMissing", &["memory-limit-missing"]),
    ("memoryRequestsMissing", &["memory-request-missing"]),
    ("metadataAndInstanceMismatched", &[]),
    ("missingNetworkPolicy", &["pod-not-isolated"]),
    ("missingPodDisruptionBudget", &["disruption-budget-missing"]),
    ("notReadOnlyRootFilesystem", &["writable-root-filesystem"]),
    ("pdbDisruptionsIsZero", &["disruption-budget-blocks-drains"]),
    ("pdbMinAvailableGreaterThanHPAMinReplicas", &["disruption-budget-blocks-drains"]),
    ("priorityClassNotSet", &["priority-class-missing"]),
    ("privilegeEscalationAllowed", &["privilege-escalation-allowed"]),
    ("procMount", &["unmasked-proc"]),
    ("pullPolicyNotAlways", &["stale-image-allowed"]),
    ("readinessProbeMissing", &["readiness-probe-missing"]),
    ("rolePodExecAttach", &["exec-granted", "powerful-role-unbound"]),
    ("rolebindingClusterAdminClusterRole", &["broad-role-binding", "cluster-admin-binding"]),
    ("rolebindingClusterAdminRole", &["broad-role-binding", "cluster-admin-binding"]),
    ("rolebindingClusterRolePodExecAttach", &["exec-granted"]),
    ("rolebindingRolePodExecAttach", &["exec-granted"]),
    ("runAsPrivileged", &["privileged-container"]),
    ("runAsRootAllowed", &["may-run-as-root", "root-user"]),
    ("sensitiveConfigmapContent", &["credential-in-config-map"]),
    ("sensitiveContainerEnvVar", &["credential-in-environment"]),
    ("tagNotSpecified", &["image-tag-latest"]),
    ("tlsSettingsMissing", &["ingress-without-tls"]),
    ("topologySpreadConstraint", &["not-spread-over-nodes"]),
];

pub(super) fn annotation(key: &str, value: &str) -> Vec<Mark> {
    let Some(what) = key.strip_prefix("polaris.fairwinds.com/") else { return Vec::new() };
    if !value.eq_ignore_ascii_case("true") {
        return Vec::new();
    }
    match what.strip_suffix("-exempt") {
        Some(check) => vec![Mark::new(&POLARIS, Some(check), None)],
        None if what == "exempt" => vec![Mark::new(&POLARIS, None, None)],
        None => Vec::new(),
    }
}
