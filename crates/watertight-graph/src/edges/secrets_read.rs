//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may `get`, `list` or `watch` Secrets has their values: a list holds them as well.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[secrets-read]-> secret/shop/tls
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [list], resourceNames: [tls]}
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
    /// - {apiGroups: [''], resources: [secrets], verbs: [create, delete]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static SECRETS_READ = {
        title: "read Secrets",
        technique: "T1552.007",
        removed_by: &["the rule removed", "the names written that are needed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "secrets": "get" "list" "watch")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Secrets, pen);
                let Some(name) = granted.name else { return };
                for namespace in granted.namespaces(scene) {
                    if granted.scope != Scope::Everywhere || scene.secrets.contains_key(&(namespace, name)) {
                        pen.given(granted.from, Thing::Secret(namespace, name));
                    }
                } },
        },
    }
}
