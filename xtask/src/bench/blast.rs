//! The blast radius of whole clusters: all radii, and the price of every fix, from 1,000 pods to 100,000.
//!
//! Times are of this machine: the gates are what a user waits for at most, and growth is a ratio.

use std::sync::Arc;
use std::time::{Duration, Instant};

use watertight_facts::reachability::Reachability;
use watertight_facts::{Settings, World, implied};
use watertight_graph::scene::Assumed;
use watertight_graph::{AttackGraph, Measure, Reading, Weights};
use watertight_model::Snapshot;
use watertight_syntax::Limits;

use super::Measured;
use crate::Outcome;
use crate::generate::cluster;

/// Pods, and the seconds that radii and prices may take.
const SIZES: [(u32, f64); 4] = [(1_000, 1.0), (5_000, 2.0), (25_000, 5.0), (100_000, 30.0)];

/// Measures clusters of all sizes, once each.
pub(super) fn measure(_: usize) -> Outcome<Vec<Measured>> {
    let mut table = Vec::new();
    let most: u32 = std::env::var("PODS").ok().and_then(|own| own.parse().ok()).unwrap_or(u32::MAX);
    for (pods, gate) in SIZES.into_iter().filter(|own| own.0 <= most) {
        one(pods, gate, &mut table)?;
    }
    Ok(table)
}

fn one(pods: u32, gate: f64, table: &mut Vec<Measured>) -> Outcome<()> {
    let settings = Settings::default();
    let mut clock = Clock::new();
    let mut lines = Vec::new();
    cluster::snapshot(pods, 1).write_lines("bench", &mut lines).map_err(|error| error.to_string())?;
    let lines: Arc<str> = String::from_utf8(lines).map_err(|error| error.to_string())?.into();
    clock.lap("generate");
    let mut builder = Snapshot::builder(Limits::default());
    builder.snapshot_file("cluster.wt", lines).map_err(|error| format!("{error:?}"))?;
    let snapshot = implied::complete(builder.finish(), settings.target);
    clock.lap("read");
    let world = World::new(&snapshot, &settings);
    clock.lap("world");
    let reach = Reachability::assuming(&world, watertight_facts::reachability::Assumed::default());
    clock.lap("reach");
    let graph = AttackGraph::of(&world, &reach, Assumed::default());
    clock.lap("graph");
    let measure = Measure::of(&graph, Weights::default());
    clock.lap("radii");
    let fixes = graph.fixes();
    clock.lap("fixes");
    eprintln!(
        "{:?} {} {} {} {}",
        clock.laps,
        graph.things.len(),
        graph.edges.len(),
        graph.both.len(),
        fixes.len()
    );
    for reading in Reading::BOTH {
        std::hint::black_box(measure.price(&fixes, reading));
        clock.lap("price");
    }
    eprintln!(
        "{pods} pods: {} vertices {} edges {} conjunctions {} fixes {} gate {gate}",
        graph.things.len(),
        graph.edges.len(),
        graph.both.len(),
        fixes.len(),
        table.len(),
    );
    eprintln!("{:?}", clock.laps);
    Ok(())
}

struct Clock {
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn new() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, what: &'static str) {
        let now = Instant::now();
        self.laps.push((what, now - self.last));
        self.last = now;
    }
}
