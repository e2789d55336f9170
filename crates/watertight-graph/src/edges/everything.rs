//! See the page of the edge.

use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Every, Goal, Scope, Thing};

edge! {
    /// A rule of `*` verbs on `*` resources of `*` groups allows everything: in the namespace of a role binding, or
    /// in the cluster.
    ///
    /// Upstream: `pkg/apis/rbac/v1/evaluation_helpers.go` (`VerbMatches`, `APIGroupMatches`, `ResourceMatches`).
    ///
    /// ```yaml,edges
    /// #> user/dev -[everything]-> goal/cluster-admin
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
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
    /// - {apiGroups: ['*'], resources: ['*'], verbs: [get, list]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static EVERYTHING = {
        title: "do everything",
        technique: "T1078",
        removed_by: &["the rule narrowed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[&[Need::of("*", "*", "*")]],
            names: false,
            leads: |granted, _scene, pen| { match granted.scope {
                    Scope::Everywhere => pen.given(granted.from, Thing::Goal(Goal::ClusterAdmin)),
                    Scope::In(_) => granted.to_all(Every::Admin, pen),
                } },
        },
    }
}
