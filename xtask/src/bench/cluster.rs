//! A whole cluster: the scan of a snapshot has to grow with its pods and not with their square.

use std::sync::Arc;

use watertight_engine::run as judge;
use watertight_facts::{Settings, World, implied};
use watertight_model::Snapshot;
use watertight_syntax::Limits;

use super::{Measured, median, timed};
use crate::Outcome;
use crate::generate::cluster;

/// Pods of the smaller cluster; the larger one has [`TIMES`] as many.
const PODS: u32 = 1_500;
const TIMES: u32 = 6;
/// A pod of the larger cluster may take this many times as long as one of the smaller.
const GROWTH: f64 = 1.5;
const ROUNDS: usize = 5;

/// Measures the scan of two clusters in turn.
pub(super) fn measure(rounds: usize) -> Outcome<Vec<Measured>> {
    let (small, large) = (lines(PODS)?, lines(PODS * TIMES)?);
    let (mut smalls, mut larges) = (Vec::new(), Vec::new());
    let mut found = 0;
    for _ in 0..rounds.min(ROUNDS) {
        smalls.push(timed(|| found = scan(&small)));
        larges.push(timed(|| std::hint::black_box(scan(&large))));
    }
    let per_pod = |time: std::time::Duration, pods: u32| time.as_secs_f64() * 1e6 / f64::from(pods);
    let one = per_pod(median(smalls), PODS);
    let other = per_pod(median(larges), PODS * TIMES);
    let growth = other / one;
    Ok(vec![Measured {
        what: "scan of a cluster, time per pod",
        figure: format!("{growth:.2} ({other:.0} µs of {} : {one:.0} µs of {PODS})", PODS * TIMES),
        gate: format!("<= {GROWTH}"),
        met: found > 0 && growth <= GROWTH,
    }])
}

/// The lines of a snapshot file.
fn lines(pods: u32) -> Outcome<Arc<str>> {
    let mut lines = Vec::new();
    let snapshot = cluster::snapshot(pods, 1);
    snapshot.write_lines("bench", &mut lines).map_err(|error| error.to_string())?;
    String::from_utf8(lines).map(Into::into).map_err(|error| error.to_string())
}

/// Findings of every control.
fn scan(lines: &Arc<str>) -> usize {
    let settings = Settings::default();
    let mut builder = Snapshot::builder(Limits::default());
    if builder.snapshot_file("cluster.wt", Arc::clone(lines)).is_err() {
        return 0;
    }
    let snapshot = implied::complete(builder.finish(), settings.target);
    let controls: Vec<_> = watertight_controls::all().collect();
    judge(&World::new(&snapshot, &settings), &controls).findings.len()
}
