//! What pods with the same policies let through, from and to everybody.

use std::collections::HashMap;

use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::members::{Members, MembersId, Resolver};
use crate::policy::{Action, Direction, Endpoints, Policy, Ports, Rule, Tier, Traffic};
use crate::selector::Truth;
use crate::table::{ConnectionsId, Table};
use crate::universe::{EndpointId, Kind, Universe};

/// What is let through for certain, and what may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Verdict {
    /// What is let through whatever is not known.
    pub sure: ConnectionsId,
    /// What is let through if all that is not known turns out so; never less than `sure`.
    pub may: ConnectionsId,
}

impl Verdict {
    /// Everything is let through.
    pub const ALL: Self = Self { sure: ConnectionsId::ALL, may: ConnectionsId::ALL };
    /// Nothing is.
    pub const NONE: Self = Self { sure: ConnectionsId::NONE, may: ConnectionsId::NONE };
}

/// A rule, with its members and connections worked out.
#[derive(Debug)]
pub(crate) struct ReadyRule {
    pub(crate) peers: MembersId,
    subject: Option<MembersId>,
    /// `None` when the destination names its ports.
    fixed: Option<ConnectionsId>,
}

/// A policy's side of one direction.
#[derive(Debug)]
pub(crate) struct ReadySide {
    /// The place of the policy among all.
    pub(crate) policy: usize,
    pub(crate) isolates: Truth,
    pub(crate) subject: MembersId,
    pub(crate) rules: Vec<ReadyRule>,
    /// The place of its tier in their order.
    pub(crate) tier: usize,
}

/// The sides of all policies for one direction, in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) direction: Direction,
    pub(crate) sides: Vec<ReadySide>,
    pub(crate) tiers: usize,
}

impl Sides {
    pub(crate) fn of<'p>(
        direction: Direction,
        policies: &'p [Policy],
        universe: &Universe,
        resolver: &mut Resolver<'p>,
        table: &mut Table,
    ) -> Self {
        let mut ordered: Vec<usize> =
            (0..policies.len()).filter(|index| policies[*index].side(direction).is_some()).collect();
        ordered.sort_by_key(|index| {
            let policy = &policies[*index];
            (&policy.tier, policy.position, &policy.name, policy.tag)
        });
        let mut tiers: Vec<&Tier> = Vec::new();
        let mut sides = Vec::with_capacity(ordered.len());
        for index in ordered {
            let policy = &policies[index];
            let Some(side) = policy.side(direction) else { continue };
            if tiers.last() != Some(&&policy.tier) {
                tiers.push(&policy.tier);
            }
            let ready = |rule: &'p Rule| ReadyRule {
                peers: resolver.resolve(&rule.peers, universe),
                subject: match &rule.subject {
                    Endpoints::Everyone => None,
                    subject => Some(resolver.resolve(subject, universe)),
                },
                fixed: fixed(&rule.traffic).map(|set| table.number(set)),
            };
            let rules = side.rules.iter().map(ready).collect();
            let subject = resolver.resolve(&policy.subject, universe);
            sides.push(ReadySide {
                policy: index,
                isolates: side.isolates,
                subject,
                rules,
                tier: tiers.len() - 1,
            });
        }
        Self { direction, sides, tiers: tiers.len() }
    }
}

/// The connections of traffic that names no ports.
fn fixed(traffic: &Traffic) -> Option<Connections> {
    traffic.names().next().is_none().then(|| connections(traffic, &|_, _| Intervals::NONE))
}

/// The connections of traffic to a destination whose ports of a name and protocol are known.
fn connections(traffic: &Traffic, named: &dyn Fn(&str, Protocol) -> Intervals) -> Connections {
    let of = |parts: &[Ports]| {
        parts.iter().fold(Connections::none(), |all, part| match part {
            Ports::Connections(set) => all.union(set),
            Ports::Named { protocol, name, from } => {
                let wanted = |own: &Protocol| protocol.is_none_or(|protocol| protocol == *own);
                Protocol::WITH_PORTS.into_iter().filter(wanted).fold(all, |all, protocol| {
                    let to = named(name, protocol);
                    all.union(&match from {
                        None => Connections::of(protocol, &to),
                        Some(from) => Connections::between(protocol, from, &to),
                    })
                })
            }
        })
    };
    of(&traffic.include).difference(&of(&traffic.exclude))
}

