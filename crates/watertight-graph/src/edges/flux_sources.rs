//! See the page of the edge.

use crate::deputies::{Controller, by_flux};
use crate::edge;
use crate::edge::{Draw, Need};

edge! {
    /// Whoever may change a source of Flux leads it to content of their own: what takes from it is applied by Flux's
    /// controllers as their service accounts. Taken for granted is that something takes from the source.
    ///
    /// Upstream: `docs/spec/v1` of fluxcd/source-controller.
    ///
    /// ```yaml,edges
    /// #> user/dev -[flux-sources]-> sa/flux-system/kustomize-controller
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: kustomize-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [source.toolkit.fluxcd.io], resources: [gitrepositories], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[flux-sources]-> sas/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: flux-system}
    /// spec: {serviceAccountName: kustomize-controller, containers: [{name: c, image: 'ghcr.io/fluxcd/kustomize-controller:v1.7.0', args: [--default-service-account=default]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [source.toolkit.fluxcd.io], resources: [gitrepositories], verbs: [patch]}
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
    /// - {apiGroups: [source.toolkit.fluxcd.io], resources: [gitrepositories], verbs: [create, patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static FLUX_SOURCES = {
        title: "lead a source of Flux to content of their own",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed", "`--default-service-account` of the controller"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::FluxKustomize, Controller::FluxHelm]),
            needs: &[
                Need::of("update", "source.toolkit.fluxcd.io", "buckets"),
                Need::of("patch", "source.toolkit.fluxcd.io", "buckets"),
                Need::of("update", "source.toolkit.fluxcd.io", "gitrepositories"),
                Need::of("patch", "source.toolkit.fluxcd.io", "gitrepositories"),
                Need::of("update", "source.toolkit.fluxcd.io", "helmcharts"),
                Need::of("patch", "source.toolkit.fluxcd.io", "helmcharts"),
                Need::of("update", "source.toolkit.fluxcd.io", "helmrepositories"),
                Need::of("patch", "source.toolkit.fluxcd.io", "helmrepositories"),
                Need::of("update", "source.toolkit.fluxcd.io", "ocirepositories"),
                Need::of("patch", "source.toolkit.fluxcd.io", "ocirepositories"),
            ],
            leads: |granted, _need, scene, pen| by_flux(granted, scene, &[Controller::FluxKustomize, Controller::FluxHelm], Some(NOTE), pen),
        },
    }
}

/// What is taken for granted.
const NOTE: &str = "something that Flux applies takes from the source";
