use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Certainty;
use super::collapse::{Arrow, At, Collapsed, under_water};
use super::layers::layers;
use super::sorted::Sorted;
use super::text::count;

/// More workloads than this are drawn as groups, and flows from compartment to compartment.
const FINE: usize = 300;

/// Groups of workloads that a compartment names when workloads are drawn as groups.
const GROUPS: usize = 2;

/// Kinds of connections into one place that are told apart; fewer where workloads are groups.
const KINDS: [usize; 2] = [9, 4];

/// From, to, by what, whether that is unknown, and how many flows it is.
type Folded = (At, At, String, bool, usize);

/// What is drawn, without places.
#[derive(Debug)]
pub(super) struct Scene<'s> {
    pub sorted: &'s Sorted,
    pub collapsed: &'s Collapsed,
    /// Whether workloads are groups.
    pub coarse: bool,
    pub blocks: Vec<Block>,
    pub nets: Vec<Net>,
    /// Whose lines are not drawn, and where they would lead.
    pub cut: BTreeMap<Place, (At, BTreeSet<At>)>,
}

/// A compartment, or something outside.
#[derive(Debug)]
pub(super) struct Block {
    pub what: What,
    /// Whether it lies in the open water.
    pub water: bool,
    /// By what everyone in it reaches everyone in it.
    pub inner: Vec<String>,
    pub ports: Ports,
    pub items: Vec<Item>,
    /// The items by column.
    pub columns: Vec<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Namespace(usize),
    /// Something outside that connects.
    Source(usize),
    /// Something outside that is connected to.
    Target(usize),
}

/// A workload, or some that are alike.
#[derive(Debug)]
pub(super) struct Item {
    pub members: Vec<usize>,
    /// Said instead of a name.
    pub rest: Option<String>,
    pub ports: Ports,
}

/// Where lines begin and end.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// The nets that end here.
    pub inlets: Vec<usize>,
    /// Where it leads without a line.
    pub tags: Vec<Tag>,
    /// Whether a line begins here.
    pub outlet: bool,
}

#[derive(Debug)]
pub(super) struct Tag {
    pub text: String,
    pub unknown: bool,
    /// Whether it stands for lines that are not drawn.
    pub cut: bool,
}

impl Ports {
    fn clear(&mut self) {
        self.inlets.clear();
        self.outlet = false;
        self.tags.retain(|tag| !tag.cut);
    }
}

/// Everything that ends at one place by the same connections: one arrowhead and one label.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub to: Place,
    pub at: At,
    pub label: String,
    pub unknown: bool,
    pub wires: Vec<Wire>,
    /// Sources that are named and have no line.
    pub marks: Vec<At>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wire {
    pub from: Place,
    pub at: At,
    pub pairs: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub block: usize,
    pub item: Option<usize>,
}

impl<'s> Scene<'s> {
    pub(super) fn of(sorted: &'s Sorted, collapsed: &'s Collapsed) -> Self {
        let coarse = sorted.workloads.len() > FINE;
        let mut scene =
            Self { sorted, collapsed, coarse, blocks: Vec::new(), nets: Vec::new(), cut: BTreeMap::new() };
        scene.compartments();
        scene.outside();
        scene.mark_water();
        scene.connect();
        scene.thin_out();
        scene.number();
        for block in 0..scene.blocks.len() {
            scene.arrange(block);
        }
        scene
    }

    /// What a place is called, as seen from another.
    pub(super) fn name(&self, at: At, from: Option<At>) -> String {
        let namespace = |at: usize| self.sorted.namespaces.get(at).map_or("", |(one, _)| one.name.as_str());
        match at {
            At::Everyone => "everyone".to_owned(),
            At::Water => "open water".to_owned(),
            At::Namespace(at)
                if self.coarse
                    || self.sorted.namespaces.get(at).is_some_and(|(_, range)| range.len() == 1) =>
            {
                namespace(at).to_owned()
            }
            At::Namespace(at) if from.and_then(|from| self.namespace_of(from)) == Some(at) => {
                "all here".to_owned()
            }
            At::Namespace(at) => format!("all of {}", namespace(at)),
            At::Outside(at) => self.sorted.outside.get(at).cloned().unwrap_or_default(),
            At::Workload(at) => {
                let Some(node) = self.sorted.workloads.get(at) else { return String::new() };
                match from.and_then(|from| self.namespace_of(from)) == Some(node.namespace) {
                    true => node.name.clone(),
                    false => format!("{}/{}", namespace(node.namespace), node.name),
                }
            }
        }
    }

