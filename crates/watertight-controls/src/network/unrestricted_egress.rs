use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, Ports, Rule};

use super::{POLICIES, policy};

control! {
    /// A pod that may connect to any address can send what it read anywhere, fetch an intruder's tools
    /// and take orders: the policy does not stop the part of an attack that it could stop best.
    ///
    /// Judged are rules of policies that govern egress. Every port of every address is graded higher than
    /// chosen ports, or all but the private ranges. That nothing governs egress at all is told by
    /// `default-deny-missing` and `pod-not-isolated`, a rule without any limit by
    /// `network-policy-allows-everything`.
    ///
    /// ## Remedy
    /// Name the addresses or pods that are needed. For names outside of the cluster, send the traffic
    /// through an egress gateway or proxy, or use a policy that knows names (Cilium's `toFQDNs`). For DNS,
    /// name the cluster's DNS pods.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to: [{ipBlock: {cidr: 0.0.0.0/0}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - ports: [{port: 443}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///       podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///     ports: [{protocol: UDP, port: 53}, {port: 53}]
    ///   - to: [{ipBlock: {cidr: 203.0.113.0/24}}]
    ///     ports: [{port: 443}]
    /// ```
    pub static UNRESTRICTED_EGRESS = {
        title: "network policy lets pods connect to any address",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Kinds(POLICIES, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object, out) else { return };
    for rule in policy.rules(Direction::Egress).unwrap_or_default() {
        if rule.is_everything() {
            continue;
        }
        if rule.peers.is_empty() {
            let severity = if is_dns(rule) { Severity::Info } else { Severity::Low };
            let message = format!("lets its pods connect to any address on {}", ports(rule));
            out.fail(rule.path.clone(), message).severity(severity);
            continue;
        }
        // Both families at once are one opening.
        let Some((peer, except)) = rule.every_address().min_by_key(|(_, except)| except.len()) else { continue };
        let (but, mut severity) = match except.len() {
            0 => ("", Severity::Medium),
            _ => (" outside of the blocks that it leaves out", Severity::Low),
        };
        if !rule.ports.is_empty() {
            severity = if is_dns(rule) { Severity::Info } else { Severity::Low };
        }
        let message = format!("lets its pods connect to any address{but} on {}", ports(rule));
        out.fail(peer.path.at("ipBlock.cidr"), message).severity(severity);
    }
}

/// Whether only servers of names can be asked.
fn is_dns(rule: &Rule) -> bool {
    !rule.ports.is_empty() && rule.ports.iter().all(|port| port.which == Ports::Range(53, 53))
}

fn ports(rule: &Rule) -> String {
    let described = |port: &watertight_facts::network::PortRule| match &port.which {
        Ports::All => format!("every {} port", port.protocol),
        Ports::Range(from, to) if from == to => format!("{} {from}", port.protocol),
        Ports::Range(from, to) => format!("{} {from} to {to}", port.protocol),
        Ports::Named(name) => format!("{} `{name}`", port.protocol),
    };
    if rule.ports.is_empty() {
        return "every port".to_owned();
    }
    super::some_of(&rule.ports.iter().map(described).collect::<Vec<_>>())
}
