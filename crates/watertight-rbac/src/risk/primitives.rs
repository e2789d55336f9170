//! The table of permissions that give more than they say. One entry per way, with what it needs and what
//! it gives by RBAC alone: what pods exist, which namespaces admit privileged pods and where webhooks
//! lead is for those who see more.
//!
//! Sources: Kubernetes' page "Role Based Access Control Good Practices" (privilege escalation risks), and
//! per entry the API server's own checks, named there.

/// A permission, or several together, that give more than they say.
#[derive(Debug, PartialEq, Eq)]
pub struct Primitive {
    /// Its name, as in `pods-create`.
    pub id: &'static str,
    /// What it lets one do, for people, without subject.
    pub title: &'static str,
    /// Of each list one has to be allowed, all in one namespace or everywhere.
    pub needs: &'static [&'static [Need]],
    /// What it gives.
    pub gives: Gives,
}

/// An action on all objects of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The API group.
    pub group: &'static str,
    /// The resource, perhaps with a subresource.
    pub resource: &'static str,
    /// The verb.
    pub verb: &'static str,
}

/// What a [`Primitive`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Everything: everywhere, or in the namespace where it is had.
    Admin,
    /// Everything everywhere, wherever it is had.
    ClusterAdmin,
    /// To be any user, group or service account except `system:masters`.
    AnyIdentity,
    /// To be any user who is no service account.
    AnyUser,
    /// To be every service account there.
    Accounts,
    /// To be the service accounts of the pods that run there.
    RunningAccounts,
    /// To be the service accounts of all pods that run anywhere.
    AllRunningAccounts,
    /// This, and no further step by RBAC alone.
    Only(Reach),
}

/// How far someone gets, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Everything in the cluster.
    ClusterAdmin,
    /// To be anyone whose name is known.
    AnyIdentity,
    /// The nodes, and so all that runs on them.
    Nodes,
    /// What others write: to change it, or to let pass what was refused.
    Admission,
    /// Every Secret.
    EverySecret,
    /// Every service account.
    EveryAccount,
    /// Everything in a namespace.
    Namespace,
    /// The service accounts of a namespace.
    Accounts,
    /// The Secrets of a namespace.
    Secrets,
    /// The traffic of others.
    Traffic,
    /// To stop things, or to hide what was done.
    Disruption,
    /// Less than that.
    Limited,
}

impl Reach {
    /// All, worst first.
    pub const ALL: [Self; 12] = [
        Self::ClusterAdmin,
        Self::AnyIdentity,
        Self::Nodes,
        Self::Admission,
        Self::EverySecret,
        Self::EveryAccount,
        Self::Namespace,
        Self::Accounts,
        Self::Secrets,
        Self::Traffic,
        Self::Disruption,
        Self::Limited,
    ];

    /// In few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClusterAdmin => "everything in the cluster",
            Self::AnyIdentity => "any user, group or service account",
            Self::Nodes => "the nodes and all that runs on them",
            Self::Admission => "what others write",
            Self::EverySecret => "every Secret",
            Self::EveryAccount => "every service account",
            Self::Namespace => "everything in a namespace",
            Self::Accounts => "the service accounts of a namespace",
            Self::Secrets => "the Secrets of a namespace",
            Self::Traffic => "the traffic of others",
            Self::Disruption => "to stop things or hide traces",
            Self::Limited => "less",
        }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";

const fn need(verb: &'static str, group: &'static str, resource: &'static str) -> Need {
    Need { group, resource, verb }
}

/// The same verbs on the resource of a group.
macro_rules! any {
    ($group:expr, $resource:literal: $($verb:literal)+) => { &[$(need($verb, $group, $resource)),+] };
}

