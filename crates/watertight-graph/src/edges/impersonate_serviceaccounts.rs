//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may impersonate service accounts acts as any of the namespace, or as those that are named.
    ///
    /// Upstream: `pkg/endpoints/filters/impersonation` of k8s.io/apiserver.
    ///
    /// ```yaml,edges
    /// #> user/dev -[impersonate-serviceaccounts]-> sas/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}
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
    /// - {apiGroups: [''], resources: [serviceaccounts], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static IMPERSONATE_SERVICEACCOUNTS = {
        title: "act as a service account",
        technique: "T1078",
        removed_by: &["the rule removed", "the names written that are needed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "serviceaccounts": "impersonate")],
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