    pub(super) fn namespace_of(&self, at: At) -> Option<usize> {
        match at {
            At::Namespace(at) => Some(at),
            At::Workload(at) => self.sorted.workloads.get(at).map(|node| node.namespace),
            At::Everyone | At::Water | At::Outside(_) => None,
        }
    }

    pub(super) fn item(&self, place: Place) -> Option<&Item> {
        self.blocks.get(place.block)?.items.get(place.item?)
    }

    pub(super) fn ports(&self, place: Place) -> Option<&Ports> {
        match place.item {
            Some(_) => self.item(place).map(|item| &item.ports),
            None => self.blocks.get(place.block).map(|block| &block.ports),
        }
    }

    fn ports_mut(&mut self, place: Place) -> Option<&mut Ports> {
        let block = self.blocks.get_mut(place.block)?;
        match place.item {
            Some(item) => block.items.get_mut(item).map(|item| &mut item.ports),
            None => Some(&mut block.ports),
        }
    }

    fn tag(&mut self, place: Place, text: String, unknown: bool) {
        if let Some(ports) = self.ports_mut(place) {
            ports.tags.push(Tag { text, unknown, cut: false });
        }
    }

    /// By what, with a mark where that is not known.
    pub(super) fn label(&self, key: usize) -> (String, bool) {
        let key = self.sorted.keys.get(key);
        let unknown = key.is_some_and(|key| key.certainty == Certainty::Unknown);
        (key.map_or_else(String::new, |key| key.connections.clone()), unknown)
    }

    fn compartments(&mut self) {
        let groups = if self.coarse { Some(alike(&self.collapsed.arrows)) } else { None };
        for (at, (_, range)) in self.sorted.namespaces.iter().enumerate() {
            let items = match &groups {
                None => range.clone().map(|workload| Item::of(vec![workload])).collect(),
                Some(flows) => self.grouped(range.clone(), flows),
            };
            let inner = |arrow: &&Arrow| arrow.from == At::Namespace(at) && arrow.to == At::Namespace(at);
            let inner: Vec<String> =
                self.collapsed.arrows.iter().filter(inner).map(|arrow| self.inner(arrow)).collect();
            self.blocks.push(Block {
                what: What::Namespace(at),
                water: under_water(self.collapsed.water.as_ref(), range),
                inner,
                ports: Ports::default(),
                items,
                columns: Vec::new(),
            });
        }
    }

    fn inner(&self, arrow: &Arrow) -> String {
        let (label, unknown) = self.label(arrow.key);
        let may = if unknown { "may reach" } else { "reaches" };
        format!("everyone here {may} everyone: {label}")
    }

    /// Workloads with the same walls and the same flows, the largest groups first.
    fn grouped(
        &self,
        range: std::ops::Range<usize>,
        flows: &BTreeMap<usize, Vec<(bool, At, usize)>>,
    ) -> Vec<Item> {
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for workload in range {
            let Some(node) = self.sorted.workloads.get(workload) else { continue };
            let wet = self
                .collapsed
                .water
                .as_ref()
                .map(|water| (water.sends.contains(workload), water.receives.contains(workload)));
            let walls = (node.exposed, node.isolated_ingress, node.isolated_egress);
            groups.entry((walls, wet, flows.get(&workload))).or_default().push(workload);
        }
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        let exposed = |group: &[usize]| {
            group.first().and_then(|first| self.sorted.workloads.get(*first)).is_some_and(|node| node.exposed)
        };
        groups.sort_by_key(|group| (Reverse(group.len()), !exposed(group), group.first().copied()));
        let named = groups.iter().take(GROUPS).take_while(|group| group.len() > 1).count().max(1);
        let rest: Vec<usize> = groups.split_off(named.min(groups.len())).into_iter().flatten().collect();
        let mut items: Vec<Item> = groups.into_iter().map(Item::of).collect();
        if !rest.is_empty() {
            let text = (rest.len() > 1).then(|| format!("{} others", rest.len()));
            items.push(Item { rest: text, ..Item::of(rest) });
        }
        items
    }

