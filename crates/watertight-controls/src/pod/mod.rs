//! How it is run: the pod and its containers.

crate::registry! {
    bare_pod::BARE_POD,
    cpu_limit_missing::CPU_LIMIT_MISSING,
    cpu_request_missing::CPU_REQUEST_MISSING,
    may_run_as_root::MAY_RUN_AS_ROOT,
    memory_limit_missing::MEMORY_LIMIT_MISSING,
    memory_request_missing::MEMORY_REQUEST_MISSING,
    misplaced_security_field::MISPLACED_SECURITY_FIELD,
    privileged_container::PRIVILEGED_CONTAINER,
    schedules_on_control_plane::SCHEDULES_ON_CONTROL_PLANE,
    shared_process_namespace::SHARED_PROCESS_NAMESPACE,
    unknown_field::UNKNOWN_FIELD,
}
