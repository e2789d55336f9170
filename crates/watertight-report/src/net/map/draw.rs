use std::fmt::Write as _;

use super::Map;
use super::bits::Bits;
use super::collapse::{At, Collapsed};
use super::columns::columns;
use super::graph::Graph;
use super::place::{
    DETAIL_WIDTH, Layout, MARGIN, Rect, SIGN, Traffic, head_face, head_lines, inlet_cells, inlet_text,
    item_words, tag_room,
};
use super::route::{Way, routes};
use super::scene::{Net, Place, Scene, What, Wire};
use super::sorted::Sorted;
use super::text::{HEAD, MARK, NAME, PORT, SMALL, TITLE, count};
use super::tracks::Tracks;
use crate::style::Clean;
use crate::xml::Escaped;

const STYLE: &str = include_str!("map.css");

/// Names that a tooltip lists.
const LISTED: usize = 24;

/// The picture as an SVG document of its own: light and dark, for the screen and for paper.
#[must_use]
pub fn svg(map: &Map) -> String {
    let sorted = Sorted::of(map);
    let collapsed = Collapsed::of(&sorted);
    let (scene, columns) = arranged(&sorted, &collapsed);
    Drawing::of(&scene, &columns).document()
}

/// A scene and its blocks by band and column.
pub(super) fn arranged<'s>(
    sorted: &'s Sorted,
    collapsed: &'s Collapsed,
) -> (Scene<'s>, Vec<Vec<Vec<usize>>>) {
    let mut scene = Scene::of(sorted, collapsed);
    let columns = columns(&scene);
    scene.shorten(&columns);
    (scene, columns)
}

/// The style sheet of the picture.
pub(super) const fn style() -> &'static str {
    STYLE
}

/// A scene with places.
pub(super) struct Drawing<'d> {
    pub(super) scene: &'d Scene<'d>,
    pub(super) layout: Layout,
    ways: Vec<Way>,
    tracks: Tracks,
    out: String,
}

impl<'d> Drawing<'d> {
    pub(super) fn of(scene: &'d Scene<'d>, columns: &[Vec<Vec<usize>>]) -> Self {
        let mut layout = Layout::of(scene, columns, &Traffic::default());
        let mut ways = routes(scene, &Graph::of(scene, &layout));
        let mut tracks = Tracks::of(&ways);
        // Once more, with the room that the lines need.
        layout = Layout::of(scene, columns, &tracks.traffic());
        ways = routes(scene, &Graph::of(scene, &layout));
        tracks = Tracks::of(&ways);
        Self { scene, layout, ways, tracks, out: String::new() }
    }

    #[cfg(test)]
    pub(super) fn into_layout(self) -> Layout {
        self.layout
    }

    /// The corners of every line, by net.
    #[cfg(test)]
    pub(super) fn corners(&self) -> Vec<(usize, Vec<(i32, i32)>)> {
        let wire = |way: &Way| self.scene.nets.get(way.net)?.wires.get(way.wire);
        self.ways.iter().filter_map(|way| Some((way.net, self.points(way, wire(way)?)))).collect()
    }

