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

/// The verdicts of pods with the same policies, by number of the endpoint at the other end.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    /// The profile of each class of pods; `None` when no policy governs it.
    of_class: Vec<Option<u32>>,
    verdicts: Vec<Vec<Verdict>>,
}

impl Profiles {
    pub(crate) fn verdict(&self, class: usize, peer: usize) -> Verdict {
        match self.of_class.get(class).copied().flatten() {
            Some(profile) => self.verdicts[profile as usize][peer],
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
        let mut verdicts = Vec::new();
        let of_class = selecting
            .into_iter()
            .enumerate()
            .map(|(class, policies)| {
                if policies.is_empty() {
                    return None;
                }
                let key = Key::of(class, policies, scene, table);
                if let Some(&profile) = known.get(&key) {
                    return Some(profile);
                }
                let profile = verdicts.len() as u32;
                verdicts.push(key.verdicts(class, scene, table));
                known.insert(key, profile);
                Some(profile)
            })
            .collect();
        Self { of_class, verdicts }
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

    fn verdicts(&self, class: usize, scene: &Scene<'_>, table: &mut Table) -> Vec<Verdict> {
        let Sides { direction, sides, tiers } = scene.sides;
        let mut course = Course::new(scene.universe.len());
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
struct Course {
    /// Those that may not be decided yet.
    open: Vec<ConnectionsId>,
    allowed: Vec<ConnectionsId>,
    denied: Vec<ConnectionsId>,
    /// Those that may have passed this tier.
    passed: Vec<ConnectionsId>,
}

impl Course {
    fn new(endpoints: usize) -> Self {
        Self {
            open: vec![ConnectionsId::ALL; endpoints],
            allowed: vec![ConnectionsId::NONE; endpoints],
            denied: vec![ConnectionsId::NONE; endpoints],
            passed: vec![ConnectionsId::NONE; endpoints],
        }
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
        let outcome = match rule.action {
            Action::Allow => &mut self.allowed,
            Action::Deny => &mut self.denied,
            Action::Pass => &mut self.passed,
        };
        for peer in peers.may.iter() {
            let matched = matched.unwrap_or_else(|| {
                let destination = scene.universe.kind(EndpointId(peer as u32));
                table.number(connections_to(&rule.traffic, destination))
            });
            let open = self.open[peer];
            let decided = table.intersection(open, matched);
            outcome[peer] = table.union(outcome[peer], decided);
            if certain == Truth::Yes && peers.sure.contains(peer) {
                self.open[peer] = table.difference(open, matched);
            }
        }
    }

    fn end_of_tier(&mut self, isolates: Truth, table: &mut Table) {
        for peer in 0..self.open.len() {
            if isolates != Truth::No {
                self.denied[peer] = table.union(self.denied[peer], self.open[peer]);
            }
            let left = if isolates == Truth::Yes { ConnectionsId::NONE } else { self.open[peer] };
            self.open[peer] = table.union(left, self.passed[peer]);
            self.passed[peer] = ConnectionsId::NONE;
        }
    }

    /// What no tier decided is allowed.
    fn end(self, table: &mut Table) -> Vec<Verdict> {
        let decided = self.open.into_iter().zip(self.allowed).zip(self.denied);
        decided
            .map(|((open, allowed), denied)| {
                let may = table.union(allowed, open);
                Verdict { sure: table.difference(may, denied), may }
            })
            .collect()
    }
}
