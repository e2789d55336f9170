use watertight_engine::prelude::*;

use crate::supply_chain::webhooks;

/// What is set when nothing is written.
const DEFAULT_SECONDS: i64 = 10;

control! {
    /// Each request that the webhook is asked about waits this long while it does not answer, and
    /// controllers, which make one request after the other, stand still with it.
    ///
    /// ## Remedy
    /// Set `timeoutSeconds: 5` or less. Without the field it is 10.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policies}
    /// webhooks:
    /// - name: policies.example.com
    ///   timeoutSeconds: 30
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policies}
    /// webhooks:
    /// - name: policies.example.com
    ///   timeoutSeconds: 10
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policies}
    /// webhooks:
    /// - name: policies.example.com
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    pub static WEBHOOK_WAITS_LONG = {
        title: "requests wait long for a webhook that does not answer",
        severity: Severity::Info,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(webhooks) = webhooks(object) else { return out.not_applicable() };
    for webhook in webhooks.iter().filter(|webhook| webhook.timeout > DEFAULT_SECONDS) {
        let message = format!("webhook `{}`: requests wait up to {} seconds", webhook.name, webhook.timeout);
        let path = webhook.path.key("timeoutSeconds");
        out.fail(path.clone(), message).fix(Fix::review().set(path, DEFAULT_SECONDS));
    }
}
