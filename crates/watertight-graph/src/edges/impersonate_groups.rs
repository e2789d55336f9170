//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Goal, Thing};

edge! {
    /// Whoever may impersonate groups, and some user to do it as, is a member of any group: of `system:masters` too,
    /// to whom nothing is refused.
    ///
    /// Upstream: `pkg/endpoints/filters/impersonation` of k8s.io/apiserver; `pkg/registry/rbac/rest/storage_rbac.go`
    /// for what `system:masters` is.
    ///
    /// ```yaml,edges
    /// #> user/dev -[impersonate-groups]-> goal/cluster-admin
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [users, groups], verbs: [impersonate]}
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
    /// - {apiGroups: [''], resources: [groups], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static IMPERSONATE_GROUPS = {
        title: "act as a member of another group",
        technique: "T1078",
        removed_by: &["one of the two rules removed", "the names written that are needed"],
        draw: Draw::Request {
            needs: &[any_of!("", "groups": "impersonate"),
            &[Need::of("impersonate", "", "users"), Need::of("impersonate", "", "serviceaccounts")]],
            names: true,
            leads: |granted, _scene, pen| { match granted.name {
                    None => pen.given(granted.from, Thing::Goal(Goal::ClusterAdmin)),
                    Some(name) => pen.given(granted.from, Thing::Group(name)),
                } },
        },
    }
}
