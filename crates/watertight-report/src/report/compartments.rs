//! Namespaces as compartments with their workloads as cells, where enough of them can be drawn.

use super::flood::{class, fill, patterns, told, word};
use super::svg::{BOLD, NAME, SMALL, Screen, Svg, safe};
use super::{Cell, Cluster, Compartment, Flooded, Level};

/// Nodes that are drawn one by one.
pub(super) const NODES: usize = 12;

const GAP: i32 = 14;
const PAD: i32 = 12;
const CELL: i32 = 44;
const CELL_GAP: i32 = 8;
const HEAD: i32 = 34;

/// A compartment with a place.
pub(super) struct Placed {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// How compartments lie: the width of the picture, its columns, and the cells side by side in each.
struct Grid {
    width: i32,
    columns: usize,
    cells: i32,
}

impl Grid {
    /// Few compartments are broad ones.
    fn of(screen: Screen, spaces: usize) -> Self {
        match (screen, spaces) {
            (Screen::Narrow, _) => Self { width: 352, columns: 1, cells: 2 },
            (Screen::Wide, 0 | 1) => Self { width: 1104, columns: 1, cells: 6 },
            (Screen::Wide, 2) => Self { width: 1104, columns: 2, cells: 3 },
            (Screen::Wide, _) => Self { width: 1104, columns: 3, cells: 2 },
        }
    }