    fn outside(&mut self) {
        let arrows = &self.collapsed.arrows;
        let outside = |at: At| if let At::Outside(at) = at { Some(at) } else { None };
        let sources: BTreeSet<usize> = arrows.iter().filter_map(|arrow| outside(arrow.from)).collect();
        let targets: BTreeSet<usize> = arrows.iter().filter_map(|arrow| outside(arrow.to)).collect();
        let blocks = sources.into_iter().map(What::Source).chain(targets.into_iter().map(What::Target));
        self.blocks.extend(blocks.map(|what| Block {
            what,
            water: false,
            inner: Vec::new(),
            ports: Ports::default(),
            items: Vec::new(),
            columns: Vec::new(),
        }));
    }

    /// Tells of the open water at what lies in it on one side only, or in part.
    fn mark_water(&mut self) {
        let Some(water) = &self.collapsed.water else { return };
        let (label, unknown) = self.label(water.key);
        for block in 0..self.sorted.namespaces.len() {
            let Some((_, range)) = self.sorted.namespaces.get(block) else { continue };
            if under_water(Some(water), range) {
                continue;
            }
            let whole = Place { block, item: None };
            let places = |bits: &super::bits::Bits| -> Vec<(Place, At)> {
                if self.coarse && range.clone().any(|at| bits.contains(at)) {
                    return vec![(whole, At::Namespace(block))];
                }
                if range.len() > 1 && bits.holds_range(range.clone()) {
                    return vec![(whole, At::Namespace(block))];
                }
                let some = range.clone().enumerate().filter(|(_, at)| bits.contains(*at));
                some.map(|(item, at)| (Place { block, item: Some(item) }, At::Workload(at))).collect()
            };
            let (receives, sends) = (places(&water.receives), places(&water.sends));
            for (to, at) in receives {
                let label = label.clone();
                self.nets.push(Net { to, at, label, unknown, wires: Vec::new(), marks: vec![At::Water] });
            }
            for (place, _) in sends {
                self.tag(place, "→ open water".to_owned(), unknown);
            }
        }
    }

    fn place(&self, at: At, source: bool) -> Option<Place> {
        let whole = |block| Some(Place { block, item: None });
        match at {
            At::Everyone | At::Water => None,
            At::Namespace(block) => whole(block),
            At::Workload(at) => {
                let block = self.sorted.workloads.get(at)?.namespace;
                let (_, range) = self.sorted.namespaces.get(block)?;
                let item = (!self.coarse).then(|| at - range.start);
                Some(Place { block, item })
            }
            At::Outside(at) => {
                let what = if source { What::Source(at) } else { What::Target(at) };
                whole(self.blocks.iter().position(|block| block.what == what)?)
            }
        }
    }

    fn connect(&mut self) {
        let marked = self.nets.drain(..).map(|net| ((net.to, net.label.clone(), net.unknown), net));
        let mut ends: BTreeMap<(Place, String, bool), Net> = marked.collect();
        for (from, to, label, unknown, pairs) in self.folded() {
            let Some(to_place) = self.place(to, false) else {
                let Some(place) = self.place(from, true) else { continue };
                let text = format!("→ {}: {label}", self.name(to, Some(from)));
                self.tag(place, text, unknown);
                continue;
            };
            let net = ends.entry((to_place, label.clone(), unknown)).or_insert_with(|| Net {
                to: to_place,
                at: to,
                label,
                unknown,
                wires: Vec::new(),
                marks: Vec::new(),
            });
            match self.place(from, true) {
                // A line between a compartment and what is in it would say less than the words.
                Some(place)
                    if place.block == to_place.block && (place.item.is_none() || to_place.item.is_none()) =>
                {
                    net.marks.push(from);
                }
                Some(place) => net.wires.push(Wire { from: place, at: from, pairs }),
                None => net.marks.push(from),
            }
        }
        self.nets.extend(ends.into_values());
    }

