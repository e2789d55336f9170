//! Checkov: `# checkov:skip=CKV_K8S_16:reason` anywhere in an object, and annotations
//! `checkov.io/skip1: CKV_K8S_20=reason`.
//!
//! Ids and meaning: `checkov/kubernetes/checks` of bridgecrewio/checkov; the forms of marks:
//! `docs/2.Basics/Suppressing and Skipping Policies.md`, `checkov/common/comment/enum.py`. Checks of
//! PodSecurityPolicy, which Kubernetes no longer has, and of Helm 2 have no control here.

use super::{Check, Mark, Peer};

/// Checkov.
pub(super) static CHECKOV: Peer = Peer { name: "checkov", checks: CHECKS };

const CHECKS: &[Check] = &[
    ("CKV_K8S_1", &[]),
    ("CKV_K8S_2", &[]),
    ("CKV_K8S_3", &[]),
    ("CKV_K8S_4", &[]),
    ("CKV_K8S_5", &[]),
    ("CKV_K8S_6", &[]),
    ("CKV_K8S_7", &[]),
    ("CKV_K8S_8", &["liveness-probe-missing"]),
    ("CKV_K8S_9", &["readiness-probe-missing"]),
    ("CKV_K8S_10", &["cpu-request-missing"]),
    ("CKV_K8S_11", &["cpu-limit-missing"]),
    ("CKV_K8S_12", &["memory-request-missing"]),
    ("CKV_K8S_13", &["memory-limit-missing"]),
    ("CKV_K8S_14", &["image-tag-latest"]),
    ("CKV_K8S_15", &["stale-image-allowed"]),
    ("CKV_K8S_16", &["privileged-container"]),
    ("CKV_K8S_17", &["host-pid"]),
    ("CKV_K8S_18", &["host-ipc"]),
    ("CKV_K8S_19", &["host-network"]),
    ("CKV_K8S_20", &["privilege-escalation-allowed"]),
    ("CKV_K8S_21", &["workload-in-default-namespace"]),
    ("CKV_K8S_22", &["writable-root-filesystem"]),
    ("CKV_K8S_23", &["may-run-as-root", "root-user"]),
    ("CKV_K8S_24", &[]),
    ("CKV_K8S_25", &["added-capability", "dangerous-capability"]),
    ("CKV_K8S_26", &["host-port"]),
    ("CKV_K8S_27", &["container-runtime-socket"]),
    ("CKV_K8S_28", &["net-raw-not-dropped"]),
    ("CKV_K8S_29", &[]),
    ("CKV_K8S_30", &[]),
    ("CKV_K8S_31", &["seccomp-not-set", "seccomp-unconfined"]),
    ("CKV_K8S_32", &[]),
    ("CKV_K8S_33", &["dashboard-exposed", "dashboard-without-login"]),
    ("CKV_K8S_34", &[]),
    ("CKV_K8S_35", &["secret-in-environment"]),
    ("CKV_K8S_36", &[]),
    ("CKV_K8S_37", &["capabilities-not-dropped"]),
    ("CKV_K8S_38", &["token-automounted", "unused-token-mounted"]),
    ("CKV_K8S_39", &["dangerous-capability"]),
    ("CKV_K8S_40", &["low-user-id"]),
    ("CKV_K8S_41", &["default-account-automounts"]),
    ("CKV_K8S_42", &["default-service-account-bound"]),
    ("CKV_K8S_43", &["image-without-digest"]),
    ("CKV_K8S_44", &[]),
    ("CKV_K8S_45", &[]),
    ("CKV_K8S_49", &["wildcard-in-role"]),
    ("CKV_K8S_68", &["api-server-anonymous-requests"]),
    ("CKV_K8S_69", &["removed-insecure-flag"]),
    ("CKV_K8S_70", &["static-token-file"]),
    ("CKV_K8S_71", &["removed-insecure-flag"]),
    ("CKV_K8S_72", &["kubelet-client-certificate-missing"]),
    ("CKV_K8S_73", &["kubelet-certificate-not-verified"]),
    ("CKV_K8S_74", &["always-allow-authorization", "authorizer-allows-everything"]),
    ("CKV_K8S_75", &["node-authorizer-missing"]),
    ("CKV_K8S_77", &["rbac-not-authorizing"]),
    ("CKV_K8S_78", &["event-rate-not-limited"]),
    ("CKV_K8S_79", &["always-admit-enabled"]),
    ("CKV_K8S_80", &["images-shared-on-nodes"]),
    ("CKV_K8S_81", &[]),
    ("CKV_K8S_82", &["admission-plugin-disabled"]),
    ("CKV_K8S_83", &["admission-plugin-disabled"]),
    ("CKV_K8S_84", &[]),
    ("CKV_K8S_85", &["node-restriction-missing"]),
    ("CKV_K8S_86", &["removed-insecure-flag"]),
    ("CKV_K8S_88", &["removed-insecure-flag"]),
    ("CKV_K8S_89", &["secure-port-off"]),
    ("CKV_K8S_90", &["profiling-enabled"]),
    ("CKV_K8S_91", &["audit-log-missing"]),
    ("CKV_K8S_92", &["audit-log-retention-short"]),
    ("CKV_K8S_93", &["audit-log-retention-short"]),
    ("CKV_K8S_94", &["audit-log-retention-short"]),
    ("CKV_K8S_95", &["request-timeout-long"]),
    ("CKV_K8S_96", &["service-account-lookup-off"]),
    ("CKV_K8S_97", &["service-account-key-missing"]),
    ("CKV_K8S_99", &["etcd-client-certificate-missing"]),
    ("CKV_K8S_100", &["api-server-certificate-self-signed"]),
    ("CKV_K8S_102", &["etcd-not-verified"]),
    ("CKV_K8S_104", &["encryption-at-rest-missing", "secrets-not-encrypted"]),
    ("CKV_K8S_105", &["weak-cipher-suites"]),
    ("CKV_K8S_106", &["terminated-pods-kept"]),
    ("CKV_K8S_107", &["profiling-enabled"]),
    ("CKV_K8S_108", &["shared-controller-credentials"]),
    ("CKV_K8S_110", &["service-account-key-missing"]),
    ("CKV_K8S_111", &["root-ca-missing"]),
    ("CKV_K8S_112", &["kubelet-certificates-not-rotated"]),
    ("CKV_K8S_113", &["manager-bound-to-all-addresses"]),
    ("CKV_K8S_114", &["profiling-enabled"]),
    ("CKV_K8S_115", &["manager-bound-to-all-addresses"]),
    ("CKV_K8S_116", &["etcd-without-tls"]),
    ("CKV_K8S_117", &["etcd-clients-not-authenticated"]),
    ("CKV_K8S_118", &["etcd-auto-tls"]),
    ("CKV_K8S_119", &["etcd-peers-without-tls"]),
    ("CKV_K8S_121", &["etcd-peers-not-authenticated"]),
    ("CKV_K8S_138", &["kubelet-anonymous-requests"]),
    ("CKV_K8S_139", &["kubelet-allows-everything"]),
    ("CKV_K8S_140", &["kubelet-client-ca-missing"]),
    ("CKV_K8S_141", &["kubelet-read-only-port"]),
    ("CKV_K8S_143", &["kubelet-streams-never-end"]),
    ("CKV_K8S_144", &["kernel-defaults-unprotected"]),
    ("CKV_K8S_145", &["kubelet-iptables-unmanaged"]),
    ("CKV_K8S_146", &["kubelet-hostname-override"]),
    ("CKV_K8S_147", &["kubelet-drops-events"]),
    ("CKV_K8S_148", &["kubelet-certificate-self-signed"]),
    ("CKV_K8S_149", &["kubelet-certificates-not-rotated"]),
    ("CKV_K8S_151", &["weak-cipher-suites"]),
    ("CKV_K8S_152", &["ingress-snippet"]),
    ("CKV_K8S_153", &["ingress-snippet"]),
    ("CKV_K8S_154", &["ingress-snippet"]),
    ("CKV_K8S_155", &["admission-writable", "powerful-role-unbound"]),
    ("CKV_K8S_156", &["certificate-approval-granted", "powerful-role-unbound"]),
    ("CKV_K8S_157", &["escalation-granted", "powerful-role-unbound"]),
    ("CKV_K8S_158", &["escalation-granted", "powerful-role-unbound"]),
    ("CKV_K8S_159", &[]),
    ("CKV2_K8S_1", &["escalation-granted"]),
    ("CKV2_K8S_2", &["exec-granted", "nodes-proxy-granted"]),
    ("CKV2_K8S_3", &["impersonation-granted"]),
    ("CKV2_K8S_4", &[]),
    ("CKV2_K8S_5", &["secrets-readable"]),
    ("CKV2_K8S_6", &["pod-not-isolated"]),
];

const COMMENTS: [&str; 3] = ["checkov:skip=", "bridgecrew:skip=", "cortex:skip="];
const ANNOTATIONS: [&str; 3] = ["checkov.io/skip", "bridgecrew.io/skip", "cortex.io/skip"];

pub(super) fn speaks(comment: &str) -> bool {
    COMMENTS.iter().any(|prefix| comment.starts_with(prefix))
}

pub(super) fn comment(text: &str) -> Vec<Mark> {
    let Some(rest) = COMMENTS.iter().find_map(|prefix| text.strip_prefix(prefix)) else { return Vec::new() };
    let (ids, reason) = rest.split_once(':').map_or((rest, None), |(ids, reason)| (ids, Some(reason)));
    ids.split(',').map(|id| Mark::new(&CHECKOV, Some(id), reason)).collect()
}

pub(super) fn annotation(key: &str, value: &str) -> Vec<Mark> {
    if !ANNOTATIONS.iter().any(|prefix| key.starts_with(prefix)) {
        return Vec::new();
    }
    let (id, reason) = value.split_once('=').map_or((value, None), |(id, reason)| (id, Some(reason)));
    vec![Mark::new(&CHECKOV, Some(id), reason)]
}
