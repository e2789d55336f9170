//! For people: findings by workload, worst first, each with its source lines, why and what to do;
//! then what was not seen, then the numbers.

use std::collections::BTreeMap;
use std::io::{self, Write};

use watertight_engine::Docs;
use watertight_model::{
    Change, Excerpt, Finding, Fix, Identity, Layer, ObjectId, START, Safety, Severity, Verdict,
};
use watertight_syntax::{Path, Segment};

use crate::style::{Clean, plural};
use crate::told::{
    ASSUME_COMPLETE, Open, Told, judged_text, note_text, verdict_text, waived_text, waiver_text,
};
use crate::{Report, Style, Summary};

/// Writes the whole report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (object, findings) in by_object(report) {
        heading(report, object, &findings, style, out)?;
        for finding in findings {
            show(report, finding, style, out)?;
        }
    }
    waived(report, style, out)?;
    remarks(report, style, out)?;
    unknown(report, style, out)?;
    notes(report, style, out)?;
    gaps(report, style, out)?;
    numbers(report, style, out)
}

/// Failures by object, the object with the worst first; within an object worst first.
pub(crate) fn by_object<'r>(report: &'r Report<'_>) -> Vec<(Option<ObjectId>, Vec<&'r Finding>)> {
    let mut order: Vec<(Option<ObjectId>, Vec<&Finding>)> = Vec::new();
    let mut place: BTreeMap<Option<ObjectId>, usize> = BTreeMap::new();
    // Findings are ranked already, so the first of an object is its worst.
    for finding in report.outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        let at = *place.entry(finding.object).or_insert_with(|| {
            order.push((finding.object, Vec::new()));
            order.len() - 1
        });
        order[at].1.push(finding);
    }
    order
}

fn heading(
    report: &Report<'_>,
    id: Option<ObjectId>,
    findings: &[&Finding],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut about = plural(findings.len(), "finding");
    let identity = match id.map(|id| report.snapshot.object(id)) {
        Some(object) => {
            about = format!("{} · {about}", object.origin().name());
            object.identity().clone()
        }
        None => Identity::cluster(),
    };
    writeln!(out, "{}  {}", style.strong(identity), style.faint(about))?;
    // All findings of an object are on the same way: it is told once.
    if let Some(way) = id.and_then(|id| report.ways.get(&id)) {
        writeln!(out, "{}", style.warning(way.text()))?;
    }
    writeln!(out)
}

fn show(report: &Report<'_>, finding: &Finding, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let label = format!("{}[{}]", finding.severity, finding.control);
    writeln!(
        out,
        "{}{}",
        style.severity(finding.severity, label),
        style.strong(format!(": {}", finding.message))
    )?;
    let told = Told::of(report, finding);
    let mut width = 1;
    if let Some((place, excerpt)) = &told.shown {
        width = excerpt.lines.last().map_or(1, |line| line.number.to_string().len());
        let arrow = style.frame(format!("{:width$}-->", ""));
        writeln!(out, "{arrow} {}", Clean(place))?;
        source_lines(excerpt, width, finding.severity, style, out)?;
    }
    for (name, text) in told.notes().filter(|(name, _)| *name != "way") {
        let bullet = style.frame(format!("{:width$} =", ""));
        writeln!(out, "{bullet} {} {}", style.strong(format!("{name}:")), Clean(text))?;
    }
    writeln!(out)
}

fn source_lines(
    excerpt: &Excerpt,
    width: usize,
    severity: Severity,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let gutter = style.frame(format!("{:width$} |", "")).to_string();
    writeln!(out, "{gutter}")?;
    let mut before: Option<u32> = None;
    for line in &excerpt.lines {
        if before.is_some_and(|before| before + 1 < line.number) {
            writeln!(out, "{}", style.frame("..."))?;
        }
        writeln!(out, "{} {}", style.frame(format!("{:>width$} |", line.number)), line.text)?;
        if let Some(mark) = &line.mark {
            let carets = "^".repeat(mark.len());
            writeln!(out, "{gutter} {:skip$}{}", "", style.severity(severity, carets), skip = mark.start)?;
        }
        before = Some(line.number);
    }
    writeln!(out, "{gutter}")
}

