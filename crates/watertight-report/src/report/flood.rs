//! The section with the cluster as compartments: which entry point, what the signs mean, the picture, and in words.

use std::io::{self, Write};

use super::svg::{Screen, safe};
use super::{Cluster, Flooded, Level, compartments, tanks};

/// What is drawn at most in one picture.
pub(super) const DRAWN: usize = 300;

/// In one word, and in a few.
pub(super) fn word(level: Level) -> &'static str {
    match level {
        Level::Direct => "falls",
        Level::Flaws => "by a flaw",
        Level::Dry => "holds",
    }
}

/// The class that paints it.
pub(super) fn class(level: Level) -> &'static str {
    match level {
        Level::Direct => "direct",
        Level::Flaws => "flaws",
        Level::Dry => "dry",
    }
}

/// The patterns that a picture fills with, each differing in form as well as in colour.
pub(super) fn patterns(screen: Screen) -> String {
    let own = screen.class();
    format!(
        "<defs><pattern id=\"p-direct-{own}\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"pd\" width=\"7\" height=\"7\"/><path class=\"pl\" d=\"M0 0V7\"/></pattern>\
         <pattern id=\"p-flaws-{own}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
         <rect class=\"pf\" width=\"8\" height=\"8\"/><circle class=\"pc\" cx=\"2\" cy=\"2\" r=\"1\"/>\
         <circle class=\"pc\" cx=\"6\" cy=\"6\" r=\"1\"/></pattern></defs>"
    )
}

/// How a shape of a level is filled in a picture.
pub(super) fn fill(level: Level, screen: Screen) -> String {
    match level {
        Level::Dry => "var(--page)".to_owned(),
        level => format!("url(#p-{}-{})", class(level), screen.class()),
    }
}

/// `3 of 7 fall, 2 of them directly`.
pub(super) fn told(flooded: Flooded, what: &str) -> String {
    match (flooded.flaws, flooded.direct) {
        (0, _) => format!("none of {} {what} falls", flooded.all),
        (fall, direct) if direct == fall => format!("{fall} of {} {what} fall directly", flooded.all),
        (fall, 0) => format!("{fall} of {} {what} fall by a flaw", flooded.all),
        (fall, direct) => format!("{fall} of {} {what} fall, {direct} of them directly", flooded.all),
    }
}

pub(super) fn write(cluster: &Cluster, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"flood\">\n<h2>What floods</h2>")?;
    match &cluster.entry {
        Some(entry) => {
            let radius = &entry.radius;
            writeln!(
                out,
                "<p>The entry point that adds the most to the exposure is <strong class=\"breach\">{}</strong> ({}). \
                 With it falls <strong>{}</strong> of 100 of the cluster's value; without a flaw in any software, \
                 <strong>{}</strong>.</p>",
                safe(&radius.thing),
                entry.class,
                radius.score,
                radius.score_direct
            )?;
        }
        None => writeln!(out, "<p>From no entry point in what was seen does anything else fall.</p>")?,
    }
    legend(cluster, out)?;
    let most = cells_of_each(cluster);
    for screen in Screen::BOTH {
        let picture = match most {
            Some(most) => compartments::draw(cluster, screen, most),
            None => tanks::draw(cluster, screen),
        };
        out.write_all(picture.as_bytes())?;
    }
    words(cluster, out)?;
    writeln!(out, "</section>")
}

/// How many cells of each compartment are drawn, so that all fit; `None` when those were too few to tell something.
fn cells_of_each(cluster: &Cluster) -> Option<usize> {
    /// Of compartments that cannot be drawn whole: at most, and at least.
    const PART: std::ops::RangeInclusive<usize> = 8..=23;
    let fixed = cluster.goals.len() + cluster.nodes.len().min(compartments::NODES + 1) + 1;
    let spaces = cluster.compartments.len();
    let cells: usize = cluster.compartments.iter().map(|own| own.workloads.len()).sum();
    let room = DRAWN.saturating_sub(fixed + spaces);
    if cells <= room {
        return Some(usize::MAX);
    }
    // One cell of each stands for the rest.
    let each = (room / spaces.max(1)).saturating_sub(1);
    (each >= *PART.start()).then_some(each.min(*PART.end()))
}

fn legend(cluster: &Cluster, out: &mut dyn Write) -> io::Result<()> {
    if cluster.goals.is_empty() && cluster.compartments.is_empty() {
        return Ok(());
    }
    writeln!(out, "<ul class=\"signs\">")?;
    for (class, words) in [
        ("direct", "hatched: falls without a flaw in any software"),
        ("flaws", "dotted: falls when one listening program per hop has a flaw"),
        ("dry", "blank: holds, in what was seen"),
        ("entry", "thick frame: the attack begins here"),
    ] {
        writeln!(out, "<li><span class=\"sign {class}\" aria-hidden=\"true\"></span>{words}</li>")?;
    }
    writeln!(out, "</ul>")
}

/// The same in a table, for those who do not see the picture, or want the numbers.
fn words(cluster: &Cluster, out: &mut dyn Write) -> io::Result<()> {
    /// Namespaces that are told.
    const TOLD: usize = 400;
    if cluster.compartments.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<details>\n<summary>The same as a table</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"What falls by namespace\"><table>\n<caption>What falls by namespace: with flaws, directly, of \
         all</caption>\n<thead><tr><th scope=\"col\">namespace</th><th scope=\"col\">workloads</th><th \
         scope=\"col\">Secrets</th><th scope=\"col\">service accounts</th></tr></thead>\n<tbody>"
    )?;
    let cell = |own: Flooded| match own.all {
        0 => "<td class=\"faint\">none</td>".to_owned(),
        all => format!("<td>{} · {} · {all}</td>", own.flaws, own.direct),
    };
    for own in cluster.compartments.iter().take(TOLD) {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th>{}{}{}</tr>",
            safe(&own.name),
            cell(Flooded::of(&own.workloads)),
            cell(own.secrets),
            cell(own.accounts)
        )?;
    }
    writeln!(out, "</tbody>\n</table></div>")?;
    if let Some(more) = cluster.compartments.len().checked_sub(TOLD).filter(|more| *more > 0) {
        writeln!(out, "<p class=\"faint\">and {more} more namespaces</p>")?;
    }
    writeln!(out, "</details>")
}