    fn document(mut self) -> String {
        let legend = self.legend();
        let notes = self.notes(self.layout.height + legend.1);
        let (width, height) = (self.layout.width.max(460), self.layout.height + legend.1 + notes.1 + 12);
        let title = Escaped(Clean(&self.scene.sorted.title)).to_string();
        let mut document = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n"
        );
        let _ = writeln!(document, "<rect width=\"{width}\" height=\"{height}\" fill=\"var(--page)\"/>");
        let heading = TITLE.fit(&self.scene.sorted.title, width - 2 * MARGIN);
        let _ = writeln!(
            document,
            "<text class=\"t\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
            MARGIN + 16,
            Escaped(heading)
        );
        self.body();
        document.push_str(&self.out);
        document.push_str(&legend.0);
        document.push_str(&notes.0);
        document.push_str("</svg>\n");
        document
    }

    /// The picture as a part of a page, whose style sheet and heading it takes; with its width and height.
    pub(super) fn part(mut self) -> (String, i32, i32) {
        let legend = self.legend();
        let (width, height) = (self.layout.width.max(460), self.layout.height + legend.1);
        let top = MARGIN + TITLE.size - 4;
        self.body();
        let part = format!(
            "<svg id=\"map\" class=\"map\" role=\"group\" aria-label=\"Who reaches whom\" \
             viewBox=\"0 {top} {width} {}\">\n{}{}</svg>\n",
            height - top,
            self.out,
            legend.0
        );
        (part, width, height - top)
    }

    fn body(&mut self) {
        self.markers();
        self.subtitle();
        self.sea();
        for at in 0..self.scene.blocks.len() {
            self.block(at);
        }
        self.lines();
        self.sea_words();
        for at in 0..self.scene.blocks.len() {
            self.contents(at);
        }
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    fn markers(&mut self) {
        self.out.push_str("<defs>");
        for class in ["i", "x", "in", "eg", "u"] {
            self.write(format_args!(
                "<marker id=\"a-{class}\" class=\"{class}\" viewBox=\"0 0 9 8\" refX=\"8\" refY=\"4\" markerWidth=\"9\" \
                 markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\">\
                 <path d=\"M0 0L9 4L0 8z\"/></marker>"
            ));
        }
        self.out.push_str("</defs>\n");
    }

    fn subtitle(&mut self) {
        let sorted = self.scene.sorted;
        let closed =
            sorted.namespaces.iter().filter(|(one, _)| one.default_deny_ingress && one.default_deny_egress);
        let mut text = format!(
            "{} in {}, {} of them closed both ways",
            count(sorted.workloads.len(), "workload"),
            count(sorted.namespaces.len(), "namespace"),
            closed.count()
        );
        if self.scene.coarse {
            text.push_str("; flows are drawn from compartment to compartment, the wider the more");
        }
        let y = MARGIN + 34;
        let text = SMALL.fit(&text, (self.layout.width - 2 * MARGIN).max(400));
        self.write(format_args!("<text class=\"s\" x=\"{MARGIN}\" y=\"{y}\">{}</text>\n", Escaped(text)));
    }

    fn sea(&mut self) {
        let Some(rect) = self.layout.water else { return };
        let mut wave = format!("M{} {}", rect.x, rect.y + 6);
        let crests = rect.width / 28;
        let last = rect.width - crests * 28;
        for crest in 0..crests {
            wave.push_str(if crest == 0 { "q7 -7 14 0t14 0" } else { "t14 0t14 0" });
        }
        let body = format!("{wave}h{last}V{}h-{}z", rect.bottom(), rect.width);
        self.write(format_args!(
            "<path class=\"sea\" d=\"{body}\"/><path class=\"wave\" d=\"{wave}h{last}\"/>\n"
        ));
    }

    /// Above the lines, which may have to pass here.
    fn sea_words(&mut self) {
        let (Some(rect), Some(water)) = (self.layout.water, &self.scene.collapsed.water) else { return };
        let (label, unknown) = self.scene.label(water.key);
        let may = if unknown { "may reach" } else { "reach" };
        let (sends, receives) = (count(water.sends.count(), "workload"), water.receives.count());
        let text = match water.sends == water.receives {
            true => format!("{sends} without a wall between them {may} each other: {label}"),
            false => format!("{sends} that send into it {may} all {receives} that it comes to: {label}"),
        };
        let text = SMALL.fit(&text, rect.width - 150);
        self.write(format_args!(
            "<text class=\"h halo\" x=\"{x}\" y=\"{y}\">Open water</text>\
             <text class=\"s halo\" x=\"{}\" y=\"{y}\">{}</text>\n",
            rect.x + 16 + HEAD.width("Open water") + 8,
            Escaped(text),
            x = rect.x + 16,
            y = rect.y + 30,
        ));
    }

    fn block(&mut self, at: usize) {
        let (Some(block), Some(rect)) = (self.scene.blocks.get(at), self.layout.blocks.get(&at).copied())
        else {
            return;
        };
        let (id, wet) = (block_id(block.what), if block.water { " wet" } else { "" });
        let lines = head_lines(self.scene, block);
        let Rect { x, y, width, height } = rect;
        match block.what {
            What::Namespace(at) => {
                let Some((one, _)) = self.scene.sorted.namespaces.get(at) else { return };
                let (left, right) = (gap(one.default_deny_ingress), gap(one.default_deny_egress));
                self.write(format_args!("<g class=\"n{wet}\" data-id=\"{id}\"><title>"));
                self.write(format_args!("{}", Escaped(Clean(lines.join("; ")))));
                self.write(format_args!(
                    "</title><rect class=\"hull\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"14\"/>"
                ));
                if left == right {
                    self.write(format_args!(
                        "<rect class=\"wall{left}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"14\"/>"
                    ));
                } else {
                    self.write(format_args!(
                        "<path class=\"wall{left}\" d=\"M{m} {y}H{a}q-14 0 -14 14V{b}q0 14 14 14H{m}\"/>\
                         <path class=\"wall{right}\" d=\"M{m} {y}H{c}q14 0 14 14V{b}q0 14 -14 14H{m}\"/>",
                        m = x + width / 2,
                        a = x + 14,
                        b = y + height - 14,
                        c = x + width - 14,
                    ));
                }
            }
            What::Source(_) | What::Target(_) => {
                self.write(format_args!("<g class=\"out\" data-id=\"{id}\"><title>"));
                self.write(format_args!("{}", Escaped(Clean(lines.join("; ")))));
                self.write(format_args!(
                    "</title><rect class=\"hull\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{}\"/>",
                    height.min(44) / 2
                ));
            }
        }
        for (row, line) in (0..).zip(&lines) {
            let (class, face) = head_face(self.scene, block, row);
            let text = face.fit(line, 260);
            let outside = !matches!(block.what, What::Namespace(_));
            let base = if outside { y + height / 2 + 5 } else { y + 5 + face.size.max(17) + row * 17 };
            self.write(format_args!(
                "<text class=\"{class}\" x=\"{}\" y=\"{base}\">{}</text>",
                x + 14,
                Escaped(text)
            ));
        }
        self.out.push_str("</g>\n");
    }

    fn lines(&mut self) {
        let ways = std::mem::take(&mut self.ways);
        self.out.push_str("<g>\n");
        for way in &ways {
            let Some(net) = self.scene.nets.get(way.net) else { continue };
            let Some(wire) = net.wires.get(way.wire) else { continue };
            let points = self.points(way, wire);
            let (kind, width) = (kind(wire.at, net), if self.scene.coarse { weight(wire.pairs) } else { "" });
            let (from, to) = (self.scene.name(wire.at, None), self.scene.name(net.at, None));
            let ports = inlet_text(self.scene, way.net).1;
            self.write(format_args!(
                "<path class=\"l {kind}{width}\" marker-start=\"url(#a-{kind})\" data-k=\"{}\" data-a=\"{}\" data-b=\"{}\" d=\"{}\">\
                 <title>{} → {}: {}</title></path>\n",
                way.net,
                id(wire.at),
                id(net.at),
                rounded(&points),
                Escaped(Clean(from)),
                Escaped(Clean(to)),
                Escaped(Clean(ports)),
            ));
        }
        self.out.push_str("</g>\n");
        self.ways = ways;
    }

    /// The corners of a line, from its head to its tail.
    fn points(&self, way: &Way, wire: &Wire) -> Vec<(i32, i32)> {
        let inlet = self.layout.inlets.get(&way.net).copied().unwrap_or_default();
        let source = self.rect(wire.from);
        let mut points = vec![(inlet.x - 1, inlet.y + inlet.height / 2)];
        for (at, turn) in way.turns.iter().enumerate() {
            let x = self.tracks.x(&self.layout, turn.channel, way.net, turn.from.1);
            let before = at.checked_sub(1).and_then(|at| way.turns.get(at)).map_or(turn.x, |turn| turn.x);
            let y = self.tracks.y(&self.layout, turn.from.0, way.net, before);
            let next = self.tracks.y(&self.layout, turn.to.0, way.net, turn.x);
            points.extend([(x, y), (x, next)]);
        }
        let last = points.last().map_or(0, |(_, y)| *y);
        points.push((source.right(), last));
        points
    }

    fn rect(&self, place: Place) -> Rect {
        let rect = match place.item {
            Some(item) => self.layout.items.get(&(place.block, item)),
            None => self.layout.blocks.get(&place.block),
        };
        rect.copied().unwrap_or_default()
    }

    fn contents(&mut self, at: usize) {
        let Some(block) = self.scene.blocks.get(at) else { return };
        for item in 0..block.items.len() {
            self.item(Place { block: at, item: Some(item) });
        }
        self.labels(Place { block: at, item: None });
    }

    fn item(&mut self, place: Place) {
        let Some(item) = self.scene.item(place) else { return };
        let Some(first) = item.members.first().copied() else { return };
        let Some(node) = self.scene.sorted.workloads.get(first) else { return };
        let Rect { x, y, width, height } = self.rect(place);
        let (name, detail) = item_words(self.scene, item);
        let detail = PORT.fit(&detail, DETAIL_WIDTH);
        let sign = if node.exposed { SIGN } else { 0 };
        let name = NAME.fit(&name, width - 34 - sign - PORT.width(&detail));
        let ids: Vec<String> = item.members.iter().map(|member| format!("w{member}")).collect();
        self.write(format_args!(
            "<g class=\"w\" data-id=\"{}\" data-n=\"n{}\"{}><title>{}</title>\
             <rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"5\"/>",
            ids.join(" "),
            node.namespace,
            self.wet(&item.members),
            Escaped(Clean(self.told(&item.members))),
        ));
        for (closed, x) in [(node.isolated_ingress, x + 2), (node.isolated_egress, x + width - 2)] {
            if closed {
                self.write(format_args!("<path class=\"bar\" d=\"M{x} {}V{}\"/>", y + 3, y + height - 3));
            }
        }
        let middle = y + height / 2;
        if node.exposed {
            let x = x + 14;
            self.write(format_args!(
                "<circle class=\"sign\" cx=\"{x}\" cy=\"{middle}\" r=\"5\"/><circle class=\"sign\" cx=\"{x}\" cy=\"{middle}\" r=\"2\"/>"
            ));
        }
        self.write(format_args!(
            "<text x=\"{}\" y=\"{base}\">{}</text><text class=\"d\" x=\"{}\" y=\"{base}\">{}</text></g>\n",
            x + 10 + sign,
            Escaped(name),
            x + width - 9,
            Escaped(detail),
            base = middle + 4,
        ));
        self.labels(place);
    }

    /// How workloads lie in the open water.
    fn wet(&self, members: &[usize]) -> String {
        let Some(water) = &self.scene.collapsed.water else { return String::new() };
        let some = |bits: &Bits| members.iter().any(|member| bits.contains(*member));
        match (some(&water.sends), some(&water.receives)) {
            (false, false) => String::new(),
            (sends, receives) => {
                let (sends, receives) = (if sends { "s" } else { "" }, if receives { "r" } else { "" });
                format!(" data-sea=\"{sends}{receives}\"")
            }
        }
    }

    /// What a tooltip says of workloads.
    fn told(&self, members: &[usize]) -> String {
        let nodes = members.iter().filter_map(|member| self.scene.sorted.workloads.get(*member));
        let names = nodes.clone().map(|node| format!("{} {}", node.kind, node.name));
        let mut told = listed(names.collect());
        if let Some(node) = nodes.clone().next() {
            let state = |closed: bool| if closed { "closed" } else { "open" };
            let pods = nodes.fold(0_u32, |sum, node| sum.saturating_add(node.instances));
            let exposed = if node.exposed { "; reached from outside the cluster" } else { "" };
            let _ = write!(
                told,
                "; {}; ingress {}, egress {}{exposed}",
                count(usize::try_from(pods).unwrap_or(usize::MAX), "pod"),
                state(node.isolated_ingress),
                state(node.isolated_egress)
            );
        }
        told
    }

    fn id_of(&self, place: Place) -> String {
        match self.scene.item(place).and_then(|item| item.members.first()) {
            Some(member) => format!("w{member}"),
            None => self.scene.blocks.get(place.block).map_or_else(String::new, |block| block_id(block.what)),
        }
    }

    /// What stands at the walls of a box.
    fn labels(&mut self, place: Place) {
        let Some(ports) = self.scene.ports(place) else { return };
        for &number in &ports.inlets {
            let (Some(net), Some(rect)) = (self.scene.nets.get(number), self.layout.inlets.get(&number))
            else {
                continue;
            };
            self.inlet(number, net, *rect);
        }
        for (at, tag) in ports.tags.iter().enumerate() {
            let Some(rect) = self.layout.tags.get(&(place, at)).copied() else { continue };
            let unknown = if tag.unknown { " u" } else { "" };
            let of = self.id_of(place);
            self.write(format_args!(
                "<g class=\"m\" data-of=\"{of}\"><title>{}</title>",
                Escaped(Clean(&tag.text))
            ));
            let _ = write!(self.out, "{}", cell(rect, unknown));
            self.write(format_args!(
                "<text class=\"p who\" x=\"{}\" y=\"{}\">{}</text></g>\n",
                rect.x + 7,
                rect.y + 12,
                Escaped(MARK.fit(&tag.text, tag_room(self.scene.coarse)))
            ));
        }
    }

    fn inlet(&mut self, number: usize, net: &Net, rect: Rect) {
        let (who, ports) = inlet_cells(self.scene, number);
        let wires = net.wires.iter().map(|wire| wire.at);
        let from: Vec<At> = net.marks.iter().copied().chain(wires).collect();
        let names = from.iter().map(|at| self.scene.name(*at, None)).collect();
        let kind = from.first().map_or("x", |at| kind(*at, net));
        let marks: Vec<String> = net.marks.iter().map(|at| id(*at)).collect();
        let class = if who.is_empty() { "k" } else { "k m" };
        self.write(format_args!(
            "<g class=\"{class} {kind}\" data-k=\"{number}\" data-a=\"{}\" data-b=\"{}\"><title>{} → {}: {}</title>",
            marks.join(" "),
            id(net.at),
            Escaped(Clean(listed(names))),
            Escaped(Clean(self.scene.name(net.at, None))),
            Escaped(Clean(inlet_text(self.scene, number).1)),
        ));
        self.pill(rect, if net.unknown { " u" } else { "" });
        let mut x = rect.x + 5;
        let y = rect.y + 12;
        if !who.is_empty() {
            let width = MARK.width(&who) + 14;
            let _ = write!(self.out, "{}", cell(Rect { width, ..rect }, ""));
            self.write(format_args!(
                "<text class=\"p who\" x=\"{}\" y=\"{y}\">{}</text>",
                x + 1,
                Escaped(&who)
            ));
            x += MARK.width(&who) + 12;
        }
        self.write(format_args!("<text class=\"p\" x=\"{x}\" y=\"{y}\">{}</text></g>\n", Escaped(ports)));
    }

    fn pill(&mut self, rect: Rect, unknown: &str) {
        let Rect { x, y, width, height } = rect;
        self.write(format_args!(
            "<rect class=\"pill{unknown}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{}\"/>",
            height / 2
        ));
    }
}

