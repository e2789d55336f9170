use watertight_engine::prelude::*;

control! {
    /// The manifest asks for root by number, whatever the image says: a flaw in the program starts with
    /// root's rights over every mounted file, and every way out of the container is open to it.
    ///
    /// ## Remedy
    /// Remove `runAsUser: 0`, or set the number of an ordinary user, best above 10000. Where root is only
    /// needed to prepare a volume, use `fsGroup`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsUser: 0
    ///     runAsGroup: 10001
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: metrics
    ///     image: metrics
    ///     securityContext: {runAsUser: 10002}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsGroup: 10001
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: metrics
    ///     image: metrics
    ///     securityContext: {runAsUser: 10002}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 10001}
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     securityContext: {runAsUser: 0}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 10001}
    ///   initContainers:
    ///   - name: setup
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
    ///   securityContext: {runAsUser: 0}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsUser: 10001}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web  # may be root, as far as the manifest says: that is may-run-as-root
    ///     image: web
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
    pub static ROOT_USER = {
        title: "container runs as UID 0",
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
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers() {
        let user = container.run_as_user();
        if user.value != Some(0) {
            continue;
        }
        let refused = container.run_as_non_root().value == Some(true);
        let what = match (refused, workload.has_user_namespace()) {
            (true, _) => "is set to UID 0 and to `runAsNonRoot`: the kubelet does not start it",
            (false, true) => "runs as UID 0 of its user namespace",
            (false, false) => "runs as UID 0",
        };
        let finding = out.fail(user.path, format!("{} {what}", container.described()));
        finding
            .fix(super::without_root_user(workload, container, Fix::review()))
            .discriminator(container.name());
        // With a user namespace, UID 0 is nobody on the node; the Pod Security Standards waive it
        // from 1.35 (`relaxPolicyForUserNamespacePod` in check_runAsUser.go).
        if refused || workload.has_user_namespace() {
            finding.severity(Severity::Low);
        }
    }
}
