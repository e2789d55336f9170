//! See the page of the edge.

use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Every, Thing};

edge! {
    /// Whoever may forward ports of pods, or ask through the API server's proxy, connects to what listens in them,
    /// and no network policy is asked; a flaw there is code in its container.
    ///
    /// Upstream: `docs/concepts/cluster-administration/proxies.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[pods-reach]-> ports/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['pods/portforward'], verbs: [create]}
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
    /// - {apiGroups: [''], resources: ['pods/log'], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static PODS_REACH = {
        title: "connect to a port of a pod past network policies",
        technique: "T1210",
        needs_flaw: true,
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[&[
                Need::of("create", "", "pods/portforward"),
                Need::of("get", "", "pods/proxy"),
                Need::of("create", "", "pods/proxy"),
                Need::of("get", "", "services/proxy"),
                Need::of("create", "", "services/proxy"),
            ]],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Listening, pen);
                let Some(name) = granted.name else { return };
                for place in scene.pods_named(granted, name, &pen.drawing.names) {
                    pen.given(granted.from, Thing::Workload(place));
                } },
        },
    }
}
