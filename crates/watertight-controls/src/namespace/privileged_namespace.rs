use watertight_engine::prelude::*;
use watertight_podsecurity::Labels;

use super::{enforce, is_platform, label};

control! {
    /// The namespace says that any pod may run in it, below even the baseline standard: whoever may
    /// create a pod here can take the node.
    ///
    /// Namespaces of the platform are not judged: kube-system, kube-public, kube-node-lease and those
    /// that the settings name.
    ///
    /// ## Remedy
    /// Move what needs privileges into a namespace of the platform and set
    /// `pod-security.kubernetes.io/enforce: baseline` or `restricted` here.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: privileged
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: kube-system
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: privileged
    /// ```
    pub static PRIVILEGED_NAMESPACE = {
        title: "namespace admits privileged pods",
        severity: Severity::High,
        layer: Layer::Namespace,
        maps: &[Mapping::Cis("5.2.1"), Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if !is_platform(namespace, out) && namespace.label(Labels::ENFORCE.level) == Some("privileged") {
        out.fail(label(Labels::ENFORCE.level), "enforces `privileged`, which is below `baseline` and refuses nothing")
            .fix(enforce("baseline"));
    }
}
