use watertight_engine::prelude::*;

use super::webhooks;

control! {
    /// The policy engine is asked only about namespaces that carry a label: whoever creates a namespace,
    /// or forgets, is not judged.
    ///
    /// ## Remedy
    /// Turn the selector round: exempt the namespaces of the platform by name, and judge all others.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policy.sigstore.dev}
    /// webhooks:
    /// - name: policy.sigstore.dev
    ///   namespaceSelector: {matchExpressions: [{key: policy.sigstore.dev/include, operator: In, values: ["true"]}]}
    ///   clientConfig: {service: {name: webhook, namespace: cosign-system}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policy.sigstore.dev}
    /// webhooks:
    /// - name: policy.sigstore.dev
    ///   namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}
    ///   clientConfig: {service: {name: webhook, namespace: cosign-system}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    pub static ADMISSION_WEBHOOK_OPT_IN = {
        title: "policy engine judges only namespaces that ask for it",
        severity: Severity::Low,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(webhooks) = webhooks(object) else { return out.not_applicable() };
    for webhook in webhooks.iter().filter(|webhook| webhook.sees_pods && webhook.is_opt_in) {
        let Some(engine) = webhook.of_engine else { continue };
        let message = format!("webhook `{}`: {engine} judges only namespaces with a label", webhook.name);
        out.fail(webhook.path.key("namespaceSelector"), message);
    }
}
