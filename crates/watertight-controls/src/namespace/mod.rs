//! Where it runs: what the namespace demands of everything in it.

use watertight_engine::prelude::*;
use watertight_podsecurity::Labels;

crate::registry! {
    limit_range_incomplete::LIMIT_RANGE_INCOMPLETE,
    mixed_trust_namespace::MIXED_TRUST_NAMESPACE,
    object_in_default_namespace::OBJECT_IN_DEFAULT_NAMESPACE,
    pod_security_label_invalid::POD_SECURITY_LABEL_INVALID,
    pod_security_not_enforced::POD_SECURITY_NOT_ENFORCED,
    pod_security_only_warns::POD_SECURITY_ONLY_WARNS,
    privileged_namespace::PRIVILEGED_NAMESPACE,
    production_not_restricted::PRODUCTION_NOT_RESTRICTED,
    resource_quota_missing::RESOURCE_QUOTA_MISSING,
    workload_in_default_namespace::WORKLOAD_IN_DEFAULT_NAMESPACE,
}

/// The field of a label.
fn label(key: &'static str) -> Path {
    Path::root().at("metadata.labels").key(key)
}

/// Whether a namespace is the platform's own, which these controls do not speak of; the sink is told.
fn is_platform(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) -> bool {
    let labels = &namespace.facts().labels;
    let platform = namespace.settings().is_platform_labelled(namespace.name(), labels);
    if platform {
        out.not_applicable();
    }
    platform
}

/// Makes the API server refuse what the baseline standard forbids. Workloads that violate it stop at
/// their next start, so somebody has to look.
fn enforce(level: &'static str) -> Fix {
    Fix::review().set(label(Labels::ENFORCE.level), level)
}
