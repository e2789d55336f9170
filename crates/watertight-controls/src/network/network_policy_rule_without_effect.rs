use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NetworkPolicy, Ports, Rule, Selection, Who};

use super::{POLICIES, policy};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

control! {
    /// The rule is written and does nothing: connections that somebody relies on are cut, or the policy is
    /// thought to be tighter than it is. Such rules are "repaired" in a hurry by opening everything.
    ///
    /// Told are rules for a direction that `policyTypes` leaves out, a port by a name that no container of the
    /// selected pods declares, and namespaces that do not exist (where all namespaces are in view).
    ///
    /// ## Remedy
    /// Add the direction to `policyTypes`, name the container's port or use its number, correct the selector.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: https}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress, Egress]
    ///   ingress:
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: http}]
    ///   egress:
    ///   - to: [{podSelector: {matchLabels: {app: db}}}]
    ///     ports: [{port: postgres}]  # a port of the pods of `db`
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
    /// ```
    pub static NETWORK_POLICY_RULE_WITHOUT_EFFECT = {
        title: "rule of a network policy has no effect",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[NAMESPACE],
        check: Check::Kinds(POLICIES, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object, out) else { return };
    for direction in &policy.ignored {
        let message = format!("has rules that nobody reads: `policyTypes` leaves {} out", direction.name());
        out.fail(Path::root().key("spec").key(direction.field()), message);
    }
    for rule in policy.rules(Direction::Ingress).unwrap_or_default() {
        named_ports(object, policy, rule, out);
    }
    for (_, rule) in policy.all_rules() {
        namespaces(object, rule, out);
    }
}

/// The name of a port is looked up in the destination, which for ingress are the selected pods.
fn named_ports(object: ObjectView<'_>, policy: &NetworkPolicy, rule: &Rule, out: &mut Sink<'_>) {
    let view = object.view();
    let named = rule.ports.iter().filter_map(|port| match &port.which {
        Ports::Named(name) => Some((port, name)),
        Ports::All | Ports::Range(..) => None,
    });
    for (port, name) in named {
        let Selection::Workloads(selected) = view.selection(&object.identity().namespace, &policy.selector) else {
            return;
        };
        let declares =
            |id: &_| view.pod_network(*id).is_some_and(|pod| pod.names(name, &port.protocol));
        if !selected.iter().any(declares) {
            let message =
                format!("no container of the selected pods declares a {} port `{name}`", port.protocol);
            out.fail(port.path.key("port"), message);
        }
    }
}

fn namespaces(object: ObjectView<'_>, rule: &Rule, out: &mut Sink<'_>) {
    for peer in &rule.peers {
        let Who::Pods { namespaces: Some(selector), .. } = &peer.who else { continue };
        match object.view().selects_namespace(selector) {
            Some(true) => {}
            Some(false) => {
                out.fail(peer.path.key("namespaceSelector"), "selects no namespace of the cluster");
            }
            None => out.not_in_view(NAMESPACE),
        }
    }
}
