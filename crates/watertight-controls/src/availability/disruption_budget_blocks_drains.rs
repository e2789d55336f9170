use watertight_engine::prelude::*;
use watertight_facts::availability::{Amount, BudgetFacts};

use super::{SCALE_AND_BUDGETS, replicas};

control! {
    /// No pod of this budget may ever be evicted, so that the drain of a node with one waits for ever:
    /// upgrades and repairs of the cluster stop there, until somebody deletes the pod and takes the outage
    /// that the budget was to prevent.
    ///
    /// The number of replicas is that of the workloads in view that the budget selects, or the least that
    /// their autoscaler leaves.
    ///
    /// ## Remedy
    /// Allow one pod to be away: `maxUnavailable: 1`, with at least two replicas.
    ///
    /// ```yaml,fail
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   minAvailable: 100%
    ///   selector: {matchLabels: {app: web}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   maxUnavailable: 1
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   minAvailable: 1
    ///   selector: {matchLabels: {app: web}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 1
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec:
    ///   minAvailable: 50%
    ///   selector: {matchLabels: {app: web}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 2
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: elsewhere}
    /// spec:
    ///   minAvailable: 2
    ///   selector: {matchLabels: {app: elsewhere}}
    /// ```
    pub static DISRUPTION_BUDGET_BLOCKS_DRAINS = {
        title: "budget never lets a pod be evicted",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: SCALE_AND_BUDGETS,
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(budget) = object.view().budget(object.id()) else { return out.not_applicable() };
    let spec = Path::root().key("spec");
    let fix = || Fix::review().set(spec.key("maxUnavailable"), 1);
    if let Some(max @ (Amount::Count(0) | Amount::Percent(0))) = budget.max_unavailable {
        let message = format!("`maxUnavailable: {max}`: no pod may ever be evicted");
        out.fail(spec.key("maxUnavailable"), message).fix(fix());
        return;
    }
    let min_path = spec.key("minAvailable");
    if let Some(min @ Amount::Percent(100..)) = budget.min_available {
        let message = format!("`minAvailable: {min}`: no pod may ever be evicted");
        out.fail(min_path.clone(), message).fix(fix().remove(min_path));
        return;
    }
    if let Some(blocked) = blocked(object, budget) {
        let path = if budget.min_available.is_some() { min_path } else { spec };
        out.fail(path, blocked);
    }
}

/// Why no pod of the workloads in view may be evicted.
fn blocked(object: ObjectView<'_>, budget: &BudgetFacts) -> Option<String> {
    let view = object.view();
    let workloads = view.workloads_under(object.id());
    let known: Vec<_> = workloads.iter().map(|&id| view.replicas(id)).collect::<Option<_>>()?;
    let least: i64 = known.iter().map(|count| count.least).sum();
    let most: i64 = known.iter().map(|count| count.most).sum();
    if most <= 0 {
        return None;
    }
    let Some(min) = budget.min_available.filter(|_| budget.max_unavailable.is_none()) else {
        // `maxUnavailable` above 0 always lets one go.
        let says_nothing = budget.desired_healthy(most).is_none();
        return says_nothing.then(|| {
            "neither `minAvailable` nor `maxUnavailable` is set, which lets no pod be evicted".to_owned()
        });
    };
    let is_scaled = known.iter().any(|count| count.autoscaler.is_some());
    let blocks = |count: i64| count > 0 && min.of_pods(count) >= count;
    let count = [most, least].into_iter().find(|&count| blocks(count))?;
    let at = match (is_scaled, count == most) {
        (true, false) => format!("the autoscaler's least, {}", replicas(count)),
        (true, true) => format!("the autoscaler's most, {}", replicas(count)),
        (false, _) if count == 1 => "one replica".to_owned(),
        (false, _) => format!("the {}", replicas(count)),
    };
    Some(if min.of_pods(count) > count {
        format!("`minAvailable: {min}` asks for more than {at}: no pod may be evicted then")
    } else {
        format!("`minAvailable: {min}` keeps all of {at}: no pod may be evicted then")
    })
}
