//! The powers, each with the requests that make it. Which of them leads where: Kubernetes' own page
//! "Role Based Access Control Good Practices", section on privilege escalation risks, and for what is
//! beyond it the source named at the power.

use watertight_model::Severity::{Critical, High, Low, Medium};

use super::{Ask, Grades, Power};

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
const DELETE: &[&str] = &["delete", "deletecollection"];
const ANY: &[&str] = &["get", "create", "update", "patch", "delete"];
const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const AUTHENTICATION: &str = "authentication.k8s.io";

/// The powers that a broad role implies, in the order in which they are told there.
pub(crate) static ALL: [&Power; 22] = [
    &READ_SECRETS,
    &RUN_PODS,
    &EXEC,
    &IMPERSONATE_ANYONE,
    &IMPERSONATE_ACCOUNTS,
    &ESCALATE_CLUSTER_ROLES,
    &ESCALATE_ROLES,
    &BIND_CLUSTER_ROLES,
    &BIND_ROLES,
    &REQUEST_TOKENS,
    &NODES_PROXY,
    &CREATE_VOLUMES,
    &WRITE_MUTATING,
    &WRITE_VALIDATING,
    &CHANGE_DNS,
    &CHANGE_NODES,
    &EVICT_PODS,
    &WRITE_NETWORK_POLICIES,
    &FORWARD_PORTS,
    &DELETE_EVENTS,
    &DELETE_KINDS,
    &READ_LOGS,
];

const fn by_reach(everywhere: watertight_model::Severity, namespace: watertight_model::Severity) -> Grades {
    Grades { everywhere, system: Some(everywhere), namespace: Some(namespace) }
}

const fn everywhere(everywhere: watertight_model::Severity) -> Grades {
    Grades { everywhere, system: None, namespace: None }
}

/// `list` and `watch` give the contents as `get` does.
pub(crate) static READ_SECRETS: Power = Power {
    does: "read Secrets",
    asks: &[Ask::of(READ, "", "secrets")],
    with: &[],
    grades: by_reach(High, Medium),
    in_edit: true,
};

/// A changed pod or template runs what it is told to, as any service account and with any Secret of its
/// namespace.
pub(crate) static RUN_PODS: Power = Power {
    does: "run pods of its choice",
    asks: &[
        Ask::of(WRITE, "", "pods"),
        Ask::of(WRITE, "apps", "deployments"),
        Ask::of(WRITE, "apps", "daemonsets"),
        Ask::of(WRITE, "apps", "statefulsets"),
        Ask::of(WRITE, "apps", "replicasets"),
        Ask::of(WRITE, "", "replicationcontrollers"),
        Ask::of(WRITE, "batch", "jobs"),
        Ask::of(WRITE, "batch", "cronjobs"),
    ],
    with: &[],
    grades: by_reach(High, Medium),
    in_edit: true,
};

pub(crate) static EXEC: Power = Power {
    does: "run commands in running pods",
    asks: &[
        Ask::of(&["create"], "", "pods/exec"),
        Ask::of(&["create"], "", "pods/attach"),
        Ask::of(CHANGE, "", "pods/ephemeralcontainers"),
    ],
    with: &[],
    grades: by_reach(High, Medium),
    in_edit: true,
};

/// Up to 1.34 `get` is enough, by a websocket; from 1.35 `create` is demanded as well
/// (`AuthorizePodWebsocketUpgradeCreatePermission`, `pkg/features/kube_features.go`).
pub(crate) static EXEC_BY_GET: Power = Power {
    does: "run commands in running pods",
    asks: &[Ask::of(&["get"], "", "pods/exec"), Ask::of(&["get"], "", "pods/attach")],
    with: &[],
    grades: by_reach(High, Medium),
    in_edit: true,
};

pub(crate) static IMPERSONATE_ANYONE: Power = Power {
    does: "act as other users and groups",
    asks: &[
        Ask::of(&["impersonate"], "", "users"),
        Ask::of(&["impersonate"], "", "groups"),
        Ask::of(&["impersonate"], "", "groups").named("system:masters"),
    ],
    with: &[],
    grades: everywhere(Critical),
    in_edit: false,
};

pub(crate) static IMPERSONATE_ACCOUNTS: Power = Power {
    does: "act as every service account",
    asks: &[Ask::of(&["impersonate"], "", "serviceaccounts")],
    with: &[],
    grades: by_reach(Critical, Medium),
    in_edit: true,
};

pub(crate) static ESCALATE_CLUSTER_ROLES: Power = Power {
    does: "write roles with more rights than its own",
    asks: &[Ask::of(&["escalate"], RBAC, "clusterroles")],
    with: &[Ask::of(WRITE, RBAC, "clusterroles")],
    grades: everywhere(Critical),
    in_edit: false,
};

pub(crate) static ESCALATE_ROLES: Power = Power {
    does: "write roles with more rights than its own",
    asks: &[Ask::of(&["escalate"], RBAC, "roles")],
    with: &[Ask::of(WRITE, RBAC, "roles")],
    grades: by_reach(Critical, Medium),
    in_edit: false,
};

