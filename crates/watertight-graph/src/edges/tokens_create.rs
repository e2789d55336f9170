//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may create `serviceaccounts/token` gets a token of the service account.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[tokens-create]-> sa/shop/ci
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['serviceaccounts/token'], verbs: [create], resourceNames: [ci]}
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
    /// - {apiGroups: [''], resources: [serviceaccounts], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static TOKENS_CREATE = {
        title: "ask for a token of a service account",
        technique: "T1528",
        removed_by: &["the rule removed", "the names written that are needed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "serviceaccounts/token": "create")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Accounts, pen);
                let Some(name) = granted.name else { return };
                for namespace in granted.namespaces(scene) {
                    if granted.scope != Scope::Everywhere || scene.accounts.contains_key(&(namespace, name)) {
                        pen.given(granted.from, Thing::Account(namespace, name));
                    }
                } },
        },
    }
}
