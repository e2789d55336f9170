use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NetworkObject, POLICY_FLAVOURS, Ports, Rule};
use watertight_facts::reachability::{ISOLATION, OpenedOutside, Reachability};
use watertight_netpol::{Connections, Endpoints, Intervals, PortSet, Protocol, Truth};

use super::{ISOLATING, policy};

control! {
    /// A pod that may connect to any address can send what it read anywhere, fetch an intruder's tools
    /// and take orders: the policy does not stop the part of an attack that it could stop best.
    ///
    /// Judged are rules of policies that govern egress. Every port of every address is graded higher than
    /// chosen ports, or all but the private ranges. Policies of Cilium, Calico and `policy.networking.k8s.io` are judged
    /// by what they let through: a rule for most addresses counts, unless an earlier rule or another policy refuses
    /// them. Rules by the names of hosts name what they open, but for a pattern of every name. That nothing governs egress at all is told by
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
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to: [{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}]
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
    /// ```yaml,fail
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   egress: [{toCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   egress:
    ///   - toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: kube-system, k8s-app: kube-dns}}]
    ///     toPorts: [{ports: [{port: "53", protocol: ANY}], rules: {dns: [{matchPattern: "*"}]}}]
    ///   - toFQDNs: [{matchName: api.example.com}]
    ///     toPorts: [{ports: [{port: "443", protocol: TCP}]}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: web}}
    ///   egress: [{toFQDNs: [{matchPattern: "*"}], toPorts: [{ports: [{port: "443", protocol: TCP}]}]}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: projectcalico.org/v3
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   types: [Egress]
    ///   egress: [{action: Allow, protocol: TCP, destination: {ports: [443]}}]
    /// ```
    /// ```yaml,pass
    /// # A policy of Calico that is asked before refuses what this one allows.
    /// apiVersion: projectcalico.org/v3
    /// kind: GlobalNetworkPolicy
    /// metadata: {name: no-internet}
    /// spec:
    ///   order: 10
    ///   types: [Egress]
    ///   egress: [{action: Deny, destination: {notNets: [10.0.0.0/8]}}]
    /// ---
    /// apiVersion: projectcalico.org/v3
    /// kind: NetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec:
    ///   order: 20
    ///   types: [Egress]
    ///   egress: [{action: Allow, protocol: TCP, destination: {ports: [443]}}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: out}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   egress:
    ///   - {name: private, action: Deny, to: [{networks: [10.0.0.0/8]}]}
    ///   - {name: all, action: Allow, to: [{networks: [0.0.0.0/0]}]}
    /// ```
    pub static UNRESTRICTED_EGRESS = {
        title: "network policy lets pods connect to any address",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Nsa("network-separation")],
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
    if object.view().refusing().is_some_and(|reach| reach.refused_outside(object.id())) {
        return;
    }
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
        let whole = rule.every_address().min_by_key(|(_, except)| except.len());
        let Some(peer) = whole.map(|(peer, _)| peer).or_else(|| rule.most_addresses()) else { continue };
        let (but, mut severity) = match whole.map(|(_, except)| except.len()) {
            Some(0) => ("", Severity::Medium),
            Some(_) => (" outside of the blocks that it leaves out", Severity::Low),
            None => (" of the blocks that are most of all", Severity::Low),
        };
        if !rule.ports.is_empty() {
            severity = if is_dns(rule) { Severity::Info } else { Severity::Low };
        }
        let message = format!("lets its pods connect to any address{but} on {}", ports(rule));
        out.fail(peer.path.at("ipBlock.cidr"), message).severity(severity);
    }
}

/// A policy of another kind than Kubernetes' own: each of its rules that opens most addresses.
fn flavoured(object: ObjectView<'_>, reach: &Reachability, out: &mut Sink<'_>) {
    // These are told by `network-policy-allows-everything`.
    let open = match object.view().network_facts(object.id()).map(|facts| &facts.object) {
        Some(NetworkObject::Flavoured(policy)) => &policy.open[..],
        _ => &[],
    };
    for OpenedOutside { opened, addresses } in reach.opened_outside(object.id()) {
        if addresses < OpenedOutside::ALL / 2 || open.iter().any(|(_, path)| *path == opened.path) {
            continue;
        }
        if opened.rule.peers.have_every_name() {
            let message = "lets its pods connect to any host that a name can be looked up for";
            out.fail(opened.path, message).severity(Severity::Low);
            continue;
        }
        if opened.truth != Truth::Yes {
            if opened.doubt() != Endpoints::DOMAIN_NAMES {
                let path = &opened.path;
                out.unknown(format!("whether `{path}` lets pods connect to any address: {}", opened.doubt()));
            }
            continue;
        }
        let is_dns = opened.connections.is_subset_of(&dns());
        let is_every_port = opened.connections.is_every_port();
        let (but, severity) = match addresses {
            _ if is_dns => ("", Severity::Info),
            OpenedOutside::ALL if is_every_port => ("", Severity::Medium),
            OpenedOutside::ALL => ("", Severity::Low),
            _ => (" outside of the blocks that are left out or refused", Severity::Low),
        };
        let ports = if is_every_port { "every port" } else { "some ports" };
        let message = format!("lets its pods connect to any address{but} on {ports}");
        out.fail(opened.path, message).severity(severity);
    }
}

fn dns() -> Connections {
    let port = Intervals::one(53);
    Connections::of(Protocol::Tcp, &port).union(&Connections::of(Protocol::Udp, &port))
}

/// Whether only servers of names can be asked.
fn is_dns(rule: &Rule) -> bool {
    let is_dns = |which: &Ports| match which {
        Ports::Connections(connections) => connections.is_subset_of(&dns()),
        Ports::Named { .. } => false,
    };
    !rule.ports.is_empty() && rule.ports.iter().all(|port| is_dns(&port.which))
}

fn ports(rule: &Rule) -> String {
    if rule.ports.is_empty() {
        return "every port".to_owned();
    }
    super::some_of(&rule.ports.iter().flat_map(|port| described(&port.which)).collect::<Vec<_>>())
}

fn described(which: &Ports) -> Vec<String> {
    let connections = match which {
        Ports::Connections(connections) => connections,
        Ports::Named { protocol, name, .. } => {
            let protocol = protocol.map_or_else(String::new, |protocol| format!("{protocol} "));
            return vec![format!("{protocol}`{name}`")];
        }
    };
    let of_protocol = |protocol: Protocol| {
        let ports = connections.ports(protocol).map(PortSet::destinations).unwrap_or_default();
        let range = move |&(from, to): &(u16, u16)| match (from, to) {
            (1, u16::MAX) => format!("every {protocol} port"),
            (from, to) if from == to => format!("{protocol} {from}"),
            (from, to) => format!("{protocol} {from} to {to}"),
        };
        ports.ranges().iter().map(range).collect::<Vec<_>>()
    };
    Protocol::WITH_PORTS.into_iter().flat_map(of_protocol).collect()
}
