//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Whoever may impersonate users acts as any user, or as those that are named. A name of a service account is a
    /// name of a user.
    ///
    /// Upstream: `pkg/endpoints/filters/impersonation` of k8s.io/apiserver.
    ///
    /// ```yaml,edges
    /// #> user/dev -[impersonate-users]-> users/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [users], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [users], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static IMPERSONATE_USERS = {
        title: "act as another user",
        technique: "T1078",
        removed_by: &["the rule removed", "the names written that are needed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "users": "impersonate")],
            names: true,
            leads: |granted, _scene, pen| { let Some(name) = granted.name else {
                    pen.given(granted.from, Thing::AnyUser);
                    return;
                };
                let text = pen.drawing.names.text(name).to_owned();
                let to = crate::grants::subject_vertex(watertight_rbac::Subject::of_user(&text), pen.drawing);
                let to = pen.drawing.things[to.index()];
                // Of a service account the rules ask for the right on service accounts.
                if matches!(to, Thing::User(_)) {
                    pen.given(granted.from, to);
                } },
        },
    }
}
