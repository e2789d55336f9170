//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Thing};

edge! {
    /// Whoever may change pods puts another image into a running one: the kubelet restarts the container, and the new
    /// program has all that the pod has.
    ///
    /// Upstream: `ValidatePodUpdate` in `pkg/apis/core/validation/validation.go`: images may change, and hardly
    /// anything else.
    ///
    /// ```yaml,edges
    /// #> user/dev -[pods-write]-> pod/shop/web
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [pods], verbs: [patch], resourceNames: [web]}
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
    /// - {apiGroups: [''], resources: ['pods/status'], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PODS_WRITE = {
        title: "replace the image of a running pod",
        technique: "T1525",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "pods": "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Pods, pen);
                let Some(name) = granted.name else { return };
                for place in scene.pods_named(granted, name, &pen.drawing.names) {
                    pen.given(granted.from, Thing::Workload(place));
                } },
        },
    }
}
