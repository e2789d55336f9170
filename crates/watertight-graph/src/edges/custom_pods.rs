//! See the page of the edge.

use crate::deputies::{Controller, to_namespaces};
use crate::edge;
use crate::edge::Draw;
use crate::edge::Need;
use crate::thing::{Every, Scope};

edge! {
    /// Whoever may write objects from which a controller in view makes pods as their author says runs what they like there:
    /// the service account, the volumes and the security context are the author's.
    ///
    /// Known are Argo Workflows and Rollouts, Tekton, Spark, Prometheus and its siblings, KEDA's jobs, Ray, Kubeflow's training
    /// jobs, Volcano, JobSet, Flink, runners of GitHub Actions and collectors of OpenTelemetry. A controller that is confined
    /// to namespaces by a flag makes pods there alone. A template that nothing runs yet counts: something may refer to it.
    ///
    /// Upstream: the types of each, such as `pkg/apis/workflow/v1alpha1/workflow_types.go` of argoproj/argo-workflows,
    /// `pkg/apis/pipeline/pod/template.go` of tektoncd/pipeline, `pkg/apis/monitoring/v1/prometheus_types.go` of
    /// prometheus-operator/prometheus-operator.
    ///
    /// ```yaml,edges
    /// #> user/dev -[custom-pods]-> new-pod/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: argo}
    /// spec: {serviceAccountName: argo, containers: [{name: c, image: 'quay.io/argoproj/workflow-controller:v3.7.0'}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [workflows], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[custom-pods]-> new-pod/argo
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: argo}
    /// spec: {serviceAccountName: argo, containers: [{name: c, image: 'quay.io/argoproj/workflow-controller:v3.7.0', args: [--namespaced]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [cronworkflows], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[custom-pods]-> new-pod/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: argo}
    /// spec: {serviceAccountName: argo, containers: [{name: c, image: 'quay.io/argoproj/workflow-controller:v3.7.0', args: [--namespaced, --managed-namespace=shop]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [workflows], verbs: [create]}
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
    /// metadata: {name: c, namespace: argo}
    /// spec: {serviceAccountName: argo, containers: [{name: c, image: 'quay.io/argoproj/workflow-controller:v3.7.0', args: [--namespaced]}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [argoproj.io], resources: [workflows], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: t, namespace: shop}
    /// rules:
    /// - {apiGroups: [tekton.dev], resources: [taskruns], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: t, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: t}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CUSTOM_PODS = {
        title: "have a controller run pods of their own choice",
        technique: "T1610",
        removed_by: &["the rule removed", "the binding removed"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(MAKERS),
            needs: crate::written![
                "actions.github.com": "autoscalingrunnersets" "ephemeralrunners" "ephemeralrunnersets";
                "actions.summerwind.dev": "runnerdeployments" "runners" "runnersets";
                "argoproj.io": "clusterworkflowtemplates" "cronworkflows" "rollouts" "workflows" "workflowtemplates";
                "batch.volcano.sh": "jobs";
                "flink.apache.org": "flinkdeployments";
                "jobset.x-k8s.io": "jobsets";
                "keda.sh": "scaledjobs";
                "kubeflow.org": "mpijobs" "paddlejobs" "pytorchjobs" "tfjobs" "xgboostjobs";
                "monitoring.coreos.com": "alertmanagers" "prometheusagents" "prometheuses" "thanosrulers";
                "opentelemetry.io": "opentelemetrycollectors";
                "ray.io": "rayclusters" "rayjobs" "rayservices";
                "sparkoperator.k8s.io": "scheduledsparkapplications" "sparkapplications";
                "tekton.dev": "clustertasks" "pipelineruns" "pipelines" "taskruns" "tasks"
            ],
            leads: |granted, need, scene, pen| {
                // Templates of the whole cluster have no namespace.
                let of_cluster = matches!(need.resource, "clusterworkflowtemplates" | "clustertasks");
                if !of_cluster || granted.scope == Scope::Everywhere {
                    to_namespaces(granted, scene, &[maker(need)], &[Every::NewPod], pen);
                }
            },
        },
    }
}

/// The controllers.
const MAKERS: &[Controller] = &[
    Controller::ActionsRunner,
    Controller::ArgoRollouts,
    Controller::ArgoWorkflows,
    Controller::Flink,
    Controller::JobSet,
    Controller::Keda,
    Controller::Kubeflow,
    Controller::OpenTelemetry,
    Controller::Prometheus,
    Controller::Ray,
    Controller::Spark,
    Controller::Tekton,
    Controller::Volcano,
];

/// The controller that makes pods of objects of a resource.
fn maker(need: &Need) -> Controller {
    match (need.group, need.resource) {
        ("argoproj.io", "rollouts") => Controller::ArgoRollouts,
        ("argoproj.io", _) => Controller::ArgoWorkflows,
        ("batch.volcano.sh", _) => Controller::Volcano,
        ("flink.apache.org", _) => Controller::Flink,
        ("jobset.x-k8s.io", _) => Controller::JobSet,
        ("keda.sh", _) => Controller::Keda,
        ("kubeflow.org", _) => Controller::Kubeflow,
        ("monitoring.coreos.com", _) => Controller::Prometheus,
        ("opentelemetry.io", _) => Controller::OpenTelemetry,
        ("ray.io", _) => Controller::Ray,
        ("sparkoperator.k8s.io", _) => Controller::Spark,
        ("tekton.dev", _) => Controller::Tekton,
        _ => Controller::ActionsRunner,
    }
}
