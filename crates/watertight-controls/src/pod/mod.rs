//! How it is run: the pod and its containers.

crate::registry! {
    container_runtime_socket::CONTAINER_RUNTIME_SOCKET,
    host_ipc::HOST_IPC,
    host_network::HOST_NETWORK,
    host_path::HOST_PATH,
    host_pid::HOST_PID,
    host_port::HOST_PORT,
    host_probe::HOST_PROBE,
    may_run_as_root::MAY_RUN_AS_ROOT,
    privileged_container::PRIVILEGED_CONTAINER,
}
