//! Whom the default policy is for: service accounts, users, groups and namespaces of the control plane.

use super::table::Subject;
use super::{Distribution, NEWEST, OLDEST, components, controllers, namespaces};

/// A service account that the control plane creates or that its default bindings name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// Its namespace.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Who creates it.
    pub origin: AccountOrigin,
}

/// Who creates a service account of the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountOrigin {
    /// kube-controller-manager, when the controller starts and
    /// `--use-service-account-credentials` is set, as every common installer does
    /// (`k8s.io/controller-manager/pkg/clientbuilder`, `getOrCreateServiceAccount`). A controller that
    /// does not run, as `route-controller` without a cloud provider, has none.
    Controller,
    /// The controller `service-account-controller`, in each namespace.
    Namespace,
    /// Nobody in the control plane: a default binding names it for an add-on that may never come
    /// (`kube-dns`), or for components that run as pods.
    NamedOnly,
}

/// The service accounts that the control plane of Kubernetes 1.`minor` creates or names, sorted; the
/// nearest known version as in [`policy`](super::policy). The account `default` is listed for the
/// [system namespaces](system_namespaces); every other namespace has one too.
#[must_use]
pub fn service_accounts(minor: u32) -> Vec<Account> {
    let minor = minor.clamp(OLDEST, NEWEST);
    let own = |name| Account { namespace: "kube-system", name, origin: AccountOrigin::Controller };
    let mut accounts: Vec<Account> = controllers::CONTROLLERS
        .iter()
        .filter(|line| line.is_in(Distribution::Kubernetes, minor))
        .map(|line| own(line.account))
        .collect();
    accounts.extend(ROLELESS_CONTROLLERS.iter().map(|&name| own(name)));
    for subject in components::BINDINGS.iter().chain(namespaces::BINDINGS).flat_map(|line| line.subjects) {
        if let Subject::Account(name) = *subject
            && !accounts.iter().any(|account| account.name == name)
        {
            accounts.push(Account { origin: AccountOrigin::NamedOnly, ..own(name) });
        }
    }
    accounts.extend(system_namespaces().iter().map(|&namespace| Account {
        namespace,
        name: "default",
        origin: AccountOrigin::Namespace,
    }));
    accounts.sort_unstable();
    accounts
}

/// Controllers with an account and no ClusterRole: their Roles are in the system namespaces
/// (`cmd/kube-controller-manager/app/bootstrap.go`).
const ROLELESS_CONTROLLERS: &[&str] = &["bootstrap-signer", "token-cleaner"];

/// The namespaces that every API server creates
/// (`pkg/controlplane/controller/systemnamespaces/system_namespaces_controller.go`), sorted.
#[must_use]
pub fn system_namespaces() -> &'static [&'static str] {
    &["default", "kube-node-lease", "kube-public", "kube-system"]
}

/// Whether an [`Identity`] is a user or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IdentityKind {
    /// A user name.
    User,
    /// A group name.
    Group,
}

/// A user or group that Kubernetes itself gives a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// User or group.
    pub kind: IdentityKind,
    /// The name, or its beginning when `prefix` is set.
    pub name: &'static str,
    /// Whether any name that begins so is meant: `system:node:` stands for every node.
    pub prefix: bool,
    /// Who that is, in one sentence.
    pub meaning: &'static str,
}

/// The users and groups of the control plane and those that authentication itself hands out, sorted by
/// kind and name (`k8s.io/apiserver/pkg/authentication/user/user.go`, `…/serviceaccount/util.go`,
/// `pkg/auth/nodeidentifier/default.go`). Groups of installers (`kubeadm:cluster-admins`,
/// `system:bootstrappers:…`) are not among them.
pub const IDENTITIES: &[Identity] = &[
    user("system:anonymous", "A request without credentials, when anonymous requests are let in."),
    user("system:apiserver", "The API server as client of itself, through its loopback connection."),
    user("system:kube-controller-manager", "kube-controller-manager, for what it does in its own name."),
    user("system:kube-proxy", "kube-proxy, where it does not run with a service account."),
    user("system:kube-scheduler", "kube-scheduler."),
    all_users("system:node:", "The kubelet of the node of that name."),
    all_users("system:serviceaccount:", "The service account NAMESPACE:NAME."),
    group("system:authenticated", "Everybody who proved an identity, every service account too."),
    group("system:masters", "Allowed everything by the API server itself, before any authorizer is asked."),
    group("system:monitoring", "Who may read health, metrics and the like, on servers and kubelets."),
    group("system:nodes", "All kubelets."),
    group("system:serviceaccounts", "All service accounts of all namespaces."),
    all_groups("system:serviceaccounts:", "All service accounts of the namespace of that name."),
    group("system:unauthenticated", "Everybody who did not prove an identity."),
];

const fn user(name: &'static str, meaning: &'static str) -> Identity {
    Identity { kind: IdentityKind::User, name, prefix: false, meaning }
}

const fn group(name: &'static str, meaning: &'static str) -> Identity {
    Identity { kind: IdentityKind::Group, name, prefix: false, meaning }
}

const fn all_users(name: &'static str, meaning: &'static str) -> Identity {
    Identity { prefix: true, ..user(name, meaning) }
}

const fn all_groups(name: &'static str, meaning: &'static str) -> Identity {
    Identity { prefix: true, ..group(name, meaning) }
}