/// A RoleBinding may refer to a ClusterRole, so one namespace can be had in this way as well.
pub(crate) static BIND_CLUSTER_ROLES: Power = Power {
    does: "hand out roles that it does not have",
    asks: &[
        Ask::of(&["bind"], RBAC, "clusterroles"),
        Ask::of(&["bind"], RBAC, "clusterroles").named("cluster-admin"),
    ],
    with: &[Ask::of(WRITE, RBAC, "clusterrolebindings"), Ask::of(WRITE, RBAC, "rolebindings")],
    grades: by_reach(Critical, Medium),
    in_edit: false,
};

/// A ClusterRoleBinding cannot refer to a Role.
pub(crate) static BIND_ROLES: Power = Power {
    does: "hand out roles of the namespace that it does not have",
    asks: &[Ask::of(&["bind"], RBAC, "roles")],
    with: &[Ask::of(WRITE, RBAC, "rolebindings")],
    grades: by_reach(High, Low),
    in_edit: false,
};

pub(crate) static REQUEST_TOKENS: Power = Power {
    does: "get tokens of service accounts",
    asks: &[Ask::of(&["create"], "", "serviceaccounts/token")],
    with: &[],
    grades: by_reach(Critical, Medium),
    in_edit: true,
};

/// Each verb: the kubelet runs commands for a `get` that upgrades to a websocket
/// (`pkg/kubelet/server/auth.go`), past admission and the audit log.
pub(crate) static NODES_PROXY: Power = Power {
    does: "run commands in every pod through the kubelets",
    asks: &[Ask::of(ANY, "", "nodes/proxy")],
    with: &[],
    grades: everywhere(Critical),
    in_edit: false,
};

/// The signer is asked with each approval (`plugin/pkg/admission/certificates/approval`).
pub(crate) static APPROVE: Power = Power {
    does: "approve certificates",
    asks: &[
        Ask::of(&["approve"], CERTIFICATES, "signers"),
        Ask::of(&["approve"], CERTIFICATES, "signers").named("kubernetes.io/kube-apiserver-client"),
        Ask::of(&["approve"], CERTIFICATES, "signers").named("kubernetes.io/*"),
    ],
    with: &[Ask::of(CHANGE, CERTIFICATES, "certificatesigningrequests/approval")],
    grades: everywhere(Critical),
    in_edit: false,
};

/// Who has no key of the cluster's authority only hands out certificates that nobody trusts
/// (`plugin/pkg/admission/certificates/signing`).
pub(crate) static SIGN: Power = Power {
    does: "sign certificates in the name of a signer",
    asks: &[Ask::of(&["sign"], CERTIFICATES, "signers")],
    with: &[Ask::of(CHANGE, CERTIFICATES, "certificatesigningrequests/status")],
    grades: everywhere(Medium),
    in_edit: false,
};

/// Whoever changes objects on their way in gives every new pod what it likes.
pub(crate) static WRITE_MUTATING: Power = Power {
    does: "change objects on their way into the cluster",
    asks: &[
        Ask::of(WRITE, ADMISSION, "mutatingwebhookconfigurations"),
        Ask::of(WRITE, ADMISSION, "mutatingadmissionpolicies"),
        Ask::of(WRITE, ADMISSION, "mutatingadmissionpolicybindings"),
    ],
    with: &[],
    grades: everywhere(Critical),
    in_edit: false,
};

pub(crate) static WRITE_VALIDATING: Power = Power {
    does: "read objects on their way into the cluster, or switch their checks off",
    asks: &[
        Ask::of(WRITE, ADMISSION, "validatingwebhookconfigurations"),
        Ask::of(WRITE, ADMISSION, "validatingadmissionpolicies"),
        Ask::of(WRITE, ADMISSION, "validatingadmissionpolicybindings"),
        Ask::of(DELETE, ADMISSION, "validatingwebhookconfigurations"),
        Ask::of(DELETE, ADMISSION, "validatingadmissionpolicies"),
        Ask::of(DELETE, ADMISSION, "validatingadmissionpolicybindings"),
        Ask::of(DELETE, ADMISSION, "mutatingwebhookconfigurations"),
        Ask::of(DELETE, ADMISSION, "mutatingadmissionpolicies"),
        Ask::of(DELETE, ADMISSION, "mutatingadmissionpolicybindings"),
    ],
    with: &[],
    grades: everywhere(High),
    in_edit: false,
};

/// Pod Security looks at the pod's claim, not at the volume behind it.
pub(crate) static CREATE_VOLUMES: Power = Power {
    does: "create volumes on the nodes' own disks",
    asks: &[Ask::of(&["create"], "", "persistentvolumes")],
    with: &[],
    grades: everywhere(High),
    in_edit: false,
};

pub(crate) static FORWARD_PORTS: Power = Power {
    does: "reach ports of pods past the network policies",
    asks: &[
        Ask::of(&["create"], "", "pods/portforward"),
        Ask::of(ANY, "", "pods/proxy"),
        Ask::of(ANY, "", "services/proxy"),
    ],
    with: &[],
    grades: by_reach(Medium, Low),
    in_edit: true,
};

