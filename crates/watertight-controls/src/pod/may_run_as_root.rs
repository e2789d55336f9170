use watertight_engine::prelude::*;

control! {
    /// Nothing stops the container from running as root: a flaw in the program then starts with
    /// root's rights over every mounted file and is one kernel flaw away from the node.
    ///
    /// ## Remedy
    /// Set `runAsNonRoot: true` for the pod. If the image's user is root or a name, also set
    /// `runAsUser` to a number, best above 10000. On Windows set `runAsUserName` to
    /// `ContainerUser`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       runAsNonRoot: true
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsNonRoot: true}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: numbered
    ///     image: numbered
    ///     securityContext: {runAsNonRoot: false, runAsUser: 10001}
    /// ```
    pub static MAY_RUN_AS_ROOT = {
        title: "container may run as root",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.2.7"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let user = container.run_as_user();
        let non_root = container.run_as_non_root();
        // A user other than 0 is enough; the kubelet refuses UID 0 under `runAsNonRoot`
        // (`verifyRunAsNonRoot` in pkg/kubelet/kuberuntime/security_context.go).
        if non_root.value == Some(true) || user.value.is_some_and(|uid| uid != 0) {
            continue;
        }
        let (path, why) = if user.value == Some(0) { (user.path, "is set to UID 0") } else { (non_root.path, "may run as root") };
        out.fail(path, format!("{} {why}", container.described()))
            .fix(Fix::review().set(container.at("securityContext.runAsNonRoot"), true));
    }
}
