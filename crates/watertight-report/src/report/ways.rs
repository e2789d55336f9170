//! The ways: each as a chain of boxes, and its steps with their evidence in words.

use std::io::{self, Write};

use super::Way;
use super::svg::{BOLD, SMALL, Screen, Svg, safe, short};
use crate::blast::StepRow;
use crate::html::text;
use crate::style::plural;

/// Steps that are drawn of one way, and ways that are open at once.
const DRAWN: usize = 40;
const OPEN: usize = 3;
/// Pieces of evidence that are told of a step.
const EVIDENCE: usize = 12;

pub(super) fn write(ways: &[Way], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"ways\">\n<h2>The top paths</h2>")?;
    if ways.is_empty() {
        writeln!(out, "<p>From no entry point in what was seen does a path lead to a goal.</p>")?;
    } else {
        writeln!(
            out,
            "<p>From the internet and from the worst entry points to the worst goal that each gets to, the shortest \
             first of those that really differ. A dashed arrow needs a flaw in a program that listens; a thin one \
             follows by itself.</p>"
        )?;
    }
    for (number, way) in ways.iter().enumerate() {
        let flaws = match way.path.flaws {
            0 => "without a flaw in any software".to_owned(),
            flaws => format!("{flaws} of them through a flaw"),
        };
        writeln!(
            out,
            "<article class=\"way\">\n<h3>{}. {} → {}</h3>\n<p class=\"faint\">{}, {flaws}</p>",
            number + 1,
            safe(short(&way.from)),
            safe(short(&way.to)),
            plural(way.path.length, "step")
        )?;
        for screen in Screen::BOTH {
            out.write_all(draw(number, way, screen).0.as_bytes())?;
        }
        let open = if number < OPEN { " open=\"\"" } else { "" };
        writeln!(
            out,
            "<details{open}>\n<summary>Each step, with its evidence</summary>\n<ol class=\"steps\">"
        )?;
        way.path.steps.iter().try_for_each(|step| words(step, out))?;
        writeln!(out, "</ol>\n</details>\n</article>")?;
    }
    writeln!(out, "</section>")
}

fn how(step: &StepRow) -> String {
    match step.edge {
        "by-definition" => "which gives".to_owned(),
        edge => edge.to_owned(),
    }
}

fn words(step: &StepRow, out: &mut dyn Write) -> io::Result<()> {
    let with: String = step.with.iter().map(|own| format!(" and <strong>{}</strong>", safe(own))).collect();
    write!(
        out,
        "<li><p><strong>{}</strong>{with} → <strong>{}</strong><br/>",
        safe(&step.from),
        safe(&step.to)
    )?;
    match step.edge {
        "by-definition" => write!(out, "<span class=\"faint\">follows by itself</span>")?,
        edge => {
            let technique =
                if step.technique.is_empty() { String::new() } else { format!(", {}", step.technique) };
            let flaw = if step.needs_flaw { " <span class=\"flaw\">needs a flaw there</span>" } else { "" };
            write!(out, "{} <span class=\"faint\">({edge}{technique})</span>{flaw}", text(step.title))?;
        }
    }
    writeln!(out, "</p>")?;
    if !step.evidence.is_empty() {
        writeln!(out, "<ul>")?;
        for evidence in step.evidence.iter().take(EVIDENCE) {
            let at = evidence.origin.as_ref().map(|at| format!(" <code class=\"faint\">{}</code>", safe(at)));
            writeln!(out, "<li>{}{}</li>", text(&evidence.text), at.unwrap_or_default())?;
        }
        if let Some(more) = step.evidence.len().checked_sub(EVIDENCE).filter(|more| *more > 0) {
            writeln!(out, "<li class=\"faint\">and {more} more</li>")?;
        }
        writeln!(out, "</ul>")?;
    }
    if !step.removed_by.is_empty() {
        writeln!(out, "<p class=\"faint\">Taken away by: {}</p>", text(&step.removed_by.join("; ")))?;
    }
    writeln!(out, "</li>")
}

