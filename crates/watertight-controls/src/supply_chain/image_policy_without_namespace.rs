use watertight_engine::prelude::*;
use watertight_facts::admission::Engine;

use super::policy;

const NAMESPACE: GroupKind = GroupKind::core("Namespace");
const INCLUDE: &str = "policy.sigstore.dev/include";

control! {
    /// The policy verifies nothing: policy-controller looks only into namespaces that are labelled
    /// `policy.sigstore.dev/include: "true"`, as it is installed, and no namespace in view is.
    ///
    /// ## Remedy
    /// Label the namespaces, or let the webhook look into all but the platform's.
    ///
    /// ```yaml,fail
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}
    /// spec: {images: [{glob: "**"}], authorities: [{key: {kms: "awskms:///alias/images"}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    /// ```yaml,pass
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}
    /// spec: {images: [{glob: "**"}], authorities: [{key: {kms: "awskms:///alias/images"}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {policy.sigstore.dev/include: "true"}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: policy.sigstore.dev/v1beta1
    /// kind: ClusterImagePolicy
    /// metadata: {name: signed}  # no namespace is in view
    /// spec: {images: [{glob: "**"}], authorities: [{key: {kms: "awskms:///alias/images"}}]}
    /// ```
    pub static IMAGE_POLICY_WITHOUT_NAMESPACE = {
        title: "no namespace asks for the image policy",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[NAMESPACE],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if policy(object).is_none_or(|policy| policy.engine != Engine::PolicyController) {
        return out.not_applicable();
    }
    let view = object.view();
    if !view.sees(NAMESPACE) {
        return out.not_in_view(NAMESPACE);
    }
    let asks = |name: &str| match view.namespace(name) {
        Joined::One(namespace) => namespace.labels.get(INCLUDE).is_some_and(|value| value == "true"),
        Joined::Ambiguous => true,
        Joined::NotInView => false,
    };
    if view.objects(NAMESPACE).all(|(_, namespace)| !asks(&namespace.identity().name)) {
        let message = format!("no namespace in view is labelled `{INCLUDE}: \"true\"`: no image is verified");
        out.fail(Path::root(), message);
    }
}
