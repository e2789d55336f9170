//! Requests that matter to whoever reads an audit log: bodies that hold secrets, events that an
//! investigation wants, and noise.

use super::Severity;
use crate::policy::Level;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// A person whom no rule names.
    Person,
    /// A service account in a namespace that no rule names.
    Workload,
    /// Nobody: a request without credentials.
    Anonymous,
    /// A request whose credentials were refused.
    Refused,
    Node,
    ControllerManager,
    Scheduler,
    KubeProxy,
    /// The API server itself.
    ApiServer,
}

impl Who {
    pub(super) const fn described(self) -> &'static str {
        match self {
            Self::Person => "a user",
            Self::Workload => "a service account",
            Self::Anonymous => "someone without credentials",
            Self::Refused => "someone whose credentials were refused",
            Self::Node => "a kubelet",
            Self::ControllerManager => "the controller manager",
            Self::Scheduler => "the scheduler",
            Self::KubeProxy => "kube-proxy",
            Self::ApiServer => "the API server",
        }
    }
}

pub(super) const ANYONE: &[Who] = &[Who::Person, Who::Workload];
pub(super) const EVERYWHERE: &[&str] = &["*", "kube-system"];

/// What is asked for. `*` stands for a name that no rule uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct What {
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) subresource: &'static str,
    /// Empty at cluster scope.
    pub(super) namespaces: &'static [&'static str],
}

pub(super) const fn namespaced(
    group: &'static str,
    resource: &'static str,
    subresource: &'static str,
) -> What {
    What { group, resource, subresource, namespaces: EVERYWHERE }
}

pub(super) const fn cluster(group: &'static str, resource: &'static str, subresource: &'static str) -> What {
    What { group, resource, subresource, namespaces: &[""] }
}

/// A body with a secret in it.
pub(super) struct Sensitive {
    pub(super) verbs: &'static [&'static str],
    pub(super) what: What,
    /// From this level on the secret is in the log.
    pub(super) from: Level,
    pub(super) severity: Severity,
    pub(super) secret: &'static str,
}

pub(super) static SENSITIVE: &[Sensitive] = &[
    Sensitive {
        verbs: &["create", "update", "patch"],
        what: namespaced("", "secrets", ""),
        from: Level::Request,
        severity: Severity::High,
        secret: "the Secrets that are written",
    },
    Sensitive {
        verbs: &["get", "list", "deletecollection"],
        what: namespaced("", "secrets", ""),
        from: Level::RequestResponse,
        severity: Severity::High,
        secret: "the Secrets that are read",
    },
    Sensitive {
        verbs: &["create"],
        what: cluster("authentication.k8s.io", "tokenreviews", ""),
        from: Level::Request,
        severity: Severity::High,
        secret: "the bearer tokens that are reviewed",
    },
    Sensitive {
        verbs: &["create"],
        what: namespaced("", "serviceaccounts", "token"),
        from: Level::RequestResponse,
        severity: Severity::High,
        secret: "the tokens of service accounts that are issued",
    },
    Sensitive {
        verbs: &["create", "update", "patch"],
        what: namespaced("", "configmaps", ""),
        from: Level::Request,
        severity: Severity::Medium,
        secret: "the ConfigMaps that are written, which often hold credentials",
    },
    Sensitive {
        verbs: &["get", "list", "deletecollection"],
        what: namespaced("", "configmaps", ""),
        from: Level::RequestResponse,
        severity: Severity::Medium,
        secret: "the ConfigMaps that are read, which often hold credentials",
    },
];

/// An event that an investigation wants.
pub(super) struct Wanted {
    pub(super) verbs: &'static [&'static str],
    pub(super) what: What,
    pub(super) who: &'static [Who],
    /// Below this level it is not what it could be.
    pub(super) level: Level,
    pub(super) severity: Severity,
    pub(super) event: &'static str,
    /// What the body tells; empty when metadata is all that is wanted.
    pub(super) body: &'static str,
}

