//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Scope, Thing};

edge! {
    /// With `bind` on roles whoever may create role bindings binds the roles of the namespace to themselves.
    ///
    /// Upstream: `BindingAuthorized` in `pkg/registry/rbac/escalation_check.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[roles-bind]-> secrets/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: reader, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind], resourceNames: [reader]}
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
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static ROLES_BIND = {
        title: "bind a role of the namespace to themselves",
        technique: "T1098",
        removed_by: &["`bind` removed", "the names written that are needed"],
        draw: Draw::Request {
            needs: &[any_of!("rbac.authorization.k8s.io", "roles": "bind"), any_of!("rbac.authorization.k8s.io", "rolebindings": "create")],
            names: true,
            leads: |granted, scene, pen| { let policy = scene.world.identities().policy();
                for namespace in granted.namespaces(scene) {
                    let names = &pen.drawing.names;
                    let name = granted.name.map(|name| names.text(name).to_owned());
                    for role in crate::grants::roles_of(policy, names.text(namespace), name.as_deref()) {
                        pen.given(granted.from, Thing::Role(role, Scope::In(namespace)));
                    }
                } },
        },
    }
}
