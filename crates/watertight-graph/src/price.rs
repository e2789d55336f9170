//! What fixes are worth: the exposure without the edges that each takes away, worked out again and never counted.
//!
//! Entry points are asked in two ways, by what they have now:
//!
//! - Who is cluster admin by edges alone keeps everything as long as some way there stays. So the ways to that goal are
//!   derived once, and for each fix it is told who has none left; these few are asked again from the start.
//! - Of all others everything that they reach is derived once, and for each fix that takes a reason away it is told what
//!   is lost (`derived.rs`).
//!
//! Entry points that are alike are asked once, as long as the fix leaves them alike.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use watertight_facts::in_parallel_with;

use crate::around::Around;
use crate::build::Vertex;
use crate::derived::Derived;
use crate::fixes::Fix;
use crate::measure::{Alike, Exposure, Measure, Score};
use crate::shape::{Reading, Shape};
use crate::thing::Thing;

/// What is left when each of some fixes alone is made.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The exposure before.
    pub before: Exposure,
    /// By fix: the exposure after it.
    pub after: Vec<Exposure>,
}

impl Prices {
    /// How much a fix takes away.
    #[must_use]
    pub fn value(&self, fix: usize) -> Score {
        Score(self.before.score.0.saturating_sub(self.after[fix].score.0))
    }
}

/// What is left of a graph between two steps of a plan, and what entry points are worth then.
pub(crate) struct Standing {
    /// Without what is gone.
    pub(crate) shape: Arc<Shape>,
    /// By vertex: its score, of entry points.
    pub(crate) scores: Vec<Score>,
    /// By vertex: what falls beside it, of entry points that do not reach everything.
    pub(crate) worth: Vec<u64>,
}

/// What becomes of an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) entry: u32,
    pub(crate) score: Score,
    pub(crate) worth: u64,
}

impl Measure<'_, '_> {
    /// Works out what each of some fixes alone is worth.
    #[must_use]
    pub fn price(&self, fixes: &[Fix], reading: Reading) -> Prices {
        let standing = self.standing(reading);
        Prices { before: self.exposure(reading), after: self.price_from(&standing, fixes) }
    }

    /// The score of one thing after each of some fixes alone.
    #[must_use]
    pub fn shrunk(&self, vertex: Vertex, fixes: &[Fix], reading: Reading) -> Vec<Score> {
        let view = self.view(reading);
        let before = view.radii[vertex.index()].score;
        let mut scores = vec![before; fixes.len()];
        let taken = Taken::of(fixes, &view.shape);
        let pricing = Pricing { measure: self, standing: &self.standing(reading), taken: &taken };
        let mut derived = Derived::new(&view.shape);
        derived.begin(&[vertex.0]);
        for hits in pricing.hits(&derived).chunk_by(|one, other| one.0 == other.0) {
            let fix = hits[0].0;
            derived.lose(hits.iter().map(|hit| hit.1), |edge| taken.takes(fix, edge));
            if derived.lost().next().is_some() {
                scores[fix as usize] = pricing.left(vertex.0, &[], &derived).0;
            }
        }
        scores
    }

    /// Nothing is taken away yet.
    pub(crate) fn standing(&self, reading: Reading) -> Standing {
        let view = self.view(reading);
        let scores = view.radii.iter().map(|radius| radius.score).collect();
        Standing { shape: Arc::clone(&view.shape), scores, worth: view.worth.clone() }
    }

    pub(crate) fn entry_vertices(&self) -> Vec<u32> {
        let all: BTreeSet<u32> = self.entries.classes.iter().flatten().map(|entry| entry.vertex.0).collect();
        all.into_iter().collect()
    }

    /// The exposure after each fix.
    pub(crate) fn price_from(&self, standing: &Standing, fixes: &[Fix]) -> Vec<Exposure> {
        let weighed_before = self.weighed(&standing.scores);
        let likelihoods = self.likelihoods();
        let mut weighed: Vec<[u64; 4]> = vec![weighed_before; fixes.len()];
        for (fix, moved) in self.moved(standing, fixes) {
            for (class, likelihood) in &likelihoods[moved.entry as usize] {
                let before = u64::from(standing.scores[moved.entry as usize].0);
                weighed[fix as usize][*class] -= likelihood * before;
                weighed[fix as usize][*class] += likelihood * u64::from(moved.score.0);
            }
        }
        weighed.into_iter().map(|weighed| self.mean(weighed)).collect()
    }

