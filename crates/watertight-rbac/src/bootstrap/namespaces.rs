//! Roles and bindings in `kube-system` and `kube-public` (`namespace_policy.go`).

use super::table::Subject::{Account, User};
use super::table::{Binding, EVENTS, READ, Role, binding_in, role_in, rule};

pub(super) const ROLES: &[Role] = &[
    role_in(
        "kube-public",
        "system:controller:bootstrap-signer",
        &[
            rule(READ, "core", "configmaps"),
            rule("update", "core", "configmaps").named("cluster-info"),
            EVENTS,
        ],
    ),
    role_in(
        "kube-system",
        "extension-apiserver-authentication-reader",
        &[rule(READ, "core", "configmaps").named("extension-apiserver-authentication")],
    ),
    role_in(
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        &[
            rule("watch", "core", "configmaps").before(35),
            rule("get update", "core", "configmaps").named("kube-controller-manager").before(35),
            rule("create get list update watch", "coordination.k8s.io", "leases"),
            rule("create get list update watch", "coordination.k8s.io", "leasecandidates"),
        ],
    ),
    role_in(
        "kube-system",
        "system::leader-locking-kube-scheduler",
        &[
            rule("watch", "core", "configmaps").before(35),
            rule("get update", "core", "configmaps").named("kube-scheduler").before(35),
            rule("create get list update watch", "coordination.k8s.io", "leases"),
            rule("create get list update watch", "coordination.k8s.io", "leasecandidates"),
        ],
    ),
    role_in("kube-system", "system:controller:bootstrap-signer", &[rule(READ, "core", "secrets")]),
    role_in(
        "kube-system",
        "system:controller:cloud-provider",
        &[rule("create get list watch", "core", "configmaps")],
    ),
    role_in(
        "kube-system",
        "system:controller:token-cleaner",
        &[rule("delete get list watch", "core", "secrets"), EVENTS],
    ),
];

pub(super) const BINDINGS: &[Binding] = &[
    binding_in(
        "kube-public",
        "system:controller:bootstrap-signer",
        "system:controller:bootstrap-signer",
        &[Account("bootstrap-signer")],
    ),
    binding_in(
        "kube-system",
        "system::extension-apiserver-authentication-reader",
        "extension-apiserver-authentication-reader",
        &[User("system:kube-controller-manager"), User("system:kube-scheduler")],
    ),
    binding_in(
        "kube-system",
        "system::leader-locking-kube-controller-manager",
        "system::leader-locking-kube-controller-manager",
        &[
            User("system:kube-controller-manager"),
            Account("kube-controller-manager"),
            Account("leader-election-controller"),
        ],
    ),
    binding_in(
        "kube-system",
        "system::leader-locking-kube-scheduler",
        "system::leader-locking-kube-scheduler",
        &[User("system:kube-scheduler"), Account("kube-scheduler")],
    ),
    binding_in(
        "kube-system",
        "system:controller:bootstrap-signer",
        "system:controller:bootstrap-signer",
        &[Account("bootstrap-signer")],
    ),
    binding_in(
        "kube-system",
        "system:controller:cloud-provider",
        "system:controller:cloud-provider",
        &[Account("cloud-provider")],
    ),
    binding_in(
        "kube-system",
        "system:controller:token-cleaner",
        "system:controller:token-cleaner",
        &[Account("token-cleaner")],
    ),
];
