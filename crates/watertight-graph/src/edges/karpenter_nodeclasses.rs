//! See the page of the edge.

use crate::cloud::Provider;
use crate::deputies::Controller;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Scope, Thing};

edge! {
    /// Whoever may write an `EC2NodeClass` chooses what nodes that Karpenter makes run as root when they start, and their role
    /// in AWS; nodes that are there already are replaced, as they differ from it then.
    ///
    /// Upstream: `pkg/apis/v1/ec2nodeclass.go` (`userData`, `role`) and `website/content/en/docs/concepts/disruption.md` (drift)
    /// of aws/karpenter-provider-aws. Azure's `AKSNodeClass` has no such field.
    ///
    /// ```yaml,edges
    /// #> user/dev -[karpenter-nodeclasses]-> node/worker
    /// #> user/dev -[karpenter-nodeclasses]-> cloud/node role of AWS
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: kube-system}
    /// spec: {serviceAccountName: karpenter, containers: [{name: c, image: 'public.ecr.aws/karpenter/controller:1.8.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [karpenter.k8s.aws], resources: [ec2nodeclasses], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: kube-system}
    /// spec: {serviceAccountName: karpenter, containers: [{name: c, image: 'public.ecr.aws/karpenter/controller:1.8.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [karpenter.k8s.aws], resources: [ec2nodeclasses], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static KARPENTER_NODECLASSES = {
        title: "have nodes made that run what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Karpenter]),
            needs: crate::written!["karpenter.k8s.aws": "ec2nodeclasses"],
            leads: |granted, _need, scene, pen| {
                const NOTE: &str = "the nodes are Karpenter's";
                if granted.scope != Scope::Everywhere || scene.deputies_of(&[Controller::Karpenter]).next().is_none() {
                    return;
                }
                let workers = (0u32..).zip(&scene.nodes).filter(|(_, node)| !node.control_plane);
                for (node, _) in workers {
                    pen.edge(granted.from, Thing::Node(node, Hold::Root), [], Some(NOTE));
                }
                let role = pen.name(Provider::Aws.node_role());
                pen.given(granted.from, Thing::Cloud(role));
            },
        },
    }
}
