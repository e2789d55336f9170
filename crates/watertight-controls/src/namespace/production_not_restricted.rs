use watertight_engine::prelude::*;
use watertight_podsecurity::Labels;

use super::{enforce, is_platform, label};

control! {
    /// The baseline standard still admits root and every default capability: one flaw in a production
    /// container is a better foothold than it has to be.
    ///
    /// A namespace is production when the settings say so, when a label such as
    /// `environment: production` does, or when a word of its name is `prod`, `production`, `prd` or
    /// `live`.
    ///
    /// ## Remedy
    /// Set `pod-security.kubernetes.io/enforce: restricted`; `watertight psa check` tells what stands in
    /// the way.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     environment: production
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     environment: production
    ///     pod-security.kubernetes.io/enforce: restricted
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop-prod
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: products  # is no production
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop-prod
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: restricted
    /// ```
    pub static PRODUCTION_NOT_RESTRICTED = {
        title: "production namespace admits what the restricted standard forbids",
        severity: Severity::Medium,
        layer: Layer::Namespace,
        maps: &[Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if is_platform(namespace, out) {
        return;
    }
    let Some(why) = namespace.settings().production(namespace.name(), &namespace.facts().labels) else {
        return out.not_applicable();
    };
    // No level and `privileged` are told by controls of their own.
    if namespace.label(Labels::ENFORCE.level) == Some("baseline") {
        let message = format!("enforces `baseline`, though it is production ({why})");
        out.fail(label(Labels::ENFORCE.level), message).fix(enforce("restricted"));
    }
}
