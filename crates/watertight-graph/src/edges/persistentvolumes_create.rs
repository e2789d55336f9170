//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may create PersistentVolumes, a claim and a pod mounts a folder of any node: Pod Security looks at the
    /// pod and not at the volume. Where it enforces `restricted` the process is not root, and group 0, which nothing
    /// forbids, still opens the runtime's socket.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages (persistent volume creation).
    ///
    /// ```yaml,edges
    /// #> user/dev & new-pod/shop -[persistentvolumes-create]-> nodes/*
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [persistentvolumes, persistentvolumeclaims, pods], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [persistentvolumes, pods], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PERSISTENTVOLUMES_CREATE = {
        title: "mount any folder of a node through a volume of their own",
        technique: "T1611",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "persistentvolumes": "create"), any_of!("", "persistentvolumeclaims": "create")],
            names: false,
            leads: |granted, scene, pen| { for namespace in granted.namespaces(scene) {
                    let pod = pen.vertex(Thing::All(Every::NewPod, Scope::In(namespace)));
                    let both = pen.both(vec![granted.from, pod]);
                    pen.given(both, Thing::EveryNode);
                } },
        },
    }
}
