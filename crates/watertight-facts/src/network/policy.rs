//! A `NetworkPolicy` of `networking.k8s.io`, with the API server's defaults.
//!
//! The meaning follows the type's own documentation (`staging/src/k8s.io/api/networking/v1/types.go`):
//! a policy isolates the pods that it selects in each direction that it governs, and lets through what
//! any of its rules names. Rules that are not there let nothing through; a rule without peers is for all
//! peers, one without ports for all ports.

use std::net::IpAddr;

use k8s_openapi::api::networking::v1::{NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use watertight_model::{Body, GroupKind, Identity};
use watertight_netpol::Cidr;
pub use watertight_netpol::Direction;
use watertight_syntax::Path;

use super::selector::Selector;
use crate::identities::namespace_in_policy;

/// The kind.
pub const NETWORK_POLICY: GroupKind = GroupKind { group: "networking.k8s.io", kind: "NetworkPolicy" };

/// Something about an object that the API server refuses, or that keeps it from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub path: Path,
    /// What is wrong, without quoting the value.
    pub why: String,
}

/// A network policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    /// The pods of its namespace that it is about.
    pub selector: Selector,
    /// Its rules for connections to the pods; `None` when it does not govern them.
    pub ingress: Option<Vec<Rule>>,
    /// Its rules for connections from the pods; `None` when it does not govern them.
    pub egress: Option<Vec<Rule>>,
    /// Rules for a direction that `policyTypes` leaves out: nobody reads them.
    pub ignored: Vec<Direction>,
    /// What the API server refuses.
    pub problems: Vec<Problem>,
    /// What it lets through, for [`watertight_netpol`].
    pub lowered: Option<Box<Lowered>>,
}

/// A policy in the language of [`watertight_netpol`], with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lowered {
    /// The policy; its tag means nothing.
    pub policy: watertight_netpol::Policy,
    /// What is wrong with it.
    pub problems: Vec<watertight_netpol::Problem>,
}

/// One rule: these peers on these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its place.
    pub path: Path,
    /// Who; none means everybody.
    pub peers: Vec<Peer>,
    /// Which ports of the destination; none means all.
    pub ports: Vec<PortRule>,
}

/// Whom a rule is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its place.
    pub path: Path,
    /// Who.
    pub who: Who,
}

/// Whom a peer names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Pods.
    Pods {
        /// The namespaces; `None` is the policy's own.
        namespaces: Option<Selector>,
        /// The pods in them; `None` is all.
        pods: Option<Selector>,
    },
    /// Addresses.
    Block {
        /// The block.
        cidr: Cidr,
        /// What is left out of it.
        except: Vec<Cidr>,
    },
    /// Nobody that could be read; told among the problems.
    Unread,
}

/// Ports of the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRule {
    /// Its place.
    pub path: Path,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Which ports of the protocol.
    pub which: Ports,
}

/// Which ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// All.
    All,
    /// From a number to another, both included.
    Range(i32, i32),
    /// The port of this name of each destination pod.
    Named(String),
}

impl NetworkPolicy {
    /// The policy that an object is, with what had to be left out of it.
    pub(crate) fn of(identity: &Identity, body: &Body<'_>) -> (Self, Vec<Problem>) {
        let at = Path::root().key("spec");
        let (spec, left_out) = super::read::<NetworkPolicySpec>(body, &at);
        let namespace = namespace_in_policy(&identity.namespace);
        let (mut lowered, problems) =
            watertight_netpol::kubernetes::policy(namespace, &identity.name, 0, &spec);
        if !left_out.is_empty() {
            lowered.doubt("a field of a wrong type was left out");
        }
        let mut policy = Self::of_spec(&spec, &at);
        policy.lowered = Some(Box::new(Lowered { policy: lowered, problems }));
        (policy, left_out)
    }

