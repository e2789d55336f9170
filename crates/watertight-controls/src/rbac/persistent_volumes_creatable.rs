use watertight_engine::prelude::*;

use crate::powers::{self, table};

control! {
    /// A PersistentVolume may stand for any folder of a node. Pod Security looks at the claim of a pod
    /// and not at the volume behind it, so whoever creates volumes and can claim them is on the node.
    ///
    /// ## Remedy
    /// Leave volumes to a provisioner and to administrators. Programs need claims.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [persistentvolumes], verbs: [get, create]}
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
    /// - {apiGroups: [""], resources: [persistentvolumeclaims], verbs: [create]}
    /// - {apiGroups: [""], resources: [persistentvolumes], verbs: [get, list, watch, patch, delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # Volumes are in no namespace, so a RoleBinding does not reach them.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [persistentvolumes], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static PERSISTENT_VOLUMES_CREATABLE = {
        title: "may create persistent volumes",
        severity: Severity::High,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.9"), Mapping::Nsa("authentication"), Mapping::Attack("T1611")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::CREATE_VOLUMES], out);
}
