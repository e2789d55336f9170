//! See the page of the edge.

use crate::deputies::{Controller, to_namespaces};
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may write an `Issuer` sends any Secret of its namespace to a server of their own: for Vault, cert-manager shows
    /// the token that `tokenSecretRef` names to whatever `server` says. A `ClusterIssuer` takes Secrets of cert-manager's own
    /// namespace, or of that which `--cluster-resource-namespace` names.
    ///
    /// A `Certificate` writes a key and a certificate into a Secret of a chosen name and tells no other: no edge.
    ///
    /// Upstream: `internal/vault/vault.go` of cert-manager/cert-manager.
    ///
    /// ```yaml,edges
    /// #> user/dev -[cert-manager-issuers]-> secrets/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: cert-manager}
    /// spec: {serviceAccountName: cert-manager, containers: [{name: c, image: 'quay.io/jetstack/cert-manager-controller:v1.19.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [cert-manager.io], resources: [issuers], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[cert-manager-issuers]-> secrets/cert-manager
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: cert-manager}
    /// spec: {serviceAccountName: cert-manager, containers: [{name: c, image: 'quay.io/jetstack/cert-manager-controller:v1.19.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [cert-manager.io], resources: [clusterissuers], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: cert-manager}
    /// spec: {serviceAccountName: cert-manager, containers: [{name: c, image: 'quay.io/jetstack/cert-manager-controller:v1.19.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [cert-manager.io], resources: [certificates], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CERT_MANAGER_ISSUERS = {
        title: "have cert-manager show Secrets to a server of their own",
        technique: "T1552.007",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::CertManager]),
            needs: crate::written!["cert-manager.io": "clusterissuers" "issuers"],
            leads: |granted, need, scene, pen| {
                const OWN: &[Controller] = &[Controller::CertManager];
                if need.resource == "issuers" {
                    return to_namespaces(granted, scene, OWN, &[Every::Secrets], pen);
                }
                for own in scene.deputies_of(OWN).filter(|_| granted.scope == Scope::Everywhere) {
                    pen.given(granted.from, Thing::All(Every::Secrets, Scope::In(own.home)));
                }
            },
        },
    }
}
