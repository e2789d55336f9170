//! The worst things, and the classes of entry points.

use std::io::{self, Write};

use super::curve::tenths;
use super::svg::{safe, short};
use crate::blast::overview::Overview;
use crate::style::plural;

pub(super) fn write(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"worst\">\n<h2>The worst things</h2>")?;
    if overview.worst.is_empty() {
        return writeln!(out, "<p>There is nothing that could fall in what was seen.</p>\n</section>");
    }
    writeln!(
        out,
        "<p>How much of the cluster's value falls with each, of {}.</p>\n<div class=\"scroll\" tabindex=\"0\" \
         role=\"region\" aria-label=\"The worst things\"><table>\n<caption>The worst things, from 0 to \
         100</caption>\n<thead><tr><th scope=\"col\">thing</th><th scope=\"col\" class=\"number\">falls</th><th \
         scope=\"col\" class=\"number\">direct</th><th scope=\"col\">with it</th></tr></thead>\n<tbody>",
        plural(overview.things, "thing")
    )?;
    for row in &overview.worst {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th>{}{}<td>{}</td></tr>",
            safe(short(&row.thing)),
            bar(&row.score, "flaws"),
            bar(&row.score_direct, "direct"),
            safe(row.flags())
        )?;
    }
    writeln!(out, "</tbody>\n</table></div>\n</section>")
}

/// The classes of entry points, as a table.
pub(super) fn classes(overview: &Overview, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Ways in\"><table class=\"classes\">\n\
         <caption>By way in: the mean of what falls</caption>\n<thead><tr><th scope=\"col\">way in</th><th \
         scope=\"col\" class=\"number\">entries</th><th scope=\"col\" class=\"number\">falls</th><th scope=\"col\" \
         class=\"number\">direct</th></tr></thead>\n<tbody>"
    )?;
    for row in &overview.classes {
        writeln!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td>{}{}</tr>",
            safe(row.title),
            row.entries,
            bar(&row.score, "flaws"),
            bar(&row.score_direct, "direct")
        )?;
    }
    writeln!(out, "</tbody>\n</table></div>")
}

/// A figure over a bar as long as it says.
fn bar(score: &str, class: &str) -> String {
    let tenths = tenths(score).clamp(0, 1000);
    format!(
        "<td class=\"number bar {class}\"><span style=\"--part:{}.{}%\">{}</span></td>",
        tenths / 10,
        tenths % 10,
        safe(score)
    )
}
