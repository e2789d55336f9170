//! Who reaches whom: the answers, by class.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::cidr::AddressRange;
use crate::cluster::Cluster;
use crate::connections::Connections;
use crate::members::{Members, Resolver};
use crate::policy::{Direction, Policy};
use crate::profile::{Profiles, Scene, Sides, Verdict};
use crate::selector::{Labels, Truth};
use crate::table::{ConnectionsId, Table, intersection_without_work};
use crate::universe::{EndpointId, Kind, Universe};

/// A cluster with its policies, ready for questions.
///
/// Everything that policies can tell apart was worked out when the model was made, by class of pods and piece of
/// addresses; an answer is two look-ups and what the two have in common.
#[derive(Debug)]
pub struct Model {
    pub(crate) cluster: Cluster,
    pub(crate) policies: Vec<Policy>,
    pub(crate) universe: Universe,
    pub(crate) table: Table,
    pub(crate) members: Vec<Members>,
    pub(crate) ingress: Way,
    pub(crate) egress: Way,
    /// The pods of each class, by place in the cluster.
    pods: Vec<Vec<u32>>,
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) sides: Sides,
    pub(crate) profiles: Profiles,
    /// The nodes that some policy may be about: what that does is not modelled.
    doubted: BTreeSet<usize>,
}

/// Somebody at one end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The pod at a place in [`Cluster::pods`].
    Pod(usize),
    /// Another pod like the one at a place in [`Cluster::pods`], never that one itself: one more of its template's.
    Replica(usize),
    /// The node at a place in [`Cluster::nodes`].
    Node(usize),
    /// A node of which nothing is known.
    SomeNode,
    /// An address outside of the cluster.
    Address(IpAddr),
}

impl End {
    /// The place of the pod that it is, or that it is like.
    #[must_use]
    pub fn pod(self) -> Option<usize> {
        match self {
            Self::Pod(place) | Self::Replica(place) => Some(place),
            _ => None,
        }
    }
}

/// What an endpoint stands for.
#[derive(Debug, Clone, Copy)]
pub enum EndpointKind<'m> {
    /// Pods that no policy tells apart.
    Pods {
        /// Their namespace.
        namespace: &'m str,
        /// Those of their labels that some policy looks at.
        labels: &'m Labels,
    },
    /// Nodes that no policy tells apart, and pods in their network.
    Nodes,
    /// Addresses outside of the cluster that no policy tells apart.
    Addresses(AddressRange),
}

impl Model {
    /// Works the policies out.
    #[must_use]
    pub fn new(cluster: Cluster, policies: Vec<Policy>) -> Self {
        Self::made(cluster, policies, true)
    }

    /// The same for who only asks [`Model::is_isolated`], in a fraction of the time and memory: what rules let through
    /// is not worked out, and everything counts as let through.
    #[must_use]
    pub fn of_isolation(cluster: Cluster, mut policies: Vec<Policy>) -> Self {
        for policy in &mut policies {
            [&mut policy.ingress, &mut policy.egress]
                .into_iter()
                .flatten()
                .for_each(|side| side.rules.clear());
        }
        Self::made(cluster, policies, false)
    }

    fn made(cluster: Cluster, mut policies: Vec<Policy>, with_profiles: bool) -> Self {
        if cluster.enforced == Truth::No {
            policies.clear();
        }
        let universe = Universe::of(&cluster, &policies);
        let mut table = Table::new();
        let mut resolver = Resolver::new(&cluster);
        let sides = [Direction::Ingress, Direction::Egress]
            .map(|direction| Sides::of(direction, &policies, &universe, &mut resolver, &mut table));
        let members = resolver.into_sets();
        let [ingress, egress] = sides.map(|sides| {
            let scene = Scene { policies: &policies, sides: &sides, universe: &universe, members: &members };
            let profiles =
                if with_profiles { Profiles::work_out(&scene, &mut table) } else { Profiles::default() };
            let nodes = universe.pods.len()..universe.pods.len() + universe.nodes.len();
            let may_be_subject = |node: &usize| {
                sides.sides.iter().any(|side| members[side.subject.index()].may.contains(*node))
            };
            let doubted = nodes.filter(may_be_subject).collect();
            Way { sides, profiles, doubted }
        });
        let mut pods = vec![Vec::new(); universe.pods.len() + universe.nodes.len()];
        for (pod, endpoint) in (0u32..).zip(&universe.of_pod) {
            pods[endpoint.index()].push(pod);
        }
        Self { cluster, policies, universe, table, members, ingress, egress, pods }
    }

