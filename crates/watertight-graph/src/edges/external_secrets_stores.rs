//! See the page of the edge.

use crate::deputies::{Controller, to_namespaces};
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Scope};

edge! {
    /// Whoever may write a `SecretStore` has External Secrets send Secrets of its namespace, and tokens of its service accounts
    /// that it asks for, to a server of their own. With a `ClusterSecretStore` these are of any namespace.
    ///
    /// An `ExternalSecret` takes from a store what that may read outside of the cluster, which is not in view: no edge.
    ///
    /// Upstream: `providers/v1/vault`, `providers/v1/webhook` and `apis/externalsecrets/v1` of external-secrets/external-secrets;
    /// its chart lets the controller create `serviceaccounts/token`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[external-secrets-stores]-> secrets/shop
    /// #> user/dev -[external-secrets-stores]-> sas/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: external-secrets}
    /// spec: {serviceAccountName: external-secrets, containers: [{name: c, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [external-secrets.io], resources: [secretstores], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[external-secrets-stores]-> secrets/*
    /// #> user/dev -[external-secrets-stores]-> sas/*
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: external-secrets}
    /// spec: {serviceAccountName: external-secrets, containers: [{name: c, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [external-secrets.io], resources: [clustersecretstores], verbs: [update]}
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
    /// metadata: {name: c, namespace: external-secrets}
    /// spec: {serviceAccountName: external-secrets, containers: [{name: c, image: 'ghcr.io/external-secrets/external-secrets:v1.0.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [external-secrets.io], resources: [externalsecrets], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: s, namespace: shop}
    /// rules:
    /// - {apiGroups: [external-secrets.io], resources: [clustersecretstores], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: s, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: s}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static EXTERNAL_SECRETS_STORES = {
        title: "have External Secrets show Secrets to a server of their own",
        technique: "T1552.007",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::ExternalSecrets]),
            needs: crate::written!["external-secrets.io": "clustersecretstores" "secretstores"],
            leads: |granted, need, scene, pen| {
                const OWN: &[Controller] = &[Controller::ExternalSecrets];
                if need.resource == "secretstores" || granted.scope == Scope::Everywhere {
                    to_namespaces(granted, scene, OWN, &[Every::Secrets, Every::Accounts], pen);
                }
            },
        },
    }
}
