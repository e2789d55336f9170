//! The page as a whole: head, the one number, and its sections in order.

use std::io::{self, Write};

use super::svg::safe;
use super::{Page, curve, findings, flood, frameworks, plan, seen, ways, worst};
use crate::html::STYLE;
use crate::style::plural;

const OWN: &str = concat!(include_str!("report.css"), include_str!("chain.css"));

/// The sections: where a link leads, and its words.
const SECTIONS: [(&str, &str); 9] = [
    ("exposure", "Exposure"),
    ("flood", "What floods"),
    ("ways", "Top paths"),
    ("plan", "Plan"),
    ("worst", "Worst things"),
    ("findings", "Findings"),
    ("frameworks", "Frameworks"),
    ("gaps", "Gaps"),
    ("granted", "Taken for granted"),
];

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    head(page, out)?;
    writeln!(out, "<main id=\"main\">")?;
    exposure(page, out)?;
    flood::write(&page.cluster, out)?;
    ways::write(&page.ways, out)?;
    plan::write(page.plan.as_ref(), out)?;
    worst::write(&page.overview, out)?;
    findings::write(page.judged, out)?;
    frameworks::write(page.judged, out)?;
    seen::write(page, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn head(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = safe(&page.title);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta \
         name=\"color-scheme\" content=\"light dark\"/>\n<title>Watertight report: {title}, exposure {} of \
         100</title>\n<style>\n{STYLE}{OWN}</style>\n</head>\n<body>",
        safe(&page.overview.exposure)
    )?;
    writeln!(
        out,
        "<a class=\"skip\" href=\"#main\">To the content</a>\n<header>\n<p class=\"brand\">Watertight</p>\n<h1>{title}</h1>\n<p \
         class=\"faint\">{}; watertight {}</p>\n<nav aria-label=\"Sections\"><ul>",
        crate::told::judged_text(page.judged),
        safe(page.about.tool_version)
    )?;
    let gaps = page.gaps().len();
    for (id, words) in SECTIONS {
        let count = match (id, gaps) {
            ("gaps", 1..) => format!(" <strong class=\"badge\">{gaps}</strong>"),
            _ => String::new(),
        };
        writeln!(out, "<li><a href=\"#{id}\">{words}{count}</a></li>")?;
    }
    writeln!(out, "</ul></nav>\n</header>")
}

fn exposure(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (overview, plan) = (&page.overview, page.plan.as_ref());
    let steps = plan.map_or(&[][..], |plan| &plan.steps);
    writeln!(
        out,
        "<section id=\"exposure\">\n<h2>Exposure</h2>\n<div class=\"hero\">\n<div>\n<p class=\"score\"><strong>{}</strong> \
         <span>of 100</span></p>\n<p>of the cluster's value falls on average with one way in, when one listening program \
         per hop may have a flaw.</p>\n<p class=\"score second\"><strong>{}</strong> <span>direct</span></p>\n<p>without a \
         flaw in any software.</p>",
        safe(&overview.exposure),
        safe(&overview.exposure_direct)
    )?;
    match (plan, steps.last()) {
        (_, Some(last)) => writeln!(
            out,
            "<p class=\"after\">After the {} of the plan: <strong>{}</strong>, direct <strong>{}</strong>.</p>",
            plural(steps.len(), "step"),
            safe(&last.exposure),
            safe(&last.exposure_direct)
        )?,
        (Some(_), None) => writeln!(out, "<p class=\"after\">No single change takes anything away.</p>")?,
        (None, None) => {}
    }
    let gaps = page.gaps().len();
    if gaps > 0 {
        writeln!(
            out,
            "<p class=\"warn\"><strong>{}</strong>: this is what was seen; <a href=\"#gaps\">what was not</a> could change \
             it.</p>",
            plural(gaps, "gap")
        )?;
    }
    writeln!(out, "</div>\n<figure>")?;
    out.write_all(curve::draw(overview, steps).as_bytes())?;
    writeln!(
        out,
        "<figcaption><span class=\"key flaws\" aria-hidden=\"true\"></span> solid, round: with flaws <span class=\"key direct\" \
         aria-hidden=\"true\"></span> dashed, square: direct</figcaption>\n</figure>\n</div>"
    )?;
    worst::classes(overview, out)?;
    writeln!(out, "</section>")
}
