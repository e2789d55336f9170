//! The resources that the API server itself serves or asks about, with their scope: what decides whether
//! a Role can grant them at all.
//!
//! Facts: the discovery of kube-apiserver 1.36, resources of later and optional API versions, what
//! kubelets ask about (`nodes/log`, `pkg/kubelet/server/auth.go`), and what only authorizers know
//! (`users`, `groups`, `uids`, `userextras`, `signers`).

/// A resource, or a subresource as `pods/exec`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceInfo {
    /// The API group, empty for the core group.
    pub group: &'static str,
    /// The resource in plural, perhaps with a subresource.
    pub resource: &'static str,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// The kind; empty for subresources and for what has no objects.
    pub kind: &'static str,
    /// Short names, with spaces between.
    pub short_names: &'static str,
    /// Verbs that mean something, with spaces between.
    pub verbs: &'static str,
}

/// Every resource of [`ResourceInfo`], sorted by group and resource.
pub fn built_in_resources() -> &'static [ResourceInfo] {
    RESOURCES
}

/// The resource of a group; `None` when it is not built in.
pub fn built_in_resource(group: &str, resource: &str) -> Option<&'static ResourceInfo> {
    let at = RESOURCES.binary_search_by(|row| (row.group, row.resource).cmp(&(group, resource))).ok()?;
    RESOURCES.get(at)
}

/// The resources that someone may mean who writes a plural, a singular, a kind or a short name in
/// whatever case, of one group or of any.
pub fn resources_meant(text: &str, group: Option<&str>) -> Vec<&'static ResourceInfo> {
    let text = text.to_lowercase();
    RESOURCES
        .iter()
        .filter(|row| group.is_none_or(|group| row.group == group))
        .filter(|row| {
            row.resource == text
                || (!row.kind.is_empty() && row.kind.to_lowercase() == text)
                || row.short_names.split(' ').any(|short| short == text)
        })
        .collect()
}

const NAMESPACED: bool = true;
const CLUSTER: bool = false;
const ALL: &str = "get list watch create update patch delete deletecollection";
const STATUS: &str = "get update patch";

const fn row(
    group: &'static str,
    resource: &'static str,
    namespaced: bool,
    kind: &'static str,
    short_names: &'static str,
    verbs: &'static str,
) -> ResourceInfo {
    ResourceInfo { group, resource, namespaced, kind, short_names, verbs }
}