    /// The entry points that lose something, by fix.
    pub(crate) fn moved(&self, standing: &Standing, fixes: &[Fix]) -> Vec<(u32, Moved)> {
        let taken = Taken::of(fixes, &standing.shape);
        Pricing { measure: self, standing, taken: &taken }.work_out()
    }

    fn weighed(&self, scores: &[Score]) -> [u64; 4] {
        self.entries.classes.each_ref().map(|entries| {
            entries.iter().map(|entry| entry.likelihood * u64::from(scores[entry.vertex.index()].0)).sum()
        })
    }

    /// By vertex: the classes of entry points that it is in, and how likely it is in each.
    fn likelihoods(&self) -> Vec<Vec<(usize, u64)>> {
        let mut found: Vec<Vec<(usize, u64)>> = vec![Vec::new(); self.graph.len()];
        for (class, entries) in self.entries.classes.iter().enumerate() {
            for entry in entries {
                found[entry.vertex.index()].push((class, entry.likelihood));
            }
        }
        found
    }
}

/// What some fixes take away, as far as it is there.
pub(crate) struct Taken {
    /// By fix.
    edges: Vec<Vec<u32>>,
    by_edge_begins: Vec<u32>,
    /// The fixes that take an edge away, in their order.
    by_edge: Vec<u32>,
}

impl Taken {
    pub(crate) fn of(fixes: &[Fix], shape: &Shape) -> Self {
        let there = |fix: &Fix| fix.edges.iter().copied().filter(|edge| shape.has(*edge)).collect();
        let edges: Vec<Vec<u32>> = fixes.iter().map(there).collect();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (fix, own) in (0u32..).zip(&edges) {
            pairs.extend(own.iter().map(|edge| (*edge, fix)));
        }
        pairs.sort_unstable();
        let last = pairs.last().map_or(0, |(edge, _)| *edge as usize + 1);
        let mut begins = vec![0u32; last + 1];
        pairs.iter().for_each(|(edge, _)| begins[*edge as usize + 1] += 1);
        for at in 0..last {
            begins[at + 1] += begins[at];
        }
        Self { edges, by_edge_begins: begins, by_edge: pairs.into_iter().map(|(_, fix)| fix).collect() }
    }

    /// What a fix takes away.
    pub(crate) fn by(&self, fix: u32) -> &[u32] {
        &self.edges[fix as usize]
    }

    /// The fixes that take an edge away.
    pub(crate) fn fixes(&self, edge: u32) -> &[u32] {
        let edge = edge as usize;
        match self.by_edge_begins.get(edge..edge + 2) {
            Some(ends) => &self.by_edge[ends[0] as usize..ends[1] as usize],
            None => &[],
        }
    }

    /// Whether a fix takes an edge away.
    pub(crate) fn takes(&self, fix: u32, edge: u32) -> bool {
        self.fixes(edge).binary_search(&fix).is_ok()
    }
}

pub(crate) struct Pricing<'a, 'g, 'w> {
    pub(crate) measure: &'a Measure<'g, 'w>,
    pub(crate) standing: &'a Standing,
    pub(crate) taken: &'a Taken,
}

/// A fix, and entry points that have to be asked again when it is made.
pub(crate) type Unsure = (u32, Vec<u32>);

