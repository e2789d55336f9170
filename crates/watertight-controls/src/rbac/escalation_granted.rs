use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// `escalate` and `bind` switch off the check that nobody hands out rights that they do not have:
    /// whoever may also write roles or bindings gives itself everything.
    ///
    /// Critical everywhere, high for binding Roles only; medium in one namespace or for named roles;
    /// low where the right to write roles or bindings is missing.
    ///
    /// ## Remedy
    /// Take the verb away. Where a program has to hand out certain roles, grant `bind` with their names
    /// in `resourceNames`, or give the program the rights that it hands out.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate, update]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings], verbs: ["*"]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// # In its namespace a Role can grant to bind any ClusterRole.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles, clusterrolebindings], verbs: [create, update, patch, delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # A Role grants nothing outside of its namespace.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static ESCALATION_GRANTED = {
        title: "may escalate or bind roles",
        severity: Severity::Critical,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.8"), Mapping::Nsa("authentication"), Mapping::Attack("T1098.006")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::ESCALATE_CLUSTER_ROLES, &table::ESCALATE_ROLES, &table::BIND_CLUSTER_ROLES, &table::BIND_ROLES], out);
}
