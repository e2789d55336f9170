//! Where each kind of workload keeps its pod template: one table.

use watertight_model::Identity;

/// One row: a kind and the place of its pod template.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The kind.
    pub kind: &'static str,
    /// API groups; empty means any, since old groups serve the same kinds.
    pub groups: &'static [&'static str],
    /// Keys from the object to the template, separated by dots; empty for the object itself.
    pub path: &'static str,
    /// Fields beside those of a pod spec that this kind allows in the template's `spec`.
    pub extra_fields: &'static [&'static str],
    /// A field of the object's `spec` that stands in for a template (a reference to another workload).
    pub instead: Option<&'static str>,
}

const fn row(kind: &'static str, groups: &'static [&'static str], path: &'static str) -> Template {
    Template { kind, groups, path, extra_fields: &[], instead: None }
}

/// `RevisionSpec` of Knative Serving (`pkg/apis/serving/v1/revision_types.go`) embeds a pod spec.
const KNATIVE: &[&str] =
    &["containerConcurrency", "timeoutSeconds", "responseStartTimeoutSeconds", "idleTimeoutSeconds"];

/// Every workload kind that is known.
pub static TEMPLATES: &[Template] = &[
    row("Pod", &[""], ""),
    row("PodTemplate", &[""], "template"),
    row("Deployment", &[], "spec.template"),
    row("ReplicaSet", &[], "spec.template"),
    row("StatefulSet", &[], "spec.template"),
    row("DaemonSet", &[], "spec.template"),
    row("ReplicationController", &[], "spec.template"),
    row("Job", &[], "spec.template"),
    row("CronJob", &[], "spec.jobTemplate.spec.template"),
    Template { instead: Some("workloadRef"), ..row("Rollout", &["argoproj.io"], "spec.template") },
    Template { extra_fields: KNATIVE, ..row("Service", &["serving.knative.dev"], "spec.template") },
    Template { extra_fields: KNATIVE, ..row("Configuration", &["serving.knative.dev"], "spec.template") },
    Template { extra_fields: KNATIVE, ..row("Revision", &["serving.knative.dev"], "") },
    row("DeploymentConfig", &["", "apps.openshift.io"], "spec.template"),
    row("CloneSet", &["apps.kruise.io"], "spec.template"),
    row("BroadcastJob", &["apps.kruise.io"], "spec.template"),
    row("AdvancedCronJob", &["apps.kruise.io"], "spec.template.jobTemplate.spec.template"),
    row("Sandbox", &["agents.x-k8s.io", "extensions.agents.x-k8s.io"], "spec.podTemplate"),
    row("SandboxTemplate", &["agents.x-k8s.io", "extensions.agents.x-k8s.io"], "spec.podTemplate"),
];

/// The row for an object, when it is a workload.
#[must_use]
pub fn template_of(identity: &Identity) -> Option<&'static Template> {
    TEMPLATES.iter().find(|row| {
        row.kind == &*identity.kind && (row.groups.is_empty() || row.groups.contains(&&*identity.group))
    })
}

impl Template {
    /// Whether the kind is Kubernetes' own in this group, so that a missing template is a fault.
    pub(crate) fn must_exist(&self, identity: &Identity) -> bool {
        !self.groups.is_empty() || matches!(&*identity.group, "" | "apps" | "batch" | "extensions")
    }
}
