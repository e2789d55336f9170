//! How it is run: the pod and its containers.

use watertight_engine::Draft;
use watertight_engine::prelude::{Asked, Container, Fix, Resource, Role, Severity, Sink, Workload};

crate::registry! {
    added_capability::ADDED_CAPABILITY,
    apparmor_unconfined::APPARMOR_UNCONFINED,
    bare_pod::BARE_POD,
    capabilities_not_dropped::CAPABILITIES_NOT_DROPPED,
    container_runtime_socket::CONTAINER_RUNTIME_SOCKET,
    cpu_limit_missing::CPU_LIMIT_MISSING,
    cpu_request_missing::CPU_REQUEST_MISSING,
    dangerous_capability::DANGEROUS_CAPABILITY,
    duplicate_environment_variable::DUPLICATE_ENVIRONMENT_VARIABLE,
    host_ipc::HOST_IPC,
    host_network::HOST_NETWORK,
    host_path::HOST_PATH,
    host_pid::HOST_PID,
    host_port::HOST_PORT,
    host_probe::HOST_PROBE,
    low_user_id::LOW_USER_ID,
    may_run_as_root::MAY_RUN_AS_ROOT,
    memory_limit_missing::MEMORY_LIMIT_MISSING,
    memory_request_missing::MEMORY_REQUEST_MISSING,
    misplaced_security_field::MISPLACED_SECURITY_FIELD,
    net_raw_not_dropped::NET_RAW_NOT_DROPPED,
    privilege_escalation_allowed::PRIVILEGE_ESCALATION_ALLOWED,
    privileged_container::PRIVILEGED_CONTAINER,
    resource_out_of_range::RESOURCE_OUT_OF_RANGE,
    root_group::ROOT_GROUP,
    root_user::ROOT_USER,
    sandbox_shares_kernel::SANDBOX_SHARES_KERNEL,
    schedules_on_control_plane::SCHEDULES_ON_CONTROL_PLANE,
    seccomp_not_set::SECCOMP_NOT_SET,
    seccomp_unconfined::SECCOMP_UNCONFINED,
    selinux_options::SELINUX_OPTIONS,
    shared_process_namespace::SHARED_PROCESS_NAMESPACE,
    storage_without_claim::STORAGE_WITHOUT_CLAIM,
    sudo_in_command::SUDO_IN_COMMAND,
    unknown_field::UNKNOWN_FIELD,
    unmasked_proc::UNMASKED_PROC,
    unsafe_sysctl::UNSAFE_SYSCTL,
    windows_host_process::WINDOWS_HOST_PROCESS,
    writable_root_filesystem::WRITABLE_ROOT_FILESYSTEM,
}

/// Containers that run beside each other and have no request or no limit for a resource in force.
/// No fix: how much they need is not in the manifest.
pub(crate) fn resource_missing(workload: Workload<'_>, out: &mut Sink<'_>, asked: Asked, resource: Resource) {
    let defaults = workload.view().limit_defaults(workload.id());
    // Init containers end before the others start; ephemeral containers may name no resources
    // (`validateEphemeralContainers` in pkg/apis/core/validation/validation.go).
    for container in workload.containers().filter(|c| matches!(c.role(), Role::Main | Role::Sidecar)) {
        let has = match asked {
            Asked::Request => container.has_request(resource, &defaults),
            Asked::Limit => container.has_limit(resource, &defaults),
        };
        if !has {
            let path = container.path().key("resources").key(asked.key()).key(resource.name());
            let message = format!("{} has no {} {}", container.described(), resource.name(), asked.name());
            let fix = crate::starts::amount(workload, container, asked, resource);
            out.fail(path, message).fix_or_why(fix);
        }
    }
}

/// Of a privileged container, what the runtime gives or switches off anyway is only worth knowing:
/// `privileged-container` has said the worst of it.
fn moot_if_privileged(container: Container<'_>, finding: &mut Draft) {
    if container.is_privileged() {
        finding.severity(Severity::Info);
    }
}

/// A fix that also takes UID 0 away, from the container and from the pod it would inherit it from.
fn without_root_user(workload: Workload<'_>, container: Container<'_>, fix: Fix) -> Fix {
    let pod = workload.spec().security_context.as_ref();
    let own = container.security().is_some_and(|own| own.run_as_user == Some(0));
    let fix = if own { fix.remove(container.at("securityContext.runAsUser")) } else { fix };
    if pod.is_some_and(|pod| pod.run_as_user == Some(0)) {
        fix.remove(workload.path().at("securityContext.runAsUser"))
    } else {
        fix
    }
}

#[cfg(test)]
mod tests {
    use watertight_engine::{Control, run};
    use watertight_facts::{Settings, World};
    use watertight_model::{KubernetesVersion, Snapshot};
    use watertight_syntax::Limits;

    use super::*;

