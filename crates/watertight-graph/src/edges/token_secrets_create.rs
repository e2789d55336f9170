//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::Every;

edge! {
    /// Whoever may create Secrets and read them creates one of the type of a token for any service account of the
    /// namespace; the controller fills it in.
    ///
    /// Upstream: `pkg/controller/serviceaccount/tokens_controller.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[token-secrets-create]-> sas/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [create, get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static TOKEN_SECRETS_CREATE = {
        title: "have a lasting token made and read it",
        technique: "T1098",
        removed_by: &["one of the two rules removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "secrets": "create"), any_of!("", "secrets": "get" "list" "watch")],
            names: false,
            leads: |granted, _scene, pen| { granted.to_all(Every::Accounts, pen); },
        },
    }
}
