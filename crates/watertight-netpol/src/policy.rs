//! The language that policies of every kind are read into.
//!
//! A [`Policy`] stands in a [`Tier`]. Of a pod, each direction is decided tier by tier: the first rule that
//! matches allows, denies, or passes on to the next tier; where none matches, a tier in which some policy
//! isolates the pod ends it, and another lets it pass on. What no tier decides is allowed. Kubernetes' own policies
//! are one tier whose rules all allow, so that their order does not matter.

use crate::cidr::{Cidr, Family};
use crate::connections::Connections;
use crate::connections::Protocol;
use crate::intervals::Intervals;
use crate::selector::{Selector, Truth};

/// Which way connections go, seen from the pods that a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// To the pods.
    Ingress,
    /// From the pods.
    Egress,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The name in `policyTypes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// The field of a rule with its peers.
    #[must_use]
    pub const fn peers_field(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }

    /// The field with its rules.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// A place in an order that upstream writes as a floating point number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position(u64);

impl Position {
    /// After everything that has a number.
    pub const LAST: Self = Self(u64::MAX);

    /// The place of a number. What is no number is last.
    #[must_use]
    pub fn of(number: f64) -> Self {
        if number.is_nan() {
            return Self::LAST;
        }
        // Zero has two forms. Of the rest, bits order like numbers once the sign is turned round.
        let bits = if number == 0.0 { 0 } else { number.to_bits() };
        Self(if bits >> 63 == 1 { !bits } else { bits | 1 << 63 })
    }
}

/// Policies that are asked together, before or after others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tier {
    /// When it is asked.
    pub position: Position,
    /// Its name; of tiers at one position, the first by name is asked first.
    pub name: String,
}

impl Tier {
    /// That of AdminNetworkPolicy, and of ClusterNetworkPolicy in its tier `Admin`. The positions are those that
    /// Calico gives these tiers (`api/pkg/apis/projectcalico/v3/tier.go`); others only need their order.
    #[must_use]
    pub fn admin() -> Self {
        Self { position: Position::of(1_000.0), name: "kube-admin".to_owned() }
    }

    /// That of Kubernetes' own policies, of Cilium's, and of Calico's that name no tier.
    #[must_use]
    pub fn default_tier() -> Self {
        Self { position: Position::of(1_000_000.0), name: "default".to_owned() }
    }

    /// That of BaselineAdminNetworkPolicy, and of ClusterNetworkPolicy in its tier `Baseline`.
    #[must_use]
    pub fn baseline() -> Self {
        Self { position: Position::of(10_000_000.0), name: "kube-baseline".to_owned() }
    }
}

/// What one object says, or one part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The caller's way back to the object. Several policies may have one tag.
    pub tag: u32,
    /// When it is asked among other tiers.
    pub tier: Tier,
    /// When it is asked in its tier.
    pub position: Position,
    /// Of policies at one position, the first by this name is asked first.
    pub name: String,
    /// The pods that it is about.
    pub subject: Endpoints,
    /// What it says of connections to them; `None` when it does not govern these.
    pub ingress: Option<Side>,
    /// What it says of connections from them; `None` when it does not govern these.
    pub egress: Option<Side>,
}

impl Policy {
    /// What it says of a direction.
    #[must_use]
    pub fn side(&self, direction: Direction) -> Option<&Side> {
        match direction {
            Direction::Ingress => self.ingress.as_ref(),
            Direction::Egress => self.egress.as_ref(),
        }
    }
}

impl Policy {
    /// Makes everything that it says uncertain.
    pub fn doubt(&mut self, why: &'static str) {
        for side in [&mut self.ingress, &mut self.egress].into_iter().flatten() {
            side.isolates = side.isolates.and(Truth::Maybe);
            side.rules.iter_mut().for_each(|rule| rule.uncertain = Some(why));
        }
    }
}

/// What a policy says of one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Whether pods are cut off from what no rule of the tier decides.
    pub isolates: Truth,
    /// The rules, in the order in which they are asked.
    pub rules: Vec<Rule>,
}

/// What a rule does with a connection that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It is allowed, and nobody else is asked.
    Allow,
    /// It is denied, and nobody else is asked.
    Deny,
    /// The next tier is asked.
    Pass,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where it is written, from the object's root: keys and indices as in `spec.ingress[0]`.
    pub path: String,
    /// What it does.
    pub action: Action,
    /// Further limits on the pods that the policy is about; [`Endpoints::Everyone`] for most.
    pub subject: Endpoints,
    /// Who is at the other end.
    pub peers: Endpoints,
    /// Which connections.
    pub traffic: Traffic,
    /// Why it may match less than it says: something beside addresses and ports is asked for, as a path of HTTP.
    /// `None` when it matches just what it says.
    pub uncertain: Option<&'static str>,
}

/// Connections, some of whose ports are named by the pod that they go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// What matches.
    pub include: Vec<Ports>,
    /// What of that does not.
    pub exclude: Vec<Ports>,
}

/// A part of [`Traffic`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ports {
    /// These.
    Connections(Connections),
    /// Those to the ports of this name and protocol of the destination; without a protocol of TCP, UDP and SCTP.
    /// A destination without such a port has none.
    Named {
        /// The protocol.
        protocol: Option<Protocol>,
        /// The name of a container's port.
        name: String,
        /// The ports that they come from; `None` for all.
        from: Option<Intervals>,
    },
}

impl Traffic {
    /// Every connection.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Connections::all())
    }

    /// These connections.
    #[must_use]
    pub fn of(connections: Connections) -> Self {
        Self { include: vec![Ports::Connections(connections)], exclude: Vec::new() }
    }

    /// The names of ports that it asks for.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.include.iter().chain(&self.exclude).filter_map(|ports| match ports {
            Ports::Named { name, .. } => Some(name.as_str()),
            Ports::Connections(_) => None,
        })
    }
}

/// Who is meant, among pods, nodes and addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Endpoints {
    /// Whoever there is.
    Everyone,
    /// Nobody.
    Nobody,
    /// Pods with an address of their own: those in the network of their node are the node to policies.
    Pods {
        /// Their namespaces.
        namespaces: Namespaces,
        /// Their labels.
        labels: Selector,
    },
    /// Pods that run as some service account.
    Accounts {
        /// Their namespaces.
        namespaces: Namespaces,
        /// The names of the accounts; empty for all.
        names: Vec<String>,
        /// The labels of the accounts.
        labels: Selector,
    },
    /// Addresses that a set of networks names (Calico's NetworkSet and GlobalNetworkSet).
    Sets {
        /// The namespaces of the sets.
        namespaces: Namespaces,
        /// Their labels.
        labels: Selector,
    },
    /// Addresses.
    Blocks {
        /// The blocks.
        blocks: Vec<Cidr>,
        /// Whether pods and nodes count that have an address in a block.
        inside: Inside,
    },
    /// Nodes by their labels, with what is in their network.
    Nodes(Selector),
    /// The node that the pod at the other end is on.
    OwnNode,
    /// What is in the cluster: pods and nodes.
    Cluster,
    /// What is outside of the cluster.
    World,
    /// The API servers.
    ApiServers,
    /// The endpoints of services: pods that they select, and addresses that they list.
    Services {
        /// The namespaces of the services.
        namespaces: Namespaces,
        /// The name; `None` for any.
        name: Option<String>,
        /// Their labels.
        labels: Selector,
    },
    /// Everybody else.
    Not(Box<Endpoints>),
    /// Those who are in all of these.
    All(Vec<Endpoints>),
    /// Those who are in one of these.
    Any(Vec<Endpoints>),
    /// What is not modelled, with the reason: nobody knows who that is.
    Unknown(&'static str),
}

impl Endpoints {
    /// The reason of an [`Endpoints::Unknown`] that is named by domain names.
    pub const DOMAIN_NAMES: &str = "the addresses of a domain name are not known";

    /// The reason of an [`Endpoints::Unknown`] that is every domain name.
    pub const EVERY_DOMAIN_NAME: &str = "it is whatever has a domain name";

    /// Whether one part of them is every domain name.
    #[must_use]
    pub fn have_every_name(&self) -> bool {
        match self {
            Self::Unknown(why) => *why == Self::EVERY_DOMAIN_NAME,
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::have_every_name),
            _ => false,
        }
    }

    /// Whether all that is not known of them are the addresses of domain names.
    #[must_use]
    pub fn lacks_only_names(&self) -> bool {
        match self {
            Self::Unknown(why) => [Self::DOMAIN_NAMES, Self::EVERY_DOMAIN_NAME].contains(why),
            Self::Not(inner) => inner.lacks_only_names(),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::lacks_only_names),
            _ => true,
        }
    }

    /// Whether some block of a family is among them.
    #[must_use]
    pub fn have_blocks_of(&self, family: Family) -> bool {
        match self {
            Self::Blocks { blocks, .. } => blocks.iter().any(|block| block.family() == family),
            Self::Not(inner) => inner.have_blocks_of(family),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.have_blocks_of(family)),
            _ => false,
        }
    }

    /// Everybody else.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Everyone => Self::Nobody,
            Self::Nobody => Self::Everyone,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// Whether a block of addresses stands for pods and nodes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inside {
    /// No: only what is outside of the cluster is meant.
    Never,
    /// Yes, whoever has an address in it.
    ByAddress,
    /// That is left to the implementation, as in `networking.k8s.io`.
    ByImplementation,
}

/// Namespaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Namespaces {
    /// All, also what has none.
    Every,
    /// The one of this name.
    Named(String),
    /// Those with labels.
    Labelled(Selector),
    /// None: what has no namespace.
    OfTheCluster,
}

/// Something about a policy that its API refuses, that has no effect, or that is not modelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as in `spec.ingress[0].from[1].ipBlock.cidr`.
    pub path: String,
    /// What is wrong, without quoting the value.
    pub why: String,
    /// What follows.
    pub effect: Effect,
}

/// What follows from a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The API refuses the object: what it would do is not known.
    Refused,
    /// It is not modelled: answers that depend on it are unknown.
    NotModelled,
    /// It does nothing.
    WithoutEffect,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_in_the_order_of_their_numbers() {
        let numbers = [f64::NEG_INFINITY, -10.0, -0.5, 0.0, 1e-9, 1.0, 1_000.0, 1e9, f64::INFINITY];
        let positions: Vec<Position> = numbers.into_iter().map(Position::of).collect();
        assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Position::of(-0.0), Position::of(0.0));
        assert!(Position::of(f64::NAN) == Position::LAST && positions[8] < Position::LAST);
    }
}
