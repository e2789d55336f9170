//! Every gap, and what is taken for granted.

use std::io::{self, Write};

use super::Page;
use super::svg::safe;
use crate::html::text;
use crate::style::plural;

/// Gaps and notes that are told.
const GAPS: usize = 1000;
const NOTES: usize = 100;

pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let gaps = page.gaps();
    writeln!(out, "<section id=\"gaps\">\n<h2>Gaps</h2>")?;
    if gaps.is_empty() {
        writeln!(out, "<p>Everything that was there could be read and judged.</p>")?;
    } else {
        writeln!(
            out,
            "<p>{}: this was there and could not be read or judged. What is behind it is not known.</p>\n<ul \
             class=\"gaps\">",
            plural(gaps.len(), "gap")
        )?;
        for (what, why) in gaps.iter().take(GAPS) {
            writeln!(out, "<li><code>{}</code>: {}</li>", safe(what), text(why))?;
        }
        if let Some(more) = gaps.len().checked_sub(GAPS).filter(|more| *more > 0) {
            writeln!(
                out,
                "<li class=\"faint\">and {more} more; <code>watertight scan</code> tells all</li>"
            )?;
        }
        writeln!(out, "</ul>")?;
    }
    let remarks = &page.judged.outcome.remarks;
    if !remarks.is_empty() {
        writeln!(out, "<h3>Settings</h3>\n<ul>")?;
        for remark in remarks.iter().take(GAPS) {
            writeln!(out, "<li><code>{}</code>: {}</li>", safe(&remark.place), text(&remark.message))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>\n<section id=\"granted\">\n<h2>What is taken for granted</h2>\n<ul>")?;
    for note in page.about.notes.iter().take(NOTES) {
        writeln!(out, "<li>{}</li>", text(note))?;
    }
    if let Some(more) = page.about.notes.len().checked_sub(NOTES).filter(|more| *more > 0) {
        writeln!(out, "<li class=\"faint\">and {more} more; <code>watertight blast</code> tells all</li>")?;
    }
    writeln!(
        out,
        "<li>Names can be guessed, sockets that are mounted exist, and the kubelet is reached through the API \
         server; <code>docs/blast-radius.md</code> has the whole list.</li>\n<li>Falling by a flaw: one listening program per hop \
         through the network may have a flaw; the API server, the kubelet and etcd have none.</li>\n</ul>\n</section>"
    )
}