/// The connections of a rule to a destination.
pub(crate) fn connections_to(traffic: &Traffic, destination: Kind<'_>) -> Connections {
    connections(traffic, &|name, protocol| match destination {
        Kind::Pods(class) => {
            let ports = class.ports.iter().filter(|port| port.name == name && port.protocol == protocol);
            ports.fold(Intervals::NONE, |all, port| all.union(&Intervals::one(port.number)))
        }
        // Names of ports are those of pods with an address of their own.
        Kind::Nodes(_) | Kind::Piece(_) => Intervals::NONE,
    })
}

impl ReadySide {
    /// Its rules, as they are written and worked out.
    pub(crate) fn rules<'s>(
        &'s self,
        direction: Direction,
        policies: &'s [Policy],
    ) -> impl Iterator<Item = (&'s Rule, &'s ReadyRule)> {
        let written = policies[self.policy].side(direction).map_or(&[][..], |side| &side.rules);
        written.iter().zip(&self.rules)
    }
}

impl ReadyRule {
    /// How certain it is that the rule is about an endpoint that its policy is about.
    pub(crate) fn is_about(&self, endpoint: usize, members: &[Members]) -> Truth {
        self.subject.map_or(Truth::Yes, |subject| members[subject.index()].truth(endpoint))
    }
}

/// What working verdicts out needs.
pub(crate) struct Scene<'s> {
    pub(crate) policies: &'s [Policy],
    pub(crate) sides: &'s Sides,
    pub(crate) universe: &'s Universe,
    pub(crate) members: &'s [Members],
}

/// So many endpoints in a row, of which several profiles say the same, are kept once.
const BLOCK: usize = 64;

/// What a profile says of some endpoints in a row.
type Block = [Verdict; BLOCK];

/// The verdicts of pods with the same policies, by number of the endpoint at the other end.
///
/// Profiles times endpoints would be a gigabyte for a large cluster. Most profiles say the same of most endpoints, so
/// each keeps the numbers of blocks.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    /// The profile of each class of pods; `None` when no policy governs it.
    of_class: Vec<Option<u32>>,
    /// For each profile its blocks, by number.
    rows: Vec<Box<[u32]>>,
    blocks: Vec<Block>,
}

impl Profiles {
    pub(crate) fn verdict(&self, class: usize, peer: usize) -> Verdict {
        match self.of_class.get(class).copied().flatten() {
            Some(profile) => self.blocks[self.rows[profile as usize][peer / BLOCK] as usize][peer % BLOCK],
            None => Verdict::ALL,
        }
    }

    /// The number of a class's profile.
    pub(crate) fn of(&self, class: usize) -> Option<u32> {
        self.of_class.get(class).copied().flatten()
    }

    pub(crate) fn work_out(scene: &Scene<'_>, table: &mut Table) -> Self {
        let pods = scene.universe.pods.len();
        let mut selecting: Vec<Vec<(u32, Truth)>> = vec![Vec::new(); pods];
        for (index, side) in scene.sides.sides.iter().enumerate() {
            let subject = &scene.members[side.subject.index()];
            for class in subject.may.iter().take_while(|class| *class < pods) {
                selecting[class].push((index as u32, subject.truth(class)));
            }
        }
        let mut known: HashMap<Key, u32> = HashMap::new();
        let mut course = Course::new(scene.universe.len());
        let (mut profiles, mut numbers) = (Self::default(), HashMap::new());
        for (class, policies) in selecting.into_iter().enumerate() {
            let profile = (!policies.is_empty()).then(|| {
                let key = Key::of(class, policies, scene, table);
                *known.entry(key).or_insert_with_key(|key| {
                    profiles.keep(key.verdicts(class, scene, &mut course, table), &mut numbers)
                })
            });
            profiles.of_class.push(profile);
        }
        profiles
    }

    /// Keeps a profile and gives its number.
    fn keep(&mut self, verdicts: &[Verdict], numbers: &mut HashMap<Block, u32>) -> u32 {
        let before = self.rows.last();
        let blocks = verdicts.chunks(BLOCK).enumerate().map(|(place, part)| {
            let mut block = [Verdict::NONE; BLOCK];
            block[..part.len()].copy_from_slice(part);
            // Neighbours are often alike.
            match before.map(|row| row[place]) {
                Some(number) if self.blocks[number as usize] == block => number,
                _ => *numbers.entry(block).or_insert_with(|| {
                    self.blocks.push(block);
                    (self.blocks.len() - 1) as u32
                }),
            }
        });
        let row = blocks.collect();
        self.rows.push(row);
        (self.rows.len() - 1) as u32
    }
}

