use std::net::IpAddr;

use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, METADATA_SERVICES, POLICY_FLAVOURS, Rule, WIRE_SERVER, Who};
use watertight_facts::reachability::{ISOLATION, Reachability};
use watertight_netpol::{Connection, Connections, Intervals, Protocol, Truth};

use super::{ISOLATING, policy};

control! {
    /// A node's metadata service hands out the node's cloud credentials to whoever can ask it. A process in a
    /// pod that reaches it acts in the cloud as the node.
    ///
    /// Judged are rules of policies that govern egress: a block that covers the address and does not leave
    /// it out, or no peers at all, with its port. Policies of Cilium, Calico and `policy.networking.k8s.io` are judged
    /// by what they let through: a rule that allows what an earlier rule or another policy refuses opens nothing.
    /// Where a rule lets through what is not known, as by the names of hosts, the answer is unknown. Pods that no
    /// such policy selects are told by `default-deny-missing` and `pod-not-isolated`.
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
    /// ```yaml,fail
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec: {endpointSelector: {}, egress: [{toEntities: [world]}]}
    /// ```
    /// ```yaml,pass
    /// # Cilium asks rules that deny first.
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egress: [{toEntities: [world]}]
    ///   egressDeny: [{toCIDR: [169.254.169.254/32, 100.100.100.200/32, 168.63.129.16/32, "fd00:ec2::254/128", "fd20:ce::254/128"]}]
    /// ```
    /// ```yaml,fail
    /// # Calico asks rules in their order.
    /// apiVersion: projectcalico.org/v3
    /// kind: GlobalNetworkPolicy
    /// metadata: {name: out}
    /// spec:
    ///   types: [Egress]
    ///   egress:
    ///   - {action: Allow, protocol: TCP, destination: {notNets: [10.0.0.0/8]}}
    ///   - {action: Deny, destination: {nets: [169.254.169.254/32]}}
    /// ```
    /// ```yaml,pass
    /// # A policy of the whole cluster refuses what this one allows.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: metadata}
    /// spec:
    ///   priority: 5
    ///   subject: {namespaces: {}}
    ///   egress:
    ///   - {name: metadata, action: Deny, to: [{networks: [169.254.169.254/32, 100.100.100.200/32, 168.63.129.16/32]}]}
    /// ```
    pub static METADATA_ADDRESS_REACHABLE = {
        title: "network policy lets pods reach the instance metadata address",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1552.005")],
        reads: &ISOLATION,
        check: Check::Kinds(ISOLATING, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if POLICY_FLAVOURS.iter().any(|kind| kind.is(object.identity())) {
        if let Some(reach) = object.view().isolation() {
            flavoured(object, reach, out);
        }
        return;
    }
    let Some(policy) = policy(object, out) else { return };
    for rule in policy.rules(Direction::Egress).unwrap_or_default() {
        judge(object, rule, out);
    }
}

/// A policy of another kind than Kubernetes' own: each of its rules that opens an address is told once.
fn flavoured(object: ObjectView<'_>, reach: &Reachability, out: &mut Sink<'_>) {
    let mut told: Vec<Path> = Vec::new();
    for (address, cloud) in METADATA_SERVICES {
        let opened = address.parse().map(|address| reach.opened_to(object.id(), address)).unwrap_or_default();
        for rule in opened.into_iter().filter(|rule| rule.connections.contains(HTTP)) {
            if rule.truth != Truth::Yes {
                out.unknown(format!("whether `{}` lets pods reach {address}: {}", rule.path, rule.doubt()));
            } else if !told.contains(&rule.path) {
                told.push(rule.path.clone());
                let finding = out.fail(rule.path, message(address, cloud));
                if *address == WIRE_SERVER {
                    finding.severity(Severity::Info);
                }
            }
        }
    }
}

const HTTP: Connection = Connection::to_port(Protocol::Tcp, 80);

fn message(address: &str, cloud: &str) -> String {
    format!("lets its pods reach {address}, the metadata service of {cloud}")
}

/// Whether other policies refuse an address to all the pods.
fn is_refused(object: ObjectView<'_>, address: IpAddr) -> bool {
    let http = Connections::of(Protocol::Tcp, &Intervals::one(80));
    object.view().refusing().is_some_and(|reach| reach.refused_to(object.id(), address, &http))
}

fn judge(object: ObjectView<'_>, rule: &Rule, out: &mut Sink<'_>) {
    if !rule.lets_port(Protocol::Tcp, 80) {
        return;
    }
    let is_open = |address: IpAddr| !is_refused(object, address);
    if rule.peers.is_empty() {
        let (address, cloud) = METADATA_SERVICES[0];
        if address.parse().is_ok_and(is_open) {
            out.fail(rule.path.clone(), format!("{}: no peer is named", message(address, cloud)));
        }
        return;
    }
    for peer in &rule.peers {
        let Who::Block { cidr, except } = &peer.who else { continue };
        let open: Vec<&(&str, &str)> = METADATA_SERVICES
            .iter()
            .filter(|(address, _)| {
                let covers = |address: IpAddr| {
                    cidr.contains(address) && !except.iter().any(|block| block.contains(address))
                };
                address.parse().is_ok_and(|address| covers(address) && is_open(address))
            })
            .collect();
        let Some((address, cloud)) = open.first() else { continue };
        let path = peer.path.key("ipBlock");
        let mut fix = Fix::review();
        // Nothing can be left out of a single address.
        let mut can_be_left_out = true;
        for (address, _) in &open {
            let single = format!("{address}/{}", if address.contains(':') { 128 } else { 32 });
            can_be_left_out &= single != cidr.to_string();
            fix = fix.append(path.key("except"), single);
        }
        let finding = out.fail(path.key("cidr"), message(address, cloud));
        if *address == WIRE_SERVER {
            finding.severity(Severity::Info);
        }
        if can_be_left_out {
            finding.fix(fix);
        }
    }
}