pub(super) const WRITES: &[&str] = &["create", "update", "patch", "delete"];

pub(super) const fn wanted(
    event: &'static str,
    verbs: &'static [&'static str],
    what: What,
    severity: Severity,
) -> Wanted {
    Wanted { verbs, what, who: ANYONE, level: Level::Metadata, severity, event, body: "" }
}

pub(super) const fn with_body(mut wanted: Wanted, body: &'static str) -> Wanted {
    wanted.level = Level::Request;
    wanted.body = body;
    wanted
}

pub(super) const CREDENTIALS: &str = "authentication.k8s.io";
pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
pub(super) const ADMISSION: &str = "admissionregistration.k8s.io";

pub(super) static WANTED: &[Wanted] = &[
    wanted("commands run in containers", &["create", "get"], namespaced("", "pods", "exec"), Severity::High),
    wanted(
        "sessions attached to containers",
        &["create", "get"],
        namespaced("", "pods", "attach"),
        Severity::High,
    ),
    wanted(
        "ports forwarded from pods",
        &["create", "get"],
        namespaced("", "pods", "portforward"),
        Severity::High,
    ),
    wanted(
        "debug containers put into pods",
        &["update", "patch"],
        namespaced("", "pods", "ephemeralcontainers"),
        Severity::High,
    ),
    wanted(
        "requests passed on to kubelets, which can run commands",
        &["create", "get"],
        cluster("", "nodes", "proxy"),
        Severity::High,
    ),
    wanted(
        "requests passed on to pods",
        &["create", "get"],
        namespaced("", "pods", "proxy"),
        Severity::Medium,
    ),
    wanted(
        "requests passed on to services",
        &["create", "get"],
        namespaced("", "services", "proxy"),
        Severity::Medium,
    ),
    wanted(
        "tokens issued for service accounts",
        &["create"],
        namespaced("", "serviceaccounts", "token"),
        Severity::High,
    ),
    wanted("reads of Secrets", &["get", "list", "watch"], namespaced("", "secrets", ""), Severity::High),
    wanted("writes of Secrets", WRITES, namespaced("", "secrets", ""), Severity::High),
    wanted(
        "writes of ConfigMaps, the DNS server's among them",
        WRITES,
        namespaced("", "configmaps", ""),
        Severity::Medium,
    ),
    wanted("writes of service accounts", WRITES, namespaced("", "serviceaccounts", ""), Severity::Medium),
    with_body(
        wanted("changes of roles", WRITES, namespaced(RBAC, "roles", ""), Severity::High),
        "what was granted",
    ),
    with_body(
        wanted("changes of role bindings", WRITES, namespaced(RBAC, "rolebindings", ""), Severity::High),
        "to whom it was granted",
    ),
    with_body(
        wanted("changes of cluster roles", WRITES, cluster(RBAC, "clusterroles", ""), Severity::High),
        "what was granted",
    ),
    with_body(
        wanted(
            "changes of cluster role bindings",
            WRITES,
            cluster(RBAC, "clusterrolebindings", ""),
            Severity::High,
        ),
        "to whom it was granted",
    ),
    with_body(
        wanted(
            "pods that are created, privileged ones and such with host paths among them",
            &["create"],
            namespaced("", "pods", ""),
            Severity::High,
        ),
        "whether a pod is privileged, mounts host paths or joins host namespaces",
    ),
    with_body(
        wanted(
            "workloads that are written",
            &["create", "update", "patch"],
            namespaced("apps", "deployments", ""),
            Severity::High,
        ),
        "whether its pods are privileged or mount host paths",
    ),
    with_body(
        wanted(
            "daemon sets that are written",
            &["create", "update", "patch"],
            namespaced("apps", "daemonsets", ""),
            Severity::High,
        ),
        "whether its pods are privileged or mount host paths",
    ),
    with_body(
        wanted(
            "stateful sets that are written",
            &["create", "update", "patch"],
            namespaced("apps", "statefulsets", ""),
            Severity::High,
        ),
        "whether its pods are privileged or mount host paths",
    ),
    with_body(
        wanted(
            "jobs that are written",
            &["create", "update", "patch"],
            namespaced("batch", "jobs", ""),
            Severity::High,
        ),
        "whether its pods are privileged or mount host paths",
    ),
    with_body(
        wanted(
            "cron jobs that are written",
            &["create", "update", "patch"],
            namespaced("batch", "cronjobs", ""),
            Severity::High,
        ),
        "whether its pods are privileged or mount host paths",
    ),
    with_body(
        wanted(
            "changes of webhooks that change what is admitted",
            WRITES,
            cluster(ADMISSION, "mutatingwebhookconfigurations", ""),
            Severity::High,
        ),
        "where the webhook sends requests",
    ),
    with_body(
        wanted(
            "changes of webhooks that refuse requests",
            WRITES,
            cluster(ADMISSION, "validatingwebhookconfigurations", ""),
            Severity::High,
        ),
        "what the webhook still covers",
    ),
    with_body(
        wanted(
            "changes of admission policies",
            WRITES,
            cluster(ADMISSION, "validatingadmissionpolicies", ""),
            Severity::Medium,
        ),
        "what the policy still refuses",
    ),
    with_body(
        wanted(
            "changes of bindings of admission policies",
            WRITES,
            cluster(ADMISSION, "validatingadmissionpolicybindings", ""),
            Severity::Medium,
        ),
        "where the policy still applies",
    ),
    with_body(
        wanted(
            "requests for certificates",
            &["create"],
            cluster("certificates.k8s.io", "certificatesigningrequests", ""),
            Severity::High,
        ),
        "for whom the certificate is",
    ),
    wanted(
        "approvals of certificates",
        &["update", "patch"],
        cluster("certificates.k8s.io", "certificatesigningrequests", "approval"),
        Severity::High,
    ),
    with_body(
        wanted(
            "changes of namespaces, their Pod Security labels among them",
            WRITES,
            cluster("", "namespaces", ""),
            Severity::Medium,
        ),
        "which Pod Security level was set",
    ),
    with_body(
        wanted(
            "persistent volumes that are created, host paths among them,",
            &["create"],
            cluster("", "persistentvolumes", ""),
            Severity::Medium,
        ),
        "whether the volume is a path of the node",
    ),
    wanted(
        "changes of network policies",
        WRITES,
        namespaced("networking.k8s.io", "networkpolicies", ""),
        Severity::Medium,
    ),
    wanted(
        "changes of nodes by others than kubelets",
        &["update", "patch", "delete"],
        cluster("", "nodes", ""),
        Severity::Medium,
    ),
    wanted(
        "changes of custom resource definitions",
        WRITES,
        cluster("apiextensions.k8s.io", "customresourcedefinitions", ""),
        Severity::Medium,
    ),
    wanted(
        "changes of API services, which answer for whole API groups,",
        WRITES,
        cluster("apiregistration.k8s.io", "apiservices", ""),
        Severity::Medium,
    ),
    wanted(
        "events that someone deletes, which hides traces",
        &["delete", "deletecollection"],
        namespaced("", "events", ""),
        Severity::Low,
    ),
    wanted("writes of resources that no rule names", WRITES, namespaced("*", "*", ""), Severity::Medium),
    Wanted {
        who: &[Who::Anonymous],
        ..wanted(
            "requests without credentials",
            &["get", "list", "create"],
            namespaced("", "pods", ""),
            Severity::High,
        )
    },
    Wanted {
        who: &[Who::Refused],
        ..wanted(
            "requests whose credentials were refused",
            &["get", "list"],
            namespaced("", "pods", ""),
            Severity::Medium,
        )
    },
    wanted(
        "questions about one's own permissions, with which intruders begin,",
        &["create"],
        cluster("authorization.k8s.io", "selfsubjectrulesreviews", ""),
        Severity::Low,
    ),
    wanted(
        "questions about one's own identity",
        &["create"],
        cluster(CREDENTIALS, "selfsubjectreviews", ""),
        Severity::Low,
    ),
];

