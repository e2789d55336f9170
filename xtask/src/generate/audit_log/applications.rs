//! The applications of the world: what each does all day, and what it may do beside that.
//!
//! A habit is what an application really asks for; its roles are made of the habits, and of grants that
//! it never uses, since roles are written once and copied often.

use Scope::{Cluster, Own};

/// What an application does again and again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// How often, against the other habits of the application.
    pub(super) weight: u64,
    /// The verb.
    pub(super) verb: &'static str,
    /// Group and version, as in `apps/v1`; `v1` for the core group; empty for a path.
    pub(super) api: &'static str,
    /// Resource, with its subresource, or the path.
    pub(super) resource: &'static str,
    /// Of which objects.
    pub(super) of: Of,
    /// Where.
    pub(super) scope: Scope,
}

/// Which objects a habit is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// All of a kind: a list or watch, or a new object whose name the server makes up.
    All,
    /// One of these, always the same. The role names them.
    Named(&'static [&'static str]),
    /// Lists or watches one object, by `fieldSelector=metadata.name`.
    Selected(&'static str),
    /// One of many whose names begin so.
    Like(&'static str),
}

/// Where a habit happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// In the application's own namespace.
    Own,
    /// At cluster scope or over all namespaces.
    Cluster,
    /// In any namespace of a team: the grant is for the whole cluster.
    Teams,
    /// In this namespace.
    In(&'static str),
}

/// A grant that is never used: verbs, API group, resources.
pub(super) type Unused = (&'static str, &'static str, &'static str);

/// One kind of application.
#[derive(Debug, Clone, Copy)]
pub(super) struct Application {
    /// The name of its service account.
    pub(super) name: &'static str,
    /// Its namespace; empty for one in the namespace of each team.
    pub(super) namespace: &'static str,
    /// What its client calls itself.
    pub(super) agent: &'static str,
    /// What it does.
    pub(super) habits: &'static [Habit],
    /// What it never does, and may.
    pub(super) unused: &'static [Unused],
}

const fn habit(
    weight: u64,
    verb: &'static str,
    api: &'static str,
    resource: &'static str,
    of: Of,
    scope: Scope,
) -> Habit {
    Habit { weight, verb, api, resource, of, scope }
}

/// The namespaces of teams. Each has an application of every kind without a namespace.
pub(super) const TEAMS: &[&str] = &["ads", "crm", "data", "hr", "media", "ml", "pay", "search", "shop"];

/// Applications that every team has.
pub(super) const OF_TEAMS: &[Application] = &[
    Application {
        name: "web",
        namespace: "",
        agent: "okhttp/4.12.0",
        habits: &[
            habit(40, "get", "v1", "configmaps", Of::Named(&["web-config", "web-features"]), Own),
            habit(10, "get", "v1", "secrets", Of::Named(&["web-database"]), Own),
            habit(10, "watch", "v1", "configmaps", Of::Selected("web-features"), Own),
            habit(6, "list", "discovery.k8s.io/v1", "endpointslices", Of::All, Own),
            habit(2, "create", "authorization.k8s.io/v1", "selfsubjectaccessreviews", Of::All, Cluster),
        ],
        unused: &[("list watch", "", "secrets"), ("create delete", "", "pods")],
    },
    Application {
        name: "worker",
        namespace: "",
        agent: "python-client/31.0.0/python",
        habits: &[
            habit(60, "get", "coordination.k8s.io/v1", "leases", Of::Named(&["worker-leader"]), Own),
            habit(55, "update", "coordination.k8s.io/v1", "leases", Of::Named(&["worker-leader"]), Own),
            habit(1, "create", "coordination.k8s.io/v1", "leases", Of::Like("worker-leader-"), Own),
            habit(8, "get", "apps/v1", "deployments/scale", Of::Named(&["worker"]), Own),
            habit(3, "patch", "apps/v1", "deployments/scale", Of::Named(&["worker"]), Own),
            habit(4, "create", "v1", "events", Of::All, Own),
            habit(5, "patch", "v1", "pods", Of::Like("worker-"), Own),
        ],
        unused: &[("delete deletecollection", "coordination.k8s.io", "leases"), ("get", "", "nodes")],
    },
    Application {
        name: "jobs",
        namespace: "",
        agent: "Go-http-client/2.0",
        habits: &[
            habit(10, "create", "batch/v1", "jobs", Of::Like("import-"), Own),
            habit(20, "get", "batch/v1", "jobs/status", Of::Like("import-"), Own),
            habit(10, "watch", "batch/v1", "jobs", Of::Selected("nightly"), Own),
            habit(8, "list", "v1", "pods", Of::All, Own),
            habit(9, "get", "v1", "pods/log", Of::Like("import-"), Own),
            habit(6, "delete", "batch/v1", "jobs", Of::Like("import-"), Own),
            habit(2, "deletecollection", "v1", "pods", Of::All, Own),
        ],
        unused: &[("create", "", "pods/exec"), ("update patch", "batch", "cronjobs jobs")],
    },
];

/// Applications that the platform has once.
pub(super) const OF_PLATFORM: &[Application] = &[
    Application {
        name: "cert-manager",
        namespace: "cert-manager",
        agent: "cert-manager-certificates-key-manager/v1.18.2 (linux/amd64)",
        habits: &[
            habit(6, "watch", "cert-manager.io/v1", "certificates", Of::All, Cluster),
            habit(8, "update", "cert-manager.io/v1", "certificates/status", Of::Like("tls-"), Scope::Teams),
            habit(4, "create", "v1", "secrets", Of::Like("tls-"), Scope::Teams),
            habit(8, "get", "v1", "secrets", Of::Like("tls-"), Scope::Teams),
            habit(
                20,
                "update",
                "coordination.k8s.io/v1",
                "leases",
                Of::Named(&["cert-manager-controller"]),
                Own,
            ),
            habit(3, "create", "v1", "events", Of::All, Scope::Teams),
        ],
        unused: &[("create delete patch", "networking.k8s.io", "ingresses"), ("list watch", "", "secrets")],
    },
    Application {
        name: "ingress-nginx",
        namespace: "ingress-nginx",
        agent: "nginx-ingress-controller/v1.13.0 (linux/amd64) ingress-nginx/git",
        habits: &[
            habit(6, "watch", "networking.k8s.io/v1", "ingresses", Of::All, Cluster),
            habit(4, "watch", "v1", "secrets", Of::All, Cluster),
            habit(4, "watch", "discovery.k8s.io/v1", "endpointslices", Of::All, Cluster),
            habit(5, "update", "networking.k8s.io/v1", "ingresses/status", Of::Like("front-"), Scope::Teams),
            habit(
                25,
                "update",
                "coordination.k8s.io/v1",
                "leases",
                Of::Named(&["ingress-nginx-leader"]),
                Own,
            ),
        ],
        unused: &[("get list watch", "", "configmaps nodes pods")],
    },
    Application {
        name: "prometheus",
        namespace: "monitoring",
        agent: "Prometheus/3.5.0",
        habits: &[
            habit(40, "get", "", "/metrics", Of::All, Cluster),
            habit(6, "watch", "v1", "pods", Of::All, Cluster),
            habit(6, "watch", "v1", "services", Of::All, Cluster),
            habit(20, "get", "v1", "nodes/metrics", Of::Like("node-"), Cluster),
            habit(3, "list", "v1", "nodes", Of::All, Cluster),
        ],
        unused: &[("get list watch", "networking.k8s.io", "ingresses"), ("get", "", "nodes/proxy")],
    },
    Application {
        name: "argocd-application-controller",
        namespace: "argocd",
        agent: "argocd-application-controller/v3.1.0 (linux/amd64)",
        habits: &[
            habit(10, "get", "apps/v1", "deployments", Of::Like("web-"), Scope::Teams),
            habit(12, "patch", "apps/v1", "deployments", Of::Like("web-"), Scope::Teams),
            habit(5, "create", "v1", "configmaps", Of::Like("web-"), Scope::Teams),
            habit(
                3,
                "update",
                "rbac.authorization.k8s.io/v1",
                "rolebindings",
                Of::Like("web-"),
                Scope::Teams,
            ),
            habit(6, "watch", "apps/v1", "deployments", Of::All, Cluster),
            habit(1, "create", "v1", "namespaces", Of::Like("preview-"), Cluster),
            habit(4, "get", "", "/openapi/v3", Of::All, Cluster),
        ],
        unused: &[("*", "*", "*")],
    },
    Application {
        name: "external-secrets",
        namespace: "external-secrets",
        agent: "external-secrets/v0.19.0 (linux/amd64)",
        habits: &[
            habit(8, "get", "v1", "secrets", Of::Like("vault-"), Scope::Teams),
            habit(5, "update", "v1", "secrets", Of::Like("vault-"), Scope::Teams),
            habit(6, "create", "v1", "serviceaccounts/token", Of::Like("reader-"), Scope::Teams),
            habit(4, "watch", "external-secrets.io/v1", "externalsecrets", Of::All, Cluster),
        ],
        unused: &[("delete", "", "secrets"), ("get list watch", "", "namespaces")],
    },
    Application {
        name: "cluster-autoscaler",
        namespace: "kube-system",
        agent: "cluster-autoscaler/v1.36.0",
        habits: &[
            habit(6, "watch", "v1", "pods", Of::All, Cluster),
            habit(6, "list", "v1", "nodes", Of::All, Cluster),
            habit(2, "update", "v1", "nodes", Of::Like("node-"), Cluster),
            habit(2, "create", "v1", "pods/eviction", Of::Like("web-"), Scope::Teams),
            habit(8, "update", "v1", "configmaps", Of::Named(&["cluster-autoscaler-status"]), Own),
        ],
        unused: &[("delete", "", "nodes"), ("get list watch", "storage.k8s.io", "csinodes storageclasses")],
    },
    Application {
        name: "velero",
        namespace: "backup",
        agent: "velero-server/v1.16.0 (linux/amd64)",
        habits: &[
            habit(4, "list", "v1", "persistentvolumeclaims", Of::All, Cluster),
            habit(4, "list", "v1", "secrets", Of::All, Cluster),
            habit(4, "list", "apps/v1", "statefulsets", Of::All, Cluster),
            habit(3, "create", "v1", "pods/exec", Of::Like("worker-"), Scope::Teams),
            habit(2, "create", "velero.io/v1", "backups", Of::Like("daily-"), Own),
        ],
        unused: &[("*", "*", "*")],
    },
    Application {
        name: "coredns",
        namespace: "kube-system",
        agent: "Go-http-client/2.0",
        habits: &[
            habit(6, "watch", "discovery.k8s.io/v1", "endpointslices", Of::All, Cluster),
            habit(6, "watch", "v1", "services", Of::All, Cluster),
            habit(2, "list", "v1", "namespaces", Of::All, Cluster),
        ],
        unused: &[("get list watch", "", "pods")],
    },
    Application {
        name: "ebs-csi-controller",
        namespace: "kube-system",
        agent: "csi-attacher/v4.9.0 (linux/amd64)",
        habits: &[
            habit(6, "watch", "storage.k8s.io/v1", "volumeattachments", Of::All, Cluster),
            habit(6, "patch", "storage.k8s.io/v1", "volumeattachments/status", Of::Like("csi-"), Cluster),
            habit(4, "patch", "v1", "persistentvolumes", Of::Like("pvc-"), Cluster),
            habit(2, "create", "v1", "persistentvolumes", Of::Like("pvc-"), Cluster),
            habit(20, "update", "coordination.k8s.io/v1", "leases", Of::Named(&["ebs-csi-attacher"]), Own),
        ],
        unused: &[("delete", "", "persistentvolumes"), ("get list watch", "", "nodes")],
    },
    Application {
        name: "metrics-adapter",
        namespace: "monitoring",
        agent: "adapter/v0.12.0 (linux/amd64)",
        habits: &[
            habit(20, "create", "authorization.k8s.io/v1", "subjectaccessreviews", Of::All, Cluster),
            habit(12, "create", "authentication.k8s.io/v1", "tokenreviews", Of::All, Cluster),
            habit(4, "list", "v1", "pods", Of::All, Cluster),
        ],
        unused: &[("get list watch", "", "services namespaces")],
    },
    Application {
        name: "ci-runner",
        namespace: "ci",
        agent: "kubectl/v1.36.2 (linux/amd64) kubernetes/4e45aed",
        habits: &[
            habit(10, "create", "v1", "pods", Of::Like("runner-"), Own),
            habit(6, "create", "v1", "pods/exec", Of::Like("runner-"), Own),
            habit(3, "get", "v1", "pods/exec", Of::Like("runner-"), Own),
            habit(10, "get", "v1", "pods/log", Of::Like("runner-"), Own),
            habit(8, "delete", "v1", "pods", Of::Like("runner-"), Own),
            habit(4, "create", "v1", "secrets", Of::Like("runner-"), Own),
            habit(5, "patch", "apps/v1", "deployments", Of::Named(&["web"]), Scope::In("shop")),
        ],
        unused: &[("create patch", "apps", "deployments statefulsets"), ("list watch", "", "secrets")],
    },
    Application {
        name: "policy-controller",
        namespace: "policy",
        agent: "policy-controller/v1.15.0 (linux/amd64)",
        habits: &[
            habit(
                4,
                "patch",
                "admissionregistration.k8s.io/v1",
                "validatingwebhookconfigurations",
                Of::Named(&["policy-controller"]),
                Cluster,
            ),
            habit(6, "watch", "v1", "namespaces", Of::All, Cluster),
            habit(8, "create", "v1", "events", Of::All, Scope::Teams),
            habit(20, "update", "coordination.k8s.io/v1", "leases", Of::Named(&["policy-controller"]), Own),
        ],
        unused: &[("*", "apps batch", "*")],
    },
    Application {
        name: "descheduler",
        namespace: "kube-system",
        agent: "descheduler/v0.34.0 (linux/amd64)",
        habits: &[
            habit(4, "list", "v1", "pods", Of::All, Cluster),
            habit(4, "list", "v1", "nodes", Of::All, Cluster),
            habit(3, "create", "v1", "pods/eviction", Of::Like("worker-"), Scope::Teams),
        ],
        unused: &[("delete", "", "pods")],
    },
    Application {
        name: "dashboard",
        namespace: "dashboard",
        agent: "dashboard/v7.13.0",
        habits: &[
            habit(6, "get", "v1", "secrets", Of::Named(&["dashboard-csrf", "dashboard-key-holder"]), Own),
            habit(3, "update", "v1", "secrets", Of::Named(&["dashboard-key-holder"]), Own),
            habit(4, "get", "v1", "configmaps", Of::Named(&["dashboard-settings"]), Own),
        ],
        unused: &[("get", "", "services/proxy")],
    },
];
