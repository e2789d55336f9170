//! A cluster with its objects: what the code under test says of it, and what the naive evaluator says.

use super::world::{Packet, Way, Who, World, Written};
use super::{admin, calico, cilium, kubernetes, read};
use crate::{Cluster, Connection, End, Model, Protocol, Truth};

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Regime {
    Kubernetes,
    /// With Kubernetes' own policies in its tier `default`.
    Calico,
    /// With Kubernetes' own policies between the tiers.
    Admin,
    /// Together with Kubernetes' own policies.
    Cilium,
}

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) regime: Regime,
    pub(super) cluster: Cluster,
    pub(super) written: Vec<Written>,
}

/// All the naive evaluator can say of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Naive {
    pub(super) some_allow: bool,
    pub(super) some_deny: bool,
    /// Whether nothing had to be guessed.
    pub(super) known: bool,
    /// Whether the code under test may know less.
    pub(super) coarse: bool,
}

/// How many ways to guess are gone through.
const MOST: usize = 150;
/// Where there are more: how many others are tried.
const AT_RANDOM: usize = 40;

impl Case {
    pub(super) fn model(&self) -> Result<Model, String> {
        read::model(self)
    }

    /// Asks the naive evaluator, in every possible world.
    pub(super) fn naive(&self, packet: &Packet) -> Naive {
        let mut world = World::new(&self.cluster, &self.written);
        let mut found = Naive { some_allow: false, some_deny: false, known: true, coarse: false };
        for way in 0..MOST + AT_RANDOM {
            let allowed = self.lets_through(&mut world, packet);
            found.some_allow |= allowed;
            found.some_deny |= !allowed;
            found.known &= world.guess.is_unasked();
            found.coarse |= world.guess.coarse;
            if way >= MOST {
                world.guess.at_random(way as u64);
            } else if !world.guess.again() {
                break;
            }
        }
        found
    }

    /// Whether a packet gets through, in one world.
    fn lets_through(&self, world: &mut World<'_>, packet: &Packet) -> bool {
        world.choose_family(packet);
        // Nobody enforces policies.
        if world.is_open() {
            return true;
        }
        // "A Pod cannot block access to itself" (`network-policies.md`).
        if packet.from == packet.to && matches!(packet.from, Who::Pod(_)) {
            return true;
        }
        // "traffic to and from the node where a Pod is running is always allowed" (the same). Some plugins ask policies
        // of a pod's connections to its node.
        let asks = world.pod(packet.from).is_some() && self.cluster.asks_towards_own_node;
        world.look_at_nodes(packet);
        if world.is_on_own_node() && !asks {
            return true;
        }
        // "both the egress policy on the source pod and the ingress policy on the destination pod need to allow the
        // connection" (the same).
        let (from, to) = (world.pod(packet.from), world.pod(packet.to));
        from.is_none_or(|pod| self.side(world, Way::Out, pod, packet))
            && to.is_none_or(|pod| self.side(world, Way::In, pod, packet))
    }

    /// Whether the policies of one pod let a packet through.
    fn side(&self, world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> bool {
        match self.regime {
            Regime::Kubernetes => kubernetes::allows(world, way, pod, packet).unwrap_or(true),
            Regime::Calico => calico::allows(world, way, pod, packet),
            Regime::Admin => admin::allows(world, way, pod, packet),
            Regime::Cilium => cilium::allows(world, way, pod, packet),
        }
    }
}

impl Who {
    pub(super) fn end(self) -> End {
        match self {
            Self::Pod(place) => End::Pod(place),
            Self::Node(place) => End::Node(place),
            Self::SomeNode => End::SomeNode,
            Self::Address(address) => End::Address(address),
        }
    }
}

impl Packet {
    pub(super) fn connection(&self) -> Connection {
        let protocol = Protocol::of_number(self.protocol);
        Connection { protocol, from: self.from_port, to: self.to_port }
    }
}

/// What is wrong with what the code under test says of a packet, if anything.
pub(super) fn fault(case: &Case, model: &Model, packet: &Packet) -> Option<String> {
    let (from, to, connection) = (packet.from.end(), packet.to.end(), packet.connection());
    let said = model.between(from, to).truth(connection);
    let naive = case.naive(packet);
    let wrong = match said {
        Truth::Yes => naive.some_deny,
        Truth::No => naive.some_allow,
        Truth::Maybe => naive.known && !naive.coarse,
    };
    if wrong {
        return Some(format!("the model says {said:?}, the naive evaluator {naive:?}"));
    }
    let explained = model.explain(from, to, connection).answer;
    (explained != said).then(|| format!("the model says {said:?}, its explanation {explained:?}"))
}

/// Both ends of a packet have addresses of one family.
pub(super) fn is_sensible(case: &Case, packet: &Packet) -> bool {
    World::new(&case.cluster, &case.written).families(packet) != (false, false)
}
