use watertight_engine::prelude::*;
use watertight_podsecurity::Labels;

use super::{enforce, is_platform, label};

control! {
    /// Pods that violate the standard are noted and admitted: a warning stops nobody who means harm.
    ///
    /// ## Remedy
    /// Add `pod-security.kubernetes.io/enforce` with the level that the workloads meet;
    /// `watertight psa check` tells which that is.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/warn: restricted
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/warn: restricted
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/warn: restricted
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: other}  # told by another control
    /// ```
    pub static POD_SECURITY_ONLY_WARNS = {
        title: "Pod Security is audited or warned of, and not enforced",
        severity: Severity::Medium,
        layer: Layer::Namespace,
        maps: &[Mapping::Cis("5.2.1"), Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if is_platform(namespace, out) || namespace.label(Labels::ENFORCE.level).is_some() {
        return;
    }
    let set: Vec<&str> = [Labels::AUDIT, Labels::WARN]
        .iter()
        .filter(|mode| namespace.label(mode.level).is_some())
        .filter_map(|mode| mode.level.rsplit('/').next())
        .collect();
    if !set.is_empty() {
        let verb = if set.len() > 1 { "are" } else { "is" };
        let message =
            format!("pods that violate the standard are admitted: only `{}` {verb} set", set.join("` and `"));
        out.fail(label(Labels::ENFORCE.level), message).fix(enforce("baseline"));
    }
}
