//! How it is run: the pod and its containers.

use watertight_engine::Draft;
use watertight_engine::prelude::{Container, Fix, Severity, Workload};

crate::registry! {
    apparmor_unconfined::APPARMOR_UNCONFINED,
    bare_pod::BARE_POD,
    capabilities_not_dropped::CAPABILITIES_NOT_DROPPED,
    container_runtime_socket::CONTAINER_RUNTIME_SOCKET,
    cpu_limit_missing::CPU_LIMIT_MISSING,
    cpu_request_missing::CPU_REQUEST_MISSING,
    dangerous_capability::DANGEROUS_CAPABILITY,
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
    root_group::ROOT_GROUP,
    root_user::ROOT_USER,
    schedules_on_control_plane::SCHEDULES_ON_CONTROL_PLANE,
    seccomp_not_set::SECCOMP_NOT_SET,
    seccomp_unconfined::SECCOMP_UNCONFINED,
    selinux_options::SELINUX_OPTIONS,
    shared_process_namespace::SHARED_PROCESS_NAMESPACE,
    unknown_field::UNKNOWN_FIELD,
    unmasked_proc::UNMASKED_PROC,
    unsafe_sysctl::UNSAFE_SYSCTL,
    windows_host_process::WINDOWS_HOST_PROCESS,
    writable_root_filesystem::WRITABLE_ROOT_FILESYSTEM,
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
