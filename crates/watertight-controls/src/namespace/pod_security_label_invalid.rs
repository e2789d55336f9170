use watertight_engine::prelude::*;
use watertight_podsecurity::{Labels, NamespacePolicy};

control! {
    /// A label that is no level or no version does not do what it was written for: in `audit` and
    /// `warn` it switches the mode off, in `enforce` it refuses more than was meant.
    ///
    /// The API server refuses to set such a label, so the manifest cannot be applied; a namespace that
    /// has it from before keeps it.
    ///
    /// ## Remedy
    /// Write `privileged`, `baseline` or `restricted`, and `latest` or a version such as `v1.36`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: Restricted  # levels are in lower case
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/enforce-version: "1.36"  # a `v` is missing
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/enforce-version: v1.36
    /// ```
    pub static POD_SECURITY_LABEL_INVALID = {
        title: "Pod Security label is no level or no version",
        severity: Severity::Medium,
        layer: Layer::Namespace,
        maps: &[Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Namespace(check),
    }
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    let labels = &namespace.facts().labels;
    let (_, invalid) = NamespacePolicy::from_labels(labels, &NamespacePolicy::default());
    for wrong in invalid {
        let mode = wrong.label.rsplit('/').next().unwrap_or(wrong.label);
        let effect = match wrong.label {
            label if label == Labels::ENFORCE.level => "pods that violate `restricted` are refused",
            label if label == Labels::AUDIT.level || label == Labels::WARN.level => "the mode is off",
            _ => "it counts as `latest`",
        };
        let message = format!("`{mode}: {}` is not read: {}; {effect}", wrong.value, wrong.why);
        out.fail(Path::root().at("metadata.labels").key(wrong.label), message);
    }
}
