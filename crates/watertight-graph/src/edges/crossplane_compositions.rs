//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;
use crate::thing::Scope;

edge! {
    /// Whoever may write a `Composition` has what it composes applied by Crossplane's service account, once something is
    /// composed by it. Crossplane may do what its providers' roles add to it, and what others gave it.
    ///
    /// Upstream: `internal/controller/apiextensions/composite` of crossplane/crossplane.
    ///
    /// ```yaml,edges
    /// #> user/dev -[crossplane-compositions]-> sa/crossplane-system/crossplane
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: crossplane-system}
    /// spec: {serviceAccountName: crossplane, containers: [{name: c, image: 'xpkg.crossplane.io/crossplane/crossplane:v2.0.0', args: [core, start]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [apiextensions.crossplane.io], resources: [compositions], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: crossplane-system}
    /// spec: {serviceAccountName: crossplane, containers: [{name: c, image: 'xpkg.crossplane.io/crossplane/crossplane:v2.0.0', args: [core, start]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [apiextensions.crossplane.io], resources: [compositions], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CROSSPLANE_COMPOSITIONS = {
        title: "have Crossplane compose what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Crossplane]),
            needs: crate::written!["apiextensions.crossplane.io": "compositions"],
            leads: |granted, _need, scene, pen| {
                const NOTE: &str = "something is composed by it";
                if granted.scope == Scope::Everywhere {
                    to_accounts(granted, scene, &[Controller::Crossplane], Some(NOTE), pen);
                }
            },
        },
    }
}
