//! See the page of the edge.

use crate::deputies::Controller;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may write a `Provider` or `Function` of Crossplane has an image of their own run in Crossplane's namespace, as a
    /// service account that a `DeploymentRuntimeConfig` names.
    ///
    /// Upstream: `internal/controller/pkg/runtime` of crossplane/crossplane.
    ///
    /// ```yaml,edges
    /// #> user/dev -[crossplane-packages]-> new-pod/crossplane-system
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: crossplane-system}
    /// spec: {serviceAccountName: crossplane, containers: [{name: c, image: 'xpkg.crossplane.io/crossplane/crossplane:v2.0.0', args: [core, start]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [pkg.crossplane.io], resources: [providers], verbs: [create]}
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
    /// - {apiGroups: [pkg.crossplane.io], resources: [providers], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CROSSPLANE_PACKAGES = {
        title: "have Crossplane run a package of their own",
        technique: "T1610",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Crossplane]),
            needs: crate::written!["pkg.crossplane.io": "functions" "providers"],
            leads: |granted, _need, scene, pen| {
                if granted.scope != Scope::Everywhere {
                    return;
                }
                for own in scene.deputies_of(&[Controller::Crossplane]) {
                    pen.given(granted.from, Thing::All(Every::NewPod, Scope::In(own.namespace)));
                }
            },
        },
    }
}
