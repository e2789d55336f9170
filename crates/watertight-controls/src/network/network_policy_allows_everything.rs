use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NetworkObject, NetworkPolicy, Rule};

use super::{ISOLATING, policy};

control! {
    /// A rule without limits undoes every other policy for the pods that it selects, since policies add
    /// up: whoever gets into any pod of the cluster reaches them, or is reached by them, on every port.
    ///
    /// A rule that lets everybody through to a few chosen pods, as in front of an ingress controller, is
    /// graded lower than one for a whole namespace. Of policies of Cilium, Calico and
    /// `policy.networking.k8s.io` the rules count that name everybody in so many words.
    ///
    /// ## Remedy
    /// Name who may connect (`podSelector`, `namespaceSelector`, `ipBlock`) and to which `ports`.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: all, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   ingress: [{}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: all, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from: [{namespaceSelector: {}, podSelector: {}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: projectcalico.org/v3
    /// kind: GlobalNetworkPolicy
    /// metadata: {name: allow}
    /// spec: {selector: all(), types: [Ingress], ingress: [{action: Allow}]}
    /// ```
    /// ```yaml,pass
    /// # Everybody, on one port: a front end.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///   - from: []
    ///     ports: [{port: 8443}]
    /// ```
    /// ```yaml,pass
    /// # No rule at all lets nobody through; every pod of its own namespace is not everybody.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: []}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: own, namespace: shop}
    /// spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
    /// ---
    /// # To Cilium an entry without peers is nobody.
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: deny, namespace: shop}
    /// spec: {endpointSelector: {}, ingress: [{}]}
    /// ```
    pub static NETWORK_POLICY_ALLOWS_EVERYTHING = {
        title: "network policy lets everything through",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.2"), Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Kinds(ISOLATING, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if let Some(facts) = object.view().network_facts(object.id())
        && let NetworkObject::Flavoured(policy) = &facts.object
    {
        for (direction, path) in &policy.open {
            out.fail(path.clone(), format!("lets {} on every port", everybody(*direction)));
        }
        return;
    }
    let Some(policy) = policy(object, out) else { return };
    for (direction, rule) in policy.all_rules() {
        judge(policy, direction, rule, out);
    }
}

fn everybody(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "everybody connect to its pods",
        Direction::Egress => "its pods connect to everybody",
    }
}

fn judge(policy: &NetworkPolicy, direction: Direction, rule: &Rule, out: &mut Sink<'_>) {
    if !rule.ports.is_empty() {
        return;
    }
    // What leads out of the cluster is told by `unrestricted-egress`.
    let any_address = || rule.every_address().find(|(_, except)| except.is_empty());
    let (path, who) = match rule.every_pod() {
        _ if rule.is_everything() => (rule.path.clone(), everybody(direction)),
        Some(peer) if direction == Direction::Ingress => {
            (peer.path.clone(), "every pod of every namespace connect to its pods")
        }
        Some(peer) => (peer.path.clone(), "its pods connect to every pod of every namespace"),
        None if direction == Direction::Egress => return,
        None => match any_address() {
            Some((peer, _)) => (peer.path.clone(), "every address connect to its pods"),
            None => return,
        },
    };
    let finding = out.fail(path, format!("lets {who} on every port"));
    if !policy.selector.is_everything() {
        finding.severity(Severity::Low);
    }
}
