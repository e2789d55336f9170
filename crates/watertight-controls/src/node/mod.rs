//! The machine below: kubelet and kube-proxy.

crate::registry! {
    kernel_defaults_unprotected::KERNEL_DEFAULTS_UNPROTECTED,
    kubelet_allows_everything::KUBELET_ALLOWS_EVERYTHING,
    kubelet_anonymous_requests::KUBELET_ANONYMOUS_REQUESTS,
    kubelet_certificate_self_signed::KUBELET_CERTIFICATE_SELF_SIGNED,
    kubelet_certificates_not_rotated::KUBELET_CERTIFICATES_NOT_ROTATED,
    kubelet_client_ca_missing::KUBELET_CLIENT_CA_MISSING,
    kubelet_drops_events::KUBELET_DROPS_EVENTS,
    kubelet_hostname_override::KUBELET_HOSTNAME_OVERRIDE,
    kubelet_iptables_unmanaged::KUBELET_IPTABLES_UNMANAGED,
    kubelet_read_only_port::KUBELET_READ_ONLY_PORT,
    kubelet_streams_never_end::KUBELET_STREAMS_NEVER_END,
    pod_pids_unlimited::POD_PIDS_UNLIMITED,
    proxy_metrics_exposed::PROXY_METRICS_EXPOSED,
    seccomp_default_off::SECCOMP_DEFAULT_OFF,
    unsafe_sysctls_allowed::UNSAFE_SYSCTLS_ALLOWED,
}
