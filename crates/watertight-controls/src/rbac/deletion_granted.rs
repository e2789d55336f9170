use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// Whoever deletes things of several kinds takes the programs down, and with claims and namespaces
    /// their data as well.
    ///
    /// Medium in every namespace and in `kube-system`, low in one namespace. Silent where things of one
    /// kind can be deleted, but for namespaces, with which goes all that is in them.
    ///
    /// ## Remedy
    /// Name the objects in `resourceNames`, or grant `delete` on the kinds that the subject itself
    /// creates. Nobody needs `deletecollection` by routine.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, secrets], verbs: [deletecollection]}
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
    /// - {apiGroups: ['*'], resources: ['*'], verbs: [list, delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [namespaces], verbs: [get, delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods], verbs: [get, list, delete]}
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
    /// - {apiGroups: [""], resources: [pods, services], verbs: [create, update]}
    /// - {apiGroups: [batch], resources: [jobs], verbs: [delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static DELETION_GRANTED = {
        title: "may delete things of several kinds",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1485")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

/// Of one kind, a controller replaces its own.
const KINDS: usize = 2;

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell_of(scope, &[&table::DELETE_KINDS], KINDS, out);
    powers::tell_of(scope, &[&table::DELETE_NAMESPACES], 1, out);
}
