//! Why a connection is let through or not: the rules that decide, one after the other.

use crate::connections::Connection;
use crate::model::{End, Model};
use crate::policy::{Action, Direction};
use crate::profile::connections_to;
use crate::selector::Truth;
use crate::universe::EndpointId;

/// Why something can be opened or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The answer.
    pub answer: Truth,
    /// What makes policies of no matter, if something does.
    pub beyond: Option<Beyond>,
    /// What the policies of the source say.
    pub egress: SideExplanation,
    /// What the policies of the destination say.
    pub ingress: SideExplanation,
}

/// What makes policies of no matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Beyond {
    /// Nobody enforces policies.
    NotEnforced,
    /// Both ends are one pod.
    Itself,
    /// One end is the node of the other, or in its network.
    OwnNode,
    /// One end may be the node of the other: what holds between them is then allowed.
    PerhapsOwnNode,
}

/// What the policies of one side say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideExplanation {
    /// Which way.
    pub direction: Direction,
    /// Whether they let it through.
    pub answer: Truth,
    /// Whether the side is no pod to policies: a node or what is in its network, or an address.
    pub no_pod: bool,
    /// The policies that are about the pod in this direction, in the order in which they are asked: their tags.
    pub policies: Vec<Selecting>,
    /// What decides, in order. Empty when no policy is about the pod.
    pub steps: Vec<Step>,
    /// Rules that let the same peer through on other connections, or this connection from others.
    pub near: Vec<NearMiss>,
}

/// A policy that is about a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selecting {
    /// The tag of the policy.
    pub tag: u32,
    /// Whether it is about the pod, and cuts it off as far as it says so, for certain.
    pub certain: bool,
    /// Whether it cuts the pod off from what no rule of its tier names.
    pub isolates: bool,
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A rule matches.
    Rule {
        /// The tag of its policy.
        tag: u32,
        /// Where it is written.
        path: String,
        /// What it does.
        action: Action,
        /// Why it is not certain that it matches.
        uncertain: Option<&'static str>,
        /// Whether it matches for certain.
        certain: bool,
    },
    /// No rule of a tier matches, and some policies of it isolate the pod: the tags of these.
    Isolated {
        /// The name of the tier.
        tier: String,
        /// The tags of the policies.
        tags: Vec<u32>,
        /// Whether that is certain.
        certain: bool,
    },
    /// No policy decides: what is left is allowed.
    NothingDecides,
}

impl Step {
    /// Whether it is a rule of a policy.
    fn is(&self, tag: u32, path: &str) -> bool {
        matches!(self, Self::Rule { tag: own, path: at, .. } if *own == tag && at == path)
    }
}

/// A rule that nearly matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The tag of its policy.
    pub tag: u32,
    /// Where it is written.
    pub path: String,
    /// Whether it is about the peer, and not about the connection; else the other way round.
    pub other_connections: bool,
}

impl Model {
    /// Why one end can open a connection to another or not.
    #[must_use]
    pub fn explain(&self, from: End, to: End, connection: Connection) -> Explanation {
        let (source, target) = (self.endpoint(from), self.endpoint(to));
        let egress = self.explain_side(Direction::Egress, source, target, connection);
        let ingress = self.explain_side(Direction::Ingress, target, source, connection);
        let policies = egress.answer.and(ingress.answer);
        let beyond = match self.is_exempt(from, to) {
            _ if self.cluster.enforced == Truth::No => Some(Beyond::NotEnforced),
            Truth::Yes if from == to => Some(Beyond::Itself),
            Truth::Yes => Some(Beyond::OwnNode),
            Truth::Maybe if policies != Truth::Yes => Some(Beyond::PerhapsOwnNode),
            _ => None,
        };
        let answer = match beyond {
            None => policies,
            Some(Beyond::PerhapsOwnNode) => policies.or(Truth::Maybe),
            Some(_) => Truth::Yes,
        };
        Explanation { answer, beyond, egress, ingress }
    }

