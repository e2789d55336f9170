use watertight_engine::prelude::*;

control! {
    /// The containers of the pod see each other's processes: who controls one reads the others'
    /// environment and files through `/proc` and can signal their processes.
    ///
    /// ## Remedy
    /// Remove `shareProcessNamespace`. To debug, let an ephemeral container join the one namespace
    /// it needs: `kubectl debug --target`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: logs
    ///     image: logs
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   shareProcessNamespace: false
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: logs
    ///     image: logs
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   shareProcessNamespace: true  # with nobody: it only makes the pause process reap zombies
    ///   initContainers:
    ///   - name: setup  # has ended when the other begins
    ///     image: setup
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: logs
    ///     image: logs
    /// ```
    pub static SHARED_PROCESS_NAMESPACE = {
        title: "containers share their process namespace",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    // validateWindows refuses the field for Windows pods (pkg/apis/core/validation/validation.go).
    if workload.os() == Os::Windows {
        out.not_applicable();
        return;
    }
    let beside_each_other = workload.containers().filter(|container| container.role() != Role::Init).count();
    if workload.spec().share_process_namespace == Some(true) && beside_each_other > 1 {
        let path = workload.path().key("shareProcessNamespace");
        out.fail(path.clone(), format!("{beside_each_other} containers share one process namespace"))
            .fix(Fix::review().set(path, false));
    }
}
