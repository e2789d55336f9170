//! `watertight blast THING` and `blast --to`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use watertight_graph::thing::{Goal, Thing};
use watertight_graph::{Reading, Vertex};
use watertight_model::Safety;
use watertight_report::blast::radius::{Blast, ChokeRow, GoalRow, KindRow, ShrinkRow, Towards};
use watertight_report::report::Way;

use super::{Scene, draw, overview};
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
    let answer = Blast { radius, goals, reached: by_kind(scene, others), shrinks: shrinks(scene, vertex) };
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => answer.json(&about, out),
        BlastFormat::Dot | BlastFormat::Svg => {
            let from = &answer.radius.thing;
            let way = |goal: &GoalRow| {
                let path = goal.path.clone()?;
                Some(Way { from: from.clone(), to: goal.goal.clone(), path })
            };
            let ways: Vec<Way> = answer.goals.iter().filter_map(way).collect();
            draw::write(arguments.output, &format!("What falls with {from}"), &ways, &about, out)
        }
        BlastFormat::Table => answer.table(&about, style(color), out),
    })?;
    Ok(code)
}

/// Single changes that make less fall, the best first.
fn shrinks(scene: &Scene<'_, '_>, vertex: Vertex) -> Vec<ShrinkRow> {
    const TOLD: usize = 5;
    let fixes = scene.graph.fixes();
    let before = scene.measure.radius(vertex, scene.reading).score;
    let after = scene.measure.shrunk(vertex, &fixes, scene.reading);
    let mut found: Vec<_> = fixes.iter().zip(after).filter(|(_, after)| *after < before).collect();
    found.sort_by_key(|(fix, after)| (*after, fix.effort));
    let told = found.into_iter().take(TOLD);
    told.map(|(fix, after)| ShrinkRow {
        fix: super::plan::told(scene, fix).0,
        safety: match fix.safety {
            Safety::Safe => "safe",
            Safety::Review => "review",
        },
        score: after.shown(),
    })
    .collect()
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

/// Draws the ways to a thing from where attacks begin: the internet, people, what is told first of each kind.
fn drawn_towards(
    scene: &Scene<'_, '_>,
    thing: Thing,
    targets: &[Vertex],
    format: BlastFormat,
) -> Result<ExitCode, Failure> {
    const DRAWN: usize = 12;
    let to = scene.graph.label(thing);
    let mut sources = scene.measure.reaching(targets, scene.reading);
    let rank = |own: &Vertex| match scene.graph.thing(*own) {
        Thing::Internet => 0,
        Thing::User(_) | Thing::Group(_) | Thing::Account(..) => 1,
        Thing::Workload(_) => 2,
        _ => 3,
    };
    sources.sort_by_cached_key(|own| (rank(own), scene.graph.label(scene.graph.thing(*own))));
    let way = |from: &Vertex| {
        let path = scene.measure.paths(&[*from], targets, scene.reading, 1).into_iter().next()?;
        let from = scene.graph.label(scene.graph.thing(*from));
        Some(Way { from, to: to.clone(), path: scene.path_row(&path) })
    };
    let ways: Vec<Way> = sources.iter().take(DRAWN).filter_map(way).collect();
    let shown =
        if sources.len() > DRAWN { format!(", {DRAWN} of {} drawn", sources.len()) } else { String::new() };
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| draw::write(format, &format!("Who gets to {to}{shown}"), &ways, &about, out))?;
    Ok(code)
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
    if draw::is_one(arguments.output) {
        return drawn_towards(scene, thing, &targets, arguments.output);
    }
    let found = |reading: Reading| by_kind(scene, scene.measure.reaching(&targets, reading).into_iter());
    let from = found(scene.reading);
    let count = |rows: &[KindRow]| rows.iter().map(|row| row.count).sum();
    let direct = match scene.reading {
        Reading::Direct => count(&from),
        Reading::Flaws => count(&found(Reading::Direct)),
    };
    const TOLD: usize = 10;
    let choke_points = scene.measure.choke_points(&targets, scene.reading);
    let fixes = scene.graph.fixes();
    let cut =
        scene.measure.cut(&scene.measure.reaching(&targets, scene.reading), &targets, &fixes, scene.reading);
    let answer = Towards {
        to: scene.graph.label(thing),
        from,
        direct,
        choke_points: choke_points
            .into_iter()
            .take(TOLD)
            .map(|(vertex, cuts_off)| ChokeRow {
                thing: scene.graph.label(scene.graph.thing(vertex)),
                cuts_off,
            })
            .collect(),
        cut: cut.fixes.iter().map(|at| super::plan::told(scene, &fixes[*at]).0).collect(),
        effort: cut.effort,
        effort_at_least: cut.at_least,
        left: cut.left.len(),
    };
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => answer.json(&about, out),
        _ => answer.table(&about, style(color), out),
    })?;
    Ok(code)
}
