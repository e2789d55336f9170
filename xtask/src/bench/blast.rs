//! The blast radius of whole clusters, from 1,000 pods to 100,000: all radii, the price of every fix in both readings,
//! and ways between two things.
//!
//! Times are what a user waits for, from the bytes of a snapshot on; growth is the time of an edge in the largest
//! cluster against that in the smallest.

use std::sync::Arc;
use std::time::Duration;

use watertight_facts::reachability::{Assumed as AssumedOfNetwork, Reachability};
use watertight_facts::{Settings, World, implied};
use watertight_graph::scene::Assumed;
use watertight_graph::thing::{Goal, Thing};
use watertight_graph::{AttackGraph, Measure, Reading, Vertex, Weights};
use watertight_model::Snapshot;
use watertight_syntax::Limits;

use super::{Measured, median, process, timed};
use crate::Outcome;
use crate::generate::cluster;
use crate::workspace::release_binary;

/// A cluster, and what may be taken for it.
struct Size {
    pods: u32,
    names: [&'static str; 4],
    /// Seconds for reading, drawing, all radii and all prices.
    seconds: f64,
    /// Peak resident memory of a plan, in MiB.
    mebibytes: f64,
    /// Fixes that there are at least.
    fixes: usize,
}

const SIZES: [Size; 4] = [
    Size {
        pods: 1_000,
        names: ["blast, 1,000 pods", "  graph", "  one path", "  plan --top 1"],
        seconds: 1.0,
        mebibytes: 100.0,
        fixes: 100,
    },
    Size {
        pods: 5_000,
        names: ["blast, 5,000 pods", "  graph", "  one path", "  plan --top 1"],
        seconds: 2.0,
        mebibytes: 200.0,
        fixes: 500,
    },
    Size {
        pods: 25_000,
        names: ["blast, 25,000 pods", "  graph", "  one path", "  plan --top 1"],
        seconds: 5.0,
        mebibytes: 700.0,
        fixes: 3_000,
    },
    Size {
        pods: 100_000,
        names: ["blast, 100,000 pods", "  graph", "  one path", "  plan --top 1"],
        seconds: 30.0,
        mebibytes: 2048.0,
        fixes: 10_000,
    },
];

/// An answer to `paths` on a snapshot that is loaded, in milliseconds, at this many pods at most.
const PATHS: (f64, u32) = (50.0, 25_000);
/// An edge of the largest cluster may take this many times as long as one of the smallest.
const GROWTH: f64 = 2.0;

/// Measures clusters of all sizes, once each.
pub(super) fn measure(_: usize) -> Outcome<Vec<Measured>> {
    let mut table = Vec::new();
    let mut per_edge = Vec::new();
    for size in &SIZES {
        let lines = lines(size.pods)?;
        let (time, edges) = radii_and_prices(size, &lines, &mut table)?;
        per_edge.push(time.as_secs_f64() * 1e6 / edges as f64);
        table.push(plan(size, &lines)?);
    }
    let (first, last) = (per_edge[0], per_edge[per_edge.len() - 1]);
    table.push(Measured {
        what: "blast, time per edge, 1,000 to 100,000 pods",
        figure: format!("{:.2} ({first:.1} µs : {last:.1} µs)", last / first),
        gate: format!("<= {GROWTH}"),
        met: last / first <= GROWTH,
    });
    Ok(table)
}

/// The lines of a snapshot file.
fn lines(pods: u32) -> Outcome<Arc<str>> {
    let mut lines = Vec::new();
    cluster::snapshot(pods, 1).write_lines("bench", &mut lines).map_err(|error| error.to_string())?;
    String::from_utf8(lines).map(Into::into).map_err(|error| error.to_string())
}

/// Gives the time and the number of edges.
fn radii_and_prices(size: &Size, lines: &Arc<str>, table: &mut Vec<Measured>) -> Outcome<(Duration, usize)> {
    let [name, graph_name, path_name, _] = size.names;
    let settings = Settings::default();
    let begun = std::time::Instant::now();
    let mut builder = Snapshot::builder(Limits::default());
    builder.snapshot_file("cluster.wt", Arc::clone(lines)).map_err(|error| format!("{error:?}"))?;
    let snapshot = implied::complete(builder.finish(), settings.target);
    let world = World::new(&snapshot, &settings);
    let reach = Reachability::assuming(&world, AssumedOfNetwork::default());
    let graph = AttackGraph::of(&world, &reach, Assumed::default());
    let drawn = begun.elapsed();
    let measure = Measure::of(&graph, Weights::default());
    let known = begun.elapsed();
    let fixes = graph.fixes();
    let prices = Reading::BOTH.map(|reading| measure.price(&fixes, reading));
    let time = begun.elapsed();
    let valued = (0..fixes.len()).filter(|fix| prices.iter().any(|own| own.value(*fix).0 > 0)).count();
    let seconds = time.as_secs_f64();
    table.push(Measured {
        what: name,
        figure: format!(
            "{seconds:.2} s (read and drawn {:.2}, radii {:.2}, prices {:.2})",
            drawn.as_secs_f64(),
            (known - drawn).as_secs_f64(),
            (time - known).as_secs_f64(),
        ),
        gate: format!("<= {} s", size.seconds),
        met: seconds <= size.seconds && valued > 0,
    });
    let [flaws, direct] = Reading::BOTH.map(|reading| measure.classes(reading));
    table.push(Measured {
        what: graph_name,
        figure: format!(
            "{} vertices, {} edges, {} conjunctions, {flaws} and {direct} classes, {} fixes",
            graph.len(),
            graph.edges.len(),
            graph.both.len(),
            fixes.len(),
        ),
        gate: format!(">= {} fixes", size.fixes),
        met: fixes.len() >= size.fixes,
    });
    table.push(paths(path_name, size.pods, &measure));
    Ok((time, graph.edges.len()))
}

/// Five ways to a goal, from things all over the cluster.
fn paths(what: &'static str, pods: u32, measure: &Measure<'_, '_>) -> Measured {
    const ASKED: usize = 20;
    let things = measure.things();
    let goals = [Goal::ClusterAdmin, Goal::NodeRoot, Goal::AllSecrets];
    let goals: Vec<Vertex> =
        goals.into_iter().filter_map(|goal| measure.graph.vertex(Thing::Goal(goal))).collect();
    let mut found = 0;
    let times: Vec<Duration> = (0..ASKED)
        .map(|number| {
            let from = things[number * 7919 % things.len()];
            let to = goals[number % goals.len()];
            timed(|| found += measure.paths(&[from], &[to], Reading::BOTH[number % 2], 5).len())
        })
        .collect();
    let slowest = times.iter().max().map_or(0.0, Duration::as_secs_f64) * 1e3;
    let middle = median(times).as_secs_f64() * 1e3;
    Measured {
        what,
        figure: format!("{middle:.1} ms, the slowest {slowest:.1} ms ({found} found by {ASKED} questions)"),
        gate: format!("< {} ms", PATHS.0),
        met: found > 0 && (slowest < PATHS.0 || pods > PATHS.1),
    }
}

/// A plan of one step, which needs the price of every fix, as a user runs it.
fn plan(size: &Size, lines: &Arc<str>) -> Outcome<Measured> {
    let binary = release_binary()?;
    let folder = std::env::temp_dir().join(format!("watertight-bench-{}", std::process::id()));
    let failed = |error: std::io::Error| format!("cannot write the snapshot: {error}");
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let file = folder.join("cluster.wt");
    std::fs::write(&file, lines.as_bytes()).map_err(failed)?;
    let mut command = std::process::Command::new(&binary);
    command.args(["plan", "--top", "1", "-o", "json"]).arg(&file);
    let mut run = None;
    let time = timed(|| run = Some(process::watch(&mut command))).as_secs_f64();
    // What is left behind is in a folder for such.
    let _ = std::fs::remove_dir_all(&folder);
    let run = run.ok_or("nothing was run")??;
    let mebibytes = run.peak_bytes as f64 / f64::from(1 << 20);
    let told = matches!(run.code, Some(0 | 3)) && run.output_bytes > 0;
    Ok(Measured {
        what: size.names[3],
        figure: if told { format!("{time:.2} s, {mebibytes:.0} MiB") } else { "failed".to_owned() },
        gate: format!("<= {} MiB", size.mebibytes),
        met: told && mebibytes <= size.mebibytes,
    })
}
