use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NetworkPolicy, Rule, Who};
use watertight_syntax::Value;

const TEMPLATES: &[GroupKind] = &[
    GroupKind { group: "agents.x-k8s.io", kind: "SandboxTemplate" },
    GroupKind { group: "extensions.agents.x-k8s.io", kind: "SandboxTemplate" },
];

control! {
    /// A sandbox runs code that nobody has read. What it may connect to is all that keeps it from sending what
    /// it finds away, and from trying its neighbours.
    ///
    /// Judged are templates of Agent Sandbox. Without a policy of its own a managed sandbox still reaches the
    /// internet, which is graded lower; one that nobody manages reaches everything.
    ///
    /// ## Remedy
    /// Set `networkPolicyManagement: Managed` and a `networkPolicy` that names what the sandbox needs, or nothing.
    ///
    /// ```yaml,fail
    /// apiVersion: extensions.agents.x-k8s.io/v1beta1
    /// kind: SandboxTemplate
    /// metadata: {name: python, namespace: agents}
    /// spec:
    ///   networkPolicyManagement: Managed
    ///   networkPolicy: {egress: [{ports: [{protocol: UDP, port: 53}]}]}
    ///   podTemplate: {spec: {containers: [{name: python, image: python}]}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: extensions.agents.x-k8s.io/v1beta1
    /// kind: SandboxTemplate
    /// metadata: {name: python, namespace: agents}
    /// spec:
    ///   networkPolicyManagement: Managed
    ///   networkPolicy: {egress: [{to: [{podSelector: {matchLabels: {app: proxy}}}]}]}
    ///   podTemplate: {spec: {containers: [{name: python, image: python}]}}
    /// ```
    pub static SANDBOX_EGRESS_OPEN = {
        title: "sandbox connects to more than is named",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(TEMPLATES, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let management = Path::root().at("spec.networkPolicyManagement");
    match body.root().at(&management).and_then(Value::as_str) {
        None | Some("Managed") => {}
        Some("Unmanaged") => {
            out.fail(management, "nobody manages a policy for the sandbox");
            return;
        }
        Some(_) => {
            out.fail(management, "this is neither `Managed` nor `Unmanaged`; the API server refuses the template");
            return;
        }
    }
    let at = Path::root().at("spec.networkPolicy");
    let policy = match body.decode::<NetworkPolicySpec>(&at) {
        None => {
            let message = "the default policy lets the sandbox connect to the internet";
            out.fail(at, message).severity(Severity::Low);
            return;
        }
        Some(Err(why)) => {
            out.fail(at, format!("{why}; the API server refuses the template"));
            return;
        }
        Some(Ok(decoded)) => {
            if let Some((path, why)) = decoded.left_out.first() {
                return out.unknown(format!("`{path}`: {why}"));
            }
            NetworkPolicy::of_spec(&decoded.value, &at)
        }
    };
    for problem in &policy.problems {
        out.fail(problem.path.clone(), format!("the API server refuses the template: {}", problem.why));
    }
    for rule in policy.rules(Direction::Egress).unwrap_or_default() {
        judge(rule, out);
    }
}

fn judge(rule: &Rule, out: &mut Sink<'_>) {
    if rule.peers.is_empty() {
        out.fail(rule.path.clone(), "lets the sandbox connect to any address");
        return;
    }
    for peer in &rule.peers {
        match &peer.who {
            Who::Block { cidr, .. } if cidr.is_everything() => {
                out.fail(peer.path.at("ipBlock.cidr"), "lets the sandbox connect to any address");
            }
            Who::Pods { namespaces, pods } if pods.is_everything() => {
                let (of, severity) = match namespaces {
                    Some(_) => ("of whole namespaces", Severity::Medium),
                    None => ("of its namespace", Severity::Low),
                };
                out.fail(peer.path.clone(), format!("lets the sandbox connect to every pod {of}"))
                    .severity(severity);
            }
            Who::Block { .. } | Who::Pods { .. } | Who::Unread => {}
        }
    }
}