/// How to close a finding, in one line: what its fix does, else what the control's page says first.
pub(crate) fn fix_of(finding: &Finding, docs: &Docs) -> String {
    fix_text(finding.fix.as_ref(), docs)
}

fn fix_text(fix: Option<&Fix>, docs: &Docs) -> String {
    // A page is written in lines; here it is one.
    let remedy = || first_sentence(&docs.remedy).split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(fix) = fix else { return remedy() };
    // What only serves as a start is no advice: the page knows better.
    if let Some(value) = start(fix) {
        return format!("{} (`watertight fix --review` starts with {value})", remedy());
    }
    let added = fix.objects.iter().map(object_text);
    let changes: Vec<String> = fix.changes.iter().filter_map(change_text).chain(added).collect();
    match fix.safety {
        Safety::Safe => changes.join(", "),
        Safety::Review => format!("{} (review: it may change how the workload behaves)", changes.join(", ")),
    }
}

/// The value that a fix only starts with.
fn start(fix: &Fix) -> Option<&serde_json::Value> {
    let commented = fix.changes.iter().find_map(|change| match change {
        Change::Comment { path, text } if *text == START => Some(path),
        _ => None,
    })?;
    fix.changes.iter().find_map(|change| match change {
        Change::Set { path, value } if path == commented => Some(value),
        _ => None,
    })
}

fn change_text(change: &Change) -> Option<String> {
    Some(match change {
        Change::Set { path, value } => format!("set `{}: {value}`", short(path)),
        Change::Remove { path } => format!("remove `{}`", short(path)),
        Change::Append { path, value } => format!("add `{value}` to `{}`", short(path)),
        Change::Comment { .. } => return None,
    })
}

fn object_text(object: &serde_json::Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("add the {} `{}`", text("/kind"), text("/metadata/name"))
}

/// The part of a path below the last list item that is not its end: `securityContext.privileged`.
fn short(path: &Path) -> String {
    let segments = path.segments();
    let inner = segments.len().saturating_sub(1);
    let from = segments[..inner].iter().rposition(|s| matches!(s, Segment::Index(_))).map_or(0, |at| at + 1);
    let below: Path = segments[from..].iter().cloned().collect();
    below.to_string().trim_start_matches('.').to_owned()
}

/// Up to the first full stop that ends a sentence.
pub(crate) fn first_sentence(text: &str) -> &str {
    let ends = [". ", ".\n", ".\n\n"];
    let end = ends.iter().filter_map(|end| text.find(end)).min().map_or(text.len(), |at| at + 1);
    text.get(..end).unwrap_or(text)
}

fn unknown(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let open = Open::all(report);
    for question in &open {
        let label = style.warning(format!("unknown[{}]", question.asked_by()));
        let what = format!(": {} {}", question.of(report), question.why);
        writeln!(out, "{label}{}", style.strong(Clean(what)))?;
    }
    if open.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What somebody decided to let be: shown, and never counted. What a baseline knows is counted only.
fn waived(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut any = false;
    for finding in &report.outcome.findings {
        let Verdict::Waived(waiver) = &finding.verdict else { continue };
        if waiver.is_baseline() {
            continue;
        }
        any = true;
        let who = finding.identity(report.snapshot);
        writeln!(out, "{}", style.faint(format!("waived[{}]: {who}: {}", finding.control, finding.message)))?;
        writeln!(out, "  {}", style.faint(waiver_text(waiver)))?;
    }
    if any { writeln!(out) } else { Ok(()) }
}

/// What was odd about waivers: what is said of several places is said once.
fn remarks(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for remark in &report.outcome.remarks {
        places.entry(&remark.message).or_default().push(&remark.place);
    }
    for (message, places) in &places {
        let more = match places.len() - 1 {
            0 => String::new(),
            more => format!(" (and in {})", plural(more, "other place")),
        };
        writeln!(out, "{} {}: {}{more}", style.warning("note:"), Clean(places[0]), Clean(message))?;
    }
    if places.is_empty() { Ok(()) } else { writeln!(out) }
}

/// What the input does not hold: no error, and no pass.
fn notes(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (kind, note) in &report.outcome.notes {
        writeln!(out, "{} {}", style.faint("not in view:"), style.faint(note_text(kind, note)))?;
    }
    if report.outcome.notes.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.faint(format!("  {ASSUME_COMPLETE}")))?;
    writeln!(out)
}