    /// The arrows that are drawn: between compartments when workloads are groups. A place with very many kinds of
    /// connections has the last of them as one.
    fn folded(&self) -> Vec<Folded> {
        let inner = |arrow: &&Arrow| !(matches!(arrow.from, At::Namespace(_)) && arrow.from == arrow.to);
        let arrows = self.collapsed.arrows.iter().filter(inner);
        let mut folded = if self.coarse { self.widened(arrows) } else { self.as_they_are(arrows) };
        let mut kinds: BTreeMap<At, BTreeSet<String>> = BTreeMap::new();
        for (_, to, label, ..) in &folded {
            kinds.entry(*to).or_default().insert(label.clone());
        }
        let most = KINDS[usize::from(self.coarse)];
        for (_, to, label, ..) in &mut folded {
            let many = kinds.get(to).filter(|kinds| kinds.len() > most);
            if many.is_some_and(|kinds| !kinds.iter().take(most - 1).any(|kind| kind == label)) {
                *label = "various".to_owned();
            }
        }
        folded
    }

    fn as_they_are<'a>(&self, arrows: impl Iterator<Item = &'a Arrow>) -> Vec<Folded> {
        let one = |arrow: &Arrow| {
            let (label, unknown) = self.label(arrow.key);
            (arrow.from, arrow.to, label, unknown, arrow.pairs)
        };
        arrows.map(one).collect()
    }

    fn widened<'a>(&self, arrows: impl Iterator<Item = &'a Arrow>) -> Vec<Folded> {
        let widen = |at: At| self.namespace_of(at).map_or(at, At::Namespace);
        let mut between: BTreeMap<(At, At, bool), (BTreeSet<String>, usize)> = BTreeMap::new();
        for arrow in arrows {
            let (from, to) = (widen(arrow.from), widen(arrow.to));
            let (label, unknown) = self.label(arrow.key);
            if from != to {
                let entry = between.entry((from, to, unknown)).or_default();
                entry.0.insert(label);
                entry.1 += arrow.pairs;
            }
        }
        let one = |((from, to, unknown), (labels, pairs)): ((At, At, bool), (BTreeSet<String>, usize))| {
            let label = match labels.len() {
                0..=2 => labels.into_iter().collect::<Vec<_>>().join(" / "),
                more => format!("{} and {} more", labels.into_iter().next().unwrap_or_default(), more - 1),
            };
            (from, to, label, unknown, pairs)
        };
        between.into_iter().map(one).collect()
    }

    /// Tells every place which nets end and which lines begin there.
    pub(super) fn number(&mut self) {
        for block in &mut self.blocks {
            let ports = block.items.iter_mut().map(|item| &mut item.ports);
            ports.chain(std::iter::once(&mut block.ports)).for_each(Ports::clear);
        }
        self.nets.sort_by(|one, other| {
            let rank = |net: &Net| (net.to, net.label.clone(), net.unknown);
            rank(one).cmp(&rank(other))
        });
        for at in 0..self.nets.len() {
            let Some(net) = self.nets.get_mut(at) else { continue };
            net.marks.sort();
            net.marks.dedup();
            net.wires.sort();
            let (to, from) = (net.to, net.wires.iter().map(|wire| wire.from).collect::<Vec<_>>());
            self.ports_mut(to).into_iter().for_each(|ports| ports.inlets.push(at));
            for place in from {
                self.ports_mut(place).into_iter().for_each(|ports| ports.outlet = true);
            }
        }
        for (place, (at, targets)) in self.cut.clone() {
            let text = match targets.first() {
                Some(one) if targets.len() == 1 => format!("→ {}", self.name(*one, Some(at))),
                _ => format!("→ {}", count(targets.len(), "place")),
            };
            let ports = self.ports_mut(place);
            ports
                .into_iter()
                .for_each(|ports| ports.tags.push(Tag { text: text.clone(), unknown: false, cut: true }));
        }
    }

    /// Puts the items of a block into columns: what gives left of what takes.
    fn arrange(&mut self, at: usize) {
        let mut edges: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for net in self.nets.iter().filter(|net| net.to.block == at) {
            let Some(to) = net.to.item else { continue };
            for from in
                net.wires.iter().filter(|wire| wire.from.block == at).filter_map(|wire| wire.from.item)
            {
                *edges.entry((from, to)).or_default() += 1;
            }
        }
        let Some(block) = self.blocks.get_mut(at) else { return };
        let many = block.items.len();
        let layer = layers(many, &edges);
        let tied: BTreeSet<usize> = edges.keys().flat_map(|(from, to)| [*from, *to]).collect();
        let deep = tied.iter().filter_map(|item| layer.get(*item)).max().map_or(0, |deep| deep + 1).min(4);
        let by_number = match many {
            0..=5 => 1,
            6..=14 => 2,
            15..=36 => 3,
            _ => (many / 3).isqrt().max(4),
        };
        let wide = match deep {
            _ if self.coarse => 1,
            0 => by_number,
            _ if many > deep * 12 => by_number.max(deep),
            _ => deep,
        };
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); wide];
        for item in &tied {
            let column = layer.get(*item).copied().unwrap_or_default().min(wide - 1);
            columns.get_mut(column).into_iter().for_each(|column| column.push(*item));
        }
        sweep(&mut columns, &edges);
        for item in (0..many).filter(|item| !tied.contains(item)) {
            let takes = block.items.get(item).is_some_and(|item| !item.ports.inlets.is_empty());
            let gives = block.items.get(item).is_some_and(|item| item.ports.outlet);
            // What only takes stands at the left wall, what only gives at the right one, if there is room.
            let weight = |column: usize, length: usize| {
                let far = if takes && !gives {
                    column
                } else if gives && !takes {
                    wide - 1 - column
                } else {
                    0
                };
                (length + far * 2, column)
            };
            let best = columns.iter().enumerate().min_by_key(|(at, column)| weight(*at, column.len()));
            let Some(best) = best.map(|(at, _)| at) else { continue };
            columns.get_mut(best).into_iter().for_each(|column| column.push(item));
        }
        block.columns = columns;
    }
}

