//! What a change opens and closes: who reaches what after it and did not before, and the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::build::Vertex;
use crate::closure::{Closure, LANES, has};
use crate::measure::Measure;
use crate::shape::{Reading, number};
use crate::thing::Thing;

/// What something reaches, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    /// The whole cluster.
    Everything,
    /// These, and the ends that only it leads to.
    Some(Rc<BTreeSet<String>>, Vec<String>),
}

/// What becomes of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// The thing.
    pub thing: String,
    /// Whether it was there before, and is there after.
    pub there: [bool; 2],
    /// The goals that it reaches after the change alone.
    pub gained_goals: Vec<String>,
    /// What else it reaches after the change alone, of what is there in both.
    pub gained: Vec<String>,
    /// The goals that it reached before the change alone.
    pub lost_goals: Vec<String>,
    /// What else it reached before the change alone, of what is there in both.
    pub lost: Vec<String>,
}

/// Compares two looks. What is new reaches what it reaches: of that only goals are told, and what was there before.
#[must_use]
pub fn shifts(before: &Measure<'_, '_>, after: &Measure<'_, '_>, reading: Reading) -> Vec<Shift> {
    let all = [before, after].map(|measure| named(measure));
    let common: BTreeSet<&String> = all[0].intersection(&all[1]).collect();
    let reaches = [before, after].map(|measure| reaches(measure, reading));
    let things: BTreeSet<&String> = reaches.iter().flat_map(BTreeMap::keys).collect();
    let mut found = Vec::new();
    for thing in things {
        let own = [0, 1].map(|at| reaches[at].get(thing));
        if let [Some(one), Some(other)] = own
            && is_same(one, other)
        {
            continue;
        }
        let sets = [0, 1].map(|at| match own[at] {
            None => BTreeSet::new(),
            Some(Reach::Everything) => all[at].iter().collect(),
            Some(Reach::Some(shared, ends)) => shared.iter().chain(ends).collect::<BTreeSet<&String>>(),
        });
        let only = |at: usize| {
            let others =
                sets[at].difference(&sets[1 - at]).filter(|own| common.contains(**own) && **own != thing);
            let (goals, others): (Vec<&&String>, Vec<&&String>) =
                others.partition(|own| own.starts_with("goal/"));
            let told =
                |list: Vec<&&String>| list.into_iter().map(|own| (*own).clone()).collect::<Vec<String>>();
            (told(goals), told(others))
        };
        let ((lost_goals, lost), (gained_goals, gained)) = (only(0), only(1));
        let is_empty = [&lost_goals, &lost, &gained_goals, &gained].iter().all(|list| list.is_empty());
        if !is_empty {
            let there = own.map(|own| own.is_some());
            found.push(Shift { thing: thing.clone(), there, gained_goals, gained, lost_goals, lost });
        }
    }
    found
}

fn is_same(one: &Reach, other: &Reach) -> bool {
    match (one, other) {
        (Reach::Everything, Reach::Everything) => true,
        (Reach::Some(one, ends), Reach::Some(other, others)) => one == other && ends == others,
        _ => false,
    }
}

/// Whatever is told as reached: what people name, and goals.
fn is_counted(measure: &Measure<'_, '_>, vertex: Vertex) -> bool {
    matches!(measure.graph.thing(vertex), Thing::Goal(_)) || measure.is_told(vertex)
}

fn named(measure: &Measure<'_, '_>) -> BTreeSet<String> {
    let all = (0..number(measure.graph.len())).map(Vertex).filter(|vertex| is_counted(measure, *vertex));
    all.map(|vertex| measure.graph.label(measure.graph.thing(vertex))).collect()
}

/// By thing, what it reaches; those that reach the same share it.
fn reaches(measure: &Measure<'_, '_>, reading: Reading) -> BTreeMap<String, Reach> {
    let graph = measure.graph;
    let shape = &measure.view(reading).shape;
    let things: Vec<u32> = measure.things().into_iter().map(|vertex| vertex.0).collect();
    let component = |vertex: u32| {
        let own = shape.component[vertex as usize];
        (own, shape.sizes[own as usize] > 1)
    };
    let label = |vertex: u32| graph.label(graph.thing(Vertex(vertex)));
    let counted = |vertex: &u32| is_counted(measure, Vertex(*vertex));
    let mut found = BTreeMap::new();
    let mut closure = Closure::new(shape);
    for batch in Measure::alike(shape, &things, &component, &|_| false).chunks(LANES) {
        closure.clear();
        for (lane, own) in batch.iter().enumerate() {
            own.starts.iter().for_each(|start| closure.begin(lane, *start));
        }
        closure.run();
        for (lane, own) in batch.iter().enumerate() {
            let everything = has(closure.at(measure.admin), lane);
            let shared: Rc<BTreeSet<String>> = if everything {
                Rc::default()
            } else {
                let reached = closure.touched.iter().filter(|vertex| has(closure.at(**vertex), lane));
                Rc::new(reached.filter(|vertex| counted(vertex)).map(|vertex| label(*vertex)).collect())
            };
            for (vertex, ends) in &own.members {
                let reach = if everything || ends.contains(&measure.admin) {
                    Reach::Everything
                } else {
                    let mut ends: Vec<String> =
                        ends.iter().filter(|end| counted(end)).map(|end| label(*end)).collect();
                    ends.sort();
                    Reach::Some(Rc::clone(&shared), ends)
                };
                found.insert(label(*vertex), reach);
            }
        }
    }
    found
}
