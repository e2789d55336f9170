use watertight_engine::prelude::*;

use super::is_platform;

const RESOURCE_QUOTA: GroupKind = GroupKind::core("ResourceQuota");

control! {
    /// Nothing bounds what the namespace takes: one workload out of control, or an intruder who mines,
    /// starves every other namespace of the cluster.
    ///
    /// Where no quota is in view at all, this is unknown: they may stand elsewhere.
    ///
    /// ## Remedy
    /// Give the namespace a `ResourceQuota` with `requests.cpu`, `requests.memory`, `limits.memory` and
    /// counts of objects.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: all, namespace: other}
    /// spec: {hard: {requests.cpu: "10"}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata: {name: all, namespace: shop}
    /// spec: {hard: {requests.cpu: "10"}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}  # no quota is in view
    /// ```
    pub static RESOURCE_QUOTA_MISSING = {
        title: "namespace has no resource quota",
        severity: Severity::Low,
        layer: Layer::Namespace,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[RESOURCE_QUOTA],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if is_platform(namespace, out) || namespace.view().has_quota(&namespace.namespace()) {
        return;
    }
    if namespace.view().sees(RESOURCE_QUOTA) {
        out.fail(Path::root(), "no ResourceQuota bounds what the namespace takes");
    } else {
        out.not_in_view(RESOURCE_QUOTA);
    }
}
