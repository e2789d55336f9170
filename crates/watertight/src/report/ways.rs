//! The ways that are drawn: from the worst entry points to the worst that each gets to.

use std::collections::{BTreeMap, BTreeSet};

use watertight_graph::thing::{Goal, Thing};
use watertight_graph::{EntryClass, Path, Reading, Vertex};
use watertight_report::report::Way;

use super::WayIn;
use crate::blast::Scene;

/// How many ways are drawn, and how many entry points of each class are tried for them.
const WAYS: usize = 6;
const TRIED: usize = 8;

/// Ways that really differ: none ends as another one does from its second step on.
pub fn of(scene: &Scene<'_, '_>, entries: &[WayIn]) -> Vec<Way> {
    let graph = scene.graph;
    let mut found: Vec<(Path, Way)> = Vec::new();
    let internet = graph.vertex(Thing::Internet);
    let sources = internet.into_iter().chain(by_turns(entries));
    for from in sources {
        if found.len() == WAYS {
            break;
        }
        let Some((goal, path)) = worst(scene, from) else { continue };
        if path.is_empty() || found.iter().any(|(known, _)| is_alike(known, &path)) {
            continue;
        }
        let way = Way {
            from: graph.label(graph.thing(from)),
            to: graph.label(Thing::Goal(goal)),
            path: scene.path_row(&path),
        };
        found.push((path, way));
    }
    found.into_iter().map(|(_, way)| way).collect()
}

/// The worst of each class by turns, so that no class is drawn alone.
fn by_turns(entries: &[WayIn]) -> impl Iterator<Item = Vertex> {
    let mut turns: Vec<(usize, usize, Vertex)> = Vec::new();
    let mut counts: BTreeMap<EntryClass, usize> = BTreeMap::new();
    for (rank, entry) in entries.iter().enumerate() {
        let turn = counts.entry(entry.class).or_default();
        *turn += 1;
        if *turn <= TRIED {
            turns.push((*turn, rank, entry.vertex));
        }
    }
    turns.sort_unstable();
    turns.into_iter().map(|(_, _, vertex)| vertex)
}

/// The worst goal that something gets to, and a shortest way there: one without flaws where there is one.
fn worst(scene: &Scene<'_, '_>, from: Vertex) -> Option<(Goal, Path)> {
    let reached: BTreeSet<Vertex> = scene.measure.reached(&[from], Reading::Flaws).into_iter().collect();
    let goal = Goal::ALL.into_iter().find(|goal| {
        let targets = scene.graph.meant_as_target(Thing::Goal(*goal));
        targets.iter().any(|target| reached.contains(target))
    })?;
    let targets = scene.graph.meant_as_target(Thing::Goal(goal));
    let way = |reading: Reading| scene.measure.paths(&[from], &targets, reading, 1).into_iter().next();
    let path = way(Reading::Direct).or_else(|| way(Reading::Flaws))?;
    Some((goal, path))
}

/// Whether two ways are the same but for their first steps.
fn is_alike(one: &Path, other: &Path) -> bool {
    let tail = |path: &Path| -> Vec<(Option<usize>, Vertex)> {
        path.steps.iter().skip(1).map(|step| (step.edge, step.to)).collect()
    };
    let (one_tail, other_tail) = (tail(one), tail(other));
    let steps = |path: &Path| -> Vec<(Option<usize>, Vertex)> {
        path.steps.iter().map(|step| (step.edge, step.to)).collect()
    };
    let ends =
        |whole: &Path, tail: &[(Option<usize>, Vertex)]| !tail.is_empty() && steps(whole).ends_with(tail);
    ends(one, &other_tail) || ends(other, &one_tail) || steps(one) == steps(other)
}
