//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may change a namespace takes its Pod Security labels away; whoever may create pods there then creates
    /// a privileged one.
    ///
    /// Upstream: `docs/concepts/security/pod-security-admission.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev & new-pod/shop -[namespaces-label]-> nodes/*
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [namespaces], verbs: [patch], resourceNames: [shop]}
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
    /// - {apiGroups: [''], resources: [namespaces], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static NAMESPACES_LABEL = {
        title: "lift the Pod Security level of a namespace",
        technique: "T1562",
        removed_by: &["the rule removed", "the names written that are needed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "namespaces": "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { for namespace in granted.namespaces(scene) {
                    let enforced = scene.namespaces.get(&namespace).map(|space| space.enforced);
                    let is_it = granted.name.is_none_or(|name| name == namespace);
                    if is_it && enforced.is_some_and(|level| level != watertight_podsecurity::Level::Privileged) {
                        let pod = pen.vertex(Thing::All(Every::NewPod, Scope::In(namespace)));
                        let both = pen.both(vec![granted.from, pod]);
                        pen.given(both, Thing::EveryNode);
                    }
                } },
        },
    }
}