pub(crate) static DELETE_EVENTS: Power = Power {
    does: "delete events",
    asks: &[Ask::of(DELETE, "", "events"), Ask::of(DELETE, "events.k8s.io", "events")],
    with: &[],
    grades: by_reach(Medium, Low),
    in_edit: true,
};

/// With a namespace goes all that is in it.
pub(crate) static DELETE_NAMESPACES: Power = Power {
    does: "delete namespaces with all that is in them",
    asks: &[Ask::of(&["delete"], "", "namespaces")],
    with: &[],
    grades: by_reach(Medium, Low),
    in_edit: false,
};

pub(crate) static DELETE_KINDS: Power = Power {
    does: "delete what the programs consist of",
    asks: &[
        Ask::of(DELETE, "", "pods"),
        Ask::of(DELETE, "", "services"),
        Ask::of(DELETE, "", "secrets"),
        Ask::of(DELETE, "", "persistentvolumeclaims"),
        Ask::of(DELETE, "apps", "deployments"),
        Ask::of(DELETE, "apps", "statefulsets"),
        Ask::of(DELETE, "apps", "daemonsets"),
        Ask::of(DELETE, "batch", "jobs"),
        Ask::of(DELETE, "batch", "cronjobs"),
        Ask::of(DELETE, "", "persistentvolumes"),
        Ask::of(DELETE, "", "nodes"),
    ],
    with: &[],
    grades: by_reach(Medium, Low),
    in_edit: true,
};

/// The names are those of kubeadm and most others, of GKE, and of AKS, whose server reads it besides.
pub(crate) static CHANGE_DNS: Power = Power {
    does: "decide where names of the cluster lead",
    asks: &[
        Ask::of(CHANGE, "", "configmaps").named("coredns"),
        Ask::of(CHANGE, "", "configmaps").named("kube-dns"),
        Ask::of(CHANGE, "", "configmaps").named("coredns-custom"),
    ],
    with: &[],
    grades: Grades { everywhere: High, system: Some(High), namespace: None },
    in_edit: true,
};

pub(crate) static WRITE_NETWORK_POLICIES: Power = Power {
    does: "change who may connect to whom",
    asks: &[
        Ask::of(WRITE, "networking.k8s.io", "networkpolicies"),
        Ask::of(DELETE, "networking.k8s.io", "networkpolicies"),
        Ask::of(WRITE, "cilium.io", "ciliumnetworkpolicies"),
        Ask::of(DELETE, "cilium.io", "ciliumnetworkpolicies"),
        Ask::of(WRITE, "crd.projectcalico.org", "networkpolicies"),
        Ask::of(DELETE, "crd.projectcalico.org", "networkpolicies"),
        Ask::of(WRITE, "projectcalico.org", "networkpolicies"),
        Ask::of(DELETE, "projectcalico.org", "networkpolicies"),
    ],
    with: &[],
    grades: by_reach(Medium, Low),
    in_edit: true,
};

pub(crate) static READ_LOGS: Power = Power {
    does: "read what programs log and how they are configured",
    asks: &[Ask::of(&["get"], "", "pods/log"), Ask::of(READ, "", "configmaps")],
    with: &[],
    grades: everywhere(Low),
    in_edit: true,
};

/// Whoever labels nodes decides which pods may come to which of them.
pub(crate) static CHANGE_NODES: Power = Power {
    does: "decide which pods run on which node",
    asks: &[Ask::of(CHANGE, "", "nodes"), Ask::of(DELETE, "", "nodes")],
    with: &[],
    grades: everywhere(Medium),
    in_edit: false,
};

pub(crate) static EVICT_PODS: Power = Power {
    does: "drive pods from their nodes",
    asks: &[Ask::of(&["create"], "", "pods/eviction")],
    with: &[],
    grades: everywhere(Medium),
    in_edit: true,
};

/// By mode of constrained impersonation (`k8s.io/apiserver`, `pkg/endpoints/filters/impersonation`); the
/// other half, `impersonate-on:MODE:VERB`, is on whatever resource.
pub(crate) static CONSTRAINED: [(&str, Power); 3] = [
    (
        "user-info",
        Power {
            does: "for some verbs act as other users and groups",
            asks: &[
                Ask::of(&["impersonate:user-info"], AUTHENTICATION, "users"),
                Ask::of(&["impersonate:user-info"], AUTHENTICATION, "groups"),
            ],
            with: &[],
            grades: everywhere(High),
            in_edit: false,
        },
    ),
    (
        "serviceaccount",
        Power {
            does: "for some verbs act as service accounts",
            asks: &[Ask::of(&["impersonate:serviceaccount"], AUTHENTICATION, "serviceaccounts")],
            with: &[],
            grades: by_reach(High, Low),
            in_edit: false,
        },
    ),
    (
        "arbitrary-node",
        Power {
            does: "for some verbs act as nodes",
            asks: &[Ask::of(&["impersonate:arbitrary-node"], AUTHENTICATION, "nodes")],
            with: &[],
            grades: everywhere(High),
            in_edit: false,
        },
    ),
];
