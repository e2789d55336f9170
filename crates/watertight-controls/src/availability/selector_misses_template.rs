use watertight_engine::prelude::*;

control! {
    /// The workload does not select the pods it would make: the API server refuses the object, and what
    /// ran before goes on running, old version and all.
    ///
    /// ## Remedy
    /// Make the labels of the pod template meet the selector. The selector of an existing workload cannot
    /// be changed.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: shop}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   selector: {matchExpressions: [{key: app, operator: In, values: [web, shop]}]}
    ///   template:
    ///     metadata: {labels: {app: shop, tier: front}}
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    pub static SELECTOR_MISSES_TEMPLATE = {
        title: "workload's selector does not select its own pods",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let Some(selector) = workload.selector() else { return out.not_applicable() };
    let above = workload.path().parent().and_then(|template| template.parent());
    let path = above.unwrap_or_default().key("selector");
    match selector {
        Ok(selector) if selector.matches(workload.labels()) => {}
        Ok(_) => {
            let message = "the labels of the pod template do not meet the selector: the API server refuses the object";
            out.fail(path, message);
        }
        Err(why) => {
            out.fail(path, format!("the selector is none, the API server refuses the object: {why}"));
        }
    }
}