    /// How bad a control finds a pod with one container, worst first.
    fn grades(control: &'static Control, target: u16, spec: &str, own: &str) -> Vec<&'static str> {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text(
            "pod.yaml",
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  {spec}\n  \
                 containers:\n  - {{name: c, image: i, securityContext: {own}}}\n"
            ),
        );
        let snapshot = builder.finish();
        let settings = Settings { target: KubernetesVersion::new(target), ..Settings::default() };
        let outcome = run(&World::new(&snapshot, &settings), &[control]);
        assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
        outcome.findings.iter().map(|finding| finding.severity.name()).collect()
    }

    #[test]
    fn capabilities_are_graded_by_what_surrounds_them() {
        for (spec, own, expected) in [
            ("", "{capabilities: {add: [SYS_ADMIN]}}", &["critical"][..]),
            ("", "{capabilities: {add: [CAP_sys_module, net_raw, CHOWN]}}", &["critical", "low"]),
            ("", "{capabilities: {add: [SYS_PTRACE, NET_ADMIN]}}", &["medium", "medium"]),
            ("hostPID: true", "{capabilities: {add: [SYS_PTRACE, NET_ADMIN]}}", &["critical", "medium"]),
            ("hostNetwork: true", "{capabilities: {add: [NET_ADMIN, NET_RAW]}}", &["high", "medium"]),
            ("", "{privileged: true, capabilities: {add: [SYS_ADMIN]}}", &["low"]),
            ("", "{runAsUser: 7, capabilities: {add: [SYS_ADMIN]}}", &["critical"]),
            ("", "{allowPrivilegeEscalation: false, capabilities: {add: [SYS_ADMIN]}}", &["critical"]),
            (
                "securityContext: {runAsNonRoot: true}",
                "{allowPrivilegeEscalation: false, capabilities: {add: [SYS_ADMIN]}}",
                &["low"],
            ),
            ("hostUsers: false", "{capabilities: {add: [SYS_ADMIN, NET_RAW]}}", &["medium", "low"]),
            ("os: {name: windows}", "{capabilities: {add: [SYS_ADMIN]}}", &[]),
        ] {
            assert_eq!(grades(&DANGEROUS_CAPABILITY, 37, spec, own), expected, "{spec} {own}");
        }
    }

    #[test]
    fn sysctls_are_safe_from_a_version_on() {
        for (name, target, also, expected) in [
            ("kernel.shm_rmid_forced", 20, "", &[][..]),
            ("net.ipv4.ip_local_reserved_ports", 26, "", &["medium"]),
            ("net.ipv4.ip_local_reserved_ports", 27, "", &[]),
            ("net.ipv4.tcp_keepalive_time", 28, "", &["medium"]),
            ("net.ipv4.tcp_keepalive_time", 29, "", &[]),
            ("net.ipv4.tcp_rmem", 31, "", &["medium"]),
            ("net.ipv4.tcp_rmem", 32, "", &[]),
            ("net.ipv4.tcp_slow_start_after_idle", 36, "", &["medium"]),
            ("net.ipv4.tcp_slow_start_after_idle", 37, "", &[]),
            ("net/ipv4/tcp_syncookies", 37, "", &[]),
            ("net/ipv4/conf/eth0.1/forwarding", 37, "", &["medium"]),
            ("kernel.msgmax", 37, "", &["medium"]),
            ("kernel.msgmax", 37, "hostIPC: true", &["high"]),
            ("net.core.somaxconn", 37, "hostNetwork: true", &["high"]),
            ("kernel/core_pattern", 37, "", &["high"]),
            ("vm.swappiness", 37, "", &["high"]),
            ("fs.mqueue.msg_max", 37, "", &["medium"]),
        ] {
            let spec = format!("securityContext: {{sysctls: [{{name: {name}, value: x}}]}}\n  {also}");
            assert_eq!(grades(&UNSAFE_SYSCTL, target, &spec, "{}"), expected, "{name} at 1.{target}");
        }
    }

