use watertight_engine::prelude::*;

control! {
    /// A capability is a piece of root's power over the node's kernel, and some of them suffice to leave the
    /// container: the finding says what the added one gives to an intruder.
    ///
    /// ## Remedy
    /// Remove the capability, or move the part of the program that needs it into a small workload of its
    /// own. To bind a low port, `NET_BIND_SERVICE` or `net.ipv4.ip_unprivileged_port_start` is enough.
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
    ///       capabilities:
    ///         drop: [ALL]
    ///         add:
    ///         - cap_sys_admin
    ///         - NET_BIND_SERVICE
    ///         - SYS_PTRACE
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
    ///       capabilities:
    ///         drop: [ALL]
    ///         add:
    ///         - NET_BIND_SERVICE
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       capabilities: {add: [All]}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
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
    ///     securityContext:
    ///       capabilities: {add: [NET_BIND_SERVICE, IPC_LOCK, CHOWN], drop: [SYS_ADMIN]}
    ///   - name: none
    ///     image: none
    ///     securityContext: {capabilities: {add: null}}
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
    ///     securityContext: {capabilities: {add: [SYS_ADMIN]}}  # refused by the API server
    /// ```
    pub static DANGEROUS_CAPABILITY = {
        title: "container adds a dangerous capability",
        severity: Severity::High,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.8"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// What each gives and how much that matters by itself (capabilities(7)). Not named: those that the
/// runtime gives anyway, and those that touch only the container or the node's performance.
const DANGERS: [(&str, Severity, &str); 15] = [
    ("ALL", Severity::Critical, "every power of root over the node's kernel"),
    ("SYS_ADMIN", Severity::Critical, "mounting file systems and most of what root can ask of the kernel"),
    ("SYS_MODULE", Severity::Critical, "loading code into the node's kernel"),
    ("SYS_RAWIO", Severity::High, "raw access to the node's devices and memory"),
    ("DAC_READ_SEARCH", Severity::High, "opening any file of the node by its handle"),
    ("BPF", Severity::High, "loading programs into the node's kernel"),
    ("SYS_BOOT", Severity::High, "starting another kernel on the node"),
    ("NET_ADMIN", Severity::Medium, "changing interfaces, routes and packet filters"),
    ("SYS_PTRACE", Severity::Medium, "reading and changing the memory of other processes"),
    ("PERFMON", Severity::Medium, "watching the kernel and every process of the node"),
    ("MAC_ADMIN", Severity::Medium, "changing the node's mandatory access control"),
    ("MAC_OVERRIDE", Severity::Medium, "going past the node's mandatory access control"),
    ("SYS_TIME", Severity::Medium, "setting the node's clock"),
    ("SYSLOG", Severity::Low, "reading the kernel's log and addresses"),
    ("NET_RAW", Severity::Low, "forging packets"),
];

/// Whether a capability is judged here.
pub(super) fn is_dangerous(name: &str) -> bool {
    DANGERS.iter().any(|(danger, ..)| *danger == name)
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers() {
        for added in container.added_capabilities() {
            let Some((name, severity, gives)) = DANGERS.iter().find(|(name, ..)| *name == added.name) else {
                continue;
            };
            let (severity, but) = graded(workload, container, name, *severity);
            let path = container.at("securityContext.capabilities.add").index(added.index);
            let message = format!("{} adds `{}`: {gives}{but}", container.described(), added.written);
            out.fail(path.clone(), message)
                .severity(severity)
                .fix(Fix::review().remove(path))
                .discriminator(*name);
        }
    }
}

/// What the rest of the pod makes of a capability.
fn graded(
    workload: Workload<'_>,
    container: Container<'_>,
    name: &str,
    by_itself: Severity,
) -> (Severity, &'static str) {
    let spec = workload.spec();
    if container.is_privileged() {
        return (by_itself.min(Severity::Low), "; it holds it anyway, being privileged");
    }
    // Kubernetes sets no ambient capabilities (core/v1 `Capabilities` only adds and drops; KEP-2763
    // would change that): a process of another user than root starts with none, and without
    // escalation it never gets one (capabilities(7), "Transformation of capabilities during execve()").
    if container.is_surely_not_root() && !container.allows_privilege_escalation() {
        return (by_itself.min(Severity::Low), "; without effect while it is neither root nor may become it");
    }
    // Root of a user namespace has them over what belongs to that namespace only (user_namespaces(7)).
    if workload.has_user_namespace() {
        return (by_itself.min(Severity::Medium), ", within its user namespace");
    }
    match name {
        "SYS_PTRACE" if spec.host_pid == Some(true) => (Severity::Critical, ", those of the node included"),
        "NET_ADMIN" if spec.host_network == Some(true) => (Severity::High, " of the node"),
        "NET_RAW" if spec.host_network == Some(true) => (Severity::Medium, " on the node's network"),
        _ => (by_itself, ""),
    }
}
