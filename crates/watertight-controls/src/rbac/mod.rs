//! What subjects are granted: roles and bindings.

crate::registry! {
    admission_writable::ADMISSION_WRITABLE,
    broad_role_binding::BROAD_ROLE_BINDING,
    certificate_approval_granted::CERTIFICATE_APPROVAL_GRANTED,
    cluster_admin_binding::CLUSTER_ADMIN_BINDING,
    cluster_dns_writable::CLUSTER_DNS_WRITABLE,
    escalation_granted::ESCALATION_GRANTED,
    events_deletable::EVENTS_DELETABLE,
    exec_granted::EXEC_GRANTED,
    impersonation_granted::IMPERSONATION_GRANTED,
    logs_readable::LOGS_READABLE,
    network_policies_writable::NETWORK_POLICIES_WRITABLE,
    nodes_proxy_granted::NODES_PROXY_GRANTED,
    nodes_writable::NODES_WRITABLE,
    persistent_volumes_creatable::PERSISTENT_VOLUMES_CREATABLE,
    pods_creatable::PODS_CREATABLE,
    port_forward_granted::PORT_FORWARD_GRANTED,
    secrets_readable::SECRETS_READABLE,
    token_request_granted::TOKEN_REQUEST_GRANTED,
}