impl Item {
    fn of(members: Vec<usize>) -> Self {
        Self { members, rest: None, ports: Ports::default() }
    }
}

/// Orders columns so that what is tied stands at the same height.
fn sweep(columns: &mut [Vec<usize>], edges: &BTreeMap<(usize, usize), usize>) {
    for _ in 0..4 {
        for at in 0..columns.len() {
            let height: BTreeMap<usize, usize> = columns
                .iter()
                .flat_map(|column| column.iter().enumerate().map(|(y, item)| (*item, y * 64)))
                .collect();
            let Some(column) = columns.get_mut(at) else { continue };
            let mean = |item: &usize| {
                let tied = edges.keys().filter_map(|(from, to)| match (from == item, to == item) {
                    (true, false) => Some(to),
                    (false, true) => Some(from),
                    _ => None,
                });
                let heights: Vec<usize> = tied.filter_map(|other| height.get(other)).copied().collect();
                heights.iter().sum::<usize>().checked_div(heights.len())
            };
            column.sort_by_cached_key(|item| (mean(item).or(height.get(item).copied()), *item));
        }
    }
}

/// The arrows of each workload that is an end itself.
fn alike(arrows: &[Arrow]) -> BTreeMap<usize, Vec<(bool, At, usize)>> {
    let mut flows: BTreeMap<usize, Vec<(bool, At, usize)>> = BTreeMap::new();
    for arrow in arrows {
        if let At::Workload(from) = arrow.from {
            flows.entry(from).or_default().push((true, arrow.to, arrow.key));
        }
        if let At::Workload(to) = arrow.to {
            flows.entry(to).or_default().push((false, arrow.from, arrow.key));
        }
    }
    flows
}