fn gaps(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let gaps = &report.outcome.gaps;
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.warning(format!("not seen: {}", plural(gaps.len(), "gap"))))?;
    for gap in gaps {
        writeln!(out, "  {}: {}", style.strong(&gap.what), Clean(&gap.why))?;
    }
    writeln!(out)
}

fn numbers(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary();
    if summary.failures > 0 {
        write!(out, "{:14}", "")?;
        for severity in Severity::ALL.into_iter().rev() {
            write!(out, "{}", style.severity(severity, format!("{:>10}", severity.name())))?;
        }
        writeln!(out)?;
        // A layer in which nothing is open is no row: there are eleven of them.
        for (layer, row) in summary.open() {
            write!(out, "{:14}", layer.name())?;
            for severity in Severity::ALL.into_iter().rev() {
                match row.get(&severity).copied().unwrap_or(0) {
                    0 => write!(out, "{}", style.faint(format!("{:>10}", "·")))?,
                    count => write!(out, "{count:>10}")?,
                }
            }
            writeln!(out)?;
        }
        let silent = silent(&summary);
        if !silent.is_empty() {
            writeln!(out, "{}", style.faint(silent))?;
        }
        writeln!(out)?;
    }
    let verdict = match verdict_text(report, &summary) {
        (text, true) => style.good(text).to_string(),
        (text, false) if summary.failures > 0 => style.strong(text).to_string(),
        (text, false) => style.warning(text).to_string(),
    };
    writeln!(out, "{verdict}{}: {}", waived_text(&summary), judged_text(report))?;
    match report.outcome.gaps.len() {
        0 => Ok(()),
        gaps => {
            writeln!(out, "{}", style.warning(format!("coverage is incomplete: {}", plural(gaps, "gap"))))
        }
    }
}

/// The layers without a finding, in one line. Where nothing was judged, nothing was found either, and that is
/// not the same.
pub(crate) fn silent(summary: &Summary) -> String {
    let list = |layers: &[Layer]| layers.iter().map(|layer| layer.name()).collect::<Vec<_>>().join(", ");
    let (judged, unjudged) = summary.silent();
    let parts = [("nothing found in", judged), ("nothing judged in", unjudged)];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, layers)| !layers.is_empty())
        .map(|(what, layers)| format!("{what} {}", list(layers)))
        .collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_of_several_lines_is_shown_on_one() {
        let docs = Docs { remedy: "Set this,\nand\n  that. And more.".into(), ..Docs::default() };
        assert_eq!(fix_text(None, &docs), "Set this, and that.");
    }

    #[test]
    fn sentences_and_paths_are_shortened() {
        assert_eq!(first_sentence("One 1.5 two. Three."), "One 1.5 two.");
        assert_eq!(first_sentence("No end"), "No end");
        let path = |text: &str| text.parse::<Path>().unwrap();
        assert_eq!(short(&path(".spec.containers[0].securityContext.x")), "securityContext.x");
        assert_eq!(short(&path(".spec.volumes[1]")), "spec.volumes[1]");
        assert_eq!(short(&path(".apiVersion")), "apiVersion");
    }
}
