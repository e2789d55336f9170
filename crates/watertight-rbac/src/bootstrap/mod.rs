//! Kubernetes' own default RBAC objects, for every version that has them: what a kube-apiserver
//! creates at its start, and repairs at every start, before anybody wrote a manifest.
//!
//! Start at [`policy`]. The tables are the files beside this one, in the language of `table.rs`:
//! `users.rs` (roles for people and for everybody), `components.rs` (roles of the control plane, the
//! nodes and add-ons), `controllers.rs` (one role per controller) and `namespaces.rs` (Roles of the
//! system namespaces). [`service_accounts`], [`IDENTITIES`] and [`system_namespaces`] say whom they
//! are for.
//!
//! # Where it is from
//!
//! `plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy,namespace_policy}.go`
//! of kubernetes/kubernetes and the fixtures in its `testdata`, with the feature gates of each
//! version at their defaults (`pkg/features/kube_features.go`). 1.33 to 1.36 are exact as of 1.33.13,
//! 1.34.9, 1.35.6 and 1.36.2. For 1.37 the fixture with every gate on was read before the release
//! (`testdata/controller-roles-featuregates.yaml`), and the gates that 1.37 turns on are those of its
//! release notes; a rule of a ClusterRole outside `system:controller:` that 1.37 added to without a
//! note would be missing here. Each later line names the change it stands for.
//!
//! A version outside [`OLDEST`]`..=`[`NEWEST`] gets the nearest of them, and [`Bootstrap::minor`] says
//! which that was.
//!
//! # What is not here
//!
//! - What installers add: kubeadm's `kubeadm:get-nodes`, `kubeadm:cluster-admins`,
//!   `kubeadm:kubelet-config`, `kubeadm:bootstrap-signer-clusterinfo` and its bindings for the groups
//!   `system:bootstrappers:*` and `system:nodes`; the accounts and roles of `kube-proxy` and CoreDNS.
//! - The rules of aggregated roles (`admin`, `edit`, `view`): a controller computes them from the
//!   labels of all ClusterRoles, those of users too.
//! - What a gate adds that is off by default in the version, as `podgroups` of `scheduling.k8s.io`.
//! - What the Node authorizer allows. The ClusterRole `system:node` is here, but nobody is bound to it.

mod accounts;
mod components;
#[cfg(test)]
mod conformance;
mod controllers;
mod namespaces;
mod table;
#[cfg(test)]
mod tests;
mod users;

pub use accounts::{
    Account, AccountOrigin, IDENTITIES, Identity, IdentityKind, service_accounts, system_namespaces,
};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};

/// The oldest minor version of Kubernetes 1 whose policy is known.
pub const OLDEST: u32 = 33;

/// The newest minor version of Kubernetes 1 whose policy is known.
pub const NEWEST: u32 = 37;

/// The default RBAC objects of one API server. Each list is sorted by namespace and name.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// The minor version of Kubernetes 1 that this is the policy of: the one that was asked for, or
    /// the nearest known one.
    pub minor: u32,
    /// The ClusterRoles, those of controllers too.
    pub cluster_roles: Vec<ClusterRole>,
    /// The ClusterRoleBindings, those of controllers too.
    pub cluster_role_bindings: Vec<ClusterRoleBinding>,
    /// The Roles in `kube-system` and `kube-public`.
    pub roles: Vec<Role>,
    /// The RoleBindings in `kube-system` and `kube-public`.
    pub role_bindings: Vec<RoleBinding>,
}

/// Whose API server it is, as far as the default policy differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// Kubernetes as it is released by kubernetes/kubernetes.
    Kubernetes,
    /// The fork openshift/kubernetes, which OpenShift and MicroShift run. It adds
    /// `system:openshift:public-info-viewer`, `service-ca-cert-publisher` and
    /// `endpointslices/restricted`, and kept writing of Endpoints in `edit` until 1.33. The roles that
    /// it adds only when it runs with OpenShift's own configuration (`patch_policy.go`:
    /// `system:node-admin`, `system:node-reader`) are not here, nor are those of OpenShift's operators.
    OpenShift,
}

/// Whether a default role or binding of any version and distribution that is known is called so, whatever
/// its kind. Cheap: nothing is built for the answer.
///
/// ```
/// use watertight_rbac::bootstrap;
///
/// assert!(bootstrap::is_name("system:controller:job-controller"));
/// assert!(!bootstrap::is_name("system:aggregated-metrics-reader"));
/// ```
#[must_use]
pub fn is_name(name: &str) -> bool {
    let mut roles = users::ROLES.iter().chain(components::ROLES).chain(namespaces::ROLES);
    let mut bindings = users::BINDINGS.iter().chain(components::BINDINGS).chain(namespaces::BINDINGS);
    let controller = name.strip_prefix("system:controller:");
    roles.any(|role| role.name == name)
        || bindings.any(|binding| binding.is_named(name))
        || controller.is_some_and(|account| controllers::CONTROLLERS.iter().any(|own| own.account == account))
}

/// The default policy of Kubernetes 1.`minor`, as it is released, with its feature gates at their
/// defaults.
///
/// Versions that are not known get the nearest known one, which [`Bootstrap::minor`] tells.
///
/// ```
/// use watertight_rbac::bootstrap;
///
/// let policy = bootstrap::policy(36);
/// let edit = policy.cluster_roles.iter().find(|role| role.metadata.name.as_deref() == Some("edit"));
/// assert!(edit.is_some_and(|role| role.aggregation_rule.is_some()));
/// ```
#[must_use]
pub fn policy(minor: u32) -> Bootstrap {
    policy_of(Distribution::Kubernetes, minor)
}

/// The default policy of a distribution of Kubernetes 1.`minor`; otherwise as [`policy`].
#[must_use]
pub fn policy_of(distribution: Distribution, minor: u32) -> Bootstrap {
    let minor = minor.clamp(OLDEST, NEWEST);
    let controllers: Vec<_> =
        controllers::CONTROLLERS.iter().filter(|line| line.is_in(distribution, minor)).collect();
    let cluster_roles = users::ROLES.iter().chain(components::ROLES);
    let cluster_bindings = users::BINDINGS.iter().chain(components::BINDINGS);
    let mut bootstrap = Bootstrap {
        minor,
        cluster_roles: cluster_roles
            .filter(|line| line.is_in(distribution, minor))
            .map(|line| line.cluster_role(distribution, minor))
            .chain(controllers.iter().map(|line| line.cluster_role(distribution, minor)))
            .collect(),
        cluster_role_bindings: cluster_bindings
            .filter(|line| line.is_in(distribution, minor))
            .map(table::Binding::cluster_role_binding)
            .chain(controllers.iter().map(|line| line.cluster_role_binding()))
            .collect(),
        roles: namespaces::ROLES
            .iter()
            .filter(|line| line.is_in(distribution, minor))
            .map(|line| line.role(distribution, minor))
            .collect(),
        role_bindings: namespaces::BINDINGS
            .iter()
            .filter(|line| line.is_in(distribution, minor))
            .map(table::Binding::role_binding)
            .collect(),
    };
    bootstrap.cluster_roles.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    bootstrap.cluster_role_bindings.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    let place = |namespace: &Option<String>, name: &Option<String>| (namespace.clone(), name.clone());
    bootstrap.roles.sort_by_key(|role| place(&role.metadata.namespace, &role.metadata.name));
    bootstrap.role_bindings.sort_by_key(|line| place(&line.metadata.namespace, &line.metadata.name));
    bootstrap
}
