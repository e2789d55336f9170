//! See the page of the edge.

use crate::deputies::{Controller, to_namespaces};
use crate::edge;
use crate::edge::Draw;
use crate::thing::Every;

edge! {
    /// Whoever may write a `Service` of Knative or a virtual machine of KubeVirt chooses a service account and Secrets of the
    /// namespace for what is run, and neither the node's folders nor privileges: they have these accounts and Secrets, and no
    /// pod that Pod Security would have to stop.
    ///
    /// Upstream: `pkg/apis/serving/fieldmask.go` of knative/serving; `ServiceAccountVolumeSource` in
    /// `staging/src/kubevirt.io/api/core/v1/schema.go` of kubevirt/kubevirt.
    ///
    /// ```yaml,edges
    /// #> user/dev -[custom-workloads]-> sas/shop
    /// #> user/dev -[custom-workloads]-> secrets/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: knative-serving}
    /// spec: {serviceAccountName: controller, containers: [{name: c, image: 'gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.19.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [serving.knative.dev], resources: [services], verbs: [create]}
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
    /// metadata: {name: c, namespace: knative-serving}
    /// spec: {serviceAccountName: controller, containers: [{name: c, image: 'gcr.io/knative-releases/knative.dev/serving/cmd/controller:v1.19.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [kubevirt.io], resources: [virtualmachines], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CUSTOM_WORKLOADS = {
        title: "have a controller run something as any service account",
        technique: "T1610",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::Knative, Controller::KubeVirt]),
            needs: crate::written![
                "kubevirt.io": "virtualmachineinstancereplicasets" "virtualmachineinstances" "virtualmachines";
                "serving.knative.dev": "configurations" "services"
            ],
            leads: |granted, need, scene, pen| {
                let controller = match need.group {
                    "kubevirt.io" => Controller::KubeVirt,
                    _ => Controller::Knative,
                };
                to_namespaces(granted, scene, &[controller], &[Every::Accounts, Every::Secrets], pen);
            },
        },
    }
}
