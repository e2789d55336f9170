//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Thing};

edge! {
    /// Whoever may create `pods/attach` writes to the standard input of the process in a container, which is a shell
    /// or can be made one as often as not.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[pods-attach]-> pods/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['pods/attach'], verbs: [create]}
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
    /// - {apiGroups: [''], resources: ['pods/log'], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PODS_ATTACH = {
        title: "attach to a container",
        technique: "T1609",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "pods/attach": "create")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Pods, pen);
                let Some(name) = granted.name else { return };
                for place in scene.pods_named(granted, name, &pen.drawing.names) {
                    pen.given(granted.from, Thing::Workload(place));
                } },
        },
    }
}
