//! Whether someone may write a role or a binding: nobody hands on what they do not have, unless they
//! are allowed to.
//!
//! These checks come after the authorizer has allowed the request itself (`create roles` and so on).
//!
//! Upstream: `pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go`,
//! `pkg/registry/rbac/escalation_check.go`, `pkg/registry/rbac/validation/rule.go` (`ConfirmNoEscalation`).

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::authorize::Grant;
use crate::covers::{Covers, covers};
use crate::policy::Policy;
use crate::request::{Action, UserInfo};
use crate::subject::SYSTEM_MASTERS;

const GROUP: &str = "rbac.authorization.k8s.io";

/// A role that someone wants to write.
#[derive(Clone, Copy, Debug)]
pub struct RoleWrite<'a> {
    /// The namespace; `None` for a cluster role.
    pub namespace: Option<&'a str>,
    /// The name.
    pub name: &'a str,
    /// All rules that it then has. Every change is checked against all of them, one of labels too.
    pub rules: &'a [PolicyRule],
    /// Whether it has an `aggregationRule` with selectors, or had one before.
    pub aggregates: bool,
    /// Whether the request is a plain create, which names no object, so that `escalate` by name does not
    /// count. Creating by server-side apply is no plain create.
    pub create: bool,
}

/// What the API server says to a write of a role or binding.
#[derive(Clone, Debug, PartialEq)]
pub enum Escalation {
    /// Allowed: a member of `system:masters`.
    SystemMasters,
    /// Allowed by the verb `escalate` on roles, or `bind` on the role.
    Exempt(Grant),
    /// Allowed: the writer has all of it.
    Covered,
    /// Refused: this is what the writer does not have.
    Uncovered(Covers),
    /// Refused: only who may do everything may set or keep an `aggregationRule`.
    Aggregation,
    /// Refused: the role to bind is not there, and whoever may not `bind` it needs its rules.
    RoleMissing,
}

impl Escalation {
    /// Whether the write is allowed.
    pub fn allowed(&self) -> bool {
        matches!(self, Self::SystemMasters | Self::Exempt(_) | Self::Covered)
    }
}

impl Policy {
    /// Whether a user may write a role of these rules.
    pub fn may_write_role(&self, user: &UserInfo, role: &RoleWrite<'_>) -> Escalation {
        if user.in_group(SYSTEM_MASTERS) {
            return Escalation::SystemMasters;
        }
        let namespace = role.namespace.unwrap_or_default();
        let resource = if role.namespace.is_some() { "roles" } else { "clusterroles" };
        let name = if role.create { "" } else { role.name };
        let escalate = Action::on("escalate", GROUP, resource).in_namespace(namespace).named(name);
        if let Some(grant) = self.authorize(user, &escalate).grant {
            return Escalation::Exempt(grant);
        }
        let owned = self.rules_for(user, namespace).rules();
        let covered = covers(&owned, role.rules);
        if !covered.all() {
            return Escalation::Uncovered(covered);
        }
        // It could gather anything later, and whoever reads the role would not see it coming.
        if role.aggregates && role.namespace.is_none() && !covers(&owned, &everything()).all() {
            return Escalation::Aggregation;
        }
        Escalation::Covered
    }

    /// Whether a user may write a binding to a role. The binding's namespace is `None` for a cluster role
    /// binding; `role_kind` is `Role` or `ClusterRole`.
    pub fn may_bind(
        &self,
        user: &UserInfo,
        namespace: Option<&str>,
        role_kind: &str,
        role_name: &str,
    ) -> Escalation {
        if user.in_group(SYSTEM_MASTERS) {
            return Escalation::SystemMasters;
        }
        let (resource, role) = match role_kind {
            "ClusterRole" => ("clusterroles", self.cluster_role(role_name)),
            "Role" => ("roles", namespace.and_then(|namespace| self.role_named(namespace, role_name))),
            _ => return Escalation::RoleMissing,
        };
        let namespace = namespace.unwrap_or_default();
        let bind = Action::on("bind", GROUP, resource).in_namespace(namespace).named(role_name);
        if let Some(grant) = self.authorize(user, &bind).grant {
            return Escalation::Exempt(grant);
        }
        let Some(role) = role else { return Escalation::RoleMissing };
        let covered = covers(&self.rules_for(user, namespace).rules(), role.rules());
        if covered.all() { Escalation::Covered } else { Escalation::Uncovered(covered) }
    }
}

/// What `cluster-admin` has: every verb on every resource and every URL.
pub(crate) fn everything() -> [PolicyRule; 2] {
    let star = || Some(vec!["*".to_owned()]);
    let verbs = || vec!["*".to_owned()];
    [
        PolicyRule { api_groups: star(), resources: star(), verbs: verbs(), ..PolicyRule::default() },
        PolicyRule { non_resource_urls: star(), verbs: verbs(), ..PolicyRule::default() },
    ]
}
