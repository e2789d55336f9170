//! What the rules of one policy say, each by itself, before others are asked.

use crate::connections::Connections;
use crate::model::Model;
use crate::policy::{Direction, Rule};
use crate::profile::{ReadySide, connections_to};
use crate::selector::Truth;
use crate::universe::EndpointId;

/// A rule for connections from pods, as far as it is about one endpoint at the other end.
#[derive(Debug, Clone)]
pub struct Towards<'m> {
    /// The rule.
    pub rule: &'m Rule,
    /// Whether the endpoint is among its peers.
    pub matches: Truth,
    /// The connections to it that the rule is about.
    pub connections: Connections,
}

impl Model {
    /// The rules of the policies of a tag for connections from their pods to an endpoint, in the order in which they
    /// are asked.
    pub fn towards(&self, tag: u32, to: EndpointId) -> impl Iterator<Item = Towards<'_>> {
        let sides = self.sides_of(tag, Direction::Egress);
        let rules = sides.flat_map(|side| side.rules(Direction::Egress, &self.policies));
        rules.map(move |(rule, ready)| Towards {
            rule,
            matches: self.members[ready.peers.index()].truth(to.index()),
            connections: connections_to(&rule.traffic, self.universe.kind(to)),
        })
    }

    /// The classes of pods that the policies of a tag may be about in a direction.
    pub fn subjects(&self, tag: u32, direction: Direction) -> impl Iterator<Item = EndpointId> {
        let pods = self.universe.pods.len();
        self.sides_of(tag, direction).flat_map(move |side| {
            let classes = self.members[side.subject.index()].may.iter();
            classes.take_while(move |class| *class < pods).map(|class| EndpointId(class as u32))
        })
    }

    fn sides_of(&self, tag: u32, direction: Direction) -> impl Iterator<Item = &ReadySide> {
        let sides = self.way(direction).sides.sides.iter();
        sides.filter(move |side| self.policies[side.policy].tag == tag)
    }
}