/// A name for a place that scripts of the page compare.
pub(super) fn id(at: At) -> String {
    match at {
        At::Everyone => "all".to_owned(),
        At::Water => "sea".to_owned(),
        At::Namespace(at) => format!("n{at}"),
        At::Workload(at) => format!("w{at}"),
        At::Outside(at) => format!("o{at}"),
    }
}

fn block_id(what: What) -> String {
    match what {
        What::Namespace(at) => format!("n{at}"),
        What::Source(at) | What::Target(at) => format!("o{at}"),
    }
}

/// A filled tag that points to the right.
pub(super) fn cell(rect: Rect, class: &str) -> String {
    let Rect { x, y, width, .. } = rect;
    format!(
        "<path class=\"cell{class}\" d=\"M{} {y}h{w}l6 8l-6 8h-{w}a8 8 0 0 1 0 -16z\"/>",
        x + 8,
        w = width - 14
    )
}

fn gap(closed: bool) -> &'static str {
    if closed { "" } else { " gap" }
}

fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let mut list = names.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(list, " and {more} more");
    }
    list
}

/// What kind of line it is: colour, weight and dashes say the same.
pub(super) fn kind(from: At, net: &Net) -> &'static str {
    let within = |at: At| matches!(at, At::Workload(_));
    match (from, net.at) {
        _ if net.unknown => "u",
        (At::Outside(_), _) => "in",
        (_, At::Outside(_)) => "eg",
        (from, to)
            if within(from)
                && within(to)
                && net.wires.iter().any(|wire| wire.at == from && wire.from.block == net.to.block) =>
        {
            "i"
        }
        _ => "x",
    }
}