/// What a class's verdicts depend on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    policies: Vec<(u32, Truth)>,
    /// For each rule that has its own limits on the class: whether it is about the class.
    subjects: Vec<Truth>,
    /// For each rule for connections to the class that names ports: which these are.
    ports: Vec<ConnectionsId>,
}

impl Key {
    fn of(class: usize, policies: Vec<(u32, Truth)>, scene: &Scene<'_>, table: &mut Table) -> Self {
        let (mut subjects, mut ports) = (Vec::new(), Vec::new());
        let direction = scene.sides.direction;
        let kind = scene.universe.kind(EndpointId(class as u32));
        for (index, _) in &policies {
            for (rule, ready) in scene.sides.sides[*index as usize].rules(direction, scene.policies) {
                if ready.subject.is_some() {
                    subjects.push(ready.is_about(class, scene.members));
                }
                if ready.fixed.is_none() && direction == Direction::Ingress {
                    ports.push(table.number(connections_to(&rule.traffic, kind)));
                }
            }
        }
        Self { policies, subjects, ports }
    }

    fn verdicts<'c>(
        &self,
        class: usize,
        scene: &Scene<'_>,
        course: &'c mut Course,
        table: &mut Table,
    ) -> &'c [Verdict] {
        let Sides { direction, sides, tiers } = scene.sides;
        course.begin();
        let mut ports = self.ports.iter();
        let mut rest = &*self.policies;
        for tier in 0..*tiers {
            let end = rest.partition_point(|(index, _)| sides[*index as usize].tier <= tier);
            let (here, later) = rest.split_at(end);
            rest = later;
            if here.is_empty() {
                continue;
            }
            let mut isolates = Truth::No;
            for (index, selected) in here {
                let side = &sides[*index as usize];
                isolates = isolates.or(side.isolates.and(*selected));
                for (rule, ready) in side.rules(*direction, scene.policies) {
                    let matched = match (ready.fixed, direction) {
                        (Some(fixed), _) => Some(fixed),
                        (None, Direction::Ingress) => ports.next().copied(),
                        (None, Direction::Egress) => None,
                    };
                    let certain = if rule.uncertain.is_some() { Truth::Maybe } else { Truth::Yes };
                    let certain = certain.and(*selected).and(ready.is_about(class, scene.members));
                    course.rule(rule, ready, matched, certain, scene, table);
                }
            }
            course.end_of_tier(isolates, table);
        }
        course.end(table)
    }
}

/// Where connections have got to, for every endpoint at the other end.
#[derive(Debug)]
struct Course {
    /// For the endpoints that no rule told apart so far.
    rest: Stage,
    /// The others.
    apart: Vec<(usize, Stage)>,
    /// By endpoint, its place among those, from 1; 0 for the rest.
    places: Vec<u32>,
    verdicts: Vec<Verdict>,
}

/// Where connections have got to.
#[derive(Debug, Clone, Copy)]
struct Stage {
    /// Those that may not be decided yet.
    open: ConnectionsId,
    allowed: ConnectionsId,
    denied: ConnectionsId,
    /// Those that may have passed this tier.
    passed: ConnectionsId,
}

impl Stage {
    const FIRST: Self = Self {
        open: ConnectionsId::ALL,
        allowed: ConnectionsId::NONE,
        denied: ConnectionsId::NONE,
        passed: ConnectionsId::NONE,
    };

    fn rule(&mut self, action: Action, matched: ConnectionsId, is_certain: bool, table: &mut Table) {
        let decided = table.intersection(self.open, matched);
        let outcome = match action {
            Action::Allow => &mut self.allowed,
            Action::Deny => &mut self.denied,
            Action::Pass => &mut self.passed,
        };
        *outcome = table.union(*outcome, decided);
        if is_certain {
            self.open = table.difference(self.open, matched);
        }
    }

    fn end_of_tier(&mut self, isolates: Truth, table: &mut Table) {
        if isolates != Truth::No {
            self.denied = table.union(self.denied, self.open);
        }
        let left = if isolates == Truth::Yes { ConnectionsId::NONE } else { self.open };
        self.open = table.union(left, self.passed);
        self.passed = ConnectionsId::NONE;
    }

