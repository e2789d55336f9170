//! Which fields may be shown. Start reading at [`is_shown`].

use watertight_syntax::{Kind, Value};

/// Fields below which nothing is shown but names.
const OPAQUE: &[&str] = &[
    "annotations",
    "args",
    "attributes",
    "binaryData",
    "command",
    "config",
    "data",
    "env",
    "httpHeaders",
    "options",
    "parameters",
    "stringData",
    "volumeAttributes",
];

/// Fields of text that hold no secret by the API's own definition.
const SHOWN_TEXT: &[&str] = &[
    "add",
    "apiGroup",
    "apiVersion",
    "cidr",
    "cpu",
    "drop",
    "effect",
    "ephemeral-storage",
    "externalTrafficPolicy",
    "failurePolicy",
    "fsGroupChangePolicy",
    "gmsaCredentialSpecName",
    "hostIP",
    "image",
    "imagePullPolicy",
    "ingressClassName",
    "kind",
    "localhostProfile",
    "maxUnavailable",
    "memory",
    "metricsBindAddress",
    "minAvailable",
    "mountPath",
    "name",
    "namespace",
    "nodeName",
    "operator",
    "pathType",
    "port",
    "priorityClassName",
    "procMount",
    "protocol",
    "restartPolicy",
    "runAsUserName",
    "runtimeClassName",
    "serviceAccount",
    "serviceAccountName",
    "storageClassName",
    "subPath",
    "tlsMinVersion",
];

/// Where `key` is the name of something: elsewhere it may be one that opens something.
const KEYED: &[&str] = &[
    "configMapKeyRef",
    "items",
    "matchExpressions",
    "matchFields",
    "remoteRef",
    "secretKeyRef",
    "tolerations",
];

/// Fields of booleans and numbers that hold no secret; text in their place may be anything.
const SHOWN_TYPED: &[&str] = &[
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "containerPort",
    "cpu",
    "enableProfiling",
    "enabled",
    "eventRecordQPS",
    "fsGroup",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "hostProcess",
    "hostUsers",
    "insecure-skip-tls-verify",
    "makeIPTablesUtilChains",
    "maxReplicas",
    "maxUnavailable",
    "memory",
    "minAvailable",
    "minReplicas",
    "nodePort",
    "podPidsLimit",
    "port",
    "privileged",
    "protectKernelDefaults",
    "readOnly",
    "readOnlyPort",
    "readOnlyRootFilesystem",
    "replicas",
    "rotateCertificates",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seccompDefault",
    "serverTLSBootstrap",
    "shareProcessNamespace",
    "supplementalGroups",
    "terminationGracePeriodSeconds",
    "timeoutSeconds",
];

pub(crate) fn is_shown(keys: &[&str], value: Value<'_>) -> bool {
    if value.kind() == Kind::Null {
        return true;
    }
    is_shown_at(keys, value.kind() == Kind::String)
}

/// Whether a scalar below these keys may be shown; `text` when it is one.
pub(crate) fn is_shown_at(keys: &[&str], text: bool) -> bool {
    let Some((last, above)) = keys.split_last() else { return false };
    let parent = above.last().copied().unwrap_or_default();
    if above.iter().any(|key| OPAQUE.contains(key)) {
        return *last == "name" && parent == "env";
    }
    match *last {
        "path" => parent == "hostPath",
        "value" => parent == "sysctls" || parent == "tolerations",
        "key" => KEYED.contains(&parent),
        // Of a Service.
        "type" if keys == ["spec", "type"] => true,
        // Of a rule of an audit policy.
        "level" if parent == "rules" => true,
        "mode" => parent == "authorization",
        "user" | "role" | "level" | "type" => {
            matches!(
                parent,
                "seLinuxOptions"
                    | "seccompProfile"
                    | "appArmorProfile"
                    | "hostPath"
                    | "os"
                    | "strategy"
                    | "updateStrategy"
            )
        }
        // Levels and versions, by the names of the labels.
        label if parent == "labels" => ["pod-security.kubernetes.io/", "rbac.authorization.k8s.io/"]
            .iter()
            .any(|of| label.starts_with(of)),
        _ => is_shown_field(last, text),
    }
}

/// Lists of words, names and numbers that hold no secret by the API's own definition.
const SHOWN_LISTS: &[&str] = &[
    "add",
    "apiGroups",
    "drop",
    "nonResourceURLs",
    "policyTypes",
    "resourceNames",
    "resources",
    "supplementalGroups",
    "tlsCipherSuites",
    "verbs",
];

/// Lists whose items hold no secret.
pub(crate) fn is_shown_item(keys: &[&str]) -> bool {
    let listed = keys.last().is_some_and(|key| SHOWN_LISTS.contains(key));
    listed && !keys.iter().any(|key| OPAQUE.contains(key))
}

fn is_shown_field(name: &str, text: bool) -> bool {
    if text { SHOWN_TEXT.contains(&name) } else { SHOWN_TYPED.contains(&name) }
}
