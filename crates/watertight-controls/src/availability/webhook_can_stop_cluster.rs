use watertight_engine::prelude::*;

use crate::supply_chain::webhooks;

/// Where the cluster's own parts run.
const KUBE_SYSTEM: &str = "kube-system";

control! {
    /// While the webhook does not answer, no pod starts that the cluster needs to recover: those of
    /// kube-system, or of the webhook itself. One outage then keeps the next thing that fails from
    /// coming back.
    ///
    /// Judged are webhooks that are asked when pods are created, that refuse when they do not answer, and
    /// that neither conditions nor labels of objects narrow.
    ///
    /// ## Remedy
    /// Exempt kube-system and the webhook's own namespace with a `namespaceSelector` on
    /// `kubernetes.io/metadata.name`, and run the webhook with several replicas.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policies}
    /// webhooks:
    /// - name: policies.example.com
    ///   failurePolicy: Fail
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: policies}
    /// webhooks:
    /// - name: policies.example.com
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, policies]}]}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// - name: hint.example.com
    ///   failurePolicy: Ignore
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// - name: orders.example.com
    ///   clientConfig: {service: {name: policies, namespace: policies}}
    ///   rules: [{apiGroups: [shop.example.com], apiVersions: [v1], operations: ["*"], resources: [orders]}]
    /// ```
    pub static WEBHOOK_CAN_STOP_CLUSTER = {
        title: "an outage of the webhook keeps the cluster from recovering",
        severity: Severity::Low,
        layer: Layer::Availability,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(webhooks) = webhooks(object) else { return out.not_applicable() };
    for webhook in webhooks.iter().filter(|webhook| webhook.sees_pods && !webhook.fails_open) {
        if webhook.is_narrowed {
            continue;
        }
        let own = webhook.service_namespace.as_deref();
        let mut needed: Vec<&str> =
            [Some(KUBE_SYSTEM), own].into_iter().flatten().filter(|name| webhook.selects_namespace(name)).collect();
        needed.dedup();
        if !needed.is_empty() {
            let message = format!(
                "webhook `{}`: while it does not answer, no pod starts in `{}`",
                webhook.name,
                needed.join("` and `")
            );
            out.fail(webhook.path.key("namespaceSelector"), message);
        }
    }
}
