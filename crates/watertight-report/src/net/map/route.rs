use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::graph::Graph;
use super::place::{Channel, Lane};
use super::scene::{Place, Scene};

/// A way from the end of a net back to one of its sources: across, up or down, across, and so on.
#[derive(Debug)]
pub(super) struct Way {
    pub net: usize,
    pub wire: usize,
    pub turns: Vec<Turn>,
}

/// From the middle of a lane to the middle of the next, in a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    pub channel: Channel,
    pub x: i32,
    pub from: (Lane, i32),
    pub to: (Lane, i32),
}

/// What a turn costs, in pixels of detour.
const BEND: i32 = 40;
/// What it costs to go through a wall.
const WALL: i32 = 60;

/// The shortest ways for every line. All of a net are of one tree, so that they run together where they can.
pub(super) fn routes(scene: &Scene<'_>, graph: &Graph) -> Vec<Way> {
    let mut ways = Vec::new();
    for (number, net) in scene.nets.iter().enumerate().filter(|(_, net)| !net.wires.is_empty()) {
        let Some(&start) = graph.of_lane.get(&Lane::Inlet(number)).and_then(|lane| lane.last()) else {
            continue;
        };
        let mut blocks = BTreeSet::from([net.to.block]);
        blocks.extend(net.wires.iter().map(|wire| wire.from.block));
        let sources: BTreeSet<Place> = net.wires.iter().map(|wire| wire.from).collect();
        let search = Search { graph, net: number, blocks, sources };
        let reached = search.all_from(start);
        for (wire, one) in net.wires.iter().enumerate() {
            let Some(end) = graph.of_lane.get(&Lane::Outlet(one.from)).and_then(|lane| lane.first()) else {
                continue;
            };
            let path = back(&reached, *end);
            if !path.is_empty() {
                ways.push(Way { net: number, wire, turns: turns(graph, &path) });
            }
        }
    }
    ways
}

/// A crossing, and whether it was come to from above or below.
type State = (usize, bool);

struct Search<'g> {
    graph: &'g Graph,
    net: usize,
    blocks: BTreeSet<usize>,
    sources: BTreeSet<Place>,
}

impl Search<'_> {
    /// Whether a line may run along a lane. Only a net that ends in a compartment goes through its walls.
    fn may(&self, lane: Lane) -> bool {
        match lane {
            Lane::Band(_) | Lane::Block(..) => true,
            Lane::Head(block) | Lane::Floor(block) | Lane::Item(block, ..) => self.blocks.contains(&block),
            Lane::Inlet(net) => net == self.net,
            Lane::Outlet(place) => self.sources.contains(&place),
        }
    }

    /// For each crossing what it costs to come there and where from.
    fn all_from(&self, start: usize) -> BTreeMap<State, (i32, Option<State>)> {
        let mut best: BTreeMap<State, (i32, Option<State>)> = BTreeMap::new();
        let mut heap = BinaryHeap::new();
        best.insert((start, false), (0, None));
        heap.push(Reverse((0, (start, false))));
        while let Some(Reverse((cost, state))) = heap.pop() {
            if best.get(&state).is_some_and(|(known, _)| *known < cost) {
                continue;
            }
            for (next, price) in self.steps(state) {
                let cost = cost.saturating_add(price);
                if best.get(&next).is_none_or(|(known, _)| cost < *known) {
                    best.insert(next, (cost, Some(state)));
                    heap.push(Reverse((cost, next)));
                }
            }
        }
        best
    }

    fn steps(&self, (at, upright): State) -> Vec<(State, i32)> {
        let crossings = &self.graph.crossings;
        let Some(here) = crossings.get(at) else { return Vec::new() };
        let mut steps = Vec::with_capacity(4);
        for next in [here.up, here.down].into_iter().flatten() {
            let Some(there) = crossings.get(next) else { continue };
            steps.push(((next, true), (there.y - here.y).abs() + if upright { 0 } else { BEND }));
        }
        if self.may(here.lane) {
            for next in [here.left, here.right].into_iter().flatten() {
                let Some(there) = crossings.get(next) else { continue };
                let wall =
                    matches!(here.channel, Channel::In(..)) != matches!(there.channel, Channel::In(..));
                let price =
                    (there.x - here.x).abs() + if upright { BEND } else { 0 } + if wall { WALL } else { 0 };
                steps.push(((next, false), price));
            }
        }
        steps
    }
}

/// The way from the start to a crossing.
fn back(reached: &BTreeMap<State, (i32, Option<State>)>, end: usize) -> Vec<usize> {
    let cost = |state: State| reached.get(&state).map(|(cost, _)| *cost);
    // Who comes from above turns once more.
    let flat = cost((end, false)).unwrap_or(i32::MAX);
    let upright = cost((end, true)).map_or(i32::MAX, |cost| cost.saturating_add(BEND));
    let mut state = Some((end, upright < flat)).filter(|state| reached.contains_key(state));
    let mut path = Vec::new();
    while let Some(here) = state {
        path.push(here.0);
        state = reached.get(&here).and_then(|(_, from)| *from);
    }
    path.reverse();
    path
}

fn turns(graph: &Graph, path: &[usize]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut open: Option<Turn> = None;
    for pair in path.windows(2) {
        let [one, other] = pair else { continue };
        let (Some(one), Some(other)) = (graph.crossings.get(*one), graph.crossings.get(*other)) else {
            continue;
        };
        if one.channel == other.channel {
            let from = open.map_or((one.lane, one.y), |turn| turn.from);
            open = Some(Turn { channel: one.channel, x: one.x, from, to: (other.lane, other.y) });
        } else {
            turns.extend(open.take());
        }
    }
    turns.extend(open);
    turns
}