fn weight(pairs: usize) -> &'static str {
    match pairs {
        0..=9 => "",
        10..=99 => " w2",
        100..=999 => " w3",
        _ => " w4",
    }
}

/// A line through these points with round corners.
fn rounded(points: &[(i32, i32)]) -> String {
    let mut corners: Vec<(i32, i32)> = Vec::new();
    for &point in points {
        if let [.., before, last] = corners.as_slice() {
            let straight =
                (before.0 == last.0 && last.0 == point.0) || (before.1 == last.1 && last.1 == point.1);
            if straight {
                corners.pop();
            }
        }
        if corners.last() != Some(&point) {
            corners.push(point);
        }
    }
    let mut path = String::new();
    for (at, &(x, y)) in corners.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| corners.get(at));
        let (Some(&(bx, by)), Some(&(ax, ay))) = (before, corners.get(at + 1)) else {
            let _ = write!(path, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
            continue;
        };
        let radius = |dx: i32, dy: i32| (dx.abs() + dy.abs()) / 2;
        let r = radius(bx - x, by - y).min(radius(ax - x, ay - y)).min(7);
        let (fx, fy) = (x + (bx - x).signum() * r, y + (by - y).signum() * r);
        let (tx, ty) = (x + (ax - x).signum() * r, y + (ay - y).signum() * r);
        let _ = write!(path, "L{fx} {fy}Q{x} {y} {tx} {ty}");
    }
    path
}