    /// The width of a column.
    fn room(&self) -> i32 {
        let columns = i32::try_from(self.columns).unwrap_or(1);
        (self.width - (columns - 1) * GAP) / columns
    }
}

/// The picture, wide or narrow; of each compartment so many cells, and one for the rest.
pub(super) fn draw(cluster: &Cluster, screen: Screen, most: usize) -> String {
    let grid = Grid::of(screen, cluster.compartments.len());
    let (width, room) = (grid.width, grid.room());
    let mut svg = Svg::new(screen);
    svg.put(format_args!("{}", patterns(screen)));
    let top = head(cluster, &mut svg, width);
    let mut bottoms = vec![top; grid.columns];
    for own in in_order(cluster) {
        let cells = cells(own, most);
        let height = height_of(own, cells.len(), grid.cells);
        // The column that is the least full; of equals the first.
        let Some((at, y)) = bottoms.iter().copied().enumerate().min_by_key(|(_, bottom)| *bottom) else {
            break;
        };
        let x = i32::try_from(at).unwrap_or(0) * (room + GAP);
        compartment(own, &cells, grid.cells, &Placed { x, y, width: room, height }, &mut svg);
        bottoms[at] = y + height + GAP;
    }
    let bottom = bottoms.into_iter().max().unwrap_or(top);
    svg.done(
        "flood",
        "picture-flood",
        (width, bottom),
        "The cluster as compartments, and what of it floods",
        &says(cluster),
    )
}

/// What the picture shows, in words.
pub(super) fn says(cluster: &Cluster) -> String {
    let entry = match &cluster.entry {
        Some(entry) => format!("The attack begins at {}. ", entry.radius.thing),
        None => String::new(),
    };
    let all = cluster.compartments.iter().map(|own| Flooded::of(&own.workloads));
    let all = all.fold(Flooded::default(), Flooded::plus);
    let goals = |level: Level| {
        let names: Vec<&str> =
            cluster.goals.iter().filter(|goal| goal.level == level).map(|goal| &*goal.name).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    format!(
        "{entry}{}, and {}. Goals that fall directly: {}; by a flaw: {}; that hold: {}.",
        told(all, "workloads"),
        told(Flooded::of(&cluster.nodes), "nodes"),
        goals(Level::Direct),
        goals(Level::Flaws),
        goals(Level::Dry)
    )
}

/// The compartment where the attack begins first, then by how much falls, then by name.
pub(super) fn in_order(cluster: &Cluster) -> Vec<&Compartment> {
    let mut all: Vec<&Compartment> = cluster.compartments.iter().collect();
    all.sort_by_key(|own| {
        let flooded = Flooded::of(&own.workloads);
        let begins = own.workloads.iter().any(|cell| cell.entry);
        (!begins, std::cmp::Reverse((flooded.direct, flooded.flaws, flooded.all)), own.name.as_str())
    });
    all
}

/// Goals and nodes above the compartments; how far down they go.
pub(super) fn head(cluster: &Cluster, svg: &mut Svg, width: i32) -> i32 {
    let mut y = 0;
    if let Some(entry) = &cluster.entry {
        let in_cell = cluster
            .compartments
            .iter()
            .flat_map(|own| &own.workloads)
            .chain(&cluster.nodes)
            .any(|cell| cell.entry);
        if !in_cell {
            let (kind, name) = entry.radius.thing.split_once('/').unwrap_or(("", &entry.radius.thing));
            let cell = Cell {
                name: name.to_owned(),
                kind: format!("{kind} · the attack begins here"),
                level: Level::Direct,
                starts: true,
                entry: true,
            };
            let place = Placed { x: 2, y: 2, width: (width - 4).min(460), height: CELL };
            shape(&cell, &place, "", svg);
            y = CELL + GAP + 2;
        }
    }
    y = row("Goals", &cluster.goals, y, width, svg);
    let mut nodes: Vec<Cell> = cluster.nodes.iter().take(NODES).cloned().collect();
    let more = cluster.nodes.get(NODES..).unwrap_or_default();
    if !more.is_empty() {
        nodes.push(rest(more, "more nodes"));
    }
    row("Nodes", &nodes, y, width, svg)
}

/// A cell that stands for many.
pub(super) fn rest(cells: &[Cell], what: &str) -> Cell {
    let flooded = Flooded::of(cells);
    let level = match (flooded.direct, flooded.flaws) {
        (1.., _) => Level::Direct,
        (0, 1..) => Level::Flaws,
        (0, 0) => Level::Dry,
    };
    Cell {
        name: format!("and {} {what}", flooded.all),
        kind: format!("{} fall", flooded.flaws),
        level,
        starts: true,
        entry: cells.iter().any(|cell| cell.entry),
    }
}

fn row(name: &str, cells: &[Cell], y: i32, width: i32, svg: &mut Svg) -> i32 {
    if cells.is_empty() {
        return y;
    }
    let side_by_side = if svg.screen() == Screen::Wide { 6 } else { 2 };
    svg.text("head", BOLD, (2, y + 16), width, name);
    let room = (width - 4 - (side_by_side - 1) * CELL_GAP) / side_by_side;
    let mut bottom = y + 26;
    for (at, cell) in (0..).zip(cells) {
        let (column, line) = (at % side_by_side, at / side_by_side);
        let place = Placed {
            x: 2 + column * (room + CELL_GAP),
            y: y + 26 + line * (CELL + CELL_GAP),
            width: room,
            height: CELL,
        };
        bottom = place.y + CELL;
        shape(cell, &place, "goal", svg);
    }
    bottom + GAP + 2
}

/// The cells that are drawn: where the attack begins first, then what falls.
fn cells(own: &Compartment, most: usize) -> Vec<Cell> {
    let mut cells = own.workloads.clone();
    cells.sort_by(|one, other| {
        let key = |cell: &Cell| (!cell.entry, cell.level);
        key(one).cmp(&key(other)).then_with(|| (&one.name, &one.kind).cmp(&(&other.name, &other.kind)))
    });
    if cells.len() > most.saturating_add(1) {
        let more = rest(cells.get(most..).unwrap_or_default(), "more");
        cells.truncate(most);
        cells.push(more);
    }
    cells
}

fn height_of(own: &Compartment, cells: usize, side_by_side: i32) -> i32 {
    let cells = i32::try_from(cells).unwrap_or(i32::MAX / CELL / 2);
    let lines = (cells + side_by_side - 1) / side_by_side;
    let foot = if beside(own).is_empty() { 0 } else { 20 };
    HEAD + lines * (CELL + CELL_GAP) + foot + PAD - if lines > 0 { CELL_GAP } else { 0 }
        + if lines == 0 { 14 } else { 0 }
}

/// Secrets and accounts, where there are any.
fn beside(own: &Compartment) -> String {
    let part = |flooded: Flooded, one: &str, many: &str| match flooded.all {
        0 => None,
        all => Some(format!("{} of {all} {}", flooded.flaws, if all == 1 { one } else { many })),
    };
    let parts =
        [part(own.secrets, "Secret", "Secrets"), part(own.accounts, "service account", "service accounts")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{} known", parts.join(", ")) }
}

fn compartment(own: &Compartment, cells: &[Cell], side_by_side: i32, place: &Placed, svg: &mut Svg) {
    let flooded = Flooded::of(&own.workloads);
    let class = if flooded.flaws > 0 { "space wet" } else { "space" };
    svg.put(format_args!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
        place.x + 1,
        place.y + 1,
        place.width - 2,
        place.height - 2
    ));
    let count = format!("{} of {} fall", flooded.flaws, flooded.all);
    let room = SMALL.width(&count);
    svg.text("head", BOLD, (place.x + PAD, place.y + 22), place.width - 3 * PAD - room, &own.name);
    if flooded.all > 0 {
        svg.put(format_args!(
            "<text class=\"small end\" x=\"{}\" y=\"{}\">{count}</text>",
            place.x + place.width - PAD,
            place.y + 22
        ));
    }
    let room = (place.width - 2 * PAD - (side_by_side - 1) * CELL_GAP) / side_by_side;
    let mut y = place.y + HEAD;
    for (at, cell) in (0..).zip(cells) {
        let at: i32 = at;
        let own = Placed {
            x: place.x + PAD + (at % side_by_side) * (room + CELL_GAP),
            y: place.y + HEAD + (at / side_by_side) * (CELL + CELL_GAP),
            width: room,
            height: CELL,
        };
        y = own.y + CELL;
        shape(cell, &own, "", svg);
    }
    if own.workloads.is_empty() {
        svg.text("small", SMALL, (place.x + PAD, y + 8), place.width - 2 * PAD, "no workload in view");
        y += 12;
    }
    let beside = beside(own);
    if !beside.is_empty() {
        svg.text("small", SMALL, (place.x + PAD, y + 18), place.width - 2 * PAD, &beside);
    }
}

/// A cell: name, kind, and what becomes of it.
fn shape(cell: &Cell, place: &Placed, more: &str, svg: &mut Svg) {
    let says = if cell.starts { word(cell.level) } else { "will not start" };
    let entry = if cell.entry { " entry" } else { "" };
    let begins = if cell.entry { ", the attack begins here" } else { "" };
    svg.put(format_args!(
        "<g class=\"cell {}{entry} {more}\"><title>{} {}: {says}{begins}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" \
         fill=\"{}\"/>",
        class(cell.level),
        safe(&cell.kind),
        safe(&cell.name),
        place.x,
        place.y,
        place.width,
        place.height,
        fill(cell.level, svg.screen())
    ));
    let sign = if cell.entry { "▶ " } else { "" };
    svg.text("name", NAME, (place.x + 9, place.y + 18), place.width - 14, &format!("{sign}{}", cell.name));
    let below = match cell.kind.as_str() {
        "goal" => says.to_owned(),
        kind if kind.contains("begins") || cell.name.starts_with("and ") => kind.to_owned(),
        kind => format!("{kind} · {says}"),
    };
    svg.text("small", SMALL, (place.x + 9, place.y + 34), place.width - 14, &below);
    svg.put(format_args!("</g>"));
}
