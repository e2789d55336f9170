//! The cluster that a packet crosses: whatever is not known of it is guessed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::alphabet;
use super::blocks;
use super::guess::Guess;
use crate::{Cluster, Inside, Labels, Truth, Unknown};

/// Somebody at one end of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// A pod, by its place.
    Pod(usize),
    /// A node, by its place.
    Node(usize),
    /// A node that is not in view.
    SomeNode,
    Address(IpAddr),
}

/// A packet that opens a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) from: Who,
    pub(super) to: Who,
    /// The number that IANA gave the protocol.
    pub(super) protocol: u8,
    pub(super) from_port: u16,
    /// For ICMP the type times 256 and the code.
    pub(super) to_port: u16,
}

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const SCTP: u8 = 132;
pub(super) const ICMP: u8 = 1;
pub(super) const ICMPV6: u8 = 58;

/// Which way, seen from the pod that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// An object as somebody wrote it.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) kind: &'static str,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) spec: Value,
}

/// One possible cluster.
#[derive(Debug)]
pub(super) struct World<'c> {
    pub(super) cluster: &'c Cluster,
    pub(super) written: &'c [Written],
    pub(super) guess: Guess,
    /// Whether the packet is one of IPv4.
    v4: bool,
    /// Whether one end of the packet is a pod and the other its node.
    on_own_node: bool,
}

impl<'c> World<'c> {
    pub(super) fn new(cluster: &'c Cluster, written: &'c [Written]) -> Self {
        Self { cluster, written, guess: Guess::default(), v4: true, on_own_node: false }
    }

    /// Chooses the family of a packet: of IPv4, of IPv6, or one of both.
    pub(super) fn choose_family(&mut self, packet: &Packet) {
        self.v4 = match self.families(packet) {
            (true, false) => true,
            (false, true) => false,
            _ => !self.guess.yes("the packet is one of IPv6".into()),
        };
        // The code under test does not look for the family that both ends have.
        for who in [packet.from, packet.to] {
            self.guess.coarse |= self.families_of(who) == (true, true);
        }
    }

    /// Of which families a packet may be.
    pub(super) fn families(&self, packet: &Packet) -> (bool, bool) {
        let (from, to) = (self.families_of(packet.from), self.families_of(packet.to));
        (from.0 && to.0, from.1 && to.1)
    }

    /// Addresses that are not known are of IPv4; where somebody has one of IPv6, they may be of that.
    fn families_of(&self, who: Who) -> (bool, bool) {
        let known = self.known_addresses(who);
        if known.is_empty() {
            let pods = self.cluster.pods.iter().flat_map(|pod| &pod.addresses);
            let all = pods.chain(self.cluster.nodes.iter().flat_map(|node| &node.addresses));
            return (true, self.cluster.pod_blocks.is_empty() && all.copied().any(|one| one.is_ipv6()));
        }
        (known.iter().any(IpAddr::is_ipv4), known.iter().any(IpAddr::is_ipv6))
    }

    pub(super) fn is_v4(&mut self, packet: &Packet) -> bool {
        // The code under test takes addresses that are not known for ones of IPv4, but does not rely on it here.
        let known = |who| !self.known_addresses(who).is_empty();
        self.guess.coarse |= !known(packet.from) || !known(packet.to);
        self.v4
    }

    /// The objects of a kind.
    pub(super) fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'c Written> + use<'c> {
        self.written.iter().filter(move |object| object.kind == kind)
    }

    /// Pods in the network of their node are not pods to policies ("NetworkPolicy and hostNetwork pods",
    /// `content/en/docs/concepts/services-networking/network-policies.md`): they are their node.
    pub(super) fn as_policies_see(&self, who: Who) -> Who {
        let Who::Pod(place) = who else { return who };
        let pod = &self.cluster.pods[place];
        if !pod.host_network {
            return who;
        }
        for (index, node) in self.cluster.nodes.iter().enumerate() {
            if pod.node.as_ref() == Some(&node.name) {
                return Who::Node(index);
            }
        }
        who
    }

    /// The pod that policies see.
    pub(super) fn pod(&self, who: Who) -> Option<usize> {
        match who {
            Who::Pod(place) if !self.cluster.pods[place].host_network => Some(place),
            _ => None,
        }
    }

    /// Whether somebody is a node, or in the network of one.
    pub(super) fn is_node(&self, who: Who) -> bool {
        match who {
            Who::Pod(place) => self.cluster.pods[place].host_network,
            Who::Node(_) | Who::SomeNode => true,
            Who::Address(_) => false,
        }
    }

