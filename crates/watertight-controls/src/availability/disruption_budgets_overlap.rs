use watertight_engine::prelude::*;
use watertight_facts::availability::DISRUPTION_BUDGET;

control! {
    /// Two budgets select the pod, and the API server evicts no pod of several budgets: every drain of
    /// its node fails with an error, whatever the budgets say.
    ///
    /// ## Remedy
    /// Leave one budget for each workload, or make their selectors disjoint.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: all, namespace: shop}
    /// spec: {maxUnavailable: 50%, selector: {}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: rest, namespace: shop}
    /// spec: {maxUnavailable: 1, selector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}
    /// ```
    pub static DISRUPTION_BUDGETS_OVERLAP = {
        title: "several budgets select the pods, so that none is evicted",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[DISRUPTION_BUDGET],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let budgets = view.budgets_of(workload.id());
    // One budget in two files, as in overlays, is one.
    let mut names: Vec<&str> =
        budgets.iter().map(|&id| &*view.snapshot().object(id).identity().name).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > 1 {
        let names = names.join("`, `");
        let message =
            format!("the budgets `{names}` select its pods: the API server evicts no pod of several");
        out.fail(workload.metadata_path().key("labels"), message);
    }
}
