//! The catalogue of edges: one file each.
//!
//! What an entry is, is said by [`AttackEdge`]; its page says when it is drawn and shows it.

pub mod anonymous_requests;
pub mod argo_cd_applications;
pub mod aws_auth_mapping;
pub mod aws_auth_write;
pub mod bootstrap_tokens_create;
pub mod cert_manager_issuers;
pub mod certificates_approve;
pub mod claim_host_path;
pub mod claim_in_new_pod;
pub mod clusterroles_bind;
pub mod clusterroles_escalate;
pub mod control_plane_node;
pub mod core_pattern;
pub mod crossplane_compositions;
pub mod crossplane_objects;
pub mod crossplane_packages;
pub mod custom_pods;
pub mod custom_workloads;
pub mod dac_override;
pub mod dac_read_search;
pub mod everything;
pub mod exposed;
pub mod external_secrets_stores;
pub mod fleet_bundles;
pub mod flux_helmreleases;
pub mod flux_kustomizations;
pub mod flux_sources;
pub mod host_path_read;
pub mod host_path_write;
pub mod host_pid_processes;
pub mod host_pid_ptrace;
pub mod host_process;
pub mod image_pull;
pub mod impersonate_constrained;
pub mod impersonate_groups;
pub mod impersonate_serviceaccounts;
pub mod impersonate_users;
pub mod ingress_nginx_admission;
pub mod ingress_nginx_snippets;
pub mod karpenter_nodeclasses;
pub mod kyverno_policies;
pub mod metadata;
pub mod mutating_policies_write;
pub mod mutating_webhooks_write;
pub mod namespaces_label;
pub mod network;
pub mod node_certificates;
pub mod nodes_proxy;
pub mod olm_operators;
pub mod persistentvolumes_create;
pub mod pods_attach;
pub mod pods_create;
pub mod pods_debug;
pub mod pods_exec;
pub mod pods_exec_get;
pub mod pods_reach;
pub mod pods_write;
pub mod privileged_container;
pub mod privileged_pod;
pub mod projected_audience;
pub mod projected_token;
pub mod pull_secret;
pub mod raw_device;
pub mod registry_push;
pub mod rolebindings_bind;
pub mod rolebindings_change;
pub mod roles_bind;
pub mod roles_escalate;
pub mod runtime_socket;
pub mod secret_read;
pub mod secrets_read;
pub mod shared_process_namespace;
pub mod sys_admin;
pub mod sys_module;
pub mod token_mount;
pub mod token_secret;
pub mod token_secrets_create;
pub mod tokens_create;
pub mod unmasked_proc;
pub mod validating_webhooks_write;
pub mod var_log_symlink;
pub mod velero_restores;
pub mod workload_identity;
pub mod workloads_write;

use crate::edge::AttackEdge;

