use watertight_engine::prelude::*;

control! {
    /// A process may gain rights that its parent lacks, through setuid programs such as `sudo`: an
    /// intruder who is not root yet needs only one of those in the image. Unset means allowed.
    ///
    /// ## Remedy
    /// Set `allowPrivilegeEscalation: false`, where the container is neither privileged nor adds
    /// `CAP_SYS_ADMIN`: the API server refuses it beside those. Programs that need a setuid helper need
    /// another way, best the one capability itself.
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
    ///       allowPrivilegeEscalation: false
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     # The API server refuses `false` here: no fix before `privileged` is gone.
    ///     securityContext: {privileged: true, allowPrivilegeEscalation: true}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {allowPrivilegeEscalation: false}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {allowPrivilegeEscalation: false}
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
    pub static PRIVILEGE_ESCALATION_ALLOWED = {
        title: "container may gain privileges",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.2.6"),
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

    for container in workload.containers().filter(|container| container.allows_privilege_escalation()) {
        let path = container.at("securityContext.allowPrivilegeEscalation");
        let said = container.security().is_some_and(|own| own.allow_privilege_escalation.is_some());
        let how = if said { "allows" } else { "does not forbid" };
        // Refused together with `false` (`ValidateSecurityContext` in pkg/apis/core/validation).
        let held_back = if container.is_privileged() {
            ", and cannot forbid it while it is privileged"
        } else if container.added_capabilities().any(|added| added.written == "CAP_SYS_ADMIN") {
            ", and cannot forbid it while it adds `CAP_SYS_ADMIN`"
        } else {
            ""
        };
        let message = format!("{} {how} privilege escalation{held_back}", container.described());
        let finding = out.fail(path.clone(), message);
        super::moot_if_privileged(container, finding);
        if held_back.is_empty() {
            finding.fix(Fix::review().set(path, false));
        }
    }
}
