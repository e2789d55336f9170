use watertight_engine::prelude::*;
use watertight_facts::admission::{AdmissionFacts, Engine, VALIDATING_WEBHOOKS};

use super::{ADMISSION, all_in_view};

control! {
    /// Nothing but Pod Security, where namespaces ask for it, looks at what is let in: images from
    /// anywhere, pods without limits, hosts of other people's Ingresses all pass.
    ///
    /// Policies count of ValidatingAdmissionPolicy with a binding, Kyverno, Gatekeeper, Kubewarden and
    /// jsPolicy, and any webhook that is asked about pods. Judged only where all webhook configurations
    /// are in view; a folder of manifests cannot show what else the cluster has.
    ///
    /// ## Remedy
    /// Write policies as ValidatingAdmissionPolicy, which needs no engine, or install Kyverno or
    /// Gatekeeper; require digests, trusted registries and non-root first.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: shop}
    /// webhooks:  # not about pods
    /// - name: orders.shop.example.com
    ///   clientConfig: {service: {name: shop, namespace: shop}}
    ///   rules: [{apiGroups: [shop.example.com], apiVersions: [v1], operations: [CREATE], resources: [orders]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingAdmissionPolicyBinding
    /// metadata: {name: digests}
    /// spec: {policyName: digests, validationActions: [Deny]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: digests}
    /// spec:
    ///   rules:
    ///   - name: digests  # only reports, as another control tells
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate: {pattern: {spec: {containers: [{image: "*@sha256:*"}]}}}
    /// ```
    pub static ADMISSION_POLICIES_MISSING = {
        title: "no admission policy decides what is let in",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: ADMISSION,
        check: Check::Cluster(check),
    }
}

fn check(cluster: ClusterScope<'_>, out: &mut Sink<'_>) {
    let decides = |facts: &AdmissionFacts| match facts {
        AdmissionFacts::Policy(policy) => match policy.engine {
            // Bindings put these into force; those of images alone say nothing of pods.
            Engine::BuiltIn | Engine::PolicyController | Engine::OpenShift => false,
            Engine::Kyverno | Engine::Gatekeeper | Engine::Kubewarden | Engine::JsPolicy => {
                policy.refuses || !policy.only_reports.is_empty()
            }
        },
        AdmissionFacts::Binding(_) => true,
        AdmissionFacts::Webhooks(webhooks) => webhooks.iter().any(|webhook| webhook.sees_pods),
    };
    if cluster.view().admission_objects().any(|(_, facts)| decides(facts)) {
        return;
    }
    if !all_in_view(cluster.view()) {
        return out.not_in_view(VALIDATING_WEBHOOKS);
    }
    let message = "no admission policy is there: beside Pod Security, nothing refuses what should not run";
    out.fail(Path::root(), message);
}