    /// The policy that a spec at a place describes.
    #[must_use]
    pub fn of_spec(spec: &NetworkPolicySpec, at: &Path) -> Self {
        let mut policy = Self::default();
        if let Some(selector) = &spec.pod_selector {
            policy.selector = Selector::of(selector);
            policy.problems.extend(Selector::problems(selector, &at.key("podSelector")));
        }
        let mut rules = |direction: Direction, rules: Vec<(&Option<Vec<_>>, &Option<Vec<_>>)>| {
            let list = at.key(direction.field());
            let peers = match direction {
                Direction::Ingress => "from",
                Direction::Egress => "to",
            };
            let numbered = rules.into_iter().enumerate();
            numbered
                .map(|(index, (who, ports))| {
                    Rule::of(list.index(index), peers, who, ports, &mut policy.problems)
                })
                .collect::<Vec<Rule>>()
        };
        let ingress = spec.ingress.iter().flatten().map(|rule| (&rule.from, &rule.ports)).collect();
        let ingress = rules(Direction::Ingress, ingress);
        let egress = spec.egress.iter().flatten().map(|rule| (&rule.to, &rule.ports)).collect();
        let egress = rules(Direction::Egress, egress);
        let types = spec.policy_types.as_deref().unwrap_or_default();
        for (index, named) in types.iter().enumerate() {
            if !Direction::BOTH.iter().any(|direction| direction.name() == named) {
                let path = at.key("policyTypes").index(index);
                let why = "a policy type is `Ingress` or `Egress`".to_owned();
                policy.problems.push(Problem { path, why });
            }
        }
        for (direction, rules) in [(Direction::Ingress, ingress), (Direction::Egress, egress)] {
            // SetDefaults_NetworkPolicy, pkg/apis/networking/v1/defaults.go: without types every policy
            // is about ingress, and one with egress rules about egress.
            let governs = match direction {
                _ if types.iter().any(|named| named == direction.name()) => true,
                Direction::Ingress => types.is_empty(),
                Direction::Egress => types.is_empty() && !rules.is_empty(),
            };
            match direction {
                _ if !governs && !rules.is_empty() => policy.ignored.push(direction),
                _ if !governs => {}
                Direction::Ingress => policy.ingress = Some(rules),
                Direction::Egress => policy.egress = Some(rules),
            }
        }
        policy
    }

    /// Its rules for a direction; `None` when it does not govern it.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// Every rule that somebody reads, with its direction.
    pub fn all_rules(&self) -> impl Iterator<Item = (Direction, &Rule)> {
        Direction::BOTH.into_iter().flat_map(|direction| {
            self.rules(direction).unwrap_or_default().iter().map(move |rule| (direction, rule))
        })
    }
}

impl Rule {
    fn of(
        path: Path,
        field: &'static str,
        peers: &Option<Vec<NetworkPolicyPeer>>,
        ports: &Option<Vec<NetworkPolicyPort>>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let list = path.key(field);
        let peers = peers.iter().flatten().enumerate();
        let peers = peers.map(|(index, peer)| Peer::of(peer, list.index(index), problems)).collect();
        let list = path.key("ports");
        let ports = ports.iter().flatten().enumerate();
        let ports = ports.map(|(index, port)| PortRule::of(port, list.index(index), problems)).collect();
        Self { path, peers, ports }
    }

    /// Whether it lets everybody through on every port.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.ports.is_empty() && self.peers.is_empty()
    }

    /// The peer that stands for every pod of the cluster.
    #[must_use]
    pub fn every_pod(&self) -> Option<&Peer> {
        self.peers.iter().find(|peer| match &peer.who {
            Who::Pods { namespaces: Some(namespaces), pods } => {
                namespaces.is_everything() && pods.as_ref().is_none_or(Selector::is_everything)
            }
            _ => false,
        })
    }

    /// The peers that stand for every address of a family, whatever is left out.
    pub fn every_address(&self) -> impl Iterator<Item = (&Peer, &[Cidr])> {
        self.peers.iter().filter_map(|peer| match &peer.who {
            Who::Block { cidr, except } if cidr.is_everything() => Some((peer, except.as_slice())),
            _ => None,
        })
    }

    /// Whether an address outside of the cluster may be reached, and by which peer: `Some(None)` when
    /// the rule names no peers.
    #[must_use]
    pub fn reaches(&self, address: IpAddr) -> Option<Option<&Peer>> {
        if self.peers.is_empty() {
            return Some(None);
        }
        let covers = |peer: &&Peer| match &peer.who {
            Who::Block { cidr, except } => {
                cidr.contains(address) && !except.iter().any(|block| block.contains(address))
            }
            Who::Pods { .. } | Who::Unread => false,
        };
        self.peers.iter().find(covers).map(Some)
    }

    /// Whether a port of an address outside of the cluster is let through. There are no names there.
    #[must_use]
    pub fn lets_port(&self, protocol: &str, number: i32) -> bool {
        self.ports.is_empty()
            || self.ports.iter().any(|port| {
                port.protocol == protocol
                    && match port.which {
                        Ports::All => true,
                        Ports::Range(from, to) => (from..=to).contains(&number),
                        Ports::Named(_) => false,
                    }
            })
    }
}