/// A box, and how the one before it in its chain leads there.
struct Link<'a> {
    label: String,
    more: Vec<&'a str>,
    by: Option<&'a StepRow>,
}

/// The steps as chains: one that does not begin where the last one ended begins a chain of its own.
fn chains<'a>(way: &'a Way) -> Vec<Vec<Link<'a>>> {
    let mut chains: Vec<Vec<Link<'a>>> = Vec::new();
    let mut last: Option<&str> = None;
    for step in way.path.steps.iter().take(DRAWN) {
        let goes_on = last == Some(step.from.as_str()) && step.with.is_empty();
        if !goes_on {
            let more = step.with.iter().map(String::as_str).collect();
            chains.push(vec![Link { label: step.from.clone(), more, by: None }]);
        }
        if let Some(chain) = chains.last_mut() {
            chain.push(Link { label: step.to.clone(), more: Vec::new(), by: Some(step) });
        }
        last = Some(&step.to);
    }
    chains
}

/// Kind and namespace, and the name; of an image the reference as a whole.
fn parts(label: &str) -> (String, &str) {
    let Some((kind, rest)) = label.split_once('/') else { return (String::new(), label) };
    match rest
        .split_once('/')
        .filter(|(_, name)| !name.contains('/') && !matches!(kind, "image" | "registry" | "cloud"))
    {
        Some((namespace, name)) => (format!("{kind} · {namespace}"), name),
        None => (kind.to_owned(), rest),
    }
}

const BOX: i32 = 52;

/// The picture of a way, and how high it is.
pub(super) fn draw(number: usize, way: &Way, screen: Screen) -> (String, i32) {
    let mut svg = Svg::new(screen);
    let marker = format!("w{number}-{}", screen.class());
    svg.put(format_args!(
        "<defs><marker id=\"{marker}\" class=\"tip\" viewBox=\"0 0 9 8\" refX=\"8.5\" refY=\"4\" markerWidth=\"9\" markerHeight=\"8\" \
         markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L9 4L0 8z\"/></marker></defs>"
    ));
    let (width, box_width, side_by_side) = match screen {
        Screen::Wide => (1104, 186, 4),
        Screen::Narrow => (352, 348, 1),
    };
    let mut y = 2;
    let chains = chains(way);
    let count = chains.len();
    for (number_of, chain) in chains.iter().enumerate() {
        let lay = Lay {
            width,
            box_width,
            side_by_side,
            top: y,
            marker: &marker,
            last: chain.len() - 1,
            ends: number_of + 1 == count,
        };
        let mut bottom = y;
        for (at, link) in chain.iter().enumerate() {
            bottom = lay.link(at, link, &mut svg);
        }
        y = bottom + 18;
    }
    let steps = way.path.steps.iter().map(|step| format!("{} by {} to {}", step.from, how(step), step.to));
    let says = steps.take(DRAWN).collect::<Vec<_>>().join("; ");
    let title = format!("Path from {} to {}", way.from, way.to);
    let height = y - 14;
    (svg.done("chain", &format!("way-{number}"), (width, height), &title, &says), height)
}

/// Where a chain lies.
struct Lay<'a> {
    width: i32,
    box_width: i32,
    side_by_side: i32,
    top: i32,
    marker: &'a str,
    last: usize,
    /// Whether it gets to the goal.
    ends: bool,
}

