//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// With `bind` on cluster roles whoever may create role bindings binds `cluster-admin` to themselves in the
    /// namespace.
    ///
    /// Upstream: `BindingAuthorized` in `pkg/registry/rbac/escalation_check.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[rolebindings-bind]-> admin/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
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
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static ROLEBINDINGS_BIND = {
        title: "bind any cluster role to themselves in a namespace",
        technique: "T1098",
        removed_by: &["`bind` removed", "the names written that are needed"],
        draw: Draw::Request {
            needs: &[any_of!("rbac.authorization.k8s.io", "clusterroles": "bind"), any_of!("rbac.authorization.k8s.io", "rolebindings": "create")],
            names: true,
            leads: |granted, scene, pen| { match granted.name {
                    None => granted.to_all(Every::Admin, pen),
                    Some(name) => {
                        let policy = scene.world.identities().policy();
                        let role = policy.cluster_role(pen.drawing.names.text(name)).map(watertight_rbac::RoleView::id);
                        for namespace in granted.namespaces(scene) {
                            if let Some(role) = role {
                                pen.given(granted.from, Thing::Role(role, Scope::In(namespace)));
                            }
                        }
                    }
                } },
        },
    }
}
