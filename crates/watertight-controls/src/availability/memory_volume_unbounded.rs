use watertight_engine::prelude::*;

control! {
    /// What is written into the volume is memory of the node, and nothing bounds it: the kernel kills
    /// processes of other pods when it is used up.
    ///
    /// Where every container has a memory limit, their sum bounds the volume.
    ///
    /// ## Remedy
    /// Set `sizeLimit` on the volume, or a memory limit on every container.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     volumeMounts: [{name: cache, mountPath: /cache}]
    ///   volumes:
    ///   - name: cache
    ///     emptyDir: {medium: Memory}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: bounded}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   volumes:
    ///   - name: cache
    ///     emptyDir: {medium: Memory, sizeLimit: 64Mi}
    ///   - name: disk
    ///     emptyDir: {}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: limited}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     resources: {limits: {memory: 64Mi}}
    ///   volumes:
    ///   - name: cache
    ///     emptyDir: {medium: Memory}
    /// ```
    pub static MEMORY_VOLUME_UNBOUNDED = {
        title: "volume in memory has no bound",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[Mapping::Attack("T1499")],
        reads: &[GroupKind::core("LimitRange")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let defaults = workload.view().limit_defaults(workload.id());
    let mut beside = workload.containers().filter(|c| matches!(c.role(), Role::Main | Role::Sidecar));
    // `calculateEmptyDirMemorySize` in `pkg/volume/emptydir/empty_dir.go`.
    let Some(unlimited) = beside.find(|container| !container.has_limit(Resource::Memory, &defaults)) else {
        return;
    };
    for (index, volume) in workload.spec().volumes.iter().flatten().enumerate() {
        let Some(dir) = volume.empty_dir.as_ref().filter(|dir| dir.medium.as_deref() == Some("Memory")) else {
            continue;
        };
        let bounded = dir.size_limit.as_ref().is_some_and(|limit| {
            limit.0.parse::<Quantity>().is_ok_and(|limit| limit > Quantity::ZERO)
        });
        if !bounded {
            let path = workload.path().key("volumes").index(index).at("emptyDir.sizeLimit");
            let message = format!(
                "volume `{}` is memory without a `sizeLimit`, and {} has no memory limit",
                volume.name,
                unlimited.described()
            );
            out.fail(path, message);
        }
    }
}
