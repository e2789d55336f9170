use watertight_engine::prelude::*;

control! {
    /// The runtime gives each container an SELinux context that keeps it from the node and from other
    /// containers; another type, user or role replaces it, in the case of `spc_t` by none at all.
    ///
    /// ## Remedy
    /// Remove `type`, `user` and `role`; `level` may stay. What a container needs beyond `container_t` is
    /// best written as a policy of its own, for instance with `udica`.
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
    ///       seLinuxOptions:
    ///         type: spc_t
    ///         user: system_u
    ///         role: system_r
    ///         level: s0:c123,c456
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
    ///       seLinuxOptions:
    ///         level: s0:c123,c456
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {seLinuxOptions: {type: svirt_lxc_net_t}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: other
    ///     image: other
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: other
    ///     image: other
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {seLinuxOptions: {type: spc_t}}
    ///   containers:
    ///   - name: web  # has options of its own; the pod's sandbox has not
    ///     image: web
    ///     securityContext: {seLinuxOptions: {type: container_t}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web  # has options of its own; the pod's sandbox has not
    ///     image: web
    ///     securityContext: {seLinuxOptions: {type: container_t}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {seLinuxOptions: {type: container_t, level: "s0:c123,c456"}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {seLinuxOptions: {type: container_kvm_t, user: ""}}
    ///   initContainers:
    ///   - name: vm
    ///     image: vm
    ///     securityContext: {seLinuxOptions: {type: container_engine_t}}  # from 1.31
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
    pub static SELINUX_OPTIONS = {
        title: "SELinux context is replaced",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Nsa("pod-security"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// The types that the Pod Security baseline allows, and since when (check_seLinuxOptions.go).
const CONFINED: [(&str, u16); 5] =
    [("", 0), ("container_t", 0), ("container_init_t", 0), ("container_kvm_t", 0), ("container_engine_t", 31)];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    let target = workload.settings().target.minor;
    let mut is_inherited = false;
    for container in workload.containers() {
        let selinux = container.selinux();
        let Some(options) = selinux.value else { continue };
        is_inherited |= !container.path().covers(&selinux.path);
        for (field, value, severity) in replaced([&options.type_, &options.user, &options.role], target) {
            let path = selinux.path.key(field);
            let message = format!("{} sets the SELinux {field} `{value}`", container.described());
            let finding = out.fail(path.clone(), message);
            finding.severity(severity).fix(Fix::review().remove(path)).discriminator(container.name());
            super::moot_if_privileged(container, finding);
        }
    }
    // Where every container has its own, the pod's are still those of its sandbox
    // (`generatePodSandboxLinuxConfig` in pkg/kubelet/kuberuntime).
    let pod = workload.spec().security_context.as_ref().and_then(|pod| pod.se_linux_options.as_ref());
    if let Some(options) = pod.filter(|_| !is_inherited) {
        for (field, value, _) in replaced([&options.type_, &options.user, &options.role], target) {
            let path = workload.path().at("securityContext.seLinuxOptions").key(field);
            out.fail(path.clone(), format!("the pod sets the SELinux {field} `{value}` for its sandbox"))
                .severity(Severity::Low)
                .fix(Fix::review().remove(path));
        }
    }
}

/// Of type, user and role, those that replace what the runtime would choose.
fn replaced(context: [&Option<String>; 3], target: u16) -> Vec<(&'static str, &str, Severity)> {
    let [kind, user, role] = context.map(|value| value.as_deref().unwrap_or_default());
    let mut found = Vec::new();
    if !CONFINED.iter().any(|(allowed, since)| *allowed == kind && target >= *since) {
        // The types of processes that SELinux leaves alone (container-selinux: "super privileged").
        let none = matches!(kind, "spc_t" | "unconfined_t");
        found.push(("type", kind, if none { Severity::High } else { Severity::Medium }));
    }
    found.extend((!user.is_empty()).then_some(("user", user, Severity::Low)));
    found.extend((!role.is_empty()).then_some(("role", role, Severity::Low)));
    found
}
