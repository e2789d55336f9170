//! See the page of the edge.

use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Every, Thing};

edge! {
    /// Up to 1.34 a websocket, which begins with GET, was let through to `pods/exec` and `pods/attach` for whoever
    /// may `get` them.
    ///
    /// Upstream: `AuthorizePodWebsocketUpgradeCreatePermission` in `pkg/features/kube_features.go`, on since 1.35.
    ///
    /// ```yaml,edges,1.34
    /// #> user/dev -[pods-exec-get]-> pods/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['pods/exec'], verbs: [get]}
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
    /// - {apiGroups: [''], resources: ['pods/exec'], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PODS_EXEC_GET = {
        title: "run commands in a pod by a websocket",
        technique: "T1609",
        removed_by: &["the rule removed", "Kubernetes 1.35"],
        draw: Draw::Grant {
            needs: &[&[Need::of("get", "", "pods/exec"), Need::of("get", "", "pods/attach")]],
            names: true,
            leads: |granted, scene, pen| { if scene.target() >= watertight_model::KubernetesVersion::new(35) {
                    return;
                }
                granted.to_all(Every::Pods, pen);
                let Some(name) = granted.name else { return };
                for place in scene.pods_named(granted, name, &pen.drawing.names) {
                    pen.given(granted.from, Thing::Workload(place));
                } },
        },
    }
}
