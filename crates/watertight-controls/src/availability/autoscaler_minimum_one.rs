use watertight_engine::prelude::*;
use watertight_facts::availability::AUTOSCALER;

control! {
    /// At quiet times one pod is left: the workload is gone while that pod's node is drained or lost,
    /// until another one has started.
    ///
    /// ## Remedy
    /// Set `minReplicas: 2` or more. Without the field it is 1.
    ///
    /// ```yaml,fail
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ```
    /// ```yaml,fixed
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    ///   minReplicas: 2
    /// ```
    /// ```yaml,pass
    /// apiVersion: keda.sh/v1alpha1
    /// kind: ScaledObject
    /// metadata: {name: worker}  # made to sleep
    /// spec:
    ///   scaleTargetRef: {name: worker}
    ///   triggers: [{type: cron}]
    /// ```
    pub static AUTOSCALER_MINIMUM_ONE = {
        title: "autoscaler may leave one replica",
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
    if autoscaler.least() > 1 {
        return;
    }
    let path = Path::root().at("spec.minReplicas");
    let message = match autoscaler.min_replicas {
        None => "`minReplicas` is not set, which is 1: one pod may be left".to_owned(),
        Some(1) => "`minReplicas: 1`: one pod may be left".to_owned(),
        Some(least) => format!("`minReplicas: {least}`: no pod may be left"),
    };
    let found = out.fail(path.clone(), message);
    // With fewer at most, the API server would refuse the object.
    if autoscaler.max_replicas.is_some_and(|most| most >= 2) {
        found.fix(Fix::review().set(path, 2));
    }
}
