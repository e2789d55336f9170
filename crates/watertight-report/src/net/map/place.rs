use std::collections::BTreeMap;

use super::scene::{Block, Item, Place, Scene, What};
use super::text::{FAR, Face, HEAD, MARK, NAME, PORT, SMALL, TITLE};

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    pub(super) fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.y + self.height
    }
}

/// A vertical strip between boxes, in which lines go up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Channel {
    /// Left of a column of blocks, by band and column; and right of the last.
    Between(usize, usize),
    /// Left of a column of items in a block; and right of the last.
    In(usize, usize),
}

/// A horizontal strip in which lines go left and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    /// Above a band, and below the last.
    Band(usize),
    /// Above a block that is not the first of its column, by band, column and place in it.
    Block(usize, usize, usize),
    /// Below the head of a block.
    Head(usize),
    /// Above its floor.
    Floor(usize),
    /// Above an item that is not the first of its column, by block, column and place in it.
    Item(usize, usize, usize),
    /// A net's end.
    Inlet(usize),
    /// Where the lines of a place begin.
    Outlet(Place),
}

/// How many lines run side by side in each strip.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub channels: BTreeMap<Channel, i32>,
    pub lanes: BTreeMap<Lane, i32>,
}

impl Traffic {
    fn channel(&self, channel: Channel) -> i32 {
        self.channels.get(&channel).copied().unwrap_or(0)
    }

    fn lane(&self, lane: Lane) -> i32 {
        self.lanes.get(&lane).copied().unwrap_or(0)
    }
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub width: i32,
    pub height: i32,
    /// The blocks by band and column.
    pub bands: Vec<Vec<Vec<usize>>>,
    pub blocks: BTreeMap<usize, Rect>,
    pub items: BTreeMap<(usize, usize), Rect>,
    /// Left edge and width.
    pub channels: BTreeMap<Channel, (i32, i32)>,
    /// Top edge and height; those of ends have none.
    pub lanes: BTreeMap<Lane, (i32, i32)>,
    /// Where labels of nets are, and names of what a place leads to.
    pub inlets: BTreeMap<usize, Rect>,
    pub tags: BTreeMap<(Place, usize), Rect>,
    /// Where the open water is.
    pub water: Option<Rect>,
}

pub(super) const MARGIN: i32 = 28;
/// Lines run that far apart.
pub(super) const SPACING: i32 = 7;
/// From a label to the next.
const ROW: i32 = 20;
/// Height of a label.
const LABEL: i32 = 16;
/// Room for the head of an arrow.
const ARROW: i32 = 10;
const PADDING: i32 = 10;
const WATER_HEAD: i32 = 46;

/// How large a block is, with what stands at its walls.
#[derive(Debug, Clone, Default)]
pub(super) struct Size {
    pub lead: i32,
    pub trail: i32,
    pub width: i32,
    pub height: i32,
    head: i32,
    columns: Vec<Column>,
}

/// A column of items: room for labels left of them, their width, room right of them.
#[derive(Debug, Clone, Default)]
struct Column {
    lead: i32,
    width: i32,
    trail: i32,
}

