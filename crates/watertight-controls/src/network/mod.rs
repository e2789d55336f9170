//! Who can be reached, and from where.

use watertight_engine::prelude::*;
use watertight_facts::network::{NETWORK_POLICY, NetworkObject, NetworkPolicy, POLICY_FLAVOURS, Service};

crate::registry! {
    argo_cd_anonymous::ARGO_CD_ANONYMOUS,
    dashboard_exposed::DASHBOARD_EXPOSED,
    dashboard_without_login::DASHBOARD_WITHOUT_LOGIN,
    default_deny_missing::DEFAULT_DENY_MISSING,
    external_ips::EXTERNAL_IPS,
    external_name_internal::EXTERNAL_NAME_INTERNAL,
    ingress_snippet::INGRESS_SNIPPET,
    ingress_without_host::INGRESS_WITHOUT_HOST,
    ingress_without_tls::INGRESS_WITHOUT_TLS,
    load_balancer_without_source_ranges::LOAD_BALANCER_WITHOUT_SOURCE_RANGES,
    metadata_address_reachable::METADATA_ADDRESS_REACHABLE,
    network_policy_allows_everything::NETWORK_POLICY_ALLOWS_EVERYTHING,
    network_policy_invalid::NETWORK_POLICY_INVALID,
    network_policy_rule_without_effect::NETWORK_POLICY_RULE_WITHOUT_EFFECT,
    network_policy_selects_nothing::NETWORK_POLICY_SELECTS_NOTHING,
    node_port::NODE_PORT,
    pod_not_isolated::POD_NOT_ISOLATED,
    snippet_annotations_allowed::SNIPPET_ANNOTATIONS_ALLOWED,
    unrestricted_egress::UNRESTRICTED_EGRESS,
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

/// A few of several names, for a message.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 3;
    let shown = names[..names.len().min(MOST)].join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
