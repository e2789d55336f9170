//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write a `Restore`, `Backup` or `Schedule` in Velero's namespace acts as Velero's service account, which is
    /// bound to `cluster-admin` unless somebody narrowed it: a restore brings back objects with changes that its author
    /// chooses, and hooks of a backup run commands in any pod.
    ///
    /// Upstream: `site/content/docs/main/restore-hooks.md`, `backup-hooks.md` and `restore-resource-modifiers.md` of
    /// velero-io/velero; `pkg/install/resources.go` for the binding.
    ///
    /// ```yaml,edges
    /// #> user/dev -[velero-restores]-> sa/velero/velero
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: velero}
    /// spec: {serviceAccountName: velero, containers: [{name: c, image: 'velero/velero:v1.17.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: velero}
    /// rules:
    /// - {apiGroups: [velero.io], resources: [restores], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: velero}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: velero}
    /// spec: {serviceAccountName: velero, containers: [{name: c, image: 'velero/velero:v1.17.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [velero.io], resources: [restores], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static VELERO_RESTORES = {
        title: "have Velero restore what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Velero]),
            needs: crate::written!["velero.io": "backups" "restores" "schedules"],
            leads: |granted, _need, scene, pen| to_accounts(granted, scene, &[Controller::Velero], None, pen),
        },
    }
}