impl Lay<'_> {
    fn place(&self, at: usize) -> (i32, i32) {
        let at = i32::try_from(at).unwrap_or(0);
        let (column, line) = (at % self.side_by_side, at / self.side_by_side);
        let gap = match self.side_by_side {
            1 => 0,
            many => (self.width - 4 - many * self.box_width) / (many - 1),
        };
        (2 + column * (self.box_width + gap), self.top + line * (BOX + 44))
    }

    /// Draws a box and the arrow to it; how far down it goes.
    fn link(&self, at: usize, link: &Link<'_>, svg: &mut Svg) -> i32 {
        let (x, y) = self.place(at);
        if let (Some(step), Some(before)) = (link.by, at.checked_sub(1)) {
            self.arrow(self.place(before), (x, y), step, svg);
        }
        let class = if at == self.last && self.ends { "stop goal" } else { "stop" };
        let first = if at == 0 { " begin" } else { "" };
        svg.put(format_args!(
            "<g class=\"{class}{first}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{BOX}\" rx=\"6\"/>",
            safe(&link.label),
            self.box_width
        ));
        let (kind, name) = parts(&link.label);
        let more = match link.more.len() {
            0 => String::new(),
            _ => format!(" and {}", link.more.join(" and ")),
        };
        let room = self.box_width - 18;
        if kind.is_empty() {
            svg.text("name", BOLD, (x + 9, y + 31), room, &format!("{name}{more}"));
        } else {
            svg.text("small", SMALL, (x + 9, y + 19), room, &kind);
            svg.text("name", BOLD, (x + 9, y + 38), room, &format!("{name}{more}"));
        }
        svg.put(format_args!("</g>"));
        y + BOX
    }

    fn arrow(&self, from: (i32, i32), to: (i32, i32), step: &StepRow, svg: &mut Svg) {
        let class = match (step.edge, step.needs_flaw) {
            ("by-definition", _) => "arrow thin",
            (_, true) => "arrow flaw",
            (_, false) => "arrow",
        };
        let how = how(step);
        let below = match (step.technique.is_empty(), step.needs_flaw) {
            (true, _) => String::new(),
            (false, true) => format!("{} · by a flaw", step.technique),
            (false, false) => step.technique.to_owned(),
        };
        let marker = self.marker;
        if from.1 == to.1 {
            let (start, end, y) = (from.0 + self.box_width, to.0, from.1 + BOX / 2);
            svg.put(format_args!(
                "<path class=\"{class}\" marker-end=\"url(#{marker})\" d=\"M{start} {y}H{end}\"/>"
            ));
            let room = end - start - 12;
            svg.text("small", SMALL, (start + 4, y - 6), room, &how);
            svg.text("small faint", SMALL, (start + 4, y + 15), room, &below);
            return;
        }
        let (start, end) = (from.1 + BOX, to.1);
        if self.side_by_side == 1 {
            let x = from.0 + 22;
            svg.put(format_args!(
                "<path class=\"{class}\" marker-end=\"url(#{marker})\" d=\"M{x} {start}V{end}\"/>"
            ));
            let words = if below.is_empty() { how } else { format!("{how} · {below}") };
            svg.text("small", SMALL, (x + 12, (start + end) / 2 + 4), self.width - x - 14, &words);
            return;
        }
        // To the next line: down, back to the left, and down again.
        let (right, left, middle) =
            (from.0 + self.box_width / 2, to.0 + self.box_width / 2, (start + end) / 2 + 4);
        svg.put(format_args!(
            "<path class=\"{class}\" marker-end=\"url(#{marker})\" d=\"M{right} {start}V{middle}H{left}V{end}\"/>"
        ));
        let words = if below.is_empty() { how } else { format!("{how} · {below}") };
        svg.text("small", SMALL, (left + 14, middle - 5), right - left - 30, &words);
    }
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn labels_are_told_in_two_lines() {
        assert_eq!(parts("deployment/shop/web#app"), ("deployment · shop".to_owned(), "web#app"));
        assert_eq!(parts("image/host/web:1"), ("image".to_owned(), "host/web:1"));
        assert_eq!(parts("goal/cluster-admin"), ("goal".to_owned(), "cluster-admin"));
        assert_eq!(parts("internet"), (String::new(), "internet"));
    }
}