    fn node_name(&self, who: Who) -> Option<&'c str> {
        match who {
            Who::Pod(place) => self.cluster.pods[place].node.as_deref(),
            Who::Node(place) => Some(&self.cluster.nodes[place].name),
            Who::SomeNode | Who::Address(_) => None,
        }
    }

    /// Whether one end of the packet is a pod and the other the node that it is on.
    pub(super) fn is_on_own_node(&self) -> bool {
        self.on_own_node
    }

    /// Looks whether that is so, which may have to be guessed.
    pub(super) fn look_at_nodes(&mut self, packet: &Packet) {
        self.on_own_node = self.is_own_node(packet.from, packet.to);
    }

    fn is_own_node(&mut self, one: Who, other: Who) -> bool {
        let outside = matches!(one, Who::Address(_)) || matches!(other, Who::Address(_));
        if outside || self.is_node(one) == self.is_node(other) {
            return false;
        }
        match (self.node_name(one), self.node_name(other)) {
            (Some(one), Some(other)) => one == other,
            _ => self.guess.yes("they are on one node".into()),
        }
    }

    fn label(&mut self, owner: &str, labels: &Labels, key: &str) -> Option<String> {
        if let Some(value) = labels.known.get(key) {
            return Some(value.clone());
        }
        let open = match &labels.unknown {
            Unknown::Nothing => false,
            Unknown::Keys(keys) => keys.contains(key),
            Unknown::Anything => true,
        };
        if !open {
            return None;
        }
        let values = alphabet::values_of(key);
        let answer = self.guess.of(format!("the label {key} of {owner}"), values.len() + 2);
        match answer {
            0 => None,
            1 => Some("another".to_owned()),
            more => Some(values[more - 2].to_owned()),
        }
    }

    pub(super) fn pod_label(&mut self, pod: usize, key: &str) -> Option<String> {
        let cluster = self.cluster;
        self.label(&format!("pod {pod}"), &cluster.pods[pod].labels, key)
    }

    /// The API server gives each namespace a label with its name.
    pub(super) fn namespace_label(&mut self, namespace: &str, key: &str) -> Option<String> {
        let cluster = self.cluster;
        for listed in &cluster.namespaces {
            if listed.name == namespace {
                return self.label(&format!("namespace {namespace}"), &listed.labels, key);
            }
        }
        if key == "kubernetes.io/metadata.name" {
            return Some(namespace.to_owned());
        }
        let unknown = if cluster.all_namespaces { Unknown::Nothing } else { Unknown::Anything };
        let labels = Labels { known: BTreeMap::new(), unknown };
        self.label(&format!("namespace {namespace}"), &labels, key)
    }

    pub(super) fn node_label(&mut self, who: Who, key: &str) -> Option<String> {
        let cluster = self.cluster;
        match self.as_policies_see(who) {
            Who::Node(place) => self.label(&format!("node {place}"), &cluster.nodes[place].labels, key),
            other => {
                let labels = Labels { known: BTreeMap::new(), unknown: Unknown::Anything };
                self.label(&format!("{other:?}"), &labels, key)
            }
        }
    }

    /// The labels of a service account; those of one that is not listed are not known.
    pub(super) fn account_label(&mut self, namespace: &str, name: &str, key: &str) -> Option<String> {
        let cluster = self.cluster;
        let owner = format!("account {namespace}/{name}");
        for account in &cluster.accounts {
            if account.namespace == namespace && account.name == name {
                return self.label(&owner, &account.labels, key);
            }
        }
        let labels = Labels { known: BTreeMap::new(), unknown: Unknown::Anything };
        self.label(&owner, &labels, key)
    }

    fn known_addresses(&self, who: Who) -> Vec<IpAddr> {
        match self.as_policies_see(who) {
            Who::Address(address) => vec![address],
            Who::Pod(place) => self.cluster.pods[place].addresses.clone(),
            Who::Node(place) => self.cluster.nodes[place].addresses.clone(),
            Who::SomeNode => Vec::new(),
        }
    }

    /// The address that somebody has in the packet.
    pub(super) fn address(&mut self, who: Who) -> IpAddr {
        let known = self.known_addresses(who);
        let mut possible = known.clone();
        if known.is_empty() {
            possible = self.possible_addresses(self.is_node(who));
        }
        possible.retain(|address| address.is_ipv4() == self.v4);
        if known.len() == 1 {
            return known[0];
        }
        let who = self.as_policies_see(who);
        possible[self.guess.of(format!("the address of {who:?}"), possible.len())]
    }

    /// Addresses that are not known are in the blocks of the cluster, or in private ones (`Cluster::pod_blocks`);
    /// nodes may also have a public one.
    fn possible_addresses(&self, is_node: bool) -> Vec<IpAddr> {
        let of_cluster: Vec<String> = self.cluster.pod_blocks.iter().map(ToString::to_string).collect();
        let mut possible = alphabet::addresses();
        possible.retain(|address| {
            is_node
                || if of_cluster.is_empty() || !self.v4 {
                    blocks::is_private(*address)
                } else {
                    of_cluster.iter().any(|block| blocks::contains(block, *address))
                }
        });
        possible
    }

    /// Whether a block of `networking.k8s.io` stands for pods and nodes that have an address in it is left to whoever
    /// implements it ("cluster ingress and egress mechanisms often require rewriting", the section on `ipBlock` of
    /// `network-policies.md`).
    pub(super) fn blocks_mean_pods(&mut self) -> bool {
        match self.cluster.blocks_mean_pods {
            Inside::Never => false,
            Inside::ByAddress => true,
            Inside::ByImplementation => self.guess.yes("blocks mean pods".into()),
        }
    }

    /// Whether the destination of a packet is a pod one of whose containers has a port of this name, protocol and
    /// number.
    pub(super) fn is_named_port(&self, packet: &Packet, name: &str) -> bool {
        let Some(pod) = self.pod(packet.to) else { return false };
        for port in &self.cluster.pods[pod].ports {
            let protocol = port.protocol.number() == packet.protocol;
            if port.name == name && protocol && port.number == packet.to_port {
                return true;
            }
        }
        false
    }

    /// Nobody enforces policies.
    pub(super) fn is_open(&self) -> bool {
        self.cluster.enforced == Truth::No
    }
}

/// A list of an object; empty when it is missing.
pub(super) fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text of an object; empty when it is missing.
pub(super) fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or("")
}

/// A field that is there.
pub(super) fn field<'v>(value: &'v Value, field: &str) -> Option<&'v Value> {
    value.get(field).filter(|value| !value.is_null())
}