    #[test]
    fn what_a_user_namespace_or_privilege_takes_away_is_graded_lower() {
        let privileged = "{privileged: true}";
        for (control, target, spec, own, expected) in [
            (&MAY_RUN_AS_ROOT, 37, "", "{}", "medium"),
            (&MAY_RUN_AS_ROOT, 37, "hostUsers: false", "{}", "low"),
            (&MAY_RUN_AS_ROOT, 32, "hostUsers: false", "{}", "medium"),
            (&MAY_RUN_AS_ROOT, 37, "", "{runAsUser: 0}", "low"),
            (&ROOT_USER, 37, "", "{runAsUser: 0}", "medium"),
            (&ROOT_USER, 37, "hostUsers: false", "{runAsUser: 0}", "low"),
            (&ROOT_USER, 37, "", "{runAsUser: 0, runAsNonRoot: true}", "low"),
            (&ROOT_GROUP, 37, "", "{runAsGroup: 0}", "low"),
            (&ROOT_GROUP, 37, "", "{runAsNonRoot: true}", "info"),
            (&ROOT_GROUP, 37, "", "{runAsUser: 7}", "info"),
            (&UNMASKED_PROC, 37, "", "{procMount: Unmasked}", "high"),
            (&UNMASKED_PROC, 37, "hostUsers: false", "{procMount: Unmasked}", "low"),
            (&UNMASKED_PROC, 37, "", "{procMount: Other}", "low"),
            (&SELINUX_OPTIONS, 37, "", "{seLinuxOptions: {type: spc_t}}", "high"),
            (&SELINUX_OPTIONS, 30, "", "{seLinuxOptions: {type: container_engine_t}}", "medium"),
            (&SELINUX_OPTIONS, 37, "", "{seLinuxOptions: {user: u}}", "low"),
            (&SECCOMP_NOT_SET, 37, "", "{}", "medium"),
            (&SECCOMP_NOT_SET, 37, "", privileged, "info"),
            (&CAPABILITIES_NOT_DROPPED, 37, "", privileged, "info"),
            (&NET_RAW_NOT_DROPPED, 37, "", privileged, "info"),
            (&NET_RAW_NOT_DROPPED, 37, "", "{}", "low"),
            (&NET_RAW_NOT_DROPPED, 37, "", "{capabilities: {add: [NET_RAW]}}", "info"),
            (&PRIVILEGE_ESCALATION_ALLOWED, 37, "", privileged, "info"),
            (&WRITABLE_ROOT_FILESYSTEM, 37, "", privileged, "low"),
        ] {
            assert_eq!(grades(control, target, spec, own), [expected], "{control:?}: {spec} {own}");
        }
    }

    #[test]
    fn added_capabilities_are_graded_by_what_the_runtime_gives() {
        for (own, expected) in [
            ("{capabilities: {drop: [ALL], add: [CHOWN, NET_BIND_SERVICE]}}", &["info"][..]),
            ("{capabilities: {drop: [ALL], add: [IPC_LOCK, setuid]}}", &["low", "info"]),
            ("{capabilities: {add: [SYS_RESOURCE, CHOWN]}}", &["low", "info"]),
            ("{privileged: true, capabilities: {add: [SYS_RESOURCE]}}", &["info"]),
            ("{capabilities: {drop: [ALL], add: [SYS_ADMIN, NET_RAW]}}", &[]),
        ] {
            assert_eq!(grades(&ADDED_CAPABILITY, 37, "", own), expected, "{own}");
        }
    }

    #[test]
    fn a_git_repository_is_worse_while_kubelets_clone_it() {
        for (target, expected) in [(32, "high"), (33, "low")] {
            let spec = "volumes: [{name: v, gitRepo: {repository: r}}]";
            assert_eq!(grades(&STORAGE_WITHOUT_CLAIM, target, spec, "{}"), [expected], "1.{target}");
        }
    }

    #[test]
    fn the_runtime_s_socket_is_told_worst_once() {
        for (path, socket, folder) in [
            ("/var/run/docker.sock", &["critical"][..], "medium"),
            ("/run/containerd", &["critical"], "medium"),
            ("/run/containerd/io.containerd.runtime.v2.task", &[], "critical"),
            ("/run", &["critical"], "critical"),
            ("/var/snap/microk8s", &["critical"], "critical"),
            (r"\\.\pipe\docker_engine", &["critical"], "medium"),
            ("/", &[], "critical"),
        ] {
            let spec = format!("volumes: [{{name: v, hostPath: {{path: {path}}}}}]");
            let own = "{}, volumeMounts: [{name: v, mountPath: /v}]";
            assert_eq!(grades(&CONTAINER_RUNTIME_SOCKET, 37, &spec, own), socket, "{path}");
            assert_eq!(grades(&HOST_PATH, 37, &spec, own), [folder], "{path}");
        }
    }

    #[test]
    fn a_host_port_is_less_where_all_ports_are_the_node_s() {
        for (spec, expected) in [("hostNetwork: false", "medium"), ("hostNetwork: true", "low")] {
            let own = "{}, ports: [{containerPort: 80, hostPort: 80}]";
            assert_eq!(grades(&HOST_PORT, 37, spec, own), [expected], "{spec}");
        }
    }

    #[test]
    fn root_on_windows_is_a_name() {
        for (own, expected) in [
            ("{}", &["medium"][..]),
            ("{runAsNonRoot: true}", &[]),
            ("{runAsUser: 7}", &["medium"]),
            ("{windowsOptions: {runAsUserName: ContainerUser}}", &[]),
            ("{windowsOptions: {runAsUserName: 'NT AUTHORITY\\system'}}", &["medium"]),
            ("{windowsOptions: {runAsUserName: 'User Manager\\ContainerAdministrator'}}", &["medium"]),
            ("{runAsNonRoot: true, windowsOptions: {runAsUserName: CONTAINERADMINISTRATOR}}", &[]),
        ] {
            assert_eq!(grades(&MAY_RUN_AS_ROOT, 37, "os: {name: windows}", own), expected, "{own}");
        }
    }
}