impl Peer {
    fn of(peer: &NetworkPolicyPeer, path: Path, problems: &mut Vec<Problem>) -> Self {
        let mut problem = |path: Path, why: &str| problems.push(Problem { path, why: why.to_owned() });
        let selectors = peer.pod_selector.is_some() || peer.namespace_selector.is_some();
        let who = match &peer.ip_block {
            None if !selectors => {
                problem(path.clone(), "a peer needs a `podSelector`, a `namespaceSelector` or an `ipBlock`");
                Who::Unread
            }
            None => {
                let of = |selector: &Option<_>| selector.as_ref().map(Selector::of);
                Who::Pods { namespaces: of(&peer.namespace_selector), pods: of(&peer.pod_selector) }
            }
            Some(_) if selectors => {
                problem(path.clone(), "a peer with an `ipBlock` has no selectors beside it");
                Who::Unread
            }
            Some(block) => match block.cidr.parse::<Cidr>() {
                Err(_) => {
                    problem(path.at("ipBlock.cidr"), "this is no block of addresses");
                    Who::Unread
                }
                Ok(cidr) => {
                    let list = path.at("ipBlock.except");
                    let mut except = Vec::new();
                    for (index, text) in block.except.iter().flatten().enumerate() {
                        match text.parse::<Cidr>() {
                            Err(_) => problem(list.index(index), "this is no block of addresses"),
                            Ok(block) if !cidr.is_larger_than(block) => {
                                problem(
                                    list.index(index),
                                    "this is no part of the block that it is left out of",
                                );
                            }
                            Ok(block) => except.push(block),
                        }
                    }
                    Who::Block { cidr, except }
                }
            },
        };
        for (selector, field) in
            [(&peer.pod_selector, "podSelector"), (&peer.namespace_selector, "namespaceSelector")]
        {
            if let Some(selector) = selector {
                problems.extend(Selector::problems(selector, &path.key(field)));
            }
        }
        Self { path, who }
    }
}

impl PortRule {
    /// `ValidateNetworkPolicyPort` in `pkg/apis/networking/validation/validation.go`.
    fn of(port: &NetworkPolicyPort, path: Path, problems: &mut Vec<Problem>) -> Self {
        let mut problem = |field: &'static str, why: &str| {
            problems.push(Problem { path: path.key(field), why: why.to_owned() });
        };
        let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".to_owned());
        if !matches!(protocol.as_str(), "TCP" | "UDP" | "SCTP") {
            problem("protocol", "a protocol is TCP, UDP or SCTP");
        }
        let number = 1..=65535;
        let which = match (&port.port, port.end_port) {
            (None, None) => Ports::All,
            (None, Some(_)) => {
                problem("endPort", "`endPort` needs a number as `port`");
                Ports::All
            }
            (Some(IntOrString::Int(from)), end) => {
                if !number.contains(from) {
                    problem("port", "a port is a number from 1 to 65535");
                }
                let to = end.unwrap_or(*from);
                if to < *from || !number.contains(&to) {
                    problem("endPort", "the end of a range of ports is below 65536 and not before its start");
                }
                Ports::Range(*from, to)
            }
            (Some(IntOrString::String(name)), end) => {
                if end.is_some() {
                    problem("endPort", "`endPort` needs a number as `port`");
                }
                if !is_port_name(name) {
                    problem(
                        "port",
                        "the name of a port has at most 15 lower-case letters, digits and single dashes, one a letter",
                    );
                }
                Ports::Named(name.clone())
            }
        };
        Self { path, protocol, which }
    }
}

/// `IsValidPortName` in `k8s.io/apimachinery/pkg/util/validation/validation.go`.
fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-')
}
