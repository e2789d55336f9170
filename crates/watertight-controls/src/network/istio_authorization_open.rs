use watertight_engine::prelude::*;
use watertight_syntax::Value;

const AUTHORIZATION_POLICY: GroupKind =
    GroupKind { group: "security.istio.io", kind: "AuthorizationPolicy" };

control! {
    /// A rule without conditions fits every request: every other policy that allows is undone for the workloads
    /// that it is for, and everybody in the cluster may call them.
    ///
    /// ## Remedy
    /// Name who may call (`from`), what (`to`) or when (`when`). A policy without rules allows nothing, which is
    /// a good default.
    ///
    /// ```yaml,fail
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: all, namespace: shop}
    /// spec: {rules: [{}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: nothing, namespace: shop}
    /// spec: {}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: nobody, namespace: shop}
    /// spec: {action: DENY, rules: [{}]}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]}]}
    /// ```
    pub static ISTIO_AUTHORIZATION_OPEN = {
        title: "mesh policy allows every request",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[AUTHORIZATION_POLICY], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let spec = body.root().get("spec");
    let action = spec.and_then(|spec| spec.get("action")).and_then(Value::as_str).unwrap_or("ALLOW");
    if action != "ALLOW" {
        return out.not_applicable();
    }
    let selects = spec.and_then(|spec| spec.get("selector")).and_then(|selector| selector.get("matchLabels"));
    let narrow = selects.is_some_and(|labels| labels.entries().next().is_some());
    let rules = spec.and_then(|spec| spec.get("rules")).into_iter().flat_map(Value::items);
    for (index, rule) in rules.enumerate() {
        // Lists without items are as if they were not there.
        let is_open = rule.entries().all(|(_, value)| value.is_null() || value.items().len() == 0);
        if is_open {
            let path = Path::root().at("spec.rules").index(index);
            let finding = out.fail(path, "allows every request to its workloads");
            if narrow {
                finding.severity(Severity::Low);
            }
        }
    }
}
