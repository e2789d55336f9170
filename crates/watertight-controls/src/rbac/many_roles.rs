use std::collections::BTreeSet;

use watertight_engine::prelude::*;

use crate::powers::subjects;

control! {
    /// Nobody can say any more what the subject may do, and whoever takes it over has the sum of it
    /// all.
    ///
    /// Told where more than ten different roles are bound to one subject, at the last of its bindings.
    /// One role that is bound in many namespaces counts once.
    ///
    /// ## Remedy
    /// Split what the subject does, or write one role for it that says what that is.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-a}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-0}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-0}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-1}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-1}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-2}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-2}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-3}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-3}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-4}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-4}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-5}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-5}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-6}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-6}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-7}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-7}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-8}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-8}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: many-9}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: team-9}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: eve}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-0}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-1}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-2}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-3}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-4}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-5}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-6}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-7}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-8}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-9}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-10}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: team-11}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static MANY_ROLES = {
        title: "a subject has very many roles",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

/// More than this many roles are very many.
const MANY: usize = 10;

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let policy = scope.view().identities().policy();
    for grantee in subjects::judged(scope) {
        let bound = policy.bindings_of(grantee.id);
        let last = bound.iter().map(|(binding, _)| binding.id()).max();
        if last != Some(scope.binding().id()) {
            continue;
        }
        let roles: BTreeSet<_> = bound
            .iter()
            .map(|(binding, _)| {
                let home = binding.namespace().filter(|_| binding.role_kind() == "Role");
                (binding.role_kind(), home, binding.role_name())
            })
            .collect();
        if roles.len() > MANY {
            let message = format!("{grantee} has {} roles, by {} bindings", roles.len(), bound.len());
            out.fail(grantee.path(), message).discriminator(grantee.key());
        }
    }
}
