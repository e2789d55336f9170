use watertight_engine::prelude::*;

control! {
    /// The seccomp profile is switched off: the container may make every system call, old and rarely tested
    /// ones too, even on nodes that give every other container a profile.
    ///
    /// ## Remedy
    /// Set `seccompProfile.type: RuntimeDefault`, or `Localhost` with the name of a profile that allows what
    /// the program needs beyond that.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: RuntimeDefault}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       seccompProfile:
    ///         type: Unconfined
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: RuntimeDefault}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       seccompProfile:
    ///         type: RuntimeDefault
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: Localhost}  # names no profile: the API server refuses it
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: RuntimeDefault}  # names no profile: the API server refuses it
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     seccompProfile: {type: Unconfined}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {seccompProfile: {type: Localhost, localhostProfile: web.json}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.seccomp.security.alpha.kubernetes.io/web: unconfined  # without effect since 1.27
    /// spec:
    ///   containers:
    ///   - name: web  # that is seccomp-not-set
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
    pub static SECCOMP_UNCONFINED = {
        title: "seccomp is switched off",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.6.2"),
            Mapping::Nsa("pod-security"),
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
        let seccomp = container.seccomp();
        let (what, severity) = match seccomp.value {
            None | Some(Seccomp::RuntimeDefault) => continue,
            Some(Seccomp::Localhost(name)) if !name.is_empty() => continue,
            Some(Seccomp::Unconfined) => ("runs without a seccomp profile".to_owned(), Severity::Medium),
            // The pod is refused, so that nothing is open (`validateSeccompProfileField` in
            // pkg/apis/core/validation), and nothing confined either.
            Some(Seccomp::Localhost(_)) => {
                ("has the seccomp profile `Localhost` without `localhostProfile`".to_owned(), Severity::Low)
            }
            Some(Seccomp::Other(word)) => {
                (format!("has the seccomp profile `{word}`, which does not exist"), Severity::Low)
            }
        };
        let is_annotation = workload.metadata_path().covers(&seccomp.path);
        let (path, value) = match is_annotation {
            true => (seccomp.path, "runtime/default"),
            false => (seccomp.path.key("type"), "RuntimeDefault"),
        };
        let finding = out.fail(path.clone(), format!("{} {what}", container.described()));
        finding.severity(severity).fix(Fix::review().set(path, value)).discriminator(container.name());
        super::moot_if_privileged(container, finding);
    }
}
