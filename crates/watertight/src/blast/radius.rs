//! `watertight blast THING` and `blast --to`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use watertight_graph::thing::{Goal, Thing};
use watertight_graph::{Reading, Vertex};
use watertight_report::blast::radius::{Blast, GoalRow, KindRow, Towards};

use super::{Scene, overview};
use crate::args::{BlastArgs, BlastFormat, ColorWhen};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Tells what falls with a thing.
pub fn of_thing(
    scene: &Scene<'_, '_>,
    text: &str,
    arguments: &BlastArgs,
    color: ColorWhen,
) -> Result<ExitCode, Failure> {
    let thing = scene.thing(text)?;
    let Some(vertex) = scene.graph.vertex(thing) else {
        return Err(Failure::new(format!("`{text}` is not in view")));
    };
    let goals = Goal::ALL.into_iter().filter_map(|goal| goal_row(scene, vertex, goal)).collect();
    let radius = overview::row(scene, vertex);
    let is_admin = scene.measure.radius(vertex, scene.reading).cluster_admin;
    let reached = if is_admin { Vec::new() } else { scene.measure.reached(&[vertex], scene.reading) };
    let others = reached.into_iter().filter(|own| *own != vertex);
    let answer = Blast { radius, goals, reached: by_kind(scene, others), shrinks: Vec::new() };
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => answer.json(&about, out),
        _ => answer.table(&about, style(color), out),
    })?;
    Ok(code)
}

fn goal_row(scene: &Scene<'_, '_>, from: Vertex, goal: Goal) -> Option<GoalRow> {
    let thing = Thing::Goal(goal);
    if scene.graph.vertex(thing) == Some(from) {
        return None;
    }
    let targets = scene.graph.meant_as_target(thing);
    let way = |reading: Reading| scene.measure.paths(&[from], &targets, reading, 1).into_iter().next();
    let (direct, found) = (way(Reading::Direct), way(scene.reading));
    Some(GoalRow {
        goal: scene.graph.label(thing),
        reachable: scene.reachable(found.is_some()),
        reachable_direct: scene.reachable(direct.is_some()),
        path: found.map(|path| scene.path_row(&path)),
    })
}

/// Things by kind, those that people ask about.
fn by_kind(scene: &Scene<'_, '_>, things: impl Iterator<Item = Vertex>) -> Vec<KindRow> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for vertex in things {
        let thing = scene.graph.thing(vertex);
        if !scene.measure.is_told(vertex) || matches!(thing, Thing::Namespace(_)) {
            continue;
        }
        let kind = match thing {
            Thing::Workload(_) => "workload",
            Thing::Container(..) => "container",
            Thing::Account(..) => "service account",
            Thing::Secret(..) => "Secret",
            Thing::Node(..) => "node",
            Thing::User(_) => "user",
            Thing::Group(_) => "group",
            Thing::Image(_) => "image",
            Thing::Registry(_) => "registry",
            Thing::Cloud(_) => "cloud identity",
            _ => "thing",
        };
        kinds.entry(kind.to_owned()).or_default().push(scene.graph.label(thing));
    }
    let rows = kinds.into_iter().map(|(kind, mut things)| {
        things.sort();
        KindRow { kind, count: things.len(), things }
    });
    rows.collect()
}

/// Tells who can get to a thing.
pub fn towards(
    scene: &Scene<'_, '_>,
    text: &str,
    arguments: &BlastArgs,
    color: ColorWhen,
) -> Result<ExitCode, Failure> {
    let thing = scene.thing(text)?;
    let targets = scene.graph.meant_as_target(thing);
    let found = |reading: Reading| by_kind(scene, scene.measure.reaching(&targets, reading).into_iter());
    let from = found(scene.reading);
    let count = |rows: &[KindRow]| rows.iter().map(|row| row.count).sum();
    let direct = match scene.reading {
        Reading::Direct => count(&from),
        Reading::Flaws => count(&found(Reading::Direct)),
    };
    let answer = Towards {
        to: scene.graph.label(thing),
        from,
        direct,
        choke_points: Vec::new(),
        cut: Vec::new(),
    };
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => answer.json(&about, out),
        _ => answer.table(&about, style(color), out),
    })?;
    Ok(code)
}