/// Every entry, worst first.
pub static PRIMITIVES: &[Primitive] = &[
    Primitive {
        id: "everything",
        title: "do everything",
        needs: &[&[need("*", "*", "*")]],
        gives: Gives::Admin,
    },
    // A cluster role that grants this to someone is itself one that they may rewrite.
    Primitive {
        id: "clusterroles-escalate",
        title: "write into cluster roles what they do not have",
        needs: &[any!(RBAC, "clusterroles": "escalate"), any!(RBAC, "clusterroles": "update" "patch")],
        gives: Gives::ClusterAdmin,
    },
    Primitive {
        id: "clusterroles-bind",
        title: "bind any cluster role to themselves",
        needs: &[
            any!(RBAC, "clusterroles": "bind"),
            any!(RBAC, "clusterrolebindings": "create" "update" "patch"),
        ],
        gives: Gives::ClusterAdmin,
    },
    // The group `system:masters` too: only the narrow modes of impersonation refuse it.
    Primitive {
        id: "impersonate-groups",
        title: "act as a member of any group",
        needs: &[
            any!("", "groups": "impersonate"),
            &[need("impersonate", "", "users"), need("impersonate", "", "serviceaccounts")],
        ],
        gives: Gives::ClusterAdmin,
    },
    // `CertificateSubjectRestriction` refuses system:masters only.
    Primitive {
        id: "certificates-approve",
        title: "issue themselves a certificate of any name",
        needs: &[
            any!(CERTIFICATES, "certificatesigningrequests": "create"),
            any!(CERTIFICATES, "certificatesigningrequests/approval": "update" "patch"),
            any!(CERTIFICATES, "signers": "approve"),
        ],
        gives: Gives::AnyIdentity,
    },
    Primitive {
        id: "impersonate-users",
        title: "act as any user",
        needs: &[any!("", "users": "impersonate")],
        gives: Gives::AnyUser,
    },
    // GET is enough: the kubelet upgrades it to a connection that runs commands.
    Primitive {
        id: "nodes-proxy",
        title: "run commands in every pod through the kubelets",
        needs: &[any!("", "nodes/proxy": "get" "create")],
        gives: Gives::AllRunningAccounts,
    },
    Primitive {
        id: "persistentvolumes-create",
        title: "mount any folder of the nodes through a volume of their own",
        needs: &[
            any!("", "persistentvolumes": "create"),
            any!("", "persistentvolumeclaims": "create"),
            any!("", "pods": "create"),
        ],
        gives: Gives::AllRunningAccounts,
    },
    Primitive {
        id: "rolebindings-bind",
        title: "bind any cluster role to themselves in the namespace",
        needs: &[any!(RBAC, "clusterroles": "bind"), any!(RBAC, "rolebindings": "create" "update" "patch")],
        gives: Gives::Admin,
    },
    Primitive {
        id: "roles-escalate-and-bind",
        title: "write a role of any permissions and bind it to themselves",
        needs: &[
            any!(RBAC, "roles": "escalate"),
            any!(RBAC, "roles": "create" "update" "patch"),
            any!(RBAC, "roles": "bind"),
            any!(RBAC, "rolebindings": "create" "update" "patch"),
        ],
        gives: Gives::Admin,
    },
    Primitive {
        id: "impersonate-serviceaccounts",
        title: "act as any service account",
        needs: &[any!("", "serviceaccounts": "impersonate")],
        gives: Gives::Accounts,
    },
    Primitive {
        id: "tokens-create",
        title: "get a token of any service account",
        needs: &[any!("", "serviceaccounts/token": "create")],
        gives: Gives::Accounts,
    },
    Primitive {
        id: "pods-create",
        title: "create pods that run as any service account",
        needs: &[any!("", "pods": "create")],
        gives: Gives::Accounts,
    },
    Primitive {
        id: "workloads-write",
        title: "create or change workloads whose pods run as any service account",
        needs: &[&[
            need("create", "apps", "deployments"),
            need("update", "apps", "deployments"),
            need("patch", "apps", "deployments"),
            need("create", "apps", "daemonsets"),
            need("update", "apps", "daemonsets"),
            need("patch", "apps", "daemonsets"),
            need("create", "apps", "statefulsets"),
            need("update", "apps", "statefulsets"),
            need("patch", "apps", "statefulsets"),
            need("create", "apps", "replicasets"),
            need("update", "apps", "replicasets"),
            need("patch", "apps", "replicasets"),
            need("create", "", "replicationcontrollers"),
            need("update", "", "replicationcontrollers"),
            need("patch", "", "replicationcontrollers"),
            need("create", "batch", "jobs"),
            need("create", "batch", "cronjobs"),
            need("update", "batch", "cronjobs"),
            need("patch", "batch", "cronjobs"),
        ]],
        gives: Gives::Accounts,
    },
    // The token controller fills a Secret of the right type and annotation for any account of the
    // namespace.
    Primitive {
        id: "token-secrets-create",
        title: "make a lasting token of any service account and read it",
        needs: &[any!("", "secrets": "create"), any!("", "secrets": "get" "list" "watch")],
        gives: Gives::Accounts,
    },
    Primitive {
        id: "pods-exec",
        title: "run commands in any pod",
        needs: &[any!("", "pods/exec": "create")],
        gives: Gives::RunningAccounts,
    },
    Primitive {
        id: "pods-attach",
        title: "attach to any container",
        needs: &[any!("", "pods/attach": "create")],
        gives: Gives::RunningAccounts,
    },
    Primitive {
        id: "pods-debug",
        title: "add a container of their own to any pod",
        needs: &[any!("", "pods/ephemeralcontainers": "update" "patch")],
        gives: Gives::RunningAccounts,
    },
    Primitive {
        id: "pods-write",
        title: "replace the image of any pod",
        needs: &[any!("", "pods": "update" "patch")],
        gives: Gives::RunningAccounts,
    },
    Primitive {
        id: "mutating-webhooks-write",
        title: "change every object on its way into the cluster, and read it",
        needs: &[any!(ADMISSION, "mutatingwebhookconfigurations": "create" "update" "patch")],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "mutating-policies-write",
        title: "change every object on its way into the cluster",
        needs: &[
            any!(ADMISSION, "mutatingadmissionpolicies": "create" "update" "patch"),
            any!(ADMISSION, "mutatingadmissionpolicybindings": "create" "update" "patch"),
        ],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "validating-webhooks-write",
        title: "read every object on its way into the cluster, Secrets too, and refuse it",
        needs: &[any!(ADMISSION, "validatingwebhookconfigurations": "create" "update" "patch" "delete")],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "admission-disable",
        title: "switch off admission policies and webhooks",
        needs: &[&[
            need("update", ADMISSION, "validatingadmissionpolicies"),
            need("patch", ADMISSION, "validatingadmissionpolicies"),
            need("delete", ADMISSION, "validatingadmissionpolicies"),
            need("update", ADMISSION, "validatingadmissionpolicybindings"),
            need("patch", ADMISSION, "validatingadmissionpolicybindings"),
            need("delete", ADMISSION, "validatingadmissionpolicybindings"),
            need("delete", ADMISSION, "mutatingwebhookconfigurations"),
            need("delete", ADMISSION, "mutatingadmissionpolicies"),
            need("delete", ADMISSION, "mutatingadmissionpolicybindings"),
        ]],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "apiservices-write",
        title: "answer requests for a whole API group in the API server's place",
        needs: &[any!("apiregistration.k8s.io", "apiservices": "create" "update" "patch")],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "customresourcedefinitions-write",
        title: "send custom resources through a conversion webhook of their own",
        needs: &[any!("apiextensions.k8s.io", "customresourcedefinitions": "create" "update" "patch")],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "namespaces-label",
        title: "lift the Pod Security level of namespaces",
        needs: &[any!("", "namespaces": "update" "patch")],
        gives: Gives::Only(Reach::Admission),
    },
    Primitive {
        id: "certificates-sign",
        title: "write certificates into signing requests",
        needs: &[
            any!(CERTIFICATES, "certificatesigningrequests/status": "update" "patch"),
            any!(CERTIFICATES, "signers": "sign"),
        ],
        gives: Gives::Only(Reach::Limited),
    },
    Primitive {
        id: "secrets-read",
        title: "read Secrets",
        needs: &[any!("", "secrets": "get" "list" "watch")],
        gives: Gives::Only(Reach::Secrets),
    },
    Primitive {
        id: "configmaps-write",
        title: "change ConfigMaps, that of the DNS server too where it is in reach",
        needs: &[any!("", "configmaps": "update" "patch")],
        gives: Gives::Only(Reach::Traffic),
    },
    Primitive {
        id: "endpoints-write",
        title: "lead the traffic of services elsewhere",
        needs: &[&[
            need("create", "discovery.k8s.io", "endpointslices"),
            need("update", "discovery.k8s.io", "endpointslices"),
            need("patch", "discovery.k8s.io", "endpointslices"),
            need("update", "", "endpoints"),
            need("patch", "", "endpoints"),
        ]],
        gives: Gives::Only(Reach::Traffic),
    },
    Primitive {
        id: "networkpolicies-write",
        title: "open or remove network policies",
        needs: &[any!("networking.k8s.io", "networkpolicies": "create" "update" "patch" "delete")],
        gives: Gives::Only(Reach::Traffic),
    },
    Primitive {
        id: "pods-reach",
        title: "connect to ports of pods past network policies",
        needs: &[&[
            need("create", "", "pods/portforward"),
            need("get", "", "pods/proxy"),
            need("create", "", "pods/proxy"),
            need("get", "", "services/proxy"),
            need("create", "", "services/proxy"),
        ]],
        gives: Gives::Only(Reach::Traffic),
    },
    Primitive {
        id: "nodes-write",
        title: "move pods by labels and taints of nodes",
        needs: &[any!("", "nodes": "update" "patch" "delete")],
        gives: Gives::Only(Reach::Disruption),
    },
    Primitive {
        id: "pods-delete",
        title: "delete or evict pods",
        needs: &[&[
            need("delete", "", "pods"),
            need("deletecollection", "", "pods"),
            need("create", "", "pods/eviction"),
        ]],
        gives: Gives::Only(Reach::Disruption),
    },
    Primitive {
        id: "events-delete",
        title: "delete events, which hides traces",
        needs: &[&[
            need("delete", "", "events"),
            need("deletecollection", "", "events"),
            need("delete", "events.k8s.io", "events"),
            need("deletecollection", "events.k8s.io", "events"),
        ]],
        gives: Gives::Only(Reach::Disruption),
    },
    Primitive {
        id: "impersonate-uids-and-extras",
        title: "act with any uid or extra field, which other authorizers may trust",
        needs: &[
            &[
                need("impersonate", "authentication.k8s.io", "uids"),
                need("impersonate", "authentication.k8s.io", "userextras"),
            ],
            &[need("impersonate", "", "users"), need("impersonate", "", "serviceaccounts")],
        ],
        gives: Gives::Only(Reach::Limited),
    },
    Primitive {
        id: "pods-log",
        title: "read the logs of pods",
        needs: &[any!("", "pods/log": "get")],
        gives: Gives::Only(Reach::Limited),
    },
];

