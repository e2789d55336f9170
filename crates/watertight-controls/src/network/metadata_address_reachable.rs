use std::net::IpAddr;

use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, Rule, Who};

use super::{POLICIES, policy};

control! {
    /// A node's metadata service hands out the node's cloud credentials to whoever can ask it. A process in a
    /// pod that reaches it acts in the cloud as the node.
    ///
    /// Judged are rules of policies that govern egress: a block that covers the address and does not leave
    /// it out, or no peers at all, with its port. Pods that no such policy selects are told by
    /// `default-deny-missing` and `pod-not-isolated`.
    ///
    /// ## Remedy
    /// Leave the address out of the block (`except`), and make the node's metadata service refuse pods
    /// (hop limit 1 with IMDSv2, GKE workload identity, Azure pod restrictions). Give pods that need the
    /// cloud an identity of their own.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8, 169.254.169.254/32, 100.100.100.200/32, 168.63.129.16/32]}}]
    /// ```
    /// ```yaml,fail
    /// # No peers: the metadata service too.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - ports: [{port: 80}]
    /// ```
    /// ```yaml,pass
    /// # Other ports, a block that leaves the link-local range out, and a block that is elsewhere.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - ports: [{port: 443}]
    ///   - to:
    ///     - {ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16, 100.64.0.0/10, 168.63.129.16/32]}}
    ///     - {ipBlock: {cidr: 10.0.0.0/8}}
    /// ```
    pub static METADATA_ADDRESS_REACHABLE = {
        title: "network policy lets pods reach the instance metadata address",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1552.005")],
        reads: &[],
        check: Check::Kinds(POLICIES, check),
    }
}

/// Where the metadata service of a cloud answers on port 80.
static SERVICES: &[(&str, &str)] = &[
    ("169.254.169.254", "AWS, Azure, Google Cloud and others"),
    ("fd00:ec2::254", "AWS"),
    ("fd20:ce::254", "Google Cloud"),
    ("100.100.100.200", "Alibaba Cloud"),
    (WIRE_SERVER, "Azure, its wire server"),
];

/// Hands out the node's configuration and certificates; elsewhere it is an address of the internet like any other
/// (learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
const WIRE_SERVER: &str = "168.63.129.16";

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(policy) = policy(object, out) else { return };
    for rule in policy.rules(Direction::Egress).unwrap_or_default() {
        judge(rule, out);
    }
}

fn judge(rule: &Rule, out: &mut Sink<'_>) {
    if !rule.lets_port("TCP", 80) {
        return;
    }
    if rule.peers.is_empty() {
        let (address, cloud) = SERVICES[0];
        let message = format!("lets its pods reach {address}, the metadata service of {cloud}: no peer is named");
        out.fail(rule.path.clone(), message);
        return;
    }
    for peer in &rule.peers {
        let Who::Block { cidr, except } = &peer.who else { continue };
        let open: Vec<&(&str, &str)> = SERVICES
            .iter()
            .filter(|(address, _)| {
                let covers = |address: IpAddr| {
                    cidr.contains(address) && !except.iter().any(|block| block.contains(address))
                };
                address.parse().is_ok_and(covers)
            })
            .collect();
        let Some((address, cloud)) = open.first() else { continue };
        let message = format!("lets its pods reach {address}, the metadata service of {cloud}");
        let path = peer.path.key("ipBlock");
        let mut fix = Fix::review();
        // Nothing can be left out of a single address.
        let mut can_be_left_out = true;
        for (address, _) in &open {
            let single = format!("{address}/{}", if address.contains(':') { 128 } else { 32 });
            can_be_left_out &= single != cidr.to_string();
            fix = fix.append(path.key("except"), single);
        }
        let finding = out.fail(path.key("cidr"), message);
        if *address == WIRE_SERVER {
            finding.severity(Severity::Info);
        }
        if can_be_left_out {
            finding.fix(fix);
        }
    }
}