impl Layout {
    /// Lays the scene out with room for this traffic.
    pub(super) fn of(scene: &Scene<'_>, bands: &[Vec<Vec<usize>>], traffic: &Traffic) -> Self {
        let mut layout = Self { bands: bands.to_vec(), ..Self::default() };
        let sizes: Vec<Size> = (0..scene.blocks.len()).map(|at| size(scene, at, traffic)).collect();
        let mut top = MARGIN + TITLE.size + 24;
        let mut right = MARGIN + TITLE.width(&scene.sorted.title).min(700);
        for (band, columns) in bands.iter().enumerate() {
            let water = band == 1;
            let lane = 18 + traffic.lane(Lane::Band(band)) * SPACING;
            layout.lanes.insert(Lane::Band(band), (top, lane));
            let start = top + lane;
            let first = if water { start + WATER_HEAD } else { start };
            let mut x = if water { MARGIN + 16 } else { MARGIN };
            let mut bottom = first;
            for (at, column) in columns.iter().enumerate() {
                x = layout.channel(Channel::Between(band, at), x, 22, traffic);
                let of = |part: fn(&Size) -> i32| {
                    column.iter().filter_map(|block| sizes.get(*block)).map(part).max().unwrap_or(0)
                };
                let (lead, width, trail) =
                    (of(|size| size.lead), of(|size| size.width), of(|size| size.trail));
                let mut y = first;
                for (place, block) in column.iter().enumerate() {
                    let Some(size) = sizes.get(*block) else { continue };
                    if place > 0 {
                        let lane = Lane::Block(band, at, place);
                        let height = 18 + traffic.lane(lane) * SPACING;
                        layout.lanes.insert(lane, (y, height));
                        y += height;
                    }
                    // Walls stand in line, but a narrow block is not blown up.
                    let width = if size.width * 3 >= width * 2 { width } else { size.width };
                    let rect = Rect { x: x + lead, y, width, height: size.height };
                    layout.block(scene, *block, size, rect, traffic);
                    y += size.height;
                }
                bottom = bottom.max(y);
                x += lead + width + trail;
            }
            x = layout.channel(Channel::Between(band, columns.len()), x, 22, traffic);
            right = right.max(x);
            top = bottom + 8;
            if water {
                layout.water =
                    Some(Rect { x: MARGIN, y: start, width: x - MARGIN, height: bottom + 16 - start });
                top = bottom + 20;
            }
        }
        let last = Lane::Band(bands.len());
        let height = 12 + traffic.lane(last) * SPACING;
        layout.lanes.insert(last, (top, height));
        if let Some(water) = &mut layout.water {
            water.width = right - MARGIN;
        }
        layout.width = right + MARGIN;
        layout.height = top + height;
        layout
    }

    fn channel(&mut self, channel: Channel, x: i32, least: i32, traffic: &Traffic) -> i32 {
        let width = least + traffic.channel(channel) * SPACING;
        self.channels.insert(channel, (x, width));
        x + width
    }

    fn block(&mut self, scene: &Scene<'_>, at: usize, size: &Size, rect: Rect, traffic: &Traffic) {
        let Some(block) = scene.blocks.get(at) else { return };
        self.blocks.insert(at, rect);
        self.ports(scene, Place { block: at, item: None }, Rect { height: size.head, ..rect });
        if block.items.is_empty() {
            return;
        }
        let head = 6 + traffic.lane(Lane::Head(at)) * SPACING;
        let floor = PADDING + traffic.lane(Lane::Floor(at)) * SPACING;
        self.lanes.insert(Lane::Head(at), (rect.y + size.head, head));
        self.lanes.insert(Lane::Floor(at), (rect.bottom() - floor, floor));
        let spare = (rect.width - size.width) / i32::try_from(size.columns.len().max(1)).unwrap_or(1);
        let mut x = rect.x;
        for (number, (column, items)) in size.columns.iter().zip(&block.columns).enumerate() {
            x = self.channel(Channel::In(at, number), x, PADDING, traffic) + column.lead;
            let mut y = rect.y + size.head + head;
            for (place, &item) in items.iter().enumerate() {
                let Some(one) = block.items.get(item) else { continue };
                if place > 0 {
                    let lane = Lane::Item(at, number, place);
                    let height = 8 + traffic.lane(lane) * SPACING;
                    self.lanes.insert(lane, (y, height));
                    y += height;
                }
                // Where no label stands, the box takes its room.
                let lead = if one.ports.inlets.is_empty() { column.lead } else { 0 };
                let width = column.width + spare + lead;
                let rect = Rect { x: x - lead, y, width, height: item_height(one, scene.coarse) };
                self.items.insert((at, item), rect);
                self.ports(scene, Place { block: at, item: Some(item) }, rect);
                y = rect.bottom();
            }
            x += column.width + spare + column.trail;
        }
        let last = Channel::In(at, size.columns.len());
        let width = (rect.right() - x).max(PADDING);
        self.channels.insert(last, (x, width));
    }