    /// What it was made of.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The policies; none when nobody enforces them.
    #[must_use]
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Every endpoint: classes of pods, classes of nodes, pieces of the outside.
    pub fn endpoints(&self) -> impl Iterator<Item = EndpointId> + use<> {
        (0..self.universe.len() as u32).map(EndpointId)
    }

    /// What an endpoint stands for.
    #[must_use]
    pub fn kind(&self, endpoint: EndpointId) -> EndpointKind<'_> {
        match self.universe.kind(endpoint) {
            Kind::Pods(class) => EndpointKind::Pods {
                namespace: &self.universe.namespaces[class.namespace as usize].0,
                labels: &class.labels,
            },
            Kind::Nodes(_) => EndpointKind::Nodes,
            Kind::Piece(piece) => EndpointKind::Addresses(piece),
        }
    }

    /// The endpoint that somebody is.
    #[must_use]
    pub fn endpoint(&self, end: End) -> EndpointId {
        match end {
            End::Pod(place) | End::Replica(place) => self.universe.of_pod[place],
            End::Node(place) => self.universe.of_node[place],
            End::SomeNode => self.universe.some_node,
            End::Address(address) => {
                let contains = |piece: &AddressRange| piece.contains(address);
                // The pieces cover both families.
                let place = self.universe.pieces.iter().position(contains).unwrap_or_default();
                self.universe.piece(place)
            }
        }
    }

    /// The pods, by place in the cluster, that are of an endpoint. Those in the network of a node are of its.
    #[must_use]
    pub fn pods_of(&self, endpoint: EndpointId) -> &[u32] {
        self.pods.get(endpoint.index()).map_or(&[], Vec::as_slice)
    }

    /// The endpoints that stand for addresses outside.
    pub fn pieces(&self) -> impl Iterator<Item = (EndpointId, AddressRange)> {
        self.universe.pieces.iter().enumerate().map(|(place, piece)| (self.universe.piece(place), *piece))
    }

    /// A set of connections by its number.
    #[must_use]
    pub fn connections(&self, id: ConnectionsId) -> &Connections {
        self.table.set(id)
    }

    /// What the policies of one side let through between two endpoints. Everything for a side that is no pod, unless
    /// policies for nodes may be about it.
    #[must_use]
    pub fn side(&self, direction: Direction, from: EndpointId, to: EndpointId) -> Verdict {
        let (way, subject, peer) = match direction {
            Direction::Ingress => (&self.ingress, to, from),
            Direction::Egress => (&self.egress, from, to),
        };
        if self.is_doubted(subject, direction) {
            return Verdict { sure: ConnectionsId::NONE, may: ConnectionsId::ALL };
        }
        way.profiles.verdict(subject.index(), peer.index())
    }

    /// Whether an endpoint is a node that some policy may be about.
    pub(crate) fn is_doubted(&self, endpoint: EndpointId, direction: Direction) -> bool {
        let doubted = &self.way(direction).doubted;
        !doubted.is_empty() && doubted.contains(&endpoint.index())
    }

    /// What two endpoints can open from one to the other as far as policies go, between two pods that are not one
    /// and not on each other's node: see [`Model::between`] for these.
    #[must_use]
    pub fn reach(&self, from: EndpointId, to: EndpointId) -> Reach<'_> {
        let egress = self.side(Direction::Egress, from, to);
        let ingress = self.side(Direction::Ingress, from, to);
        let part = |one, other| match intersection_without_work(one, other) {
            Some(id) => Part::Known(self.connections(id)),
            None => Part::Made(Box::new(self.connections(one).intersection(self.connections(other)))),
        };
        let sure = part(egress.sure, ingress.sure);
        let differs = egress.may != egress.sure || ingress.may != ingress.sure;
        Reach { sure, may: differs.then(|| part(egress.may, ingress.may)) }
    }

    /// What one can open to another. A pod reaches itself. Connections between a pod and its own node are always
    /// allowed, whatever policies say (`NetworkPolicyIngressRule` and the page "Network Policies" of Kubernetes'
    /// documentation), unless the plugin asks policies of those that the pod opens
    /// ([`Cluster::asks_towards_own_node`]); where it is not known whether that is its node, the answer is unknown.
    #[must_use]
    pub fn between(&self, from: End, to: End) -> Reach<'_> {
        let all = || Part::Known(self.connections(ConnectionsId::ALL));
        match self.is_exempt(from, to) {
            Truth::Yes => Reach { sure: all(), may: None },
            truth => {
                let mut reach = self.reach(self.endpoint(from), self.endpoint(to));
                if truth == Truth::Maybe && *reach.sure() != *self.connections(ConnectionsId::ALL) {
                    reach.may = Some(all());
                }
                reach
            }
        }
    }

    /// Whether no policy is asked: two ends are one pod, or a pod and its own node, or what is in the network of that.
    pub(crate) fn is_exempt(&self, from: End, to: End) -> Truth {
        if from == to && matches!(from, End::Pod(_)) {
            return Truth::Yes;
        }
        let place = |end: End| match end {
            End::Pod(place) => {
                let pod = &self.cluster.pods[place];
                Some((pod.host_network, pod.node.as_deref()))
            }
            // It may be on another node.
            End::Replica(place) => Some((self.cluster.pods[place].host_network, None)),
            End::Node(place) => Some((true, Some(self.cluster.nodes[place].name.as_str()))),
            End::SomeNode => Some((true, None)),
            End::Address(_) => None,
        };
        match (place(from), place(to)) {
            (Some((false, _)), Some((true, _))) if self.cluster.asks_towards_own_node => Truth::No,
            (Some((a, one)), Some((b, other))) if a != b => match (one, other) {
                (Some(one), Some(other)) => (one == other).into(),
                _ => Truth::Maybe,
            },
            _ => Truth::No,
        }
    }

    /// Whether some policy speaks of other protocols than TCP, UDP and SCTP.
    #[must_use]
    pub fn speaks_of_other_protocols(&self) -> bool {
        self.table.sets().iter().any(Connections::divides_others)
    }

    /// Whether some policy cuts pods off in a direction from what no rule names.
    #[must_use]
    pub fn is_isolated(&self, endpoint: EndpointId, direction: Direction) -> Truth {
        let way = self.way(direction);
        let sides = way.sides.sides.iter();
        sides.fold(Truth::No, |any, side| {
            any.or(side
                .isolates
                .and(self.members[side.subject.index()].truth_of_pod(endpoint, &self.universe)))
        })
    }

    /// The tags of the policies that may be about an endpoint in a direction.
    pub fn selecting(&self, endpoint: EndpointId, direction: Direction) -> impl Iterator<Item = u32> {
        let sides = self.way(direction).sides.sides.iter();
        let about = move |side: &&crate::profile::ReadySide| {
            self.members[side.subject.index()].truth_of_pod(endpoint, &self.universe) != Truth::No
        };
        sides.filter(about).map(|side| self.policies[side.policy].tag)
    }

    /// The number of what decides about an endpoint in a direction: endpoints of one number let through the same
    /// from or to everybody. `None` when no policy is about it.
    #[must_use]
    pub fn profile(&self, endpoint: EndpointId, direction: Direction) -> Option<u32> {
        self.way(direction).profiles.of(endpoint.index())
    }

    pub(crate) fn way(&self, direction: Direction) -> &Way {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

impl Members {
    /// Of an endpoint that is no pod, no policy decides.
    pub(crate) fn truth_of_pod(&self, endpoint: EndpointId, universe: &Universe) -> Truth {
        if endpoint.index() < universe.pods.len() { self.truth(endpoint.index()) } else { Truth::No }
    }
}

/// Connections that one can open to another.
#[derive(Debug)]
pub struct Reach<'m> {
    sure: Part<'m>,
    /// `None` when it is what is sure.
    may: Option<Part<'m>>,
}

#[derive(Debug)]
enum Part<'m> {
    Known(&'m Connections),
    Made(Box<Connections>),
}

impl Part<'_> {
    fn get(&self) -> &Connections {
        match self {
            Self::Known(set) => set,
            Self::Made(set) => set,
        }
    }
}

impl Reach<'_> {
    /// Those that are let through for certain.
    #[must_use]
    pub fn sure(&self) -> &Connections {
        self.sure.get()
    }

    /// Those that may be, among them the certain ones.
    #[must_use]
    pub fn may(&self) -> &Connections {
        self.may.as_ref().unwrap_or(&self.sure).get()
    }

    /// Whether all is certain.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.may.is_none() || self.sure() == self.may()
    }

    /// Whether a connection is let through.
    #[must_use]
    pub fn truth(&self, connection: crate::Connection) -> Truth {
        match (self.sure().contains(connection), self.may().contains(connection)) {
            (true, _) => Truth::Yes,
            (_, true) => Truth::Maybe,
            _ => Truth::No,
        }
    }
}
