use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// Whoever labels, taints or deletes nodes or evicts pods moves pods to a node of its choice: one
    /// that it has taken over already, where they hand over what they hold.
    ///
    /// ## Remedy
    /// Leave it to the autoscaler and to administrators. Node agents label their own node by the
    /// kubelet's credentials.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [nodes], verbs: [get, patch]}
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
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/eviction], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [nodes], verbs: [get, list, watch]}
    /// - {apiGroups: [""], resources: [nodes/status], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/eviction], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static NODES_WRITABLE = {
        title: "may drain or label nodes",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::CHANGE_NODES, &table::EVICT_PODS], out);
}
