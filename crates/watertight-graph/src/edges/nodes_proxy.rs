//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Every, Thing};

edge! {
    /// Whoever may `get` or `create` `nodes/proxy` speaks to the kubelet with the API server's rights: it runs
    /// commands in every container of the node, past admission and audit. GET is enough, by a websocket.
    ///
    /// The subresources that the kubelet tells apart are no edge: `nodes/log` gives files of logs, `nodes/pods` the
    /// specs of pods, which name Secrets and do not hold them, and `nodes/configz` the kubelet's configuration.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages (`nodes/proxy`);
    /// `GetRequestAttributes` in `pkg/kubelet/server/auth.go` for the subresources.
    ///
    /// ```yaml,edges
    /// #> user/dev -[nodes-proxy]-> pods/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: ['nodes/proxy'], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: ['nodes/proxy'], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: c}
    /// rules:
    /// - {apiGroups: [''], resources: ['nodes/log', 'nodes/pods', 'nodes/configz', 'nodes/metrics'], verbs: ['*']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: c}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: c}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static NODES_PROXY = {
        title: "run commands in every pod through the kubelet",
        technique: "T1609",
        removed_by: &["the rule removed", "`nodes/metrics`, `nodes/stats` and the like in its place"],
        draw: Draw::Grant {
            needs: &[any_of!("", "nodes/proxy": "get" "create")],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::Pods, pen);
                let Some(name) = granted.name else { return };
                let node = (0u32..).zip(&scene.nodes).find(|(_, node)| node.name == name).map(|(at, _)| at);
                for (place, load) in (0u32..).zip(&scene.workloads) {
                    if node.is_some_and(|node| scene.may_run_on(load, node)) {
                        pen.given(granted.from, Thing::Workload(place));
                    }
                } },
        },
    }
}