    /// Places what stands at the walls of a box.
    fn ports(&mut self, scene: &Scene<'_>, place: Place, rect: Rect) {
        let Some(ports) = scene.ports(place) else { return };
        let middle = rect.y + rect.height / 2;
        let first = |rows: usize| middle - (count(rows) - 1) * ROW / 2;
        let mut y = first(ports.inlets.len());
        for &net in &ports.inlets {
            let width = inlet_width(scene, net);
            self.inlets.insert(net, Rect { x: rect.x - width - 3, y: y - LABEL / 2, width, height: LABEL });
            self.lanes.insert(Lane::Inlet(net), (y, 0));
            y += ROW;
        }
        y = first(ports.tags.len() + usize::from(ports.outlet));
        if ports.outlet {
            self.lanes.insert(Lane::Outlet(place), (y, 0));
            y += ROW;
        }
        for (at, tag) in ports.tags.iter().enumerate() {
            let width = tag_width(&tag.text, scene.coarse);
            self.tags
                .insert((place, at), Rect { x: rect.right() + 3, y: y - LABEL / 2, width, height: LABEL });
            y += ROW;
        }
    }
}

pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 4096)
}

/// The text of a net's label, whole: who is named and by what.
pub(super) fn inlet_text(scene: &Scene<'_>, net: usize) -> (String, String) {
    let Some(net) = scene.nets.get(net) else { return Default::default() };
    let who = match net.marks.as_slice() {
        [] => String::new(),
        [one] => scene.name(*one, Some(net.at)),
        more => super::text::count(more.len(), "source"),
    };
    let ports = if net.unknown { format!("? {}", net.label) } else { net.label.clone() };
    (who, ports)
}

/// What a label holds as it fits: the sources that are named, and the connections.
pub(super) fn inlet_cells(scene: &Scene<'_>, net: usize) -> (String, String) {
    let (who, ports) = inlet_text(scene, net);
    (MARK.fit(&who, if scene.coarse { 96 } else { 136 }), PORT.fit(&ports, 104))
}

pub(super) fn inlet_width(scene: &Scene<'_>, net: usize) -> i32 {
    let (who, ports) = inlet_cells(scene, net);
    let gap = if who.is_empty() { 0 } else { MARK.width(&who) + 12 };
    gap + PORT.width(&ports) + 10
}

/// How wide the name of where a place leads to may be.
pub(super) const fn tag_room(coarse: bool) -> i32 {
    if coarse { 110 } else { 170 }
}

fn tag_width(text: &str, coarse: bool) -> i32 {
    MARK.width(&MARK.fit(text, tag_room(coarse))) + 16
}

fn item_height(item: &Item, coarse: bool) -> i32 {
    let rows = item.ports.inlets.len().max(item.ports.tags.len() + usize::from(item.ports.outlet)).max(1);
    let least = if coarse { 22 } else { 28 };
    (8 + count(rows) * ROW).max(least).min(if coarse { 22 } else { i32::MAX })
}

/// Room that labels need left and right of a box.
fn walls(scene: &Scene<'_>, place: Place) -> (i32, i32) {
    let Some(ports) = scene.ports(place) else { return (0, 0) };
    let inlets = ports.inlets.iter().map(|net| {
        let lines = scene.nets.get(*net).is_some_and(|net| !net.wires.is_empty());
        inlet_width(scene, *net) + 3 + if lines { ARROW } else { 0 }
    });
    let tags = ports.tags.iter().map(|tag| tag_width(&tag.text, scene.coarse) + 3);
    (inlets.max().unwrap_or(0), tags.max().unwrap_or(0))
}

/// The lines of text in the head of a block: its name first.
pub(super) fn head_lines(scene: &Scene<'_>, block: &Block) -> Vec<String> {
    let mut lines = Vec::new();
    match block.what {
        What::Source(at) | What::Target(at) => {
            lines.push(scene.sorted.outside.get(at).cloned().unwrap_or_default());
        }
        What::Namespace(at) => {
            let Some((namespace, range)) = scene.sorted.namespaces.get(at) else { return lines };
            lines.push(namespace.name.clone());
            let walls = match (namespace.default_deny_ingress, namespace.default_deny_egress) {
                (true, true) => "closed",
                (true, false) => "ingress closed, egress open",
                (false, true) => "ingress open, egress closed",
                (false, false) => "open",
            };
            lines.push(format!("{walls} · {}", super::text::count(range.len(), "workload")));
            lines.extend(block.inner.iter().cloned());
        }
    }
    lines
}

