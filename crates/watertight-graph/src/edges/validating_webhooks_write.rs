//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may write validating webhooks has the API server send every object to a server of theirs: each Secret
    /// as it is written from then on.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages (control admission webhooks).
    ///
    /// ```yaml,edges
    /// #> user/dev -[validating-webhooks-write]-> secrets/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [patch]}
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
    /// - {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [list]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static VALIDATING_WEBHOOKS_WRITE = {
        title: "read every object on its way into the cluster",
        technique: "T1557",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("admissionregistration.k8s.io", "validatingwebhookconfigurations": "create" "update" "patch")],
            names: true,
            leads: |granted, _scene, pen| { if granted.name.is_none() {
                    pen.edge(granted.from, Thing::All(Every::Secrets, Scope::Everywhere), [], Some("each as it is written"));
                } },
        },
    }
}
