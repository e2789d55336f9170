use watertight_engine::prelude::*;
use watertight_podsecurity::Labels;

use super::{enforce, is_platform, label};

control! {
    /// Any pod is admitted: whoever may create one in this namespace can make it privileged, and with it
    /// take the node and every pod on it.
    ///
    /// High for a production namespace. A default in the API server's `PodSecurityConfiguration`, or
    /// another admission policy, may refuse such pods all the same; neither is in view here.
    ///
    /// ## Remedy
    /// Label the namespace with `pod-security.kubernetes.io/enforce: baseline`, better `restricted`;
    /// `watertight psa check` tells which level its workloads meet already.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels: {pod-security.kubernetes.io/enforce-version: latest}  # of no level
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: kube-system}  # the platform's own
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: elsewhere}  # a namespace that is not in view
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    pub static POD_SECURITY_NOT_ENFORCED = {
        title: "namespace enforces no Pod Security Standard",
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
    // Told by `pod-security-only-warns`.
    if [Labels::AUDIT, Labels::WARN].iter().any(|mode| namespace.label(mode.level).is_some()) {
        return;
    }
    let production = namespace.settings().production(namespace.name(), &namespace.facts().labels);
    let (severity, why) = match production {
        Some(why) => (Severity::High, format!(", though it is production ({why})")),
        None => (Severity::Medium, String::new()),
    };
    out.fail(label(Labels::ENFORCE.level), format!("any pod is admitted, privileged ones too{why}"))
        .severity(severity)
        .fix(enforce("baseline"));
}
