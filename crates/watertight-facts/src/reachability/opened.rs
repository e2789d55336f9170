//! What single rules open towards the outside, where no other policy refuses it.

use std::net::IpAddr;

use watertight_model::ObjectId;
use watertight_netpol::{Action, Connections, Direction, End, EndpointId, Endpoints, Family, Rule, Truth};
use watertight_syntax::Path;

use super::Reachability;

/// A rule of a policy that lets pods connect to somebody.
#[derive(Debug, Clone)]
pub struct Opened<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// Where it is written.
    pub path: Path,
    /// Whether it does; never [`Truth::No`].
    pub truth: Truth,
    /// What may be opened.
    pub connections: Connections,
}

impl Opened<'_> {
    /// Why that is not certain.
    #[must_use]
    pub fn doubt(&self) -> &'static str {
        match &self.rule.peers {
            Endpoints::Unknown(why) => why,
            peers if self.rule.uncertain.is_none() && peers.lacks_only_names() => Endpoints::DOMAIN_NAMES,
            _ => self.rule.uncertain.unwrap_or("it depends on what is not in view"),
        }
    }
}

/// A rule that lets pods connect to addresses of IPv4.
#[derive(Debug, Clone)]
pub struct OpenedOutside<'r> {
    /// The rule.
    pub opened: Opened<'r>,
    /// How many addresses it may open.
    pub addresses: u128,
}

impl OpenedOutside<'_> {
    /// How many addresses there are.
    pub const ALL: u128 = 1 << 32;
}

impl Reachability {
    /// What the rules of a policy let its pods open to an address.
    #[must_use]
    pub fn opened_to(&self, policy: ObjectId, address: IpAddr) -> Vec<Opened<'_>> {
        self.opened(policy, self.model.endpoint(End::Address(address)))
    }

    /// The rules of a policy that let its pods connect to addresses of IPv4, each once, those that do so for certain
    /// before those that may.
    #[must_use]
    pub fn opened_outside(&self, policy: ObjectId) -> Vec<OpenedOutside<'_>> {
        let mut all: Vec<OpenedOutside<'_>> = Vec::new();
        for (piece, range) in self.model.pieces().filter(|(_, range)| range.family() == Family::V4) {
            for opened in self.opened(policy, piece) {
                let same = |known: &&mut OpenedOutside<'_>| {
                    known.opened.path == opened.path && known.opened.truth == opened.truth
                };
                match all.iter_mut().find(same) {
                    Some(known) => {
                        known.addresses += range.size();
                        known.opened.connections = known.opened.connections.union(&opened.connections);
                    }
                    None => all.push(OpenedOutside { opened, addresses: range.size() }),
                }
            }
        }
        all.sort_by_key(|outside| outside.opened.truth != Truth::Yes);
        all
    }

    /// Whether none of the pods that a policy may be about may open anything of this to an address, since other
    /// policies refuse it.
    #[must_use]
    pub fn refused_to(&self, policy: ObjectId, address: IpAddr, connections: &Connections) -> bool {
        self.is_refused_to(policy, self.model.endpoint(End::Address(address)), connections)
    }

    /// Whether none of the pods that a policy may be about may open anything to most addresses of IPv4.
    #[must_use]
    pub fn refused_outside(&self, policy: ObjectId) -> bool {
        let all = Connections::all();
        let pieces = self.model.pieces().filter(|(_, range)| range.family() == Family::V4);
        let refused = pieces.filter(|(piece, _)| self.is_refused_to(policy, *piece, &all));
        refused.map(|(_, range)| range.size()).sum::<u128>() > OpenedOutside::ALL / 2
    }

    fn is_refused_to(&self, policy: ObjectId, to: EndpointId, connections: &Connections) -> bool {
        let mut pods = self.model.subjects(policy.0, Direction::Egress).peekable();
        let refused = |from: EndpointId| {
            let verdict = self.model.side(Direction::Egress, from, to);
            self.model.connections(verdict.may).intersection(connections).is_empty()
        };
        pods.peek().is_some() && pods.all(refused)
    }

    fn opened(&self, policy: ObjectId, to: EndpointId) -> Vec<Opened<'_>> {
        let mut found: Vec<Opened<'_>> = Vec::new();
        let (mut left, mut doubted) = (Connections::all(), Connections::none());
        for towards in self.model.towards(policy.0, to) {
            let connections = towards.connections.intersection(&left);
            if towards.matches == Truth::No || connections.is_empty() {
                continue;
            }
            let rule = towards.rule;
            let narrowed = rule.uncertain.is_some() || rule.subject != Endpoints::Everyone;
            let truth = if narrowed { Truth::Maybe.and(towards.matches) } else { towards.matches };
            if rule.action != Action::Allow {
                doubted = doubted.union(&connections);
            } else if !self.is_refused_to(policy, to, &connections) {
                let is_doubted = !connections.intersection(&doubted).is_empty();
                let truth = if is_doubted { Truth::Maybe } else { truth };
                let path = format!(".{}", rule.path).parse().unwrap_or_default();
                found.push(Opened { rule, path, truth, connections: connections.clone() });
            }
            if truth == Truth::Yes {
                left = left.difference(&connections);
            }
        }
        found
    }
}