#[rustfmt::skip]
static RESOURCES: &[ResourceInfo] = &[
    row("", "bindings", NAMESPACED, "Binding", "", "create"),
    row("", "componentstatuses", CLUSTER, "ComponentStatus", "cs", "get list"),
    row("", "configmaps", NAMESPACED, "ConfigMap", "cm", ALL),
    row("", "endpoints", NAMESPACED, "Endpoints", "ep", ALL),
    row("", "events", NAMESPACED, "Event", "ev", ALL),
    row("", "groups", CLUSTER, "", "", "impersonate"),
    row("", "limitranges", NAMESPACED, "LimitRange", "limits", ALL),
    row("", "namespaces", CLUSTER, "Namespace", "ns", "get list watch create update patch delete"),
    row("", "namespaces/finalize", CLUSTER, "", "", "update"),
    row("", "namespaces/status", CLUSTER, "", "", STATUS),
    row("", "nodes", CLUSTER, "Node", "no", ALL),
    row("", "nodes/configz", CLUSTER, "", "", "get"),
    row("", "nodes/healthz", CLUSTER, "", "", "get"),
    row("", "nodes/log", CLUSTER, "", "", "get"),
    row("", "nodes/metrics", CLUSTER, "", "", "get"),
    row("", "nodes/pods", CLUSTER, "", "", "get"),
    row("", "nodes/proxy", CLUSTER, "", "", "get create update patch delete"),
    row("", "nodes/spec", CLUSTER, "", "", "get"),
    row("", "nodes/stats", CLUSTER, "", "", "get"),
    row("", "nodes/status", CLUSTER, "", "", STATUS),
    row("", "persistentvolumeclaims", NAMESPACED, "PersistentVolumeClaim", "pvc", ALL),
    row("", "persistentvolumeclaims/status", NAMESPACED, "", "", STATUS),
    row("", "persistentvolumes", CLUSTER, "PersistentVolume", "pv", ALL),
    row("", "persistentvolumes/status", CLUSTER, "", "", STATUS),
    row("", "pods", NAMESPACED, "Pod", "po", ALL),
    row("", "pods/attach", NAMESPACED, "", "", "get create"),
    row("", "pods/binding", NAMESPACED, "", "", "create"),
    row("", "pods/ephemeralcontainers", NAMESPACED, "", "", STATUS),
    row("", "pods/eviction", NAMESPACED, "", "", "create"),
    row("", "pods/exec", NAMESPACED, "", "", "get create"),
    row("", "pods/log", NAMESPACED, "", "", "get"),
    row("", "pods/portforward", NAMESPACED, "", "", "get create"),
    row("", "pods/proxy", NAMESPACED, "", "", "get create update patch delete"),
    row("", "pods/resize", NAMESPACED, "", "", STATUS),
    row("", "pods/status", NAMESPACED, "", "", STATUS),
    row("", "podtemplates", NAMESPACED, "PodTemplate", "", ALL),
    row("", "replicationcontrollers", NAMESPACED, "ReplicationController", "rc", ALL),
    row("", "replicationcontrollers/scale", NAMESPACED, "", "", STATUS),
    row("", "replicationcontrollers/status", NAMESPACED, "", "", STATUS),
    row("", "resourcequotas", NAMESPACED, "ResourceQuota", "quota", ALL),
    row("", "resourcequotas/status", NAMESPACED, "", "", STATUS),
    row("", "secrets", NAMESPACED, "Secret", "", ALL),
    row("", "serviceaccounts", NAMESPACED, "ServiceAccount", "sa", ALL),
    row("", "serviceaccounts/token", NAMESPACED, "", "", "create"),
    row("", "services", NAMESPACED, "Service", "svc", ALL),
    row("", "services/proxy", NAMESPACED, "", "", "get create update patch delete"),
    row("", "services/status", NAMESPACED, "", "", STATUS),
    row("", "users", CLUSTER, "", "", "impersonate"),
    row("admissionregistration.k8s.io", "mutatingadmissionpolicies", CLUSTER, "MutatingAdmissionPolicy", "", ALL),
    row("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", CLUSTER, "MutatingAdmissionPolicyBinding", "", ALL),
    row("admissionregistration.k8s.io", "mutatingwebhookconfigurations", CLUSTER, "MutatingWebhookConfiguration", "", ALL),
    row("admissionregistration.k8s.io", "validatingadmissionpolicies", CLUSTER, "ValidatingAdmissionPolicy", "", ALL),
    row("admissionregistration.k8s.io", "validatingadmissionpolicies/status", CLUSTER, "", "", STATUS),
    row("admissionregistration.k8s.io", "validatingadmissionpolicybindings", CLUSTER, "ValidatingAdmissionPolicyBinding", "", ALL),
    row("admissionregistration.k8s.io", "validatingwebhookconfigurations", CLUSTER, "ValidatingWebhookConfiguration", "", ALL),
    row("apiextensions.k8s.io", "customresourcedefinitions", CLUSTER, "CustomResourceDefinition", "crd crds", ALL),
    row("apiextensions.k8s.io", "customresourcedefinitions/status", CLUSTER, "", "", STATUS),
    row("apiregistration.k8s.io", "apiservices", CLUSTER, "APIService", "", ALL),
    row("apiregistration.k8s.io", "apiservices/status", CLUSTER, "", "", STATUS),
    row("apps", "controllerrevisions", NAMESPACED, "ControllerRevision", "", ALL),
    row("apps", "daemonsets", NAMESPACED, "DaemonSet", "ds", ALL),
    row("apps", "daemonsets/status", NAMESPACED, "", "", STATUS),
    row("apps", "deployments", NAMESPACED, "Deployment", "deploy", ALL),
    row("apps", "deployments/scale", NAMESPACED, "", "", STATUS),
    row("apps", "deployments/status", NAMESPACED, "", "", STATUS),
    row("apps", "replicasets", NAMESPACED, "ReplicaSet", "rs", ALL),
    row("apps", "replicasets/scale", NAMESPACED, "", "", STATUS),
    row("apps", "replicasets/status", NAMESPACED, "", "", STATUS),
    row("apps", "statefulsets", NAMESPACED, "StatefulSet", "sts", ALL),
    row("apps", "statefulsets/scale", NAMESPACED, "", "", STATUS),
    row("apps", "statefulsets/status", NAMESPACED, "", "", STATUS),
    row("authentication.k8s.io", "groups", CLUSTER, "", "", "impersonate:user-info"),
    row("authentication.k8s.io", "nodes", CLUSTER, "", "", "impersonate:arbitrary-node impersonate:associated-node"),
    row("authentication.k8s.io", "selfsubjectreviews", CLUSTER, "SelfSubjectReview", "", "create"),
    row("authentication.k8s.io", "serviceaccounts", NAMESPACED, "", "", "impersonate:serviceaccount"),
    row("authentication.k8s.io", "tokenreviews", CLUSTER, "TokenReview", "", "create"),
    row("authentication.k8s.io", "uids", CLUSTER, "", "", "impersonate impersonate:user-info"),
    row("authentication.k8s.io", "userextras", CLUSTER, "", "", "impersonate impersonate:user-info"),
    row("authentication.k8s.io", "users", CLUSTER, "", "", "impersonate:user-info"),
    row("authorization.k8s.io", "localsubjectaccessreviews", NAMESPACED, "LocalSubjectAccessReview", "", "create"),
    row("authorization.k8s.io", "selfsubjectaccessreviews", CLUSTER, "SelfSubjectAccessReview", "", "create"),
    row("authorization.k8s.io", "selfsubjectrulesreviews", CLUSTER, "SelfSubjectRulesReview", "", "create"),
    row("authorization.k8s.io", "subjectaccessreviews", CLUSTER, "SubjectAccessReview", "", "create"),
    row("autoscaling", "horizontalpodautoscalers", NAMESPACED, "HorizontalPodAutoscaler", "hpa", ALL),
    row("autoscaling", "horizontalpodautoscalers/status", NAMESPACED, "", "", STATUS),
    row("batch", "cronjobs", NAMESPACED, "CronJob", "cj", ALL),
    row("batch", "cronjobs/status", NAMESPACED, "", "", STATUS),
    row("batch", "jobs", NAMESPACED, "Job", "", ALL),
    row("batch", "jobs/status", NAMESPACED, "", "", STATUS),
    row("certificates.k8s.io", "certificatesigningrequests", CLUSTER, "CertificateSigningRequest", "csr", ALL),
    row("certificates.k8s.io", "certificatesigningrequests/approval", CLUSTER, "", "", STATUS),
    row("certificates.k8s.io", "certificatesigningrequests/status", CLUSTER, "", "", STATUS),
    row("certificates.k8s.io", "clustertrustbundles", CLUSTER, "ClusterTrustBundle", "", ALL),
    row("certificates.k8s.io", "podcertificaterequests", NAMESPACED, "PodCertificateRequest", "", ALL),
    row("certificates.k8s.io", "signers", CLUSTER, "", "", "approve attest sign"),
    row("coordination.k8s.io", "leasecandidates", NAMESPACED, "LeaseCandidate", "", ALL),
    row("coordination.k8s.io", "leases", NAMESPACED, "Lease", "", ALL),
    row("discovery.k8s.io", "endpointslices", NAMESPACED, "EndpointSlice", "", ALL),
    row("events.k8s.io", "events", NAMESPACED, "Event", "ev", ALL),
    row("flowcontrol.apiserver.k8s.io", "flowschemas", CLUSTER, "FlowSchema", "", ALL),
    row("flowcontrol.apiserver.k8s.io", "flowschemas/status", CLUSTER, "", "", STATUS),
    row("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", CLUSTER, "PriorityLevelConfiguration", "", ALL),
    row("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations/status", CLUSTER, "", "", STATUS),
    row("internal.apiserver.k8s.io", "storageversions", CLUSTER, "StorageVersion", "", ALL),
    row("networking.k8s.io", "ingressclasses", CLUSTER, "IngressClass", "", ALL),
    row("networking.k8s.io", "ingresses", NAMESPACED, "Ingress", "ing", ALL),
    row("networking.k8s.io", "ingresses/status", NAMESPACED, "", "", STATUS),
    row("networking.k8s.io", "ipaddresses", CLUSTER, "IPAddress", "ip", ALL),
    row("networking.k8s.io", "networkpolicies", NAMESPACED, "NetworkPolicy", "netpol", ALL),
    row("networking.k8s.io", "servicecidrs", CLUSTER, "ServiceCIDR", "", ALL),
    row("networking.k8s.io", "servicecidrs/status", CLUSTER, "", "", STATUS),
    row("node.k8s.io", "runtimeclasses", CLUSTER, "RuntimeClass", "", ALL),
    row("policy", "poddisruptionbudgets", NAMESPACED, "PodDisruptionBudget", "pdb", ALL),
    row("policy", "poddisruptionbudgets/status", NAMESPACED, "", "", STATUS),
    row("rbac.authorization.k8s.io", "clusterrolebindings", CLUSTER, "ClusterRoleBinding", "", ALL),
    row("rbac.authorization.k8s.io", "clusterroles", CLUSTER, "ClusterRole", "", ALL),
    row("rbac.authorization.k8s.io", "rolebindings", NAMESPACED, "RoleBinding", "", ALL),
    row("rbac.authorization.k8s.io", "roles", NAMESPACED, "Role", "", ALL),
    row("resource.k8s.io", "deviceclasses", CLUSTER, "DeviceClass", "", ALL),
    row("resource.k8s.io", "devicetaintrules", CLUSTER, "DeviceTaintRule", "", ALL),
    row("resource.k8s.io", "resourceclaims", NAMESPACED, "ResourceClaim", "", ALL),
    row("resource.k8s.io", "resourceclaims/status", NAMESPACED, "", "", STATUS),
    row("resource.k8s.io", "resourceclaimtemplates", NAMESPACED, "ResourceClaimTemplate", "", ALL),
    row("resource.k8s.io", "resourceslices", CLUSTER, "ResourceSlice", "", ALL),
    row("scheduling.k8s.io", "priorityclasses", CLUSTER, "PriorityClass", "pc", ALL),
    row("scheduling.k8s.io", "workloads", NAMESPACED, "Workload", "", ALL),
    row("storage.k8s.io", "csidrivers", CLUSTER, "CSIDriver", "", ALL),
    row("storage.k8s.io", "csinodes", CLUSTER, "CSINode", "", ALL),
    row("storage.k8s.io", "csistoragecapacities", NAMESPACED, "CSIStorageCapacity", "", ALL),
    row("storage.k8s.io", "storageclasses", CLUSTER, "StorageClass", "sc", ALL),
    row("storage.k8s.io", "volumeattachments", CLUSTER, "VolumeAttachment", "", ALL),
    row("storage.k8s.io", "volumeattachments/status", CLUSTER, "", "", STATUS),
    row("storage.k8s.io", "volumeattributesclasses", CLUSTER, "VolumeAttributesClass", "vac", ALL),
    row("storagemigration.k8s.io", "storageversionmigrations", CLUSTER, "StorageVersionMigration", "", ALL),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_searched() {
        assert!(
            RESOURCES.windows(2).all(|two| (two[0].group, two[0].resource) < (two[1].group, two[1].resource))
        );
        assert!(!built_in_resource("", "nodes").expect("nodes are built in").namespaced);
        assert!(built_in_resource("apps", "deployments").expect("deployments are built in").namespaced);
        assert_eq!(built_in_resource("", "deployments"), None);
    }

    #[test]
    fn people_write_kinds_and_short_names() {
        let one = |text, group| resources_meant(text, group).iter().map(|r| r.resource).collect::<Vec<_>>();
        assert_eq!(one("Deployment", None), ["deployments"]);
        assert_eq!(one("po", None), ["pods"]);
        assert_eq!(one("events", None), ["events", "events"]);
        assert_eq!(one("events", Some("")), ["events"]);
        assert_eq!(one("pods/exec", None), ["pods/exec"]);
        assert_eq!(one("nothing", None), Vec::<&str>::new());
    }
}
