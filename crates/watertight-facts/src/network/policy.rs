//! A `NetworkPolicy` of `networking.k8s.io`, as controls look at it: rule by rule, with places.
//!
//! [`watertight_netpol::kubernetes`] reads it. What it means, what the API server sets by default and what it refuses
//! is known there alone.

use std::net::IpAddr;

use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use watertight_model::{Body, GroupKind, Identity};
pub use watertight_netpol::Direction;
use watertight_netpol::{
    AddressRange, Cidr, Connection, Effect, Endpoints, Family, Namespaces, Ports, Protocol, Selector, Traffic,
};
use watertight_syntax::Path;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// All of it, for the model.
    pub lowered: Box<Lowered>,
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
        /// The pods in them.
        pods: Selector,
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
    /// Which. What cannot be read may be any, and is told among the problems.
    pub which: Ports,
}

impl NetworkPolicy {
    /// The policy that an object is, with what had to be left out of it.
    pub(crate) fn of(identity: &Identity, body: &Body<'_>) -> (Self, Vec<Problem>) {
        let at = Path::root().key("spec");
        let (spec, left_out) = super::read::<NetworkPolicySpec>(body, &at);
        let mut policy = Self::read(namespace_in_policy(&identity.namespace), &identity.name, &spec, &at);
        if !left_out.is_empty() {
            policy.lowered.policy.doubt("a field of a wrong type was left out");
        }
        (policy, left_out)
    }

    /// The policy that a spec at a place describes.
    #[must_use]
    pub fn of_spec(spec: &NetworkPolicySpec, at: &Path) -> Self {
        Self::read("", "", spec, at)
    }

    fn read(namespace: &str, name: &str, spec: &NetworkPolicySpec, at: &Path) -> Self {
        let (policy, problems) = watertight_netpol::kubernetes::policy(namespace, name, 0, spec);
        let place = |path: &str| {
            let below = path.strip_prefix("spec").and_then(|below| below.parse().ok());
            at.join(&below.unwrap_or_default())
        };
        let rules = |direction: Direction| {
            let rules = policy.side(direction)?.rules.iter();
            Some(rules.map(|rule| Rule::of(rule, direction, place(&rule.path))).collect())
        };
        let is_ignored = |direction: &Direction| {
            let path = format!("spec.{}", direction.field());
            problems.iter().any(|own| own.effect == Effect::WithoutEffect && own.path == path)
        };
        let refused = problems.iter().filter(|own| own.effect == Effect::Refused);
        Self {
            selector: match &policy.subject {
                Endpoints::Pods { labels, .. } => labels.clone(),
                _ => Selector::Unknown,
            },
            ingress: rules(Direction::Ingress),
            egress: rules(Direction::Egress),
            ignored: Direction::BOTH.into_iter().filter(is_ignored).collect(),
            problems: refused.map(|own| Problem { path: place(&own.path), why: own.why.clone() }).collect(),
            lowered: Box::new(Lowered { policy, problems }),
        }
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
    fn of(rule: &watertight_netpol::Rule, direction: Direction, path: Path) -> Self {
        let (peers, ports) = (path.key(direction.peers_field()), path.key("ports"));
        Self {
            peers: match &rule.peers {
                Endpoints::Any(all) => {
                    let all = all.iter().enumerate();
                    all.map(|(index, who)| Peer { path: peers.index(index), who: Who::of(who) }).collect()
                }
                _ => Vec::new(),
            },
            ports: if rule.traffic == Traffic::all() {
                Vec::new()
            } else {
                let all = rule.traffic.include.iter().enumerate();
                all.map(|(index, which)| PortRule { path: ports.index(index), which: which.clone() })
                    .collect()
            },
            path,
        }
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
                namespaces.is_everything() && pods.is_everything()
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

    /// The first of the blocks that together stand for most addresses of IPv4.
    #[must_use]
    pub fn most_addresses(&self) -> Option<&Peer> {
        let blocks = self.peers.iter().filter_map(|peer| match &peer.who {
            Who::Block { cidr, except } => Some((peer, *cidr, except)),
            _ => None,
        });
        let is_in = |address: IpAddr| {
            blocks.clone().any(|(_, cidr, except)| {
                cidr.contains(address) && !except.iter().any(|hole| hole.contains(address))
            })
        };
        let cuts = blocks.clone().flat_map(|(_, cidr, except)| except.iter().copied().chain([cidr]));
        let pieces = watertight_netpol::pieces(cuts).into_iter();
        let covered = pieces.filter(|piece| piece.family() == Family::V4 && is_in(piece.ends().0));
        let is_most = covered.map(AddressRange::size).sum::<u128>() > 1 << 31;
        blocks.clone().next().map(|(peer, ..)| peer).filter(|_| is_most)
    }

    /// Whether a port of an address outside of the cluster is let through. There are no names there.
    #[must_use]
    pub fn lets_port(&self, protocol: Protocol, number: u16) -> bool {
        let connection = Connection::to_port(protocol, number);
        self.ports.is_empty()
            || self.ports.iter().any(|port| match &port.which {
                Ports::Connections(connections) => connections.contains(connection),
                Ports::Named { .. } => false,
            })
    }
}

impl Who {
    fn of(who: &Endpoints) -> Self {
        match who {
            Endpoints::Pods { namespaces, labels } => {
                let namespaces = match namespaces {
                    Namespaces::Every => Some(Selector::EVERYTHING),
                    Namespaces::Labelled(selector) => Some(selector.clone()),
                    Namespaces::Named(_) | Namespaces::OfTheCluster => None,
                };
                Self::Pods { namespaces, pods: labels.clone() }
            }
            Endpoints::Blocks { blocks, .. } => Self::block(blocks, &[]),
            Endpoints::All(parts) => match &parts[..] {
                [Endpoints::Blocks { blocks, .. }, Endpoints::Not(out)]
                    if let Endpoints::Blocks { blocks: except, .. } = &**out =>
                {
                    Self::block(blocks, except)
                }
                _ => Self::Unread,
            },
            _ => Self::Unread,
        }
    }

    fn block(blocks: &[Cidr], except: &[Cidr]) -> Self {
        match blocks {
            [cidr] => Self::Block { cidr: *cidr, except: except.to_vec() },
            _ => Self::Unread,
        }
    }
}
