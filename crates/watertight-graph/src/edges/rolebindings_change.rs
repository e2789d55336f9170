//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Scope, Thing};

edge! {
    /// With `bind` whoever may change role bindings adds themselves to one that is there. Its role cannot be changed.
    ///
    /// Upstream: `ValidateRoleBindingUpdate` in `pkg/apis/rbac/validation/validation.go`; `BindingAuthorized` in
    /// `pkg/registry/rbac/escalation_check.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[rolebindings-change]-> secrets/shop
    /// #> user/dev -[rolebindings-change]-> sas/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: reader}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [get]}
    /// - {apiGroups: [''], resources: ['serviceaccounts/token'], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: readers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
    /// subjects: [{kind: Group, name: readers}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [patch]}
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
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static ROLEBINDINGS_CHANGE = {
        title: "name themselves in a binding that is there",
        technique: "T1098",
        removed_by: &["`bind` removed", "the names written that are needed"],
        draw: Draw::Request {
            needs: &[&[
                Need::of("bind", "rbac.authorization.k8s.io", "clusterroles"),
                Need::of("bind", "rbac.authorization.k8s.io", "roles"),
            ],
            any_of!("rbac.authorization.k8s.io", "rolebindings": "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { let policy = scene.world.identities().policy();
                for namespace in granted.namespaces(scene) {
                    let names = &pen.drawing.names;
                    let name = granted.name.map(|name| names.text(name).to_owned());
                    let bound = crate::grants::roles_bound_in(policy, names.text(namespace));
                    for role in bound {
                        if name.as_deref().is_none_or(|name| policy.role(role).name() == name) {
                            pen.given(granted.from, Thing::Role(role, Scope::In(namespace)));
                        }
                    }
                } },
        },
    }
}