    fn explain_side(
        &self,
        direction: Direction,
        subject: EndpointId,
        peer: EndpointId,
        connection: Connection,
    ) -> SideExplanation {
        let mut told = SideExplanation {
            direction,
            answer: Truth::Yes,
            no_pod: subject.index() >= self.universe.pods.len(),
            policies: Vec::new(),
            steps: Vec::new(),
            near: Vec::new(),
        };
        if self.is_doubted(subject, direction) {
            told.answer = Truth::Maybe;
        }
        if told.no_pod {
            return told;
        }
        let sides = &self.way(direction).sides.sides;
        let selected = |place: &usize| self.members[sides[*place].subject.index()].truth(subject.index());
        let about: Vec<usize> = (0..sides.len()).filter(|place| selected(place) != Truth::No).collect();
        for &place in &about {
            told.policies.push(Selecting {
                tag: self.policies[sides[place].policy].tag,
                certain: selected(&place) == Truth::Yes && sides[place].isolates != Truth::Maybe,
                isolates: sides[place].isolates != Truth::No,
            });
        }
        if about.is_empty() {
            return told;
        }
        let (mut allowed, mut denied) = (false, false);
        let mut rest = &about[..];
        let mut open = true;
        while let (true, Some(&first)) = (open, rest.first()) {
            let tier = sides[first].tier;
            let (here, later) = rest.split_at(rest.partition_point(|place| sides[*place].tier == tier));
            rest = later;
            let mut walk = Walk { model: self, direction, subject, peer, connection, told: &mut told };
            let (outcome, isolates) = walk.tier(here, &selected);
            allowed |= outcome.allowed;
            denied |= outcome.denied || outcome.open && isolates != Truth::No;
            open = outcome.passed || outcome.open && isolates != Truth::Yes;
        }
        if open {
            allowed = true;
            told.steps.push(Step::NothingDecides);
        }
        // What decides is no near miss.
        let SideExplanation { near, steps, .. } = &mut told;
        near.retain(|near| !steps.iter().any(|step| step.is(near.tag, &near.path)));
        told.answer = match (allowed, denied) {
            (true, false) => Truth::Yes,
            (true, true) => Truth::Maybe,
            (false, _) => Truth::No,
        };
        told
    }
}

/// What may have become of a connection in a tier.
struct Outcome {
    open: bool,
    allowed: bool,
    denied: bool,
    passed: bool,
}

struct Walk<'m, 't> {
    model: &'m Model,
    direction: Direction,
    subject: EndpointId,
    peer: EndpointId,
    connection: Connection,
    told: &'t mut SideExplanation,
}

impl Walk<'_, '_> {
    /// Asks the policies of one tier, in order.
    fn tier(&mut self, here: &[usize], selected: &dyn Fn(&usize) -> Truth) -> (Outcome, Truth) {
        let sides = &self.model.way(self.direction).sides.sides;
        let mut outcome = Outcome { open: true, allowed: false, denied: false, passed: false };
        let (mut isolates, mut isolating) = (Truth::No, Vec::new());
        for place in here {
            let side = &sides[*place];
            let cuts_off = side.isolates.and(selected(place));
            let policy = &self.model.policies[side.policy];
            if cuts_off != Truth::No {
                isolates = isolates.or(cuts_off);
                isolating.push(policy.tag);
            }
            for (rule, ready) in side.rules(self.direction, &self.model.policies) {
                let about = ready.is_about(self.subject.index(), &self.model.members).and(selected(place));
                let peer = self.model.members[ready.peers.index()].truth(self.peer.index());
                let destination = match self.direction {
                    Direction::Ingress => self.subject,
                    Direction::Egress => self.peer,
                };
                let kind = self.model.universe.kind(destination);
                let connections = connections_to(&rule.traffic, kind);
                let matches_connection = connections.contains(self.connection);
                let who = about.and(peer);
                if who == Truth::No || !matches_connection {
                    let somebody = self.model.members[ready.peers.index()].may.iter().next().is_some();
                    let near = who != Truth::No && !connections.is_empty()
                        || about != Truth::No && matches_connection && somebody;
                    if near && rule.action == Action::Allow {
                        let path = rule.path.clone();
                        self.told.near.push(NearMiss {
                            tag: policy.tag,
                            path,
                            other_connections: who != Truth::No,
                        });
                    }
                    continue;
                }
                if !outcome.open {
                    continue;
                }
                let certain = who == Truth::Yes && rule.uncertain.is_none();
                match rule.action {
                    Action::Allow => outcome.allowed = true,
                    Action::Deny => outcome.denied = true,
                    Action::Pass => outcome.passed = true,
                }
                outcome.open = !certain;
                self.told.steps.push(Step::Rule {
                    tag: policy.tag,
                    path: rule.path.clone(),
                    action: rule.action,
                    uncertain: rule.uncertain,
                    certain,
                });
            }
        }
        if outcome.open && isolates != Truth::No {
            let tier = here.first().map(|place| self.model.policies[sides[*place].policy].tier.name.clone());
            let certain = isolates == Truth::Yes;
            self.told.steps.push(Step::Isolated { tier: tier.unwrap_or_default(), tags: isolating, certain });
        }
        (outcome, isolates)
    }
}
