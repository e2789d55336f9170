use watertight_engine::prelude::*;
use watertight_model::KubernetesVersion;

use crate::powers::{self, Power, table};

/// From here on `get` opens no stream into a pod.
const CREATE_IS_DEMANDED: KubernetesVersion = KubernetesVersion::new(35);

control! {
    /// Whoever runs commands in a pod has its files, its Secrets, its network and its service account.
    /// An ephemeral container comes with a security context of its own.
    ///
    /// Up to Kubernetes 1.34, `get` on `pods/exec` and `pods/attach` is enough, by a websocket.
    ///
    /// High in every namespace and in `kube-system`, medium in one namespace, low where the rule names
    /// the pods.
    ///
    /// ## Remedy
    /// Grant `pods/exec`, `pods/attach` and `pods/ephemeralcontainers` for the time of an incident, to
    /// people, in one namespace. Programs need none of them.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [''], resources: ['*/attach'], verbs: ['*']}
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
    /// - {apiGroups: [""], resources: [pods/ephemeralcontainers], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # `pods/*` is no pattern: it matches nothing.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [pods, 'pods/*'], verbs: [get, list]}
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
    /// - {apiGroups: [""], resources: [pods/exec], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static EXEC_GRANTED = {
        title: "may run commands in pods",
        severity: Severity::High,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1609")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let all: &[&Power] = &[&table::EXEC, &table::EXEC_BY_GET];
    let by_get = scope.settings().target < CREATE_IS_DEMANDED;
    powers::tell(scope, if by_get { all } else { &all[..1] }, out);
}
