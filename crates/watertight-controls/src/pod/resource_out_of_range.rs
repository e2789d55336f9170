use watertight_engine::prelude::*;

control! {
    /// The container asks for more or less than the bounds that you set: one copy may crowd out its
    /// neighbours on the node, or starve among them.
    ///
    /// Silent until the settings name bounds (`--resource-bound 'limits.memory<=4Gi'`). A request that
    /// is not written is the limit. A container without a value of its own is judged by the pod's
    /// (`spec.resources`), and where neither is written, by the controls on missing requests and limits.
    ///
    /// ## Remedy
    /// Bring the value within the bound. If the container needs what it asks for, waive this for it
    /// or move the bound.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources:
    ///       requests: {cpu: 20m}  # at least 50m
    ///       limits: {memory: 8Gi}  # at most 4Gi
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     resources: {limits: {memory: 5e9}}
    ///   - name: proxy
    ///     image: proxy
    ///     restartPolicy: Always
    ///     resources: {limits: {cpu: 10m}}  # the request defaults to it
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {limits: {memory: 0}}  # zero is no limit
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   resources: {limits: {memory: 8Gi}}  # all of it may be taken by one container
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   resources: {limits: {memory: 8Gi}}
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     resources: {requests: {cpu: 0.05}, limits: {memory: 4096Mi}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {limits: {cpu: 64, memory: 4e9}}
    ///   ephemeralContainers:  # may not name resources
    ///   - name: debug
    ///     image: debug
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web  # no value: the missing ones are named by other controls
    ///     image: web
    /// ```
    pub static RESOURCE_OUT_OF_RANGE = {
        title: "container asks for more or less than is allowed",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let bounds = &workload.settings().bounds;
    if bounds.is_empty() {
        out.not_applicable();
        return;
    }
    // Ephemeral containers may name no resources (`validateEphemeralContainers` in
    // `pkg/apis/core/validation/validation.go`).
    for container in workload.containers().filter(|container| container.role() != Role::Ephemeral) {
        for bound in bounds {
            let Some(share) = container.share(bound.asked, bound.resource) else { continue };
            match &share.amount {
                // The API server refuses what `ParseQuantity` does, and negative amounts
                // (`ValidateResourceQuantityValue` in `pkg/apis/core/validation/validation.go`): it
                // never runs like that, and what will is not known.
                Err(error) => out.unknown(format!("{}: {error}", share.path)),
                Ok(Some(amount)) if *amount < Quantity::ZERO => {
                    out.unknown(format!("{}: `{}` is negative", share.path, share.text));
                }
                Ok(Some(amount)) if bound.allows(*amount) => {}
                Ok(None) if bound.side == Side::AtLeast => {}
                Ok(_) => fail(container, bound, &share, out),
            }
        }
    }
}

fn fail(container: Container<'_>, bound: &Bound, share: &Share<'_>, out: &mut Sink<'_>) {
    let described = container.described();
    let what = format!("{} {}", bound.resource.name(), bound.asked.name());
    let allowed = match bound.side {
        Side::AtMost => "at most",
        Side::AtLeast => "at least",
    };
    let has = match share {
        Share { is_of_pod: true, .. } => format!("{described} draws on the pod's {what} of {}", share.text),
        Share { amount: Ok(None), .. } => format!("{described} has a {what} of {}, which is none", share.text),
        _ => format!("{described} has a {what} of {}", share.text),
    };
    // No fix: how much it needs is not in the manifest, and a limit lowered below the request is refused.
    out.fail(share.path.clone(), format!("{has}; {allowed} {} is allowed", bound.text))
        .discriminator(format!("{bound} {}", container.name()));
}
