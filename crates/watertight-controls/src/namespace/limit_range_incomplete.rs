use watertight_engine::prelude::*;

use super::is_platform;

const LIMIT_RANGE: GroupKind = GroupKind::core("LimitRange");

control! {
    /// A container that asks for nothing is bounded by nothing: it takes what the node has, and is the
    /// neighbour that others are evicted for.
    ///
    /// Judged by resource: a default limit for memory (a maximum is one too), and a default request
    /// for processor time and memory (a default limit, a minimum or a maximum is one too).
    ///
    /// Where no limit range is in view at all, this is unknown: they may stand elsewhere.
    ///
    /// ## Remedy
    /// Give the namespace a `LimitRange` of type `Container` with `default` and `defaultRequest`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: all, namespace: other}
    /// spec: {limits: [{type: Container, default: {memory: 256Mi}, defaultRequest: {cpu: 100m}}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: all, namespace: shop}
    /// spec: {limits: [{type: Container, defaultRequest: {cpu: 100m, memory: 64Mi}}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata: {name: all, namespace: shop}
    /// spec: {limits: [{type: Container, default: {memory: 256Mi}, defaultRequest: {cpu: 100m}}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}  # no limit range is in view
    /// ```
    pub static LIMIT_RANGE_INCOMPLETE = {
        title: "namespace gives containers no default limits or requests",
        severity: Severity::Low,
        layer: Layer::Namespace,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[LIMIT_RANGE],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if is_platform(namespace, out) {
        return;
    }
    let defaults = namespace.view().limit_defaults_in(&namespace.namespace());
    if defaults.limits.is_empty() && defaults.requests.is_empty() {
        if !namespace.view().sees(LIMIT_RANGE) {
            return out.not_in_view(LIMIT_RANGE);
        }
        out.fail(Path::root(), "no LimitRange gives containers default limits and requests");
        return;
    }
    let mut missing = Vec::new();
    for (what, resources, has) in
        [("limit", &["memory"][..], &defaults.limits), ("request", &["cpu", "memory"], &defaults.requests)]
    {
        for resource in resources.iter().filter(|resource| !has.contains(**resource)) {
            missing.push(format!("no default {what} for {resource}"));
        }
    }
    if !missing.is_empty() {
        out.fail(Path::root(), format!("the LimitRange gives containers {}", missing.join(" and ")));
    }
}
