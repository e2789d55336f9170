use watertight_engine::prelude::*;
use watertight_facts::admission::Looseness;

use super::policy;

control! {
    /// The signature is looked at, and says too little. A keyless signature proves one thing: that an
    /// identity of an issuer made it. Anyone has one, so that any identity is as good as none.
    ///
    /// ## Remedy
    /// Name the issuer and the subject of your builds in full; leave `required`, `mutateDigest` and
    /// `verifyDigest` as they are when they are not written.
    ///
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   rules:
    ///   - name: signed
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     verifyImages:
    ///     - imageReferences: ["registry.example.com/*"]
    ///       attestors: [{entries: [{keyless: {issuer: "https://token.actions.githubusercontent.com", subject: "*"}}]}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}
    /// spec:
    ///   images: [{glob: "**"}]
    ///   authorities: [{keyless: {identities: [{issuerRegExp: ".*", subject: release@example.com}]}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   rules:
    ///   - name: signed
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     verifyImages:
    ///     - imageReferences: ["registry.example.com/*"]
    ///       required: false
    ///       attestors: [{entries: [{keys: {kms: "awskms:///alias/images"}}]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: signed}
    /// spec:
    ///   rules:
    ///   - name: signed
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     verifyImages:
    ///     - imageReferences: ["registry.example.com/*"]
    ///       attestors:
    ///       - entries:
    ///         - keyless:
    ///             issuer: https://token.actions.githubusercontent.com
    ///             subject: https://github.com/example/*/.github/workflows/release.yaml@refs/heads/main
    /// ```
    pub static IMAGE_VERIFICATION_LOOSE = {
        title: "verification of images lets nearly anything pass",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[Mapping::Attack("T1525")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object).filter(|policy| policy.verifies_images) else {
        return out.not_applicable();
    };
    for loose in &policy.loose {
        let (severity, message) = match loose.what {
            Looseness::AnyIssuer => (Severity::High, "signatures of any issuer are accepted"),
            Looseness::AnySubject => (Severity::High, "signatures of any identity are accepted"),
            Looseness::AlwaysPasses => (Severity::High, "whatever the image, this authority passes it"),
            Looseness::NotRequired => (Severity::Medium, "images that were not verified are let in"),
            Looseness::TagAccepted => (Severity::Low, "images that are named by a tag alone are let in"),
            Looseness::TagStays => {
                (Severity::Low, "the tag stays, and may name another image by the time it is pulled")
            }
        };
        out.fail(loose.path.clone(), message).severity(severity);
    }
}
