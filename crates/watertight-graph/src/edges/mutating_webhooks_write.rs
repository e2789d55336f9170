//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Whoever may write mutating webhooks has the API server send every object to a server of theirs and take what
    /// it makes of it: a container of their choice in every new pod.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages (control admission webhooks).
    ///
    /// ```yaml,edges
    /// #> user/dev -[mutating-webhooks-write]-> admission/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [create]}
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
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static MUTATING_WEBHOOKS_WRITE = {
        title: "change every object on its way into the cluster",
        technique: "T1546",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("admissionregistration.k8s.io", "mutatingwebhookconfigurations": "create" "update" "patch")],
            names: true,
            leads: |granted, _scene, pen| { if granted.name.is_none() {
                    pen.given(granted.from, Thing::Admission);
                } },
        },
    }
}
