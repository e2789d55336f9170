//! See the page of the edge.

use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may create a workload, or change the template of one, has the controller make pods of their choice.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[workloads-write]-> new-pod/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [batch], resources: [cronjobs], verbs: [patch]}
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
    /// - {apiGroups: [apps], resources: [deployments], verbs: [patch], resourceNames: [not-there]}
    /// - {apiGroups: [batch], resources: [jobs], verbs: [update]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static WORKLOADS_WRITE = {
        title: "run pods of their own choice through a controller",
        technique: "T1610",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Grant {
            needs: &[&[
                Need::of("create", "apps", "deployments"),
                Need::of("update", "apps", "deployments"),
                Need::of("patch", "apps", "deployments"),
                Need::of("create", "apps", "daemonsets"),
                Need::of("update", "apps", "daemonsets"),
                Need::of("patch", "apps", "daemonsets"),
                Need::of("create", "apps", "statefulsets"),
                Need::of("update", "apps", "statefulsets"),
                Need::of("patch", "apps", "statefulsets"),
                Need::of("create", "apps", "replicasets"),
                Need::of("update", "apps", "replicasets"),
                Need::of("patch", "apps", "replicasets"),
                Need::of("create", "", "replicationcontrollers"),
                Need::of("update", "", "replicationcontrollers"),
                Need::of("patch", "", "replicationcontrollers"),
                Need::of("create", "batch", "jobs"),
                Need::of("create", "batch", "cronjobs"),
                Need::of("update", "batch", "cronjobs"),
                Need::of("patch", "batch", "cronjobs"),
            ]],
            names: true,
            leads: |granted, scene, pen| { granted.to_all(Every::NewPod, pen);
                // The whole template of the one workload can be changed.
                if let Some(name) = granted.name {
                    for namespace in scene.homes_of(granted, name) {
                        pen.given(granted.from, Thing::All(Every::NewPod, Scope::In(namespace)));
                    }
                } },
        },
    }
}
