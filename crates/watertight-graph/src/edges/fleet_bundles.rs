//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write a `GitRepo` or `Bundle` in the namespace `fleet-local` has what they like applied in the cluster that
    /// Fleet itself runs in, by its agent. What is written in other workspaces goes to other clusters.
    ///
    /// Upstream: `docs/namespaces.md` of rancher/fleet-docs.
    ///
    /// ```yaml,edges
    /// #> user/dev -[fleet-bundles]-> sa/cattle-fleet-local-system/fleet-agent
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: cattle-fleet-local-system}
    /// spec: {serviceAccountName: fleet-agent, containers: [{name: c, image: 'rancher/fleet-agent:v0.13.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: fleet-local}
    /// rules:
    /// - {apiGroups: [fleet.cattle.io], resources: [bundles], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: fleet-local}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: cattle-fleet-local-system}
    /// spec: {serviceAccountName: fleet-agent, containers: [{name: c, image: 'rancher/fleet-agent:v0.13.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: fleet-default}
    /// rules:
    /// - {apiGroups: [fleet.cattle.io], resources: [bundles], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: fleet-default}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static FLEET_BUNDLES = {
        title: "have Fleet apply what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Fleet]),
            needs: crate::written!["fleet.cattle.io": "bundles" "gitrepos"],
            leads: |granted, _need, scene, pen| {
                let local = pen.name("fleet-local");
                if granted.reaches(local) {
                    to_accounts(granted, scene, &[Controller::Fleet], None, pen);
                }
            },
        },
    }
}
