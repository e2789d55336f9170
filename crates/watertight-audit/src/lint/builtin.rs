//! The resources that Kubernetes itself serves, 1.33 to 1.37, as a table.
//!
//! Groups, plurals and scopes are those of the published API; subresources are those that
//! `pkg/registry/*/rest` of Kubernetes installs. Custom resources are not in it and never judged.

/// One resource.
pub(crate) struct Builtin {
    /// The plural.
    pub(crate) name: &'static str,
    /// Whether its objects live in namespaces.
    pub(crate) namespaced: bool,
    /// What may stand after a name.
    pub(crate) subresources: &'static [&'static str],
}

const fn namespaced(name: &'static str, subresources: &'static [&'static str]) -> Builtin {
    Builtin { name, namespaced: true, subresources }
}

const fn cluster(name: &'static str, subresources: &'static [&'static str]) -> Builtin {
    Builtin { name, namespaced: false, subresources }
}

const STATUS: &[&str] = &["status"];
const SCALE: &[&str] = &["scale", "status"];

static GROUPS: &[(&str, &[Builtin])] = &[
    ("", CORE),
    (
        "admissionregistration.k8s.io",
        &[
            cluster("mutatingadmissionpolicies", &[]),
            cluster("mutatingadmissionpolicybindings", &[]),
            cluster("mutatingwebhookconfigurations", &[]),
            cluster("validatingadmissionpolicies", STATUS),
            cluster("validatingadmissionpolicybindings", &[]),
            cluster("validatingwebhookconfigurations", &[]),
        ],
    ),
    ("apiextensions.k8s.io", &[cluster("customresourcedefinitions", STATUS)]),
    ("apiregistration.k8s.io", &[cluster("apiservices", STATUS)]),
    (
        "apps",
        &[
            namespaced("controllerrevisions", &[]),
            namespaced("daemonsets", STATUS),
            namespaced("deployments", SCALE),
            namespaced("replicasets", SCALE),
            namespaced("statefulsets", SCALE),
        ],
    ),
    ("authentication.k8s.io", &[cluster("selfsubjectreviews", &[]), cluster("tokenreviews", &[])]),
    (
        "authorization.k8s.io",
        &[
            namespaced("localsubjectaccessreviews", &[]),
            cluster("selfsubjectaccessreviews", &[]),
            cluster("selfsubjectrulesreviews", &[]),
            cluster("subjectaccessreviews", &[]),
        ],
    ),
    ("autoscaling", &[namespaced("horizontalpodautoscalers", STATUS)]),
    ("batch", &[namespaced("cronjobs", STATUS), namespaced("jobs", STATUS)]),
    (
        "certificates.k8s.io",
        &[
            cluster("certificatesigningrequests", &["approval", "status"]),
            cluster("clustertrustbundles", &[]),
            namespaced("podcertificaterequests", STATUS),
        ],
    ),
    ("coordination.k8s.io", &[namespaced("leasecandidates", &[]), namespaced("leases", &[])]),
    ("discovery.k8s.io", &[namespaced("endpointslices", &[])]),
    ("events.k8s.io", &[namespaced("events", &[])]),
    (
        "flowcontrol.apiserver.k8s.io",
        &[cluster("flowschemas", STATUS), cluster("prioritylevelconfigurations", STATUS)],
    ),
    ("internal.apiserver.k8s.io", &[cluster("storageversions", STATUS)]),
    ("lifecycle.k8s.io", &[namespaced("evictionrequests", STATUS), namespaced("evictions", STATUS)]),
    ("metrics.k8s.io", &[cluster("nodes", &[]), namespaced("pods", &[])]),
    (
        "networking.k8s.io",
        &[
            cluster("ingressclasses", &[]),
            namespaced("ingresses", STATUS),
            cluster("ipaddresses", &[]),
            namespaced("networkpolicies", &[]),
            cluster("servicecidrs", STATUS),
        ],
    ),
    ("node.k8s.io", &[cluster("runtimeclasses", &[])]),
    ("policy", &[namespaced("poddisruptionbudgets", STATUS)]),
    (
        "rbac.authorization.k8s.io",
        &[
            cluster("clusterrolebindings", &[]),
            cluster("clusterroles", &[]),
            namespaced("rolebindings", &[]),
            namespaced("roles", &[]),
        ],
    ),
    (
        "resource.k8s.io",
        &[
            cluster("deviceclasses", &[]),
            cluster("devicetaintrules", STATUS),
            namespaced("resourceclaims", &["binding", "driver", "status"]),
            namespaced("resourceclaimtemplates", &[]),
            cluster("resourcepoolstatusrequests", STATUS),
            cluster("resourceslices", &[]),
        ],
    ),
    (
        "scheduling.k8s.io",
        &[
            namespaced("compositepodgroups", STATUS),
            namespaced("podgroups", STATUS),
            cluster("priorityclasses", &[]),
            namespaced("workloads", STATUS),
        ],
    ),
    (
        "storage.k8s.io",
        &[
            cluster("csidrivers", &[]),
            cluster("csinodes", &[]),
            namespaced("csistoragecapacities", &[]),
            cluster("storageclasses", &[]),
            cluster("volumeattachments", STATUS),
            cluster("volumeattributesclasses", &[]),
        ],
    ),
    ("storagemigration.k8s.io", &[cluster("storageversionmigrations", STATUS)]),
];

const CORE: &[Builtin] = &[
    namespaced("bindings", &[]),
    cluster("componentstatuses", &[]),
    namespaced("configmaps", &[]),
    namespaced("endpoints", &[]),
    namespaced("events", &[]),
    namespaced("limitranges", &[]),
    cluster("namespaces", &["finalize", "status"]),
    cluster("nodes", &["proxy", "status"]),
    namespaced("persistentvolumeclaims", STATUS),
    cluster("persistentvolumes", STATUS),
    namespaced(
        "pods",
        &[
            "attach",
            "binding",
            "ephemeralcontainers",
            "eviction",
            "exec",
            "log",
            "portforward",
            "proxy",
            "resize",
            "status",
        ],
    ),
    namespaced("podtemplates", &[]),
    namespaced("replicationcontrollers", SCALE),
    namespaced("resourcequotas", STATUS),
    namespaced("secrets", &[]),
    namespaced("serviceaccounts", &["token"]),
    namespaced("services", &["proxy", "status"]),
];

/// Groups that Kubernetes once served and no longer does, with the version that ended them.
pub(crate) const ENDED: &[(&str, &str)] =
    &[("auditregistration.k8s.io", "1.19"), ("extensions", "1.22"), ("settings.k8s.io", "1.20")];

/// The resources of a group; `None` for a group that is not Kubernetes' own.
pub(crate) fn group(name: &str) -> Option<&'static [Builtin]> {
    GROUPS.iter().find(|(group, _)| *group == name).map(|(_, resources)| *resources)
}

/// The resource of a group.
pub(crate) fn resource(group_name: &str, name: &str) -> Option<&'static Builtin> {
    group(group_name)?.iter().find(|resource| resource.name == name)
}

/// The groups that serve a resource of that name.
pub(crate) fn groups_of(name: &str) -> impl Iterator<Item = &'static str> {
    let name = name.to_owned();
    let serves = move |resources: &[Builtin]| resources.iter().any(|resource| resource.name == name);
    GROUPS.iter().filter(move |(_, resources)| serves(resources)).map(|(group, _)| *group)
}
