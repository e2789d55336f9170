//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Goal, Scope, Thing};

edge! {
    /// With `bind` on cluster roles whoever may write cluster role bindings binds `cluster-admin` to themselves: a
    /// new binding, or the one that every cluster has.
    ///
    /// Upstream: `BindingAuthorized` in `pkg/registry/rbac/escalation_check.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[clusterroles-bind]-> goal/cluster-admin
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create]}
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
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterrolebindings], verbs: [create, update, patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CLUSTERROLES_BIND = {
        title: "bind any cluster role to themselves",
        technique: "T1098",
        removed_by: &["`bind` removed", "the names written that are needed"],
        draw: Draw::Request {
            needs: &[any_of!("rbac.authorization.k8s.io", "clusterroles": "bind"), any_of!("rbac.authorization.k8s.io", "clusterrolebindings": "create" "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { match granted.name {
                    None => pen.given(granted.from, Thing::Goal(Goal::ClusterAdmin)),
                    Some(name) => {
                        let policy = scene.world.identities().policy();
                        if let Some(role) = policy.cluster_role(pen.drawing.names.text(name)) {
                            pen.given(granted.from, Thing::Role(role.id(), Scope::Everywhere));
                        }
                    }
                } },
        },
    }
}
