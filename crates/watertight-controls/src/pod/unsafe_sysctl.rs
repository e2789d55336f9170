use watertight_engine::prelude::*;

control! {
    /// Kernel parameters outside the safe list reach beyond the pod: they use up what the node shares, weaken
    /// its network, or change the kernel for every pod on it.
    ///
    /// ## Remedy
    /// Remove the parameter, or set it on the nodes that need it. A safe one may serve: the list is in
    /// "Using sysctls in a Kubernetes Cluster" and grows with versions.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///     - {name: net.ipv4.tcp_syncookies, value: "1"}
    ///     - {name: net.core.somaxconn, value: "1024"}
    ///     - {name: kernel.core_pattern, value: core}
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
    ///     sysctls:
    ///     - {name: net.ipv4.tcp_syncookies, value: "1"}
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
    ///     sysctls:
    ///     - {name: net.ipv4.ip_unprivileged_port_start, value: "80"}
    ///     - {name: net/ipv4/tcp_rmem, value: 4096 131072 6291456}
    ///     - {name: net.ipv4.tcp_notsent_lowat, value: "16384"}  # from 1.37
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     sysctls:
    ///     - {name: net.ipv4.tcp_syncookies, value: "1"}
    ///     - {name: kernel.shm_rmid_forced, value: "1+kernel.core_pattern=|/tmp/handler"}  # CVE-2022-0811
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
    ///     sysctls:
    ///     - {name: net.ipv4.tcp_syncookies, value: "1"}
    ///   containers:
    ///   - name: web
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
    pub static UNSAFE_SYSCTL = {
        title: "kernel parameter outside the safe list is set",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// The safe list and since when (check_sysctls.go of pod-security-admission and
/// pkg/kubelet/sysctl/safe_sysctls.go).
const SAFE: [(&str, u16); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_notsent_lowat", 37),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    let spec = workload.spec();
    let target = workload.settings().target.minor;
    let list = workload.path().at("securityContext.sysctls");
    let set = spec.security_context.as_ref().and_then(|pod| pod.sysctls.as_deref()).unwrap_or_default();
    for (index, sysctl) in set.iter().enumerate() {
        let name = dotted(&sysctl.name);
        if SAFE.iter().any(|(safe, since)| *safe == name && target >= *since) {
            // The value of none of them has these signs. CRI-O before 1.23.2 split a value at `+` and took
            // each part for `NAME=VALUE`, outside the pod's namespaces (CVE-2022-0811, GHSA-6x2m-w449-qwx7).
            if sysctl.value.contains(['+', '=']) {
                let path = list.index(index);
                let message = format!("the value of the kernel parameter `{name}` smuggles in other parameters");
                out.fail(path.clone(), message)
                    .severity(Severity::High)
                    .fix(Fix::review().remove(path))
                    .discriminator(&*name);
            }
            continue;
        }
        // Everything else has no namespace of its own (pkg/kubelet/sysctl/namespace.go), and a pod in
        // the node's namespace has none either.
        let is_network = name.starts_with("net.");
        let is_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."].iter().any(|group| name.starts_with(group))
            || name == "kernel.sem";
        let shared = (is_network && spec.host_network == Some(true)) || (is_ipc && spec.host_ipc == Some(true));
        let (whose, severity) = match (is_network || is_ipc) && !shared {
            true => ("outside the safe list", Severity::Medium),
            false => ("for the whole node", Severity::High),
        };
        let path = list.index(index);
        out.fail(path.clone(), format!("the pod sets the kernel parameter `{name}`, {whose}"))
            .severity(severity)
            .fix(Fix::review().remove(path))
            .discriminator(&*name);
    }
}

/// A name in the form with dots: the first separator tells which form is written
/// (`NormalizeName` in k8s.io/component-helpers/node/util/sysctl).
fn dotted(name: &str) -> String {
    match name.find(['.', '/']).map(|at| name.as_bytes()[at]) {
        Some(b'/') => name.chars().map(|c| if c == '/' { '.' } else if c == '.' { '/' } else { c }).collect(),
        _ => name.to_owned(),
    }
}
