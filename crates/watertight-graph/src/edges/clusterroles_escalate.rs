//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Goal, Thing};

edge! {
    /// With `escalate` whoever may change cluster roles writes everything into one that they hold;
    /// `system:basic-user` is held by everybody.
    ///
    /// Upstream: `pkg/registry/rbac/clusterrole/policybased/storage.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[clusterroles-escalate]-> goal/cluster-admin
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate, patch]}
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
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [update, patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CLUSTERROLES_ESCALATE = {
        title: "write into a cluster role what they do not have",
        technique: "T1098",
        removed_by: &["`escalate` removed"],
        draw: Draw::Request {
            needs: &[any_of!("rbac.authorization.k8s.io", "clusterroles": "escalate"), any_of!("rbac.authorization.k8s.io", "clusterroles": "update" "patch")],
            names: false,
            leads: |granted, _scene, pen| { pen.given(granted.from, Thing::Goal(Goal::ClusterAdmin)); },
        },
    }
}