/// How a line of the head is set, and its class.
pub(super) fn head_face(scene: &Scene<'_>, block: &Block, row: i32) -> (&'static str, Face) {
    match block.what {
        What::Namespace(_) if row == 0 && scene.coarse => ("b", FAR),
        _ if row == 0 => ("h", HEAD),
        _ => ("s", SMALL),
    }
}

/// What an item says: its name, and its kind and number.
pub(super) fn item_words(scene: &Scene<'_>, item: &Item) -> (String, String) {
    let nodes = || item.members.iter().filter_map(|member| scene.sorted.workloads.get(*member));
    let Some(first) = nodes().next() else { return Default::default() };
    if item.members.len() > 1 {
        let pods = nodes().fold(0_u32, |sum, node| sum.saturating_add(node.instances));
        let name = match &item.rest {
            Some(rest) => rest.clone(),
            None => format!("{} and {} alike", first.name, item.members.len() - 1),
        };
        return (name, format!("{pods} pods"));
    }
    let kind = match first.kind.as_str() {
        "Deployment" => "deploy",
        "StatefulSet" => "sts",
        "DaemonSet" => "ds",
        "ReplicaSet" => "rs",
        "ReplicationController" => "rc",
        "CronJob" => "cron",
        other => other,
    };
    let kind = if first.instances == 1 { kind.to_owned() } else { format!("{kind} ×{}", first.instances) };
    (first.name.clone(), kind)
}

const NAME_WIDTH: i32 = 170;
pub(super) const DETAIL_WIDTH: i32 = 70;

/// Room for the sign of a workload that is exposed.
pub(super) const SIGN: i32 = 14;

fn item_width(scene: &Scene<'_>, item: &Item) -> i32 {
    let (name, detail) = item_words(scene, item);
    let name = NAME.width(&NAME.fit(&name, NAME_WIDTH));
    let detail = PORT.width(&PORT.fit(&detail, DETAIL_WIDTH));
    (12 + name + 12 + detail + 10 + SIGN).max(104)
}

/// How large a block is with room for this traffic.
pub(super) fn size(scene: &Scene<'_>, at: usize, traffic: &Traffic) -> Size {
    let Some(block) = scene.blocks.get(at) else { return Size::default() };
    let place = Place { block: at, item: None };
    let (lead, trail) = walls(scene, place);
    let lines = head_lines(scene, block);
    let text = (0..).zip(&lines).map(|(row, line)| {
        let face = head_face(scene, block, row).1;
        face.width(&face.fit(line, 260))
    });
    let text = text.max().unwrap_or(0) + 28;
    let rows = block.ports.inlets.len().max(block.ports.tags.len() + usize::from(block.ports.outlet));
    let head = (count(rows) * ROW + 8).max(14 + 17 * count(lines.len()));
    let mut size = Size { lead, trail, width: text.max(96), height: head, head, columns: Vec::new() };
    if !matches!(block.what, What::Namespace(_)) {
        size.height = size.height.max(36);
        size.head = size.height;
        return size;
    }
    let mut width = PADDING + traffic.channel(Channel::In(at, block.columns.len())) * SPACING;
    let mut tallest = 0;
    for (number, column) in block.columns.iter().enumerate() {
        let mut one = Column::default();
        let mut tall = 0;
        for (place, &item) in column.iter().enumerate() {
            let Some(box_) = block.items.get(item) else { continue };
            let (lead, trail) = walls(scene, Place { block: at, item: Some(item) });
            one.lead = one.lead.max(lead);
            one.trail = one.trail.max(trail);
            one.width = one.width.max(item_width(scene, box_));
            let gap = if place > 0 { 8 + traffic.lane(Lane::Item(at, number, place)) * SPACING } else { 0 };
            tall += gap + item_height(box_, scene.coarse);
        }
        width +=
            PADDING + traffic.channel(Channel::In(at, number)) * SPACING + one.lead + one.width + one.trail;
        tallest = tallest.max(tall);
        size.columns.push(one);
    }
    let lanes = traffic.lane(Lane::Head(at)) + traffic.lane(Lane::Floor(at));
    size.width = size.width.max(width);
    size.height = match block.items.is_empty() {
        true => head,
        false => head + 6 + tallest + PADDING + lanes * SPACING,
    };
    size
}
