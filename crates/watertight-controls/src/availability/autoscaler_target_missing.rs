use watertight_engine::prelude::*;
use watertight_facts::availability::SCALED_OBJECT;

/// The kinds whose absence can be told, and that autoscalers name. Others may be any custom resource.
const TARGETS: &[GroupKind] = &[
    GroupKind { group: "apps", kind: "Deployment" },
    GroupKind { group: "apps", kind: "ReplicaSet" },
    GroupKind { group: "apps", kind: "StatefulSet" },
    GroupKind::core("ReplicationController"),
];

control! {
    /// The autoscaler scales nothing: the workload that was meant stays as it is under load.
    ///
    /// Judged for Deployments, ReplicaSets, StatefulSets and ReplicationControllers of the same
    /// namespace. Where the input holds no object of the kind, it is unknown: they may stand elsewhere.
    ///
    /// ## Remedy
    /// Name the workload in `scaleTargetRef` with its `apiVersion`, kind and name, and put both into one
    /// namespace.
    ///
    /// ```yaml,fail
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: other}
    /// spec: {template: {spec: {containers: [{name: web, image: web}]}}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   scaleTargetRef: {kind: Deployment, name: web}  # of no API group, where there are none
    ///   maxReplicas: 5
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec: {template: {spec: {containers: [{name: web, image: web}]}}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    ///   maxReplicas: 5
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec: {template: {spec: {containers: [{name: web, image: web}]}}}
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: {name: shards, namespace: shop}
    /// spec:
    ///   scaleTargetRef: {apiVersion: example.com/v1, kind: Shards, name: a}
    ///   maxReplicas: 5
    /// ```
    pub static AUTOSCALER_TARGET_MISSING = {
        title: "autoscaler names a workload that is not there",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: TARGETS,
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let view = object.view();
    let Some(autoscaler) = view.autoscaler(object.id()) else { return out.not_applicable() };
    let target = &autoscaler.target;
    let Some(&kind) = TARGETS.iter().find(|kind| kind.kind == target.kind) else {
        return out.not_applicable();
    };
    if view.has_target(object.id()) {
        return;
    }
    let path = Path::root().at("spec.scaleTargetRef");
    if target.group.is_none() && !kind.group.is_empty() && !SCALED_OBJECT.is(object.identity()) {
        let message = format!(
            "names a {} without `apiVersion: {}/v1`, which is of the core group, where there are none",
            kind.kind, kind.group
        );
        out.fail(path.key("apiVersion"), message);
    } else if view.sees(kind) {
        let message = format!("no {} `{}` is in view in its namespace", target.kind, target.name);
        out.fail(path.key("name"), message);
    } else {
        out.not_in_view(kind);
    }
}
