use watertight_engine::prelude::*;
use watertight_facts::availability::DISRUPTION_BUDGET;

use super::{SCALE_AND_BUDGETS, replicas};

control! {
    /// A drain may take all replicas at once: node upgrades and the cluster's autoscaler evict every pod
    /// that no budget keeps, however many replicas there are.
    ///
    /// Workloads with more than one replica are judged, and those that leave the number to something else,
    /// which is not in view; with one replica, a budget can only block drains. Where no budget is in view at
    /// all, this is unknown: they may stand elsewhere.
    ///
    /// ## Remedy
    /// Add a `PodDisruptionBudget` with `maxUnavailable: 1` and the workload's selector.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: other}  # budgets reach their own namespace
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     metadata: {labels: {app: web, tier: front}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: worker, namespace: shop}
    /// spec:
    ///   replicas: 1
    ///   template:
    ///     metadata: {labels: {app: worker}}
    ///     spec:
    ///       containers:
    ///       - name: worker
    ///         image: worker
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   maxUnavailable: 1
    ///   selector: {matchExpressions: [{key: tier, operator: In, values: [front]}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}  # no budget is in view: it may stand elsewhere
    /// spec:
    ///   replicas: 3
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    pub static DISRUPTION_BUDGET_MISSING = {
        title: "no budget keeps replicas from being evicted together",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: SCALE_AND_BUDGETS,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let Some(count) = view.replicas(workload.id()) else { return out.not_applicable() };
    let may_be_scaled = !count.is_written && count.autoscaler.is_none();
    if count.least <= 1 && !may_be_scaled {
        return out.not_applicable();
    }
    if !view.budgets_of(workload.id()).is_empty() {
        return;
    }
    if !view.sees(DISRUPTION_BUDGET) {
        return out.not_in_view(DISRUPTION_BUDGET);
    }
    let message = if may_be_scaled {
        "no PodDisruptionBudget selects its pods, of which no number is written: once it is scaled, a drain may take all".to_owned()
    } else {
        format!("no PodDisruptionBudget selects its {}: a drain may take all", replicas(count.least))
    };
    out.fail(workload.metadata_path().key("labels"), message);
}
