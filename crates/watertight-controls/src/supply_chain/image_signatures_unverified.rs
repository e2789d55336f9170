use watertight_engine::prelude::*;
use watertight_facts::admission::{AdmissionFacts, VALIDATING_WEBHOOKS};

use super::{ADMISSION, all_in_view};

control! {
    /// Whoever can push to a registry, or stand between it and the nodes, runs their own image: nothing
    /// asks who built it.
    ///
    /// Recognised are `verifyImages` and `ImageValidatingPolicy` of Kyverno, `ClusterImagePolicy` of
    /// policy-controller and of OpenShift, Gatekeeper with Ratify or another provider of signatures,
    /// Kubewarden's `verify-image-signatures`, Connaisseur and Portieris. ValidatingAdmissionPolicy cannot
    /// verify a signature. What a cloud verifies by itself (Binary Authorization) is in no object. Judged
    /// only where all webhook configurations are in view.
    ///
    /// ## Remedy
    /// Sign images where they are built (`cosign sign`), and let one of these refuse what is not signed by
    /// your key or your identity.
    ///
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: digests}
    /// spec:
    ///   rules:
    ///   - name: digests
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate: {pattern: {spec: {containers: [{image: "*@sha256:*"}]}}}
    /// ```
    /// ```yaml,pass
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
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: MutatingWebhookConfiguration
    /// metadata: {name: connaisseur-webhook}
    /// webhooks:
    /// - name: connaisseur-svc.connaisseur.svc
    ///   clientConfig: {service: {name: connaisseur-svc, namespace: connaisseur}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    pub static IMAGE_SIGNATURES_UNVERIFIED = {
        title: "nothing verifies who signed an image",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[Mapping::Cis("5.5.1"), Mapping::Attack("T1525")],
        reads: ADMISSION,
        check: Check::Cluster(check),
    }
}

fn check(cluster: ClusterScope<'_>, out: &mut Sink<'_>) {
    let verifies = |facts: &AdmissionFacts| match facts {
        AdmissionFacts::Policy(policy) => policy.verifies_images,
        AdmissionFacts::Binding(_) => false,
        // These keep their policies in configuration of their own.
        AdmissionFacts::Webhooks(webhooks) => webhooks
            .iter()
            .any(|webhook| matches!(webhook.of_engine, Some("Connaisseur" | "Portieris"))),
    };
    if cluster.view().admission_objects().any(|(_, facts)| verifies(facts)) {
        return;
    }
    if !all_in_view(cluster.view()) {
        return out.not_in_view(VALIDATING_WEBHOOKS);
    }
    out.fail(Path::root(), "no policy verifies signatures of images, unless the cloud does so by itself");
}