/// Permissions on objects of certain names, which lead on as well. They are no [`Primitive`]s of the table
/// because what they give depends on the names.
pub static TOKEN_OF_NAMED: Primitive = Primitive {
    id: "tokens-create-named",
    title: "get a token of a certain service account",
    needs: &[any!("", "serviceaccounts/token": "create")],
    gives: Gives::Accounts,
};

/// See [`TOKEN_OF_NAMED`].
pub static IMPERSONATE_NAMED: Primitive = Primitive {
    id: "impersonate-named",
    title: "act as a certain user, group or service account",
    needs: &[&[
        need("impersonate", "", "users"),
        need("impersonate", "", "groups"),
        need("impersonate", "", "serviceaccounts"),
    ]],
    gives: Gives::Accounts,
};

/// See [`TOKEN_OF_NAMED`].
pub static BIND_NAMED: Primitive = Primitive {
    id: "bind-named",
    title: "bind a certain role to themselves",
    needs: &[
        &[need("bind", RBAC, "clusterroles"), need("bind", RBAC, "roles")],
        &[
            need("create", RBAC, "clusterrolebindings"),
            need("update", RBAC, "clusterrolebindings"),
            need("patch", RBAC, "clusterrolebindings"),
            need("create", RBAC, "rolebindings"),
            need("update", RBAC, "rolebindings"),
            need("patch", RBAC, "rolebindings"),
        ],
    ],
    gives: Gives::Only(Reach::Limited),
};

/// Being a member of `system:masters`, which no rule of RBAC gives or takes.
pub static SYSTEM_MASTERS_MEMBER: Primitive = Primitive {
    id: "system-masters",
    title: "do everything, as members of system:masters, whatever RBAC says",
    needs: &[],
    gives: Gives::ClusterAdmin,
};

/// Membership without anyone's doing.
pub static MEMBER: Primitive =
    Primitive { id: "member", title: "be one of them", needs: &[], gives: Gives::Only(Reach::Limited) };
