use watertight_engine::prelude::*;

control! {
    /// An intruder can put programs into the container's root file system, or change those that are there,
    /// and run them until the container is replaced. Unset means writable.
    ///
    /// ## Remedy
    /// Set `readOnlyRootFilesystem: true` and mount an `emptyDir` where the program writes, usually `/tmp`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {readOnlyRootFilesystem: true}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {readOnlyRootFilesystem: true}
    ///   ephemeralContainers:
    ///   - name: debug
    ///     image: debug
    ///     securityContext: {readOnlyRootFilesystem: false}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {readOnlyRootFilesystem: true}
    ///   ephemeralContainers:
    ///   - name: debug
    ///     image: debug
    ///     securityContext: {readOnlyRootFilesystem: true}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {readOnlyRootFilesystem: true}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static WRITABLE_ROOT_FILESYSTEM = {
        title: "root file system is writable",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[
            Mapping::Nsa("pod-security"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    // Refused on Windows pods (`validateWindows` in pkg/apis/core/validation).
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers() {
        if container.security().and_then(|own| own.read_only_root_filesystem) == Some(true) {
            continue;
        }
        let path = container.at("securityContext.readOnlyRootFilesystem");
        out.fail(path.clone(), format!("{} can write to its root file system", container.described()))
            .fix(Fix::review().set(path, true));
    }
}
