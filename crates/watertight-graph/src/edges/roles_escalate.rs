//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// With `escalate` whoever may change roles of a namespace writes everything into one that is bound there;
    /// whoever holds that role then has it.
    ///
    /// Upstream: `pkg/registry/rbac/role/policybased/storage.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[roles-escalate]-> admin/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate, patch]}
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
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [escalate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static ROLES_ESCALATE = {
        title: "write into a role what they do not have",
        technique: "T1098",
        removed_by: &["`escalate` removed"],
        draw: Draw::Request {
            needs: &[any_of!("rbac.authorization.k8s.io", "roles": "escalate"), any_of!("rbac.authorization.k8s.io", "roles": "update" "patch")],
            names: false,
            leads: |granted, scene, pen| { let policy = scene.world.identities().policy();
                for namespace in granted.namespaces(scene) {
                    let bound = crate::grants::roles_bound_in(policy, pen.drawing.names.text(namespace));
                    for role in bound {
                        let held = pen.vertex(Thing::Role(role, Scope::In(namespace)));
                        let both = pen.both(vec![granted.from, held]);
                        pen.given(both, Thing::All(Every::Admin, Scope::In(namespace)));
                    }
                } },
        },
    }
}
