//! What a scan found: by layer and control, what was waived, what is not known, and what was judged.

use std::collections::BTreeMap;
use std::io::{self, Write};

use watertight_engine::Control;
use watertight_model::{Finding, Layer, Severity, Verdict};

use super::svg::safe;
use crate::Report;
use crate::html::{picture, source, text};
use crate::style::plural;
use crate::told::{
    ASSUME_COMPLETE, Open, Told, decided, judged_text, note_text, verdict_text, waived_text, waiver_text,
};

/// Findings of one control that are told, and those of them with their source lines.
const TOLD: usize = 20;
const SHOWN: usize = 2;
/// Findings of a list that are told.
const LISTED: usize = 100;

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary();
    writeln!(
        out,
        "<section id=\"findings\">\n<h2>Findings by layer</h2>\n<p>{}{}; {}.</p>",
        verdict_text(report, &summary).0,
        waived_text(&summary),
        judged_text(report)
    )?;
    writeln!(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings by layer and severity\">"
    )?;
    picture::write(&summary, out)?;
    writeln!(out, "</div>")?;
    let mut layers: BTreeMap<Layer, BTreeMap<&str, Vec<&Finding>>> = BTreeMap::new();
    for finding in report.outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        layers.entry(finding.layer).or_default().entry(finding.control).or_default().push(finding);
    }
    for (layer, controls) in layers {
        let count: usize = controls.values().map(Vec::len).sum();
        writeln!(out, "<h3>{layer} <span class=\"faint\">{}</span></h3>", plural(count, "finding"))?;
        let mut controls: Vec<(&str, Vec<&Finding>)> = controls.into_iter().collect();
        controls.sort_by_key(|(name, found)| {
            (std::cmp::Reverse(worst(found)), std::cmp::Reverse(found.len()), *name)
        });
        controls.iter().try_for_each(|(name, found)| control(report, name, found, out))?;
    }
    waived(report, out)?;
    unknown(report, out)?;
    coverage(report, out)?;
    writeln!(out, "</section>")
}

fn worst(found: &[&Finding]) -> Option<Severity> {
    found.iter().map(|finding| finding.severity).max()
}

fn control(report: &Report<'_>, name: &str, found: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let Some(severity) = worst(found) else { return Ok(()) };
    writeln!(
        out,
        "<details class=\"control {severity}\">\n<summary><span class=\"severity\">{severity}</span> {} <code>{name}</code> \
         <span class=\"count\">{}</span></summary>",
        text(report.title(name)),
        plural(found.len(), "finding")
    )?;
    if let Some(first) = found.first() {
        let told = Told::of(report, first);
        writeln!(out, "<dl>")?;
        for (name, note) in told.notes().filter(|(name, _)| *name != "seen") {
            writeln!(out, "<dt>{name}</dt><dd>{}</dd>", text(note))?;
        }
        writeln!(out, "</dl>")?;
    }
    writeln!(out, "<ul class=\"found\">")?;
    for (at, finding) in found.iter().take(TOLD).enumerate() {
        let told = Told::of(report, finding);
        let who = safe(finding.identity(report.snapshot));
        let place =
            told.shown.as_ref().map(|(place, _)| format!(" <code class=\"faint\">{}</code>", safe(place)));
        let seen = told.seen.as_deref().map(|seen| format!(" <span class=\"faint\">{}</span>", text(seen)));
        let (place, seen) = (place.unwrap_or_default(), seen.unwrap_or_default());
        if at < SHOWN {
            writeln!(out, "<li><strong>{who}</strong>: {}{seen}", text(&finding.message))?;
            source(&told, out)?;
            writeln!(out, "</li>")?;
        } else {
            writeln!(out, "<li><strong>{who}</strong>: {}{seen}{place}</li>", text(&finding.message))?;
        }
    }
    if let Some(more) = found.len().checked_sub(TOLD).filter(|more| *more > 0) {
        writeln!(
            out,
            "<li class=\"faint\">and {more} more; <code>watertight scan --select {name}</code> tells all</li>"
        )?;
    }
    writeln!(out, "</ul>\n</details>")
}

fn waived(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = decided(report).count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "<h3>Waived <span class=\"faint\">{}</span></h3>\n<ul>", plural(count, "finding"))?;
    for (finding, waiver) in decided(report).take(LISTED) {
        writeln!(
            out,
            "<li class=\"{}\"><span class=\"severity\">{}</span> <code>{}</code> on <strong>{}</strong>: {}<br/><span \
             class=\"faint\">{}</span></li>",
            finding.severity,
            finding.severity,
            finding.control,
            safe(finding.identity(report.snapshot)),
            text(&finding.message),
            text(&waiver_text(waiver))
        )?;
    }
    rest(count, out)?;
    writeln!(out, "</ul>")
}

fn rest(count: usize, out: &mut dyn Write) -> io::Result<()> {
    match count.checked_sub(LISTED).filter(|more| *more > 0) {
        Some(more) => writeln!(out, "<li class=\"faint\">and {more} more</li>"),
        None => Ok(()),
    }
}

fn unknown(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let open = Open::all(report);
    if open.is_empty() {
        return Ok(());
    }
    let verdicts: usize = open.iter().map(|question| question.count).sum();
    writeln!(out, "<h3>Unknown <span class=\"faint\">{}</span></h3>\n<ul>", plural(verdicts, "verdict"))?;
    for question in open.iter().take(LISTED) {
        writeln!(
            out,
            "<li><code>{}</code> on <strong>{}</strong>: {}</li>",
            safe(question.asked_by()),
            safe(question.of(report)),
            text(question.why)
        )?;
    }
    rest(open.len(), out)?;
    writeln!(out, "</ul>")
}

/// What ran, and what it gave: silence of a control that judged nothing is no good news.
fn coverage(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h3>Coverage</h3>")?;
    let notes = &report.outcome.notes;
    if !notes.is_empty() {
        writeln!(out, "<ul>")?;
        for (kind, note) in notes {
            writeln!(out, "<li>{}</li>", text(&note_text(kind, note)))?;
        }
        writeln!(out, "</ul>\n<p class=\"faint\">{}.</p>", text(ASSUME_COMPLETE))?;
    }
    writeln!(
        out,
        "<details>\n<summary>What {} gave</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Verdicts by control\"><table>\n<caption>Subjects by control and verdict</caption>\n<thead><tr><th \
         scope=\"col\">control</th><th scope=\"col\">layer</th>",
        plural(report.controls.len(), "control")
    )?;
    for name in ["failed", "passed", "unknown", "not in view", "not concerned"] {
        write!(out, "<th scope=\"col\" class=\"number\">{name}</th>")?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for control in &report.controls {
        row(report, control, out)?;
    }
    writeln!(out, "</tbody>\n</table></div>\n</details>")
}

fn row(report: &Report<'_>, control: &Control, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.outcome.counts.get(control.name).copied().unwrap_or_default();
    write!(out, "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td>", control.name, control.layer)?;
    for count in [counts.failed, counts.passed, counts.unknown, counts.not_in_view, counts.not_applicable] {
        let faint = if count == 0 { " faint" } else { "" };
        write!(out, "<td class=\"number{faint}\">{count}</td>")?;
    }
    writeln!(out, "</tr>")
}
