use watertight_engine::prelude::*;
use watertight_facts::availability::Amount;

use super::SCALE;

control! {
    /// An update ends every pod before a new one serves: each release is an outage, and one that does not
    /// start has nothing to fall back to.
    ///
    /// Judged are Deployments and DaemonSets. A Deployment with a claim of its own is not: the volume may
    /// let no second pod in beside the first.
    ///
    /// ## Remedy
    /// Use the strategy `RollingUpdate`, and leave `maxUnavailable` below the number of replicas.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   strategy: {type: Recreate}
    ///   template: {spec: {containers: [{name: web, image: web}]}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: agent}
    /// spec:
    ///   updateStrategy: {rollingUpdate: {maxUnavailable: 100%}}
    ///   template: {spec: {containers: [{name: agent, image: agent}]}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   replicas: 3
    ///   strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
    ///   template: {spec: {containers: [{name: web, image: web}]}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: database}
    /// spec:
    ///   strategy: {type: Recreate}
    ///   template:
    ///     spec:
    ///       containers: [{name: database, image: database}]
    ///       volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
    /// ```
    pub static UPDATE_STOPS_EVERYTHING = {
        title: "an update stops every pod at once",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: SCALE,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let is_deployment = &*workload.identity().kind == "Deployment";
    let spec = Path::root().key("spec");
    let strategy = match &*workload.identity().kind {
        "Deployment" => spec.key("strategy"),
        "DaemonSet" => spec.key("updateStrategy"),
        _ => return out.not_applicable(),
    };
    let mut volumes = workload.spec().volumes.iter().flatten();
    if is_deployment && volumes.any(|volume| volume.persistent_volume_claim.is_some()) {
        return out.not_applicable();
    }
    let Ok(body) = view.snapshot().object(workload.id()).body() else { return };
    let kind = strategy.key("type");
    if body.root().at(&kind).and_then(watertight_syntax::Value::as_str) == Some("Recreate") {
        // No fix: whether two versions may run beside each other is not in the manifest.
        out.fail(kind, "`Recreate`: an update stops every pod before the first new one starts");
        return;
    }
    let at_once = strategy.at("rollingUpdate.maxUnavailable");
    let Some(amount) = body.root().at(&at_once).and_then(Amount::of) else { return };
    let of = match amount {
        Amount::Percent(100..) => String::new(),
        Amount::Percent(_) => return,
        Amount::Count(count) => match view.replicas(workload.id()) {
            Some(there) if there.least > 0 && count >= there.least => {
                format!(" of {}", super::replicas(there.least))
            }
            _ => return,
        },
    };
    out.fail(at_once, format!("`maxUnavailable: {amount}`{of}: an update may stop every pod at once"));
}
