use watertight_engine::prelude::*;

use super::policy;

control! {
    /// The policy passes every pod that leaves the field out: `=(…)` asks for the value only where the
    /// field is there, and here a pod without it is as weak as one with the wrong value.
    ///
    /// Judged are patterns of Kyverno that ask for `runAsNonRoot`, `allowPrivilegeEscalation`,
    /// `readOnlyRootFilesystem`, dropped capabilities, a seccomp profile or the mount of the token, and
    /// that a pod with nothing but a name and an image meets. For fields such as `privileged` and
    /// `hostNetwork`, which are off unless set, `=(…)` is right.
    ///
    /// ## Remedy
    /// Ask for the field without the anchor, at the pod or in each container: `anyPattern` with one
    /// alternative for each place.
    ///
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: non-root}
    /// spec:
    ///   rules:
    ///   - name: non-root
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce
    ///       pattern:
    ///         spec:
    ///           containers:
    ///           - =(securityContext):
    ///               =(runAsNonRoot): true
    /// ```
    /// ```yaml,pass
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: non-root}
    /// spec:
    ///   rules:
    ///   - name: non-root
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce
    ///       anyPattern:
    ///       - spec:
    ///           securityContext: {runAsNonRoot: true}
    ///           containers:
    ///           - =(securityContext): {=(runAsNonRoot): true}
    ///       - spec:
    ///           containers:
    ///           - securityContext: {runAsNonRoot: true}
    ///   - name: privileged  # off unless set
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce
    ///       pattern: {spec: {containers: [{=(securityContext): {=(privileged): "false"}}]}}
    /// ```
    pub static PATTERN_PASSES_UNSET = {
        title: "policy passes pods that set nothing",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object) else { return out.not_applicable() };
    for path in &policy.passes_unset {
        out.fail(path.clone(), "pods that leave the field out pass, and are as weak as with the wrong value");
    }
}
