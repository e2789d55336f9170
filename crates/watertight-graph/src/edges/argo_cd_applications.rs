//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write an `Application` or `ApplicationSet` where Argo CD looks has applied what they like as the service
    /// account of its application controller: they choose the source, and an `AppProject`.
    ///
    /// Argo CD looks in its own namespace, and in those that `--application-namespaces` or `application.namespaces` of the
    /// ConfigMap `argocd-cmd-params-cm` name. `AppProject`s, and accounts that they name for the destination, may narrow it;
    /// they are not evaluated, and the edge says so.
    ///
    /// Upstream: `docs/operator-manual/declarative-setup.md` (who may write applications in Argo CD's namespace is an
    /// administrator), `docs/operator-manual/app-any-namespace.md` of argoproj/argo-cd.
    ///
    /// ```yaml,edges
    /// #> user/dev -[argo-cd-applications]-> sa/argocd/argocd-application-controller
    /// #> admin/argocd -[argo-cd-applications]-> sa/argocd/argocd-application-controller
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: argocd}
    /// spec: {serviceAccountName: argocd-application-controller, containers: [{name: c, image: 'quay.io/argoproj/argocd:v3.1.0', args: [argocd-application-controller]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: argocd}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [applications], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: argocd}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: argocd}
    /// spec: {serviceAccountName: argocd-application-controller, containers: [{name: c, image: 'quay.io/argoproj/argocd:v3.1.0', args: [argocd-application-controller]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [applications], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [applications], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static ARGO_CD_APPLICATIONS = {
        title: "have Argo CD apply what they like",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed", "an `AppProject` that allows what is needed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::ArgoCd]),
            needs: crate::written!["argoproj.io": "applications" "applicationsets"],
            leads: |granted, _need, scene, pen| {
                const NOTE: &str = "`AppProject`s may narrow what is applied; they are not evaluated";
                to_accounts(granted, scene, &[Controller::ArgoCd], Some(NOTE), pen);
            },
        },
    }
}
