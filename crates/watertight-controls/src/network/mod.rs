//! Who can be reached, and from where.

use watertight_engine::prelude::*;
use watertight_facts::network::{
    ENTRIES, NETWORK_POLICY, NetworkObject, NetworkPolicy, POLICY_FLAVOURS, SERVICE, Service,
};
use watertight_netpol::Effect;

crate::registry! {
    argo_cd_anonymous::ARGO_CD_ANONYMOUS,
    cilium_encryption_off::CILIUM_ENCRYPTION_OFF,
    cilium_mutual_authentication_off::CILIUM_MUTUAL_AUTHENTICATION_OFF,
    cilium_policy_not_enforced::CILIUM_POLICY_NOT_ENFORCED,
    dangling_backend::DANGLING_BACKEND,
    dashboard_exposed::DASHBOARD_EXPOSED,
    dashboard_without_login::DASHBOARD_WITHOUT_LOGIN,
    default_deny_missing::DEFAULT_DENY_MISSING,
    external_ips::EXTERNAL_IPS,
    external_name_internal::EXTERNAL_NAME_INTERNAL,
    ingress_snippet::INGRESS_SNIPPET,
    ingress_without_host::INGRESS_WITHOUT_HOST,
    ingress_without_tls::INGRESS_WITHOUT_TLS,
    istio_authorization_open::ISTIO_AUTHORIZATION_OPEN,
    istio_client_tls_disabled::ISTIO_CLIENT_TLS_DISABLED,
    istio_mtls_not_strict::ISTIO_MTLS_NOT_STRICT,
    linkerd_unauthenticated::LINKERD_UNAUTHENTICATED,
    load_balancer_without_source_ranges::LOAD_BALANCER_WITHOUT_SOURCE_RANGES,
    load_balancer_without_tls::LOAD_BALANCER_WITHOUT_TLS,
    metadata_address_reachable::METADATA_ADDRESS_REACHABLE,
    network_policy_allows_everything::NETWORK_POLICY_ALLOWS_EVERYTHING,
    network_policy_invalid::NETWORK_POLICY_INVALID,
    network_policy_rule_without_effect::NETWORK_POLICY_RULE_WITHOUT_EFFECT,
    network_policy_selects_nothing::NETWORK_POLICY_SELECTS_NOTHING,
    node_port::NODE_PORT,
    pod_not_isolated::POD_NOT_ISOLATED,
    policies_not_enforced::POLICIES_NOT_ENFORCED,
    reached_from_outside::REACHED_FROM_OUTSIDE,
    sandbox_egress_open::SANDBOX_EGRESS_OPEN,
    service_selects_nothing::SERVICE_SELECTS_NOTHING,
    snippet_annotations_allowed::SNIPPET_ANNOTATIONS_ALLOWED,
    snippets_on_by_default::SNIPPETS_ON_BY_DEFAULT,
    ssh_port::SSH_PORT,
    unrestricted_egress::UNRESTRICTED_EGRESS,
    workload_outside_mesh::WORKLOAD_OUTSIDE_MESH,
}

const POLICIES: &[GroupKind] = &[NETWORK_POLICY];

/// Every kind that can cut pods off.
const ISOLATING: &[GroupKind] = &{
    let mut kinds = [NETWORK_POLICY; POLICY_FLAVOURS.len() + 1];
    let mut at = 0;
    while at < POLICY_FLAVOURS.len() {
        kinds[at + 1] = POLICY_FLAVOURS[at];
        at += 1;
    }
    kinds
};

/// What leads from outside to pods.
const ENTRIES_AND_SERVICES: &[GroupKind] = &{
    let mut kinds = [SERVICE; ENTRIES.len() + 1];
    let mut at = 0;
    while at < ENTRIES.len() {
        kinds[at + 1] = ENTRIES[at];
        at += 1;
    }
    kinds
};

/// The policy that an object is. One of which something had to be left out is not judged; the sink is told.
fn policy<'w>(object: ObjectView<'w>, out: &mut Sink<'_>) -> Option<&'w NetworkPolicy> {
    let facts = object.view().network_facts(object.id())?;
    let NetworkObject::Policy(policy) = &facts.object else { return None };
    match facts.left_out.first() {
        Some(problem) => {
            out.unknown(format!("`{}`: {}", problem.path, problem.why));
            None
        }
        None => Some(policy),
    }
}

/// The service that an object is. One of which something had to be left out is not judged; the sink is told.
fn service<'w>(object: ObjectView<'w>, out: &mut Sink<'_>) -> Option<&'w Service> {
    if let Some(problem) = object.view().network_facts(object.id())?.left_out.first() {
        out.unknown(format!("`{}`: {}", problem.path, problem.why));
        return None;
    }
    object.view().service(object.id())
}

/// The settings of Cilium by key, when an object is its configuration; else the sink is told.
fn cilium_setting<'w>(
    object: ObjectView<'w>,
    out: &mut Sink<'_>,
) -> Option<impl Fn(&str) -> Option<String> + 'w> {
    if &*object.identity().name != "cilium-config" {
        out.not_applicable();
        return None;
    }
    let body = object.object().body().ok()?;
    Some(move |key: &str| body.root().get("data")?.get(key)?.as_str().map(str::to_owned))
}

/// What is wrong with a policy of another kind than Kubernetes' own, with this effect: where, and why.
fn flavoured_problems(object: ObjectView<'_>, effect: Effect) -> impl Iterator<Item = (Path, String)> {
    let problems = object.view().policy_problems(object.id()).filter(move |problem| problem.effect == effect);
    problems.map(|problem| (format!(".{}", problem.path).parse().unwrap_or_default(), problem.why.clone()))
}

/// The network plugins in view, where there are policies and none of the plugins enforces them.
fn unenforced(view: View<'_>) -> Option<String> {
    let enforcement = &view.isolation()?.enforcement;
    let names: Vec<String> = enforcement.names().map(str::to_owned).collect();
    (enforcement.enforced() == Some(false)).then(|| some_of(&names))
}

/// A few of several names, for a message.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 3;
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
