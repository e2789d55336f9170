//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;
use crate::thing::Scope;

edge! {
    /// Whoever may write an `Object` of Crossplane's provider for Kubernetes, or a `Release` of that for Helm, has what they
    /// like applied by the provider's service account, where a `ProviderConfig` lets it act in this cluster.
    ///
    /// Upstream: `apis/` and `examples/provider/config-in-cluster.yaml` of crossplane-contrib/provider-kubernetes and
    /// provider-helm.
    ///
    /// ```yaml,edges
    /// #> user/dev -[crossplane-objects]-> sa/crossplane-system/provider-kubernetes-1a2b
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: crossplane-system}
    /// spec: {serviceAccountName: provider-kubernetes-1a2b, containers: [{name: c, image: 'xpkg.crossplane.io/crossplane-contrib/provider-kubernetes:v1.0.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [kubernetes.crossplane.io], resources: [objects], verbs: [create]}
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
    /// spec: {serviceAccountName: provider-kubernetes-1a2b, containers: [{name: c, image: 'xpkg.crossplane.io/crossplane-contrib/provider-kubernetes:v1.0.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [kubernetes.crossplane.io], resources: [objects], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CROSSPLANE_OBJECTS = {
        title: "have a provider of Crossplane apply what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::CrossplaneKubernetes, Controller::CrossplaneHelm]),
            needs: crate::written![
                "helm.crossplane.io": "releases";
                "helm.m.crossplane.io": "releases";
                "kubernetes.crossplane.io": "objects";
                "kubernetes.m.crossplane.io": "objects"
            ],
            leads: |granted, need, scene, pen| {
                const NOTE: &str = "a `ProviderConfig` acts in this cluster";
                // Those of the older groups have no namespace.
                if !need.group.contains(".m.") && granted.scope != Scope::Everywhere {
                    return;
                }
                let controller = match need.resource {
                    "releases" => Controller::CrossplaneHelm,
                    _ => Controller::CrossplaneKubernetes,
                };
                to_accounts(granted, scene, &[controller], Some(NOTE), pen);
            },
        },
    }
}
