use std::collections::BTreeMap;

use super::place::{Channel, Lane, Layout, SPACING, Traffic};
use super::route::Way;

/// Where in its channels and lanes every net runs, so that no two lie on each other.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    upright: BTreeMap<(Channel, usize), Vec<Run>>,
    across: BTreeMap<(Lane, usize), Vec<Run>>,
    channels: BTreeMap<Channel, i32>,
    lanes: BTreeMap<Lane, i32>,
}

/// A stretch of a net in a strip.
#[derive(Debug, Clone, Default)]
struct Run {
    from: i32,
    to: i32,
    /// Where it is joined from the left, or from above.
    before: Vec<i32>,
    /// Where it is joined from the right, or from below.
    after: Vec<i32>,
    track: i32,
}

/// Two stretches that are nearer than this may not be on one track.
const APART: i32 = 14;

impl Tracks {
    pub(super) fn of(ways: &[Way]) -> Self {
        let mut tracks = Self::default();
        for way in ways {
            tracks.add(way);
        }
        for runs in tracks.upright.values_mut().chain(tracks.across.values_mut()) {
            join(runs);
        }
        tracks.channels = assign(&mut tracks.upright);
        tracks.lanes = assign(&mut tracks.across);
        tracks
    }

    fn add(&mut self, way: &Way) {
        let last = way.turns.len().saturating_sub(1);
        for (at, turn) in way.turns.iter().enumerate() {
            let (from, to) = (turn.from.1.min(turn.to.1), turn.from.1.max(turn.to.1));
            // The first stretch comes from a label at the right, the last one from a box at the left.
            let previous = at.checked_sub(1).and_then(|at| way.turns.get(at)).map_or(i32::MAX, |turn| turn.x);
            let next = way.turns.get(at + 1).map_or(i32::MIN, |turn| turn.x);
            let mut run = Run { from, to, ..Run::default() };
            for (x, y) in [(previous, turn.from.1), (next, turn.to.1)] {
                if x < turn.x { run.before.push(y) } else { run.after.push(y) }
            }
            self.upright.entry((turn.channel, way.net)).or_default().push(run);
            let Some(next) = way.turns.get(at + 1).filter(|_| at < last) else { continue };
            let mut run = Run { from: turn.x.min(next.x), to: turn.x.max(next.x), ..Run::default() };
            for (y, x) in [(turn.from.1, turn.x), (next.to.1, next.x)] {
                if y < turn.to.1 { run.before.push(x) } else { run.after.push(x) }
            }
            self.across.entry((turn.to.0, way.net)).or_default().push(run);
        }
    }

    pub(super) fn traffic(&self) -> Traffic {
        Traffic { channels: self.channels.clone(), lanes: self.lanes.clone() }
    }

    /// Where a turn is drawn.
    pub(super) fn x(&self, layout: &Layout, channel: Channel, net: usize, y: i32) -> i32 {
        let (left, width) = layout.channels.get(&channel).copied().unwrap_or_default();
        let number = self.channels.get(&channel).copied().unwrap_or(1);
        left + offset(width, number, track(self.upright.get(&(channel, net)), y))
    }

    /// Where a stretch across is drawn. The lanes of ends have one place.
    pub(super) fn y(&self, layout: &Layout, lane: Lane, net: usize, x: i32) -> i32 {
        let (top, height) = layout.lanes.get(&lane).copied().unwrap_or_default();
        if matches!(lane, Lane::Inlet(_) | Lane::Outlet(_)) {
            return top;
        }
        let number = self.lanes.get(&lane).copied().unwrap_or(1);
        top + offset(height, number, track(self.across.get(&(lane, net)), x))
    }
}

fn track(runs: Option<&Vec<Run>>, at: i32) -> i32 {
    let runs = runs.map(Vec::as_slice).unwrap_or_default();
    runs.iter().find(|run| (run.from..=run.to).contains(&at)).map_or(0, |run| run.track)
}

fn offset(width: i32, number: i32, track: i32) -> i32 {
    let spacing = (width * 16 / (number + 1)).min(SPACING * 16);
    (width * 8 + spacing * (2 * track - number + 1) / 2) / 16
}

/// Makes one of those that touch.
fn join(runs: &mut Vec<Run>) {
    runs.sort_by_key(|run| (run.from, run.to));
    let mut joined: Vec<Run> = Vec::new();
    for run in runs.drain(..) {
        match joined.last_mut() {
            Some(last) if run.from <= last.to => {
                last.to = last.to.max(run.to);
                last.before.extend(run.before);
                last.after.extend(run.after);
            }
            _ => joined.push(run),
        }
    }
    *runs = joined;
}

/// Gives each stretch a track and says how many there are by strip.
///
/// Stretches that go down from the left lie the further right the higher they begin, and those that go up the
/// other way round: so they do not cross where they need not.
fn assign<S: Ord + Copy>(strips: &mut BTreeMap<(S, usize), Vec<Run>>) -> BTreeMap<S, i32> {
    let mut of_strip: BTreeMap<S, Vec<&mut Run>> = BTreeMap::new();
    for ((strip, _), runs) in strips.iter_mut() {
        of_strip.entry(*strip).or_default().extend(runs.iter_mut());
    }
    let mut numbers = BTreeMap::new();
    for (strip, mut runs) in of_strip {
        runs.sort_by_key(|run| rank(run));
        let mut placed: Vec<(i32, i32, i32)> = Vec::new();
        for run in runs {
            let beside =
                placed.iter().filter(|(from, to, _)| run.from <= to + APART && *from <= run.to + APART);
            run.track = beside.map(|(_, _, track)| track + 1).max().unwrap_or(0);
            placed.push((run.from, run.to, run.track));
        }
        numbers.insert(strip, placed.iter().map(|(_, _, track)| track + 1).max().unwrap_or(0));
    }
    numbers
}

fn rank(run: &Run) -> (i32, i32, i32) {
    let mean = |places: &[i32]| places.iter().sum::<i32>() / i32::try_from(places.len().max(1)).unwrap_or(1);
    let (before, after, length) = (mean(&run.before), mean(&run.after), run.to - run.from);
    match (run.before.is_empty(), run.after.is_empty()) {
        (false, true) => (0, length, before),
        (false, false) if after >= before => (1, -before, after),
        (false, false) => (2, before, after),
        (true, _) => (3, -length, after),
    }
}
