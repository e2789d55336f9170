use watertight_engine::prelude::*;

use super::{engine, policy, webhooks};

control! {
    /// Whoever keeps the policy engine from answering, by load, by deleting its pods, by a network policy,
    /// is let in unjudged: requests go on as if there were no policy.
    ///
    /// Judged are policies, and webhooks of known engines that see pods.
    ///
    /// ## Remedy
    /// Set `failurePolicy: Fail`, run the engine with several replicas, and exempt the namespaces that the
    /// cluster and the engine itself need to start.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: gatekeeper-validating-webhook-configuration}
    /// webhooks:
    /// - name: validation.gatekeeper.sh
    ///   failurePolicy: Ignore
    ///   clientConfig: {service: {name: gatekeeper-webhook-service, namespace: gatekeeper-system}}
    ///   rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: ["*"]}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: gatekeeper-validating-webhook-configuration}
    /// webhooks:
    /// - name: validation.gatekeeper.sh
    ///   failurePolicy: Fail
    ///   clientConfig: {service: {name: gatekeeper-webhook-service, namespace: gatekeeper-system}}
    ///   rules: [{apiGroups: ["*"], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: ["*"]}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: kyverno.io/v1
    /// kind: ClusterPolicy
    /// metadata: {name: non-root}
    /// spec:
    ///   failurePolicy: Ignore
    ///   validationFailureAction: Enforce
    ///   rules:
    ///   - name: non-root
    ///     match: {any: [{resources: {kinds: [Pod]}}]}
    ///     validate: {pattern: {spec: {securityContext: {runAsNonRoot: true}}}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: kyverno-resource-validating-webhook-cfg}
    /// webhooks:
    /// - name: validate.kyverno.svc-fail
    ///   clientConfig: {service: {name: kyverno-svc, namespace: kyverno}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ---
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: ValidatingWebhookConfiguration
    /// metadata: {name: shop}  # of an application, not of a policy engine
    /// webhooks:
    /// - name: orders.shop.example.com
    ///   failurePolicy: Ignore
    ///   clientConfig: {service: {name: shop, namespace: shop}}
    ///   rules: [{apiGroups: [shop.example.com], apiVersions: [v1], operations: [CREATE], resources: [orders]}]
    /// ```
    pub static ADMISSION_FAILS_OPEN = {
        title: "requests are let in when the policy engine does not answer",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if let Some(policy) = policy(object) {
        if let Some(path) = &policy.fails_open {
            let message =
                format!("`failurePolicy: Ignore`: what {} cannot judge is let in", engine(policy.engine));
            out.fail(path.clone(), message).fix(Fix::review().set(path.clone(), "Fail"));
        }
        return;
    }
    let Some(webhooks) = webhooks(object) else { return out.not_applicable() };
    for webhook in webhooks.iter().filter(|webhook| webhook.fails_open && webhook.sees_pods) {
        let Some(engine) = webhook.of_engine else { continue };
        let path = webhook.path.key("failurePolicy");
        let message = format!("webhook `{}`: what {engine} cannot judge is let in", webhook.name);
        out.fail(path.clone(), message).fix(Fix::review().set(path, "Fail"));
    }
}
