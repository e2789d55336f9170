//! See the page of the edge.

use crate::deputies::{Controller, by_flux};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write a `Kustomization` where Flux looks has what they like applied by the kustomize-controller, as its own
    /// service account, or as one of the namespace that they name. With `--default-service-account` it is always one of the
    /// namespace.
    ///
    /// Upstream: `docs/spec/v1/kustomizations.md` (role-based access control) and the flag in `main.go` of
    /// fluxcd/kustomize-controller; `rfcs/0001-multi-tenancy` of fluxcd/flux2.
    ///
    /// ```yaml,edges
    /// #> user/dev -[flux-kustomizations]-> sa/flux-system/kustomize-controller
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: kustomize-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [kustomize.toolkit.fluxcd.io], resources: [kustomizations], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[flux-kustomizations]-> sas/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: kustomize-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0', args: [--default-service-account=default]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [kustomize.toolkit.fluxcd.io], resources: [kustomizations], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [kustomize.toolkit.fluxcd.io], resources: [kustomizations], verbs: [create, patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static FLUX_KUSTOMIZATIONS = {
        title: "have Flux apply what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed", "`--default-service-account` of the controller"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::FluxKustomize]),
            needs: crate::written!["kustomize.toolkit.fluxcd.io": "kustomizations"],
            leads: |granted, _need, scene, pen| by_flux(granted, scene, &[Controller::FluxKustomize], None, pen),
        },
    }
}
