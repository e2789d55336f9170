use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// Whoever writes NetworkPolicies opens what they close: a policy that allows everything takes the
    /// others' effect away.
    ///
    /// Medium in every namespace and in `kube-system`, low in one namespace.
    ///
    /// ## Remedy
    /// Leave network policies to those who run the namespace. Programs need no right to them.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [create]}
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
    /// - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [delete]}
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
    /// - {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [get, list, watch]}
    /// - {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [create, update]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static NETWORK_POLICIES_WRITABLE = {
        title: "may write network policies",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::WRITE_NETWORK_POLICIES], out);
}