/// Every edge, by id.
pub static ALL: &[&AttackEdge] = &[
    &anonymous_requests::ANONYMOUS_REQUESTS,
    &argo_cd_applications::ARGO_CD_APPLICATIONS,
    &aws_auth_mapping::AWS_AUTH_MAPPING,
    &aws_auth_write::AWS_AUTH_WRITE,
    &bootstrap_tokens_create::BOOTSTRAP_TOKENS_CREATE,
    &cert_manager_issuers::CERT_MANAGER_ISSUERS,
    &certificates_approve::CERTIFICATES_APPROVE,
    &claim_host_path::CLAIM_HOST_PATH,
    &claim_in_new_pod::CLAIM_IN_NEW_POD,
    &clusterroles_bind::CLUSTERROLES_BIND,
    &clusterroles_escalate::CLUSTERROLES_ESCALATE,
    &control_plane_node::CONTROL_PLANE_NODE,
    &core_pattern::CORE_PATTERN,
    &crossplane_compositions::CROSSPLANE_COMPOSITIONS,
    &crossplane_objects::CROSSPLANE_OBJECTS,
    &crossplane_packages::CROSSPLANE_PACKAGES,
    &custom_pods::CUSTOM_PODS,
    &custom_workloads::CUSTOM_WORKLOADS,
    &dac_override::DAC_OVERRIDE,
    &dac_read_search::DAC_READ_SEARCH,
    &everything::EVERYTHING,
    &exposed::EXPOSED,
    &external_secrets_stores::EXTERNAL_SECRETS_STORES,
    &fleet_bundles::FLEET_BUNDLES,
    &flux_helmreleases::FLUX_HELMRELEASES,
    &flux_kustomizations::FLUX_KUSTOMIZATIONS,
    &flux_sources::FLUX_SOURCES,
    &host_path_read::HOST_PATH_READ,
    &host_path_write::HOST_PATH_WRITE,
    &host_pid_processes::HOST_PID_PROCESSES,
    &host_pid_ptrace::HOST_PID_PTRACE,
    &host_process::HOST_PROCESS,
    &image_pull::IMAGE_PULL,
    &impersonate_constrained::IMPERSONATE_CONSTRAINED,
    &impersonate_groups::IMPERSONATE_GROUPS,
    &impersonate_serviceaccounts::IMPERSONATE_SERVICEACCOUNTS,
    &impersonate_users::IMPERSONATE_USERS,
    &ingress_nginx_admission::INGRESS_NGINX_ADMISSION,
    &ingress_nginx_snippets::INGRESS_NGINX_SNIPPETS,
    &karpenter_nodeclasses::KARPENTER_NODECLASSES,
    &kyverno_policies::KYVERNO_POLICIES,
    &metadata::METADATA,
    &mutating_policies_write::MUTATING_POLICIES_WRITE,
    &mutating_webhooks_write::MUTATING_WEBHOOKS_WRITE,
    &namespaces_label::NAMESPACES_LABEL,
    &network::NETWORK,
    &node_certificates::NODE_CERTIFICATES,
    &nodes_proxy::NODES_PROXY,
    &olm_operators::OLM_OPERATORS,
    &persistentvolumes_create::PERSISTENTVOLUMES_CREATE,
    &pods_attach::PODS_ATTACH,
    &pods_create::PODS_CREATE,
    &pods_debug::PODS_DEBUG,
    &pods_exec::PODS_EXEC,
    &pods_exec_get::PODS_EXEC_GET,
    &pods_reach::PODS_REACH,
    &pods_write::PODS_WRITE,
    &privileged_container::PRIVILEGED_CONTAINER,
    &privileged_pod::PRIVILEGED_POD,
    &projected_audience::PROJECTED_AUDIENCE,
    &projected_token::PROJECTED_TOKEN,
    &pull_secret::PULL_SECRET,
    &raw_device::RAW_DEVICE,
    &registry_push::REGISTRY_PUSH,
    &rolebindings_bind::ROLEBINDINGS_BIND,
    &rolebindings_change::ROLEBINDINGS_CHANGE,
    &roles_bind::ROLES_BIND,
    &roles_escalate::ROLES_ESCALATE,
    &runtime_socket::RUNTIME_SOCKET,
    &secret_read::SECRET_READ,
    &secrets_read::SECRETS_READ,
    &shared_process_namespace::SHARED_PROCESS_NAMESPACE,
    &sys_admin::SYS_ADMIN,
    &sys_module::SYS_MODULE,
    &token_mount::TOKEN_MOUNT,
    &token_secret::TOKEN_SECRET,
    &token_secrets_create::TOKEN_SECRETS_CREATE,
    &tokens_create::TOKENS_CREATE,
    &unmasked_proc::UNMASKED_PROC,
    &validating_webhooks_write::VALIDATING_WEBHOOKS_WRITE,
    &var_log_symlink::VAR_LOG_SYMLINK,
    &velero_restores::VELERO_RESTORES,
    &workload_identity::WORKLOAD_IDENTITY,
    &workloads_write::WORKLOADS_WRITE,
];
