use watertight_engine::prelude::*;
use watertight_facts::admission::{ADMISSION_POLICY, ADMISSION_POLICY_BINDING, AdmissionFacts};

control! {
    /// The policy is there and decides nothing: a ValidatingAdmissionPolicy is asked only where a binding
    /// names it.
    ///
    /// ## Remedy
    /// Add a `ValidatingAdmissionPolicyBinding` with `policyName` and `validationActions: [Deny]`.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicy
    /// metadata: {name: digests}
    /// spec: {validations: [{expression: "object.spec.containers.all(c, c.image.contains('@'))"}]}
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digest}
    /// spec: {policyName: digest, validationActions: [Deny]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicy
    /// metadata: {name: digests}
    /// spec: {validations: [{expression: "object.spec.containers.all(c, c.image.contains('@'))"}]}
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: any}
    /// spec: {policyName: digests, validationActions: [Deny]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicy
    /// metadata: {name: digests}  # no binding is in view: it may stand elsewhere
    /// spec: {validations: [{expression: "object.spec.containers.all(c, c.image.contains('@'))"}]}
    /// ```
    pub static ADMISSION_POLICY_UNBOUND = {
        title: "admission policy has no binding",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[ADMISSION_POLICY_BINDING],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !ADMISSION_POLICY.is(object.identity()) {
        return out.not_applicable();
    }
    let (view, name) = (object.view(), &*object.identity().name);
    let binds = |facts: &AdmissionFacts| {
        matches!(facts, AdmissionFacts::Binding(binding) if binding.policy == name)
    };
    if view.admission_objects().any(|(_, facts)| binds(facts)) {
        return;
    }
    if view.sees(ADMISSION_POLICY_BINDING) {
        out.fail(Path::root(), "no ValidatingAdmissionPolicyBinding names it: it decides nothing");
    } else {
        out.not_in_view(ADMISSION_POLICY_BINDING);
    }
}
