//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Whoever may create Secrets in kube-system writes a token of the type `bootstrap.kubernetes.io/token`: whoever
    /// shows it is in `system:bootstrappers` and in any group of that beginning.
    ///
    /// Upstream: `plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[bootstrap-tokens-create]-> group/system:bootstrappers:kubeadm:default-node-token
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: kubeadm:kubelet-bootstrap}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:node-bootstrapper}
    /// subjects: [{kind: Group, name: 'system:bootstrappers:kubeadm:default-node-token'}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [create]}
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
    /// - {apiGroups: [''], resources: [secrets], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static BOOTSTRAP_TOKENS_CREATE = {
        title: "write a bootstrap token",
        technique: "T1098",
        removed_by: &["the rule removed"],
        draw: Draw::Grant {
            needs: &[any_of!("", "secrets": "create" "update" "patch")],
            names: true,
            leads: |granted, scene, pen| { const GROUP: &str = "system:bootstrappers";
                let home = pen.name("kube-system");
                if granted.name.is_some() || !granted.reaches(home) {
                    return;
                }
                let policy = scene.world.identities().policy();
                for (_, subject) in policy.subjects() {
                    if let watertight_rbac::Subject::Group(name) = subject
                        && (name == GROUP || name.strip_prefix(GROUP).is_some_and(|rest| rest.starts_with(':')))
                    {
                        let name = pen.name(name);
                        pen.given(granted.from, Thing::Group(name));
                    }
                } },
        },
    }
}
