//! See the page of the edge.

use crate::build::Pen;
use crate::deputies::{Controller, is_admin, to_accounts};
use crate::edge;
use crate::edge::Draw;
use crate::grants::Granted;
use crate::thing::{Every, Scope, Thing};

edge! {
    /// Whoever may write policies of Kyverno changes objects on their way into the cluster, has objects made and changed by
    /// its background controller, and has its admission controller ask the API server, each as its service account. A policy
    /// of a namespace changes what is made there.
    ///
    /// A `PolicyException` takes a policy away: it gives nothing by itself. Kyverno leaves out the namespaces that its
    /// `resourceFilters` name; that is not evaluated. What a policy of a namespace generates is confined to the namespace and
    /// not drawn.
    ///
    /// Upstream: `pkg/webhooks/resource/mutation`, `pkg/background/generate` and `pkg/engine/apicall` of kyverno/kyverno.
    ///
    /// ```yaml,edges
    /// #> user/dev -[kyverno-policies]-> admission/*
    /// #> user/dev -[kyverno-policies]-> sa/kyverno/kyverno-admission-controller
    /// #> user/dev -[kyverno-policies]-> sa/kyverno/kyverno-background-controller
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: kyverno}
    /// spec: {serviceAccountName: kyverno-background-controller, containers: [{name: c, image: 'reg.kyverno.io/kyverno/background-controller:v1.15.0'}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: kyverno}
    /// spec: {serviceAccountName: kyverno-admission-controller, containers: [{name: c, image: 'reg.kyverno.io/kyverno/kyverno:v1.15.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [kyverno.io], resources: [clusterpolicies], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[kyverno-policies]-> new-pod/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: kyverno}
    /// spec: {serviceAccountName: kyverno-admission-controller, containers: [{name: c, image: 'reg.kyverno.io/kyverno/kyverno:v1.15.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [kyverno.io], resources: [policies], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: kyverno}
    /// spec: {serviceAccountName: kyverno-background-controller, containers: [{name: c, image: 'reg.kyverno.io/kyverno/background-controller:v1.15.0'}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: kyverno}
    /// spec: {serviceAccountName: kyverno-admission-controller, containers: [{name: c, image: 'reg.kyverno.io/kyverno/kyverno:v1.15.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [kyverno.io], resources: [policyexceptions], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: s, namespace: shop}
    /// rules:
    /// - {apiGroups: [kyverno.io], resources: [clusterpolicies], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: s, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: s}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static KYVERNO_POLICIES = {
        title: "have Kyverno change what others make",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::KyvernoAdmission, Controller::KyvernoBackground]),
            needs: crate::written![
                "kyverno.io": "clusterpolicies" "policies";
                "policies.kyverno.io": "generatingpolicies" "mutatingpolicies" "namespacedmutatingpolicies"
            ],
            leads: |granted, need, scene, pen| {
                const BOTH: &[Controller] = &[Controller::KyvernoAdmission, Controller::KyvernoBackground];
                let admits = scene.deputies_of(&[Controller::KyvernoAdmission]).next().is_some();
                let of_namespace = matches!(need.resource, "policies" | "namespacedmutatingpolicies");
                if of_namespace {
                    if admits && !is_admin(granted, pen) {
                        granted_pods(granted, pen);
                    }
                    return;
                }
                if granted.scope != Scope::Everywhere {
                    return;
                }
                if admits && need.resource != "generatingpolicies" {
                    pen.edge(granted.from, Thing::Admission, [], Some(FILTERS));
                }
                to_accounts(granted, scene, BOTH, None, pen);
            },
        },
    }
}

/// What is taken for granted.
const FILTERS: &str =
    "`resourceFilters` and the webhook's selector leave some namespaces out; they are not evaluated";

/// Pods that somebody makes there are changed: also those of an existing policy, so that its name does not matter.
fn granted_pods(granted: &Granted, pen: &mut Pen<'_>) {
    pen.edge(granted.from, Thing::All(Every::NewPod, granted.scope), [], Some(FILTERS));
}
