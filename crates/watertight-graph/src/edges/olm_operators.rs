//! See the page of the edge.

use crate::deputies::{Controller, to_accounts};
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write a `ClusterServiceVersion`, or a `Subscription` or `CatalogSource` that leads to one, has the Operator
    /// Lifecycle Manager make the deployments, service accounts, roles and cluster roles that it names, by its own service
    /// account. An `OperatorGroup` that names a service account narrows it; that is not evaluated, and the edge says so.
    ///
    /// Upstream: `doc/design/scoped-operator-install.md` of operator-framework/operator-lifecycle-manager.
    ///
    /// ```yaml,edges
    /// #> user/dev -[olm-operators]-> sa/olm/olm-operator-serviceaccount
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: olm}
    /// spec: {serviceAccountName: olm-operator-serviceaccount, containers: [{name: c, image: 'quay.io/operator-framework/olm:v0.30.0', args: [/bin/olm]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [operators.coreos.com], resources: [clusterserviceversions], verbs: [create]}
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
    /// - {apiGroups: [operators.coreos.com], resources: [clusterserviceversions], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static OLM_OPERATORS = {
        title: "have an operator of their own installed",
        technique: "T1078",
        removed_by: &["the rule removed", "the binding removed", "an `OperatorGroup` with a service account of its own"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Olm]),
            needs: crate::written!["operators.coreos.com": "catalogsources" "clusterserviceversions" "subscriptions"],
            leads: |granted, _need, scene, pen| {
                const NOTE: &str = "an `OperatorGroup` with a service account of its own may narrow it";
                to_accounts(granted, scene, &[Controller::Olm], Some(NOTE), pen);
            },
        },
    }
}
