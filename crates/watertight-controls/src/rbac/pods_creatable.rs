use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// Whoever writes pods or what makes them runs programs as any service account of the namespace,
    /// with any of its Secrets, and without Pod Security on the node itself. In every namespace that is
    /// the cluster: the accounts in `kube-system` may do nearly everything.
    ///
    /// High in every namespace and in `kube-system`, medium in one namespace, low where the rule names
    /// the objects.
    ///
    /// ## Remedy
    /// Grant it in the one namespace that needs it, and enforce Pod Security there. Keep powerful
    /// service accounts out of that namespace. Let a pipeline write what a controller then applies.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [apps], resources: [deployments], verbs: [patch]}
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
    /// - {apiGroups: [""], resources: [pods], verbs: [get, create]}
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
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, pods/status], verbs: [get, list, watch, delete]}
    /// - {apiGroups: [extensions], resources: [pods], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static PODS_CREATABLE = {
        title: "may create pods or what makes them",
        severity: Severity::High,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.4"), Mapping::Nsa("authentication"), Mapping::Attack("T1610")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::RUN_PODS], out);
}
