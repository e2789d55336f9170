//! See the page of the edge.

use crate::deputies::{Controller, by_flux};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write a `HelmRelease` where Flux looks has a chart installed by the helm-controller, as its own service
    /// account, or as one of the namespace that they name. With `--default-service-account` it is always one of the namespace.
    ///
    /// Upstream: `docs/spec/v2/helmreleases.md` (role-based access control) and the flag in `main.go` of
    /// fluxcd/helm-controller.
    ///
    /// ```yaml,edges
    /// #> user/dev -[flux-helmreleases]-> sa/flux-system/helm-controller
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: helm-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/helm-controller:v1.4.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [helm.toolkit.fluxcd.io], resources: [helmreleases], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[flux-helmreleases]-> sas/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: helm-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/helm-controller:v1.4.0', args: [--default-service-account=default]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [helm.toolkit.fluxcd.io], resources: [helmreleases], verbs: [patch]}
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
    /// - {apiGroups: [helm.toolkit.fluxcd.io], resources: [helmreleases], verbs: [create, patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static FLUX_HELMRELEASES = {
        title: "have Flux install what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed", "`--default-service-account` of the controller"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::FluxHelm]),
            needs: crate::written!["helm.toolkit.fluxcd.io": "helmreleases"],
            leads: |granted, _need, scene, pen| by_flux(granted, scene, &[Controller::FluxHelm], None, pen),
        },
    }
}
