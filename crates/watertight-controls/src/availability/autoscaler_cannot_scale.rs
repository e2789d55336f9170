use watertight_engine::prelude::*;
use watertight_facts::availability::AUTOSCALER;

control! {
    /// The least is the most: whatever the load, the number of pods stays, and who relies on the
    /// autoscaler finds out when the load comes.
    ///
    /// ## Remedy
    /// Set `maxReplicas` above `minReplicas` (1 when it is not set), or drop the autoscaler.
    ///
    /// ```yaml,fail
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   minReplicas: 3
    ///   maxReplicas: 3
    /// ```
    /// ```yaml,pass
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 3
    /// ```
    pub static AUTOSCALER_CANNOT_SCALE = {
        title: "autoscaler has nothing to decide",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let autoscaler = object.view().autoscaler(object.id());
    let Some(autoscaler) = autoscaler.filter(|_| AUTOSCALER.is(object.identity())) else {
        return out.not_applicable();
    };
    let Some(most) = autoscaler.max_replicas.filter(|&most| most <= autoscaler.least()) else { return };
    let least = autoscaler.least();
    let message = if most < least {
        format!("`maxReplicas: {most}` is below the least, {least}: the API server refuses the object")
    } else {
        format!("the least is the most: {}", super::replicas(most))
    };
    out.fail(Path::root().at("spec.maxReplicas"), message);
}