/// Events in great number that tell nothing.
pub(super) struct Noise {
    pub(super) who: &'static [Who],
    pub(super) verbs: &'static [&'static str],
    pub(super) what: NoiseTarget,
    pub(super) events: &'static str,
}

pub(super) enum NoiseTarget {
    Resource(What),
    Urls(&'static [&'static str]),
}

pub(super) static NOISE: &[Noise] = &[
    Noise {
        // Operators elect leaders with leases too; least privilege has to see that once.
        who: &[Who::Node, Who::ControllerManager, Who::Scheduler],
        verbs: &["get", "update"],
        what: NoiseTarget::Resource(namespaced("coordination.k8s.io", "leases", "")),
        events: "leases that components renew every few seconds",
    },
    Noise {
        who: &[Who::Node, Who::ControllerManager, Who::Scheduler],
        verbs: &["create", "patch"],
        what: NoiseTarget::Resource(namespaced("", "events", "")),
        events: "events (core group) that components write, which are a log of their own",
    },
    Noise {
        who: &[Who::Node, Who::ControllerManager, Who::Scheduler],
        verbs: &["create", "patch", "update"],
        what: NoiseTarget::Resource(namespaced("events.k8s.io", "events", "")),
        events: "events (events.k8s.io) that components write, which are a log of their own",
    },
    Noise {
        who: &[Who::KubeProxy],
        verbs: &["list", "watch"],
        what: NoiseTarget::Resource(What {
            namespaces: &[""],
            ..namespaced("discovery.k8s.io", "endpointslices", "")
        }),
        events: "endpoint slices that kube-proxy watches",
    },
    Noise {
        who: &[Who::KubeProxy],
        verbs: &["list", "watch"],
        what: NoiseTarget::Resource(What { namespaces: &[""], ..namespaced("", "services", "") }),
        events: "services that kube-proxy watches",
    },
    Noise {
        who: &[Who::Node],
        verbs: &["get"],
        what: NoiseTarget::Resource(cluster("", "nodes", "")),
        events: "nodes that read themselves",
    },
    Noise {
        who: &[Who::Node],
        verbs: &["patch", "update"],
        what: NoiseTarget::Resource(cluster("", "nodes", "status")),
        events: "kubelets that report the status of their node",
    },
    Noise {
        who: &[Who::Node],
        verbs: &["patch", "update"],
        what: NoiseTarget::Resource(namespaced("", "pods", "status")),
        events: "kubelets that report the status of their pods",
    },
    Noise {
        who: &[Who::ControllerManager, Who::Scheduler],
        verbs: &["get", "list", "watch"],
        what: NoiseTarget::Resource(namespaced("apps", "replicasets", "")),
        events: "reads of the control plane",
    },
    Noise {
        who: &[Who::ApiServer],
        verbs: &["get", "list", "watch"],
        what: NoiseTarget::Resource(namespaced("", "endpoints", "")),
        events: "reads of the API server itself",
    },
    Noise {
        who: &[Who::Person, Who::Workload, Who::Anonymous],
        verbs: &["get"],
        what: NoiseTarget::Urls(&["/healthz", "/livez", "/readyz", "/version"]),
        events: "health checks",
    },
    Noise {
        who: &[Who::Person, Who::Workload, Who::ControllerManager],
        verbs: &["get"],
        what: NoiseTarget::Urls(&["/api", "/apis", "/apis/apps/v1", "/openapi/v3"]),
        events: "requests for the list of APIs, with which every client begins,",
    },
];
