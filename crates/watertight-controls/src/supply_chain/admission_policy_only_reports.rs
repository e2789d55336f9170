use watertight_engine::prelude::*;
use watertight_facts::admission::{AdmissionFacts, BindingFacts};

use super::engine;

control! {
    /// What violates the policy is noted and let in: a report stops nobody who means harm.
    ///
    /// Kyverno's rules report unless told otherwise; those of ValidatingAdmissionPolicy do what their
    /// binding says. Low where other rules of the policy refuse.
    ///
    /// ## Remedy
    /// Look at what is reported, put it in order, and let the policy refuse: `failureAction: Enforce`,
    /// `validationActions: [Deny]`, `enforcementAction: deny`, `mode: enforce`.
    ///
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   validationFailureAction: Audit
    ///   rules:
    ///   - name: signed
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     verifyImages:
    ///     - imageReferences: ["registry.example.com/*"]
    ///       attestors: [{entries: [{keys: {kms: "awskms:///alias/images"}}]}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: constraints.gatekeeper.sh/v1beta1
    /// kind: K8sAllowedRepos
    /// metadata: {name: repos}
    /// spec: {enforcementAction: dryrun}
    /// ```
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digests}
    /// spec: {policyName: digests, validationActions: [Warn, Audit]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}
    /// spec:
    ///   mode: warn
    ///   images: [{glob: "**"}]
    ///   authorities: [{key: {kms: "awskms:///alias/images"}}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: limits}
    /// spec:
    ///   validationFailureAction: Audit
    ///   rules:
    ///   - name: limits
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate:
    ///       failureAction: Enforce  # goes before the policy's
    ///       pattern: {spec: {containers: [{resources: {limits: {memory: "?*"}}}]}}
    ///   - name: labels  # changes, and decides nothing
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     mutate: {patchStrategicMerge: {metadata: {labels: {seen: "yes"}}}}
    /// ---
    /// apiVersion: constraints.gatekeeper.sh/v1beta1
    /// kind: K8sAllowedRepos
    /// metadata: {name: repos}
    /// spec: {}
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digests}
    /// spec: {policyName: digests, validationActions: [Deny, Audit]}
    /// ```
    pub static ADMISSION_POLICY_ONLY_REPORTS = {
        title: "policy reports what it should refuse",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    match object.view().admission(object.id()) {
        Some(AdmissionFacts::Policy(policy)) => {
            for (path, action) in &policy.only_reports {
                let what = if policy.verifies_images { "images that are not verified are" } else { "what violates it is" };
                let severity = if policy.refuses { Severity::Low } else { Severity::Medium };
                let message = format!("{what} let in: {} is told `{action}`", engine(policy.engine));
                out.fail(path.clone(), message).severity(severity);
            }
        }
        Some(AdmissionFacts::Binding(binding)) if !binding.refuses() => {
            out.fail(Path::root().at("spec.validationActions"), said(binding));
        }
        Some(AdmissionFacts::Binding(_)) => {}
        Some(AdmissionFacts::Webhooks(_)) | None => out.not_applicable(),
    }
}

fn said(binding: &BindingFacts) -> String {
    let policy = &binding.policy;
    if binding.actions.is_empty() {
        return format!("what violates the policy `{policy}` is let in: no action is named, and the API server refuses the binding");
    }
    format!("what violates the policy `{policy}` is let in: only `{}` is named", binding.actions.join("`, `"))
}
