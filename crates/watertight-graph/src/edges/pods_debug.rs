//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Thing};

edge! {
    /// Whoever may change `pods/ephemeralcontainers` adds a container to a running pod: it has the pod's volumes,
    /// network and service account, and any rights that Pod Security lets it have.
    ///
    /// Upstream: `docs/concepts/workloads/pods/ephemeral-containers.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[pods-debug]-> debugged-pods/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: [patch]}
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
    /// - {apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PODS_DEBUG = {
        title: "add a container of their own choice to a running pod",
        technique: "T1609",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "pods/ephemeralcontainers": "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::DebuggedPods, pen);
                let Some(name) = granted.name else { return };
                for place in scene.pods_named(granted, name, &pen.drawing.names) {
                    pen.given(granted.from, Thing::Workload(place));
                } },
        },
    }
}
