use watertight_engine::prelude::*;
use watertight_facts::availability::{AUTOSCALER, SCALED_OBJECT, Utilization};

control! {
    /// The autoscaler compares what the pods use with what they request. With a container that requests
    /// nothing it cannot, and leaves the number of pods as it is, whatever the load.
    ///
    /// Each container counts, sidecars too, unless the metric names one (`ContainerResource`). An
    /// autoscaler without metrics goes by processor time.
    ///
    /// ## Remedy
    /// Give each container a request for the resource, or scale by an average value instead of a
    /// utilization.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    ///         resources: {requests: {cpu: 100m}}
    ///       - name: logs
    ///         image: logs
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    ///   metrics:
    ///   - type: Resource
    ///     resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - name: web
    ///         image: web
    ///         resources: {limits: {cpu: 100m}}  # the request too
    ///       - name: logs
    ///         image: logs
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    ///   metrics:
    ///   - type: ContainerResource
    ///     containerResource: {name: cpu, container: web, target: {type: Utilization, averageUtilization: 80}}
    ///   - type: Resource
    ///     resource: {name: memory, target: {type: AverageValue, averageValue: 1Gi}}
    /// ```
    pub static AUTOSCALER_WITHOUT_REQUEST = {
        title: "autoscaler goes by requests that are not there",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[AUTOSCALER, SCALED_OBJECT, GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let autoscalers = view.autoscalers_of(workload.id());
    if autoscalers.is_empty() {
        return out.not_applicable();
    }
    let defaults = view.limit_defaults(workload.id());
    for id in autoscalers {
        let name = &view.snapshot().object(id).identity().name;
        for utilization in view.autoscaler(id).into_iter().flat_map(|facts| &facts.utilizations) {
            let Some(resource) = resource(utilization) else { continue };
            // `calculatePodRequests` in `pkg/controller/podautoscaler/replica_calculator.go`.
            let counted = workload.containers().filter(|container| {
                matches!(container.role(), Role::Main | Role::Sidecar)
                    && utilization.container.as_ref().is_none_or(|only| only == container.name())
            });
            for container in counted.filter(|container| !container.has_request(resource, &defaults)) {
                let message = format!(
                    "{} has no {} request, by which the HorizontalPodAutoscaler `{name}` scales: it cannot",
                    container.described(),
                    resource.name()
                );
                out.fail(container.at("resources.requests").key(resource.name()), message);
            }
        }
    }
}

fn resource(utilization: &Utilization) -> Option<Resource> {
    [Resource::Cpu, Resource::Memory].into_iter().find(|resource| resource.name() == utilization.resource)
}
