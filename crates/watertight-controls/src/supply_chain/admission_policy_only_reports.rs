use watertight_engine::prelude::*;
use watertight_facts::admission::{AdmissionFacts, BindingFacts};
use watertight_syntax::Segment;

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
    /// ```yaml,fixed
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   validationFailureAction: Enforce
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
    /// ```yaml,fixed
    /// apiVersion: constraints.gatekeeper.sh/v1beta1
    /// kind: K8sAllowedRepos
    /// metadata: {name: repos}
    /// spec: {enforcementAction: deny}
    /// ```
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digests}
    /// spec: {policyName: digests, validationActions: [Warn, Audit]}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digests}
    /// spec: {policyName: digests, validationActions: [Deny, Audit]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: policies.kubewarden.io/v1
    /// kind: ClusterAdmissionPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   mode: monitor
    ///   module: registry://ghcr.io/kubewarden/policies/verify-image-signatures:v1.0.0
    ///   rules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: policies.kubewarden.io/v1
    /// kind: ClusterAdmissionPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   mode: protect
    ///   module: registry://ghcr.io/kubewarden/policies/verify-image-signatures:v1.0.0
    ///   rules: [{apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE]}]
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
    /// ```yaml,fixed
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}
    /// spec:
    ///   mode: enforce
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
                let finding = out.fail(path.clone(), message).severity(severity);
                if let Some(action) = refusing(path, action) {
                    finding.fix(Fix::review().set(path.clone(), action));
                }
            }
        }
        Some(AdmissionFacts::Binding(binding)) if !binding.refuses() => {
            let path = Path::root().at("spec.validationActions");
            // Deny and Warn do not go together (`validateValidationActions` in
            // pkg/apis/admissionregistration/validation/validation.go).
            let audits = binding.actions.iter().any(|action| action == "Audit");
            let actions: &[&str] = if audits { &["Deny", "Audit"] } else { &["Deny"] };
            out.fail(path.clone(), said(binding)).fix(Fix::review().set(path, actions.to_vec()));
        }
        Some(AdmissionFacts::Binding(_)) => {}
        Some(AdmissionFacts::Webhooks(_)) | None => out.not_applicable(),
    }
}

/// The word that makes a policy refuse, by the field and the word that let it report only.
fn refusing(path: &Path, action: &str) -> Option<&'static str> {
    let Some(Segment::Key(key)) = path.segments().last() else { return None };
    match (key.as_ref(), action) {
        ("validationFailureAction" | "failureAction", _) => Some("Enforce"),
        ("enforcementAction", _) => Some("deny"),
        // Kubewarden, then policy-controller.
        ("mode", "monitor") => Some("protect"),
        ("mode", "warn") => Some("enforce"),
        _ => None,
    }
}

fn said(binding: &BindingFacts) -> String {
    let policy = &binding.policy;
    if binding.actions.is_empty() {
        return format!("what violates the policy `{policy}` is let in: no action is named, and the API server refuses the binding");
    }
    format!("what violates the policy `{policy}` is let in: only `{}` is named", binding.actions.join("`, `"))
}