impl Pricing<'_, '_, '_> {
    fn work_out(&self) -> Vec<(u32, Moved)> {
        let (others, mut unsure) = self.of_admins();
        let mut moved = Vec::new();
        let shape = &*self.standing.shape;
        let component = |vertex: u32| {
            let own = shape.component[vertex as usize];
            (own, shape.is_cycle(own))
        };
        let groups = Measure::alike(shape, &others, &component, &|_| false);
        let make = || Asking {
            derived: Derived::new(shape),
            breaking: Breaking { around: Around::new(shape), known: HashMap::new() },
        };
        for (own, again) in
            in_parallel_with(&groups, AT_ONCE, make, |asking, alike| self.of_group(alike, asking))
        {
            moved.extend(own);
            unsure.extend(again);
        }
        moved.extend(self.ask(&unsure));
        moved
    }

    /// Fixes with the reasons that they take away, by place.
    fn hits(&self, derived: &Derived<'_>) -> Vec<(u32, u32)> {
        let mut hits: Vec<(u32, u32)> = Vec::new();
        for (edge, place) in derived.reasons() {
            hits.extend(self.taken.fixes(edge).iter().map(|fix| (*fix, place)));
        }
        hits.sort_unstable();
        hits
    }

    /// Tells who may no longer be cluster admin, by fix, of entry points that are it by edges alone. Gives the others.
    fn of_admins(&self) -> (Vec<u32>, Vec<Unsure>) {
        let mut unsure = Vec::new();
        let turned = self.standing.shape.turned(true);
        let mut derived = Derived::new(&turned);
        derived.begin(&[self.measure.admin]);
        let (admins, others): (Vec<u32>, Vec<u32>) =
            self.measure.entry_vertices().into_iter().partition(|entry| derived.follows(*entry));
        let mut is_entry = vec![false; turned.len()];
        admins.iter().for_each(|entry| is_entry[*entry as usize] = true);
        for hits in self.hits(&derived).chunk_by(|one, other| one.0 == other.0) {
            let fix = hits[0].0;
            derived.lose(hits.iter().map(|hit| hit.1), |edge| self.taken.takes(fix, edge));
            let lost: Vec<u32> = derived.lost().filter(|vertex| is_entry[*vertex as usize]).collect();
            if !lost.is_empty() {
                unsure.push((fix, lost));
            }
        }
        (others, unsure)
    }

    /// What entry points lose that are alike, of those that are not cluster admin by edges alone; and fixes after which
    /// they are no longer alike.
    fn of_group(&self, alike: &Alike, asking: &mut Asking<'_>) -> (Vec<(u32, Moved)>, Vec<Unsure>) {
        let Asking { derived, breaking } = asking;
        let mut moved = Vec::new();
        if let [(only, _)] = alike.members[..] {
            derived.begin(&[only]);
            self.tell_all(&[(only, Vec::new())], derived, &|_, _| true, &mut moved);
            return (moved, Vec::new());
        }
        let apart = breaking.of(self, &alike.starts);
        let members = || alike.members.iter().map(|(entry, _)| *entry).collect();
        let unsure = apart.iter().map(|fix| (*fix, members())).collect();
        let alone = self.fixes_of_members(alike, &apart);
        derived.begin(&alike.starts);
        let of_group = |fix, entry| !apart.contains(&fix) && alone.binary_search(&(entry, fix)).is_err();
        self.tell_all(&alike.members, derived, &of_group, &mut moved);
        for own in alone.chunk_by(|one, other| one.0 == other.0) {
            let entry = own[0].0;
            derived.begin(&[entry]);
            let of_entry = |fix, _| own.binary_search(&(entry, fix)).is_ok();
            self.tell_all(&[(entry, Vec::new())], derived, &of_entry, &mut moved);
        }
        (moved, unsure)
    }

    /// The fixes that take away what a member alone leads to, by member.
    fn fixes_of_members(&self, alike: &Alike, apart: &BTreeSet<u32>) -> Vec<(u32, u32)> {
        let shape = &*self.standing.shape;
        let mut found: Vec<(u32, u32)> = Vec::new();
        // Those that stand for themselves are what was begun from.
        let begun = |entry: u32| {
            shape.is_cycle(shape.component[entry as usize]) || !shape.premise_of(entry).is_empty()
        };
        for &(entry, _) in alike.members.iter().filter(|(entry, _)| !begun(*entry)) {
            let fixes = shape.links(entry).iter().flat_map(|link| self.taken.fixes(link.edge));
            found.extend(fixes.filter(|fix| !apart.contains(fix)).map(|fix| (entry, *fix)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Tells what entry points lose from what was derived, of fixes that `asked` wants of an entry point.
    fn tell_all(
        &self,
        members: &[(u32, Vec<u32>)],
        derived: &mut Derived<'_>,
        asked: &dyn Fn(u32, u32) -> bool,
        moved: &mut Vec<(u32, Moved)>,
    ) {
        let mut lost: Vec<(u32, u64)> = Vec::new();
        for hits in self.hits(derived).chunk_by(|one, other| one.0 == other.0) {
            let fix = hits[0].0;
            if !members.iter().any(|(entry, _)| asked(fix, *entry)) {
                continue;
            }
            derived.lose(hits.iter().map(|hit| hit.1), |edge| self.taken.takes(fix, edge));
            lost.clear();
            let values = derived.lost().map(|vertex| (vertex, self.measure.values.of(vertex)));
            lost.extend(values.filter(|(vertex, value)| *value > 0 || *vertex == self.measure.admin));
            if lost.is_empty() {
                continue;
            }
            for (entry, ends) in members.iter().filter(|(entry, _)| asked(fix, *entry)) {
                moved.extend(self.tell(*entry, ends, &lost, derived).map(|own| (fix, own)));
            }
        }
    }

    /// What becomes of an entry point.
    fn tell(&self, entry: u32, ends: &[u32], lost: &[(u32, u64)], derived: &Derived<'_>) -> Option<Moved> {
        if self.standing.scores[entry as usize] == Score::ALL {
            // Whoever is cluster admin stays it, and has everything.
            let (score, worth) = lost
                .iter()
                .any(|own| own.0 == self.measure.admin)
                .then(|| self.left(entry, ends, derived))?;
            return (score != Score::ALL).then_some(Moved { entry, score, worth });
        }
        let falls = lost.iter().filter(|(vertex, _)| !ends.contains(vertex) && !self.is_own(entry, *vertex));
        let loss: u64 = falls.map(|(_, value)| value).sum();
        let worth = self.standing.worth[entry as usize].saturating_sub(loss);
        (loss > 0).then(|| Moved { entry, score: self.measure.share(worth), worth })
    }

    /// The score of a vertex, and what falls beside it, from what is left of what was derived.
    fn left(&self, entry: u32, ends: &[u32], derived: &Derived<'_>) -> (Score, u64) {
        let falls = |vertex: u32| derived.follows(vertex) && !derived.is_lost(vertex);
        let all = derived.vertices.iter().filter(|vertex| !derived.is_lost(**vertex));
        let worth = all.map(|vertex| self.measure.values.of(*vertex)).sum();
        let ends: Vec<u32> = ends.iter().copied().filter(|end| !falls(*end)).collect();
        self.measure.score(entry, &falls, worth, &ends)
    }

    /// Whether a vertex is a part of an entry point, which is no part of what falls beside it.
    fn is_own(&self, entry: u32, vertex: u32) -> bool {
        let graph = self.measure.graph;
        match (graph.thing(Vertex(entry)), graph.thing(Vertex(vertex))) {
            _ if entry == vertex => true,
            (Thing::Workload(one), Thing::Workload(other) | Thing::Container(other, _)) => {
                self.measure.twins.are(one, other)
            }
            _ => false,
        }
    }
}

/// So many groups of entry points are taken at once.
const AT_ONCE: usize = 16;

/// What questions are asked with.
struct Asking<'s> {
    derived: Derived<'s>,
    breaking: Breaking<'s>,
}

/// The fixes after which a component may fall apart, by component.
struct Breaking<'s> {
    around: Around<'s>,
    known: HashMap<u32, Vec<u32>>,
}

impl Breaking<'_> {
    /// Those of the components of some vertices.
    fn of(&mut self, pricing: &Pricing<'_, '_, '_>, vertices: &[u32]) -> BTreeSet<u32> {
        let shape = &*pricing.standing.shape;
        let components: BTreeSet<u32> = vertices.iter().map(|own| shape.component[*own as usize]).collect();
        let mut found = BTreeSet::new();
        for component in components.into_iter().filter(|own| shape.is_cycle(*own)) {
            let around = &mut self.around;
            let own = self.known.entry(component).or_insert_with(|| breaking(pricing, component, around));
            found.extend(own.iter().copied());
        }
        found
    }
}

/// A component stays whole when each edge that goes can be gone around.
fn breaking(pricing: &Pricing<'_, '_, '_>, component: u32, around: &mut Around<'_>) -> Vec<u32> {
    let shape = &*pricing.standing.shape;
    let mut within: Vec<(u32, u32, u32)> = Vec::new();
    for &from in shape.members(component) {
        for link in shape.links(from).iter().filter(|link| shape.component[link.to as usize] == component) {
            within.extend(pricing.taken.fixes(link.edge).iter().map(|fix| (*fix, from, link.to)));
        }
    }
    within.sort_unstable();
    let mut found = Vec::new();
    for own in within.chunk_by(|one, other| one.0 == other.0) {
        let fix = own[0].0;
        let gone = |edge: u32| pricing.taken.takes(fix, edge);
        if !own.iter().all(|(_, from, to)| around.leads(*from, *to, &gone) == Some(true)) {
            found.push(fix);
        }
    }
    found
}
