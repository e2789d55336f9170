//! See the page of the edge.

use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::{Goal, Thing};

edge! {
    /// Where EKS is seen, whoever may change the ConfigMap `aws-auth` of kube-system maps an identity of AWS that they have to
    /// `system:masters`. Taken for granted is that the cluster still looks at it: its authentication mode is not `API`.
    ///
    /// EKS is seen by the ConfigMap itself, and by labels and annotations of `eks.amazonaws.com`.
    ///
    /// Upstream: `pkg/mapper/configmap` of kubernetes-sigs/aws-iam-authenticator; "Grant IAM users access to Kubernetes with a
    /// ConfigMap" of Amazon's pages.
    ///
    /// ```yaml,edges
    /// #> user/dev -[aws-auth-write]-> goal/cluster-admin
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: aws-auth, namespace: kube-system}
    /// data:
    ///   mapRoles: |
    ///     - rolearn: arn:aws:iam::111122223333:role/ops
    ///       username: ops
    ///       groups: [system:masters]
    ///     - rolearn: arn:aws:iam::111122223333:role/node
    ///       username: system:node:{{EC2PrivateDNSName}}
    ///       groups: [system:bootstrappers, system:nodes]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: kube-system}
    /// rules:
    /// - {apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [aws-auth]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: kube-system}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: aws-auth, namespace: kube-system}
    /// data:
    ///   mapRoles: |
    ///     - rolearn: arn:aws:iam::111122223333:role/ops
    ///       username: ops
    ///       groups: [system:masters]
    ///     - rolearn: arn:aws:iam::111122223333:role/node
    ///       username: system:node:{{EC2PrivateDNSName}}
    ///       groups: [system:bootstrappers, system:nodes]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: kube-system}
    /// rules:
    /// - {apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [other]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: kube-system}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: s, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [configmaps], verbs: [update]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: s, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: s}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: kube-system}
    /// rules:
    /// - {apiGroups: [''], resources: [configmaps], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: kube-system}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static AWS_AUTH_WRITE = {
        title: "map an identity of the cloud to cluster admin",
        technique: "T1098",
        removed_by: &["the rule removed", "the binding removed", "access entries in place of the ConfigMap"],
        draw: Draw::Deputy {
            when: |scene| scene.clouds.iter().any(|own| own.eks.is_some()),
            needs: &[Need::of("patch", "", "configmaps"), Need::of("update", "", "configmaps")],
            leads: |granted, _need, _scene, pen| {
                const NOTE: &str = "the cluster's authentication mode is not `API`";
                let home = pen.name("kube-system");
                let own = pen.name("aws-auth");
                if granted.reaches(home) && granted.name.is_none_or(|name| name == own) {
                    pen.edge(granted.from, Thing::Goal(Goal::ClusterAdmin), [], Some(NOTE));
                }
            },
        },
    }
}
