use std::collections::BTreeMap;

use super::place::{Channel, Lane, Layout};
use super::scene::{Place, Scene, What};

/// Where lines may run: the crossings of channels and lanes.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub crossings: Vec<Crossing>,
    /// The crossings of each lane, from left to right.
    pub of_lane: BTreeMap<Lane, Vec<usize>>,
}

#[derive(Debug)]
pub(super) struct Crossing {
    pub channel: Channel,
    pub lane: Lane,
    pub x: i32,
    pub y: i32,
    pub up: Option<usize>,
    pub down: Option<usize>,
    pub left: Option<usize>,
    pub right: Option<usize>,
}

impl Graph {
    pub(super) fn of(scene: &Scene<'_>, layout: &Layout) -> Self {
        let mut graph = Self::default();
        for (band, columns) in layout.bands.iter().enumerate() {
            for lane in [band, band + 1] {
                let channels = (0..=columns.len()).map(|at| Channel::Between(band, at));
                graph.lane(layout, Lane::Band(lane), channels);
            }
            for (at, column) in columns.iter().enumerate() {
                let sides = [Channel::Between(band, at), Channel::Between(band, at + 1)];
                for (place, block) in column.iter().enumerate() {
                    if place > 0 {
                        graph.lane(layout, Lane::Block(band, at, place), sides);
                    }
                    graph.block(scene, layout, *block, sides);
                }
            }
        }
        graph.tie();
        graph
    }

    fn lane(&mut self, layout: &Layout, lane: Lane, channels: impl IntoIterator<Item = Channel>) {
        let Some((top, height)) = layout.lanes.get(&lane) else { return };
        for channel in channels {
            let Some((left, width)) = layout.channels.get(&channel) else { continue };
            let crossing = Crossing {
                channel,
                lane,
                x: left + width / 2,
                y: top + height / 2,
                up: None,
                down: None,
                left: None,
                right: None,
            };
            self.of_lane.entry(lane).or_default().push(self.crossings.len());
            self.crossings.push(crossing);
        }
    }

    fn block(&mut self, scene: &Scene<'_>, layout: &Layout, at: usize, [left, right]: [Channel; 2]) {
        let Some(block) = scene.blocks.get(at) else { return };
        let whole = Place { block: at, item: None };
        block.ports.inlets.iter().for_each(|net| self.lane(layout, Lane::Inlet(*net), [left]));
        self.lane(layout, Lane::Outlet(whole), [right]);
        if !matches!(block.what, What::Namespace(_)) || block.items.is_empty() {
            return;
        }
        let all = || {
            let inner = (0..=block.columns.len()).map(|number| Channel::In(at, number));
            std::iter::once(left).chain(inner).chain(std::iter::once(right))
        };
        self.lane(layout, Lane::Head(at), all());
        self.lane(layout, Lane::Floor(at), all());
        for (number, column) in block.columns.iter().enumerate() {
            let outer_left = (number == 0).then_some(left);
            let outer_right = (number + 1 == block.columns.len()).then_some(right);
            let (before, after) = (Channel::In(at, number), Channel::In(at, number + 1));
            for (place, &item) in column.iter().enumerate() {
                if place > 0 {
                    let channels = outer_left.into_iter().chain([before, after]).chain(outer_right);
                    self.lane(layout, Lane::Item(at, number, place), channels);
                }
                let here = Place { block: at, item: Some(item) };
                let inlets = scene.ports(here).map(|ports| ports.inlets.clone()).unwrap_or_default();
                for net in inlets {
                    self.lane(layout, Lane::Inlet(net), outer_left.into_iter().chain([before]));
                }
                self.lane(layout, Lane::Outlet(here), [after].into_iter().chain(outer_right));
            }
        }
    }

    /// Makes neighbours of what stands side by side in a channel or a lane.
    fn tie(&mut self) {
        let mut of_channel: BTreeMap<Channel, Vec<usize>> = BTreeMap::new();
        for (at, crossing) in self.crossings.iter().enumerate() {
            of_channel.entry(crossing.channel).or_default().push(at);
        }
        for list in of_channel.values_mut() {
            list.sort_by_key(|at| self.crossings.get(*at).map(|one| (one.y, one.lane)));
        }
        for list in self.of_lane.values_mut() {
            list.sort_by_key(|at| self.crossings.get(*at).map(|one| (one.x, one.channel)));
        }
        let pairs = |lists: Vec<&Vec<usize>>| -> Vec<(usize, usize)> {
            lists
                .iter()
                .flat_map(|list| list.windows(2))
                .filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
                .collect()
        };
        for (above, below) in pairs(of_channel.values().collect()) {
            self.crossings.get_mut(above).into_iter().for_each(|one| one.down = Some(below));
            self.crossings.get_mut(below).into_iter().for_each(|one| one.up = Some(above));
        }
        for (before, after) in pairs(self.of_lane.values().collect()) {
            self.crossings.get_mut(before).into_iter().for_each(|one| one.right = Some(after));
            self.crossings.get_mut(after).into_iter().for_each(|one| one.left = Some(before));
        }
    }
}
