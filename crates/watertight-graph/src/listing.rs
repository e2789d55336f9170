//! Every edge between things that people would name: the bookkeeping between them left out.

use std::collections::BTreeSet;

use watertight_model::ObjectId;

use crate::build::{Kind, Vertex};
use crate::evidence::Fact;
use crate::graph::AttackGraph;
use crate::thing::Thing;

/// An edge between named things.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Whoever has to be held: several where all of them are needed.
    pub from: Vec<String>,
    /// The entry of the catalogue.
    pub edge: &'static str,
    /// What is held then.
    pub to: String,
}

impl std::fmt::Display for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -[{}]-> {}", self.from.join(" & "), self.edge, self.to)
    }
}

impl AttackGraph<'_> {
    /// Every edge of the catalogue that is drawn, between named things. Members of aggregates, and what holds by
    /// definition, are not listed. As many as there are pairs: for small worlds, tests and pictures.
    #[must_use]
    pub fn listing(&self) -> BTreeSet<Listed> {
        let mut back: Vec<Vec<usize>> = vec![Vec::new(); self.len()];
        for (number, edge) in self.edges.iter().enumerate() {
            back[edge.to.index()].push(number);
        }
        let mut found = BTreeSet::new();
        for edge in &self.edges {
            let Some(entry) = self.entry(edge.kind) else { continue };
            let sources = self.sources(edge.from, &back, &mut Vec::new());
            for to in self.targets(edge.to) {
                for from in &sources {
                    let from = from.iter().map(|own| self.label(self.thing(*own))).collect();
                    found.insert(Listed { from, edge: entry.id, to: self.label(self.thing(to)) });
                }
            }
        }
        found
    }

    /// The sets of named things that lead to a vertex by bookkeeping alone.
    fn sources(
        &self,
        at: Vertex,
        back: &[Vec<usize>],
        above: &mut Vec<Vertex>,
    ) -> BTreeSet<BTreeSet<Vertex>> {
        let thing = self.thing(at);
        if thing.is_named() {
            return [[at].into()].into();
        }
        if above.contains(&at) {
            return BTreeSet::new();
        }
        above.push(at);
        let mut found: BTreeSet<BTreeSet<Vertex>> = BTreeSet::new();
        if let Thing::Both(number) = thing {
            let mut all: BTreeSet<BTreeSet<Vertex>> = [BTreeSet::new()].into();
            for premise in &self.both[number as usize].0 {
                let own = self.sources(*premise, back, above);
                all = all.iter().flat_map(|one| own.iter().map(move |other| one | other)).collect();
            }
            found.extend(all);
        }
        let by_definition = back[at.index()].iter().map(|number| self.edges[*number]);
        for edge in by_definition.filter(|edge| edge.kind == Kind::DEFINITION) {
            if !self.is_of_every_cluster(edge.evidence) {
                found.extend(self.sources(edge.from, back, above));
            }
        }
        above.pop();
        // Who needs no other is told alone.
        let all = found.clone();
        found.retain(|own| !all.iter().any(|other| other != own && other.is_subset(own)));
        found
    }

    /// Whether an edge rests on a binding that every cluster has.
    pub(crate) fn is_of_every_cluster(&self, evidence: u32) -> bool {
        let policy = self.scene.world.identities().policy();
        self.evidence[evidence as usize].facts.iter().any(|fact| match self.facts[*fact as usize] {
            Fact::Bound(binding, _) => {
                let object = ObjectId(policy.binding(binding).tag());
                self.scene.world.snapshot().object(object).is_implied()
            }
            _ => false,
        })
    }

    /// Whether a thing is one that every cluster has, and nothing in view speaks of it beside.
    pub(crate) fn is_of_platform(&self, thing: Thing) -> bool {
        let object_is_implied = match thing {
            Thing::Account(namespace, name) => match self.scene.accounts.get(&(namespace, name)) {
                Some(Some(object)) => self.scene.world.snapshot().object(*object).is_implied(),
                _ => true,
            },
            Thing::User(_) | Thing::Group(_) => true,
            _ => return false,
        };
        let used = matches!(thing, Thing::Account(namespace, name)
            if self.scene.accounts_used.contains(&(namespace, name)));
        let Some(vertex) = self.vertex(thing).filter(|_| object_is_implied && !used) else { return false };
        self.leaving(vertex).all(|at| {
            let edge = self.edges[at];
            let is_role = matches!(self.thing(edge.to), Thing::Role(..));
            !is_role || self.is_of_every_cluster(edge.evidence)
        })
    }

    /// The named things that a vertex leads to by bookkeeping alone. What a role or a power leads to is told by the
    /// entries of its powers.
    fn targets(&self, at: Vertex) -> BTreeSet<Vertex> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![at];
        let mut seen = BTreeSet::new();
        while let Some(at) = waiting.pop() {
            if !seen.insert(at) {
                continue;
            }
            let thing = self.thing(at);
            if thing.is_named() {
                found.insert(at);
                continue;
            }
            let follows = matches!(
                thing,
                Thing::Role(..) | Thing::Power(..) | Thing::Met(..) | Thing::Own(_) | Thing::Both(_)
            );
            for number in self.leaving(at) {
                let edge = self.edges[number];
                if edge.kind == Kind::DEFINITION || follows {
                    waiting.push(edge.to);
                }
            }
            let conjunctions = self.premise_of(at).iter().map(|own| &self.both[*own as usize]);
            let whole = conjunctions.filter(|(premises, _)| premises.iter().all(|own| seen.contains(own)));
            waiting.extend(whole.map(|(_, then)| *then).filter(|_| follows));
        }
        found
    }
}
