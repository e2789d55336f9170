//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Whoever may write mutating admission policies and their bindings changes every object on its way in, by an
    /// expression and without a server.
    ///
    /// Upstream: `docs/reference/access-authn-authz/mutating-admission-policy.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[mutating-policies-write]-> admission/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingadmissionpolicies, mutatingadmissionpolicybindings], verbs: [create]}
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
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [mutatingadmissionpolicies], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static MUTATING_POLICIES_WRITE = {
        title: "change every object on its way into the cluster by a policy",
        technique: "T1546",
        removed_by: &["one of the two rules removed"],
        draw: Draw::Grant {
            needs: &[any_of!("admissionregistration.k8s.io", "mutatingadmissionpolicies": "create" "update" "patch"),
            any_of!("admissionregistration.k8s.io", "mutatingadmissionpolicybindings": "create" "update" "patch")],
            names: false,
            leads: |granted, _scene, pen| { pen.given(granted.from, Thing::Admission); },
        },
    }
}