    /// What no tier decided is allowed.
    fn end(self, table: &mut Table) -> Verdict {
        let may = table.union(self.allowed, self.open);
        Verdict { sure: table.difference(may, self.denied), may }
    }
}

impl Course {
    fn new(endpoints: usize) -> Self {
        Self {
            rest: Stage::FIRST,
            apart: Vec::new(),
            places: vec![0; endpoints],
            verdicts: vec![Verdict::ALL; endpoints],
        }
    }

    fn begin(&mut self) {
        self.rest = Stage::FIRST;
        for (peer, _) in self.apart.drain(..) {
            self.places[peer] = 0;
        }
    }

    fn every(&mut self) -> impl Iterator<Item = &mut Stage> {
        self.apart.iter_mut().map(|(_, stage)| stage).chain([&mut self.rest])
    }

    fn apart(&mut self, peer: usize) -> &mut Stage {
        if self.places[peer] == 0 {
            self.apart.push((peer, self.rest));
            self.places[peer] = self.apart.len() as u32;
        }
        &mut self.apart[self.places[peer] as usize - 1].1
    }

    /// `matched` is `None` where the endpoint at the other end names the ports.
    fn rule(
        &mut self,
        rule: &Rule,
        ready: &ReadyRule,
        matched: Option<ConnectionsId>,
        certain: Truth,
        scene: &Scene<'_>,
        table: &mut Table,
    ) {
        if certain == Truth::No {
            return;
        }
        let peers = &scene.members[ready.peers.index()];
        let is_certain = certain == Truth::Yes;
        if let Some(matched) = matched
            && peers.sure.is_all(self.places.len())
        {
            self.every().for_each(|stage| stage.rule(rule.action, matched, is_certain, table));
            return;
        }
        for peer in peers.may.iter() {
            let matched = matched.unwrap_or_else(|| {
                let destination = scene.universe.kind(EndpointId(peer as u32));
                table.number(connections_to(&rule.traffic, destination))
            });
            let is_certain = is_certain && peers.sure.contains(peer);
            self.apart(peer).rule(rule.action, matched, is_certain, table);
        }
    }

    fn end_of_tier(&mut self, isolates: Truth, table: &mut Table) {
        self.every().for_each(|stage| stage.end_of_tier(isolates, table));
    }

    fn end(&mut self, table: &mut Table) -> &[Verdict] {
        self.verdicts.fill(self.rest.end(table));
        for (peer, stage) in &self.apart {
            self.verdicts[*peer] = stage.end(table);
        }
        &self.verdicts
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Cluster, Connection, End, Labels, Model, Pod, kubernetes};

    /// Enough pods for several blocks, most of which several profiles share.
    #[test]
    fn each_profile_keeps_its_own_verdicts_in_every_block() {
        const PODS: usize = 3 * BLOCK + 5;
        let label = |number: usize| format!("p{number}");
        let pod = |number| Pod {
            namespace: "shop".to_owned(),
            labels: Labels::of([("app".to_owned(), label(number))].into()),
            ..Pod::default()
        };
        let peer = |number: usize| number * 7 % PODS;
        let policy = |number: usize| {
            let spec = json!({
                "podSelector": {"matchLabels": {"app": label(number)}},
                "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": label(peer(number))}}}]}],
            });
            let spec = serde_json::from_value(spec).expect("a policy");
            kubernetes::policy("shop", &label(number), number as u32, &spec).0
        };
        // The last pods are not cut off.
        let policies: Vec<_> = (0..PODS - 2).map(policy).collect();
        let model =
            Model::new(Cluster { pods: (0..PODS).map(pod).collect(), ..Cluster::default() }, policies);
        for from in 0..PODS {
            for to in 0..PODS {
                let reach = model.between(End::Pod(from), End::Pod(to));
                let wanted = from == to || to >= PODS - 2 || from == peer(to);
                let found = reach.truth(Connection::to_port(Protocol::Tcp, 80));
                assert_eq!(found, Truth::from(wanted), "{from} {to}");
            }
        }
        let blocks = &model.ingress.profiles.blocks;
        assert!(
            blocks.len() < PODS + 10,
            "each profile says something of its own of one block: {}",
            blocks.len()
        );
    }
}
