//! `watertight blast` without a thing: the exposure, and the worst of all.

use std::process::ExitCode;

use watertight_graph::thing::Thing;
use watertight_graph::{EntryClass, Reading, Vertex};
use watertight_report::blast::overview::{ClassRow, Overview, SizeRow};
use watertight_report::blast::radius::RadiusRow;

use super::{Scene, draw};
use crate::args::{BlastArgs, BlastFormat, ColorWhen};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Tells how exposed the cluster is.
pub fn run(scene: &Scene<'_, '_>, arguments: &BlastArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let overview = answer(scene, arguments.top);
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        BlastFormat::Json => overview.json(&about, out),
        BlastFormat::Dot | BlastFormat::Svg => {
            let title = format!("Exposure {} of 100: the top paths", overview.exposure);
            draw::write(arguments.output, &title, &crate::report::top_ways(scene), &about, out)
        }
        BlastFormat::Table => overview.table(&about, style(color), out),
    })?;
    Ok(code)
}

/// The exposure, and so many of the worst.
pub fn answer(scene: &Scene<'_, '_>, top: usize) -> Overview {
    let (flaws, direct) = (scene.measure.exposure(Reading::Flaws), scene.measure.exposure(Reading::Direct));
    let classes = EntryClass::ALL.into_iter().enumerate().map(|(at, class)| ClassRow {
        class: class.name(),
        title: class.title(),
        entries: flaws.classes[at].0,
        score: flaws.classes[at].1.shown(),
        score_direct: direct.classes[at].1.shown(),
    });
    let mut things = scene.measure.things();
    let key =
        |vertex: Vertex, reading: Reading| std::cmp::Reverse(scene.measure.radius(vertex, reading).score);
    let other = if scene.reading == Reading::Flaws { Reading::Direct } else { Reading::Flaws };
    things.sort_by_cached_key(|vertex| {
        let label = scene.graph.label(scene.graph.thing(*vertex));
        (key(*vertex, scene.reading), key(*vertex, other), label)
    });
    Overview {
        exposure: flaws.score.shown(),
        exposure_direct: direct.score.shown(),
        classes: classes.collect(),
        worst: things.iter().take(top).map(|vertex| row(scene, *vertex)).collect(),
        things: things.len(),
        graph: SizeRow {
            vertices: scene.graph.len(),
            edges: scene.graph.edges.len(),
            conjunctions: scene.graph.both.len(),
        },
    }
}

/// The numbers of a thing.
pub fn row(scene: &Scene<'_, '_>, vertex: Vertex) -> RadiusRow {
    let flaws = scene.measure.radius(vertex, Reading::Flaws);
    let direct = scene.measure.radius(vertex, Reading::Direct);
    let thing: Thing = scene.graph.thing(vertex);
    RadiusRow {
        thing: scene.graph.label(thing),
        score: flaws.score.shown(),
        cluster_admin: flaws.cluster_admin,
        node_root: flaws.node_root,
        other_tenants: flaws.other_tenants,
        score_direct: direct.score.shown(),
        cluster_admin_direct: direct.cluster_admin,
        node_root_direct: direct.node_root,
        other_tenants_direct: direct.other_tenants,
    }
}
