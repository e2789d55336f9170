use watertight_engine::prelude::*;

control! {
    /// Runtimes hide the parts of `/proc` through which a container sees and changes the node's kernel;
    /// unmasked, root in the container reaches `/proc/sys` and the like.
    ///
    /// ## Remedy
    /// Remove `procMount`. Only containers that run containers need it, and those need a user namespace
    /// (`hostUsers: false`).
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       runAsNonRoot: true
    ///       procMount: Unmasked
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
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostUsers: false  # less: the kernel asks for rights outside the user namespace
    ///   containers:
    ///   - name: builder
    ///     image: builder
    ///     securityContext: {procMount: Unmasked}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostUsers: false  # less: the kernel asks for rights outside the user namespace
    ///   containers:
    ///   - name: builder
    ///     image: builder
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {procMount: Default}
    ///   - name: unset
    ///     image: unset
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
    pub static UNMASKED_PROC = {
        title: "/proc is not masked",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
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
        let written = container.security().and_then(|own| own.proc_mount.as_deref());
        let Some(word) = written.filter(|word| !matches!(*word, "" | "Default")) else { continue };
        let path = container.at("securityContext.procMount");
        let finding =
            out.fail(path.clone(), format!("{} mounts `/proc` as `{word}`", container.described()));
        finding.fix(Fix::review().remove(path));
        // In a user namespace the Pod Security Standards leave it to the level Restricted from 1.35
        // (check_procMount_baseline.go). Other words do not exist; the API server refuses them.
        if workload.has_user_namespace() || word != "Unmasked" {
            finding.severity(Severity::Low);
        }
        super::moot_if_privileged(container, finding);
    }
}
