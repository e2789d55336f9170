//! One page for people who would rather look than read. It needs nothing else: no script, no font, no picture
//! from elsewhere, and its policy forbids them. What was not seen stands before what was found.
//!
//! Severities are switched off by check boxes alone: style sheets hide what follows an empty box.
//!
//! Start reading at [`write()`]; the picture is in `picture.rs`.

pub(crate) mod picture;

use std::collections::BTreeSet;
use std::io::{self, Write};

use watertight_model::{ExcerptLine, Finding, Severity};

use crate::Report;
use crate::style::Clean;
use crate::style::plural;
use crate::terminal::by_object;
use crate::told::{
    ASSUME_COMPLETE, Open, Told, decided, judged_text, note_text, verdict_text, waived_text, waiver_text,
};
use crate::xml::Escaped;

/// The style sheet, for every page.
pub(crate) const STYLE: &str = include_str!("html/style.css");

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let objects = by_object(report);
    let objects: Vec<Group<'_>> = objects.into_iter().map(|(_, findings)| Group::of(findings)).collect();
    head(report, &objects, out)?;
    unseen(report, out)?;
    found(report, &objects, out)?;
    waived(report, out)?;
    controls(report, out)?;
    writeln!(out, "</body>\n</html>")
}

/// The findings of one object.
struct Group<'r> {
    findings: Vec<&'r Finding>,
    severities: BTreeSet<Severity>,
}

impl<'r> Group<'r> {
    fn of(findings: Vec<&'r Finding>) -> Self {
        let severities = findings.iter().map(|finding| finding.severity).collect();
        Self { findings, severities }
    }

    /// A class that names which severities it holds.
    fn class(&self) -> String {
        class_of(&self.severities)
    }
}

fn class_of(severities: &BTreeSet<Severity>) -> String {
    let names: Vec<&str> = severities.iter().map(|severity| severity.name()).collect();
    format!("has-{}", names.join("-"))
}

/// Text between tags: cleaned and escaped, with what stands between backticks as code.
pub(crate) fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without a partner is a backtick.
    if parts.len().is_multiple_of(2) {
        return Escaped(Clean(text)).to_string();
    }
    for (number, part) in parts.iter().enumerate() {
        let part = Escaped(Clean(part)).to_string();
        match number % 2 {
            0 => html.push_str(&part),
            _ => html.push_str(&format!("<code>{part}</code>")),
        }
    }
    html
}

fn head(report: &Report<'_>, objects: &[Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary();
    let (verdict, good) = verdict_text(report, &summary);
    let waived = waived_text(&summary);
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>")?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
    )?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>")?;
    writeln!(
        out,
        "<title>Watertight: {verdict}{waived}</title>\n<style>\n{STYLE}{}</style>",
        filters(objects)
    )?;
    writeln!(out, "</head>\n<body>\n<header>\n<h1>Watertight</h1>")?;
    let class = if good { "verdict good" } else { "verdict" };
    writeln!(out, "<p class=\"{class}\">{verdict}{waived}</p>")?;
    writeln!(
        out,
        "<p class=\"faint\">{}; watertight {}</p>",
        judged_text(report),
        Escaped(report.tool_version)
    )?;
    writeln!(out, "</header>")?;
    picture::write(&summary, out)
}

/// What an empty box hides: findings of its severity, and objects that have no others left.
fn filters(objects: &[Group<'_>]) -> String {
    let mut css = String::new();
    for severity in Severity::ALL {
        css.push_str(&format!(
            "#show-{severity}:not(:checked) ~ main .finding.{severity} {{ display: none; }}\n"
        ));
    }
    let kinds: BTreeSet<&BTreeSet<Severity>> = objects.iter().map(|group| &group.severities).collect();
    for severities in kinds {
        // Boxes stand from the worst to the least.
        let empty: Vec<String> =
            severities.iter().rev().map(|severity| format!("#show-{severity}:not(:checked)")).collect();
        css.push_str(&format!(
            "{} ~ main .{} {{ display: none; }}\n",
            empty.join(" ~ "),
            class_of(severities)
        ));
    }
    css
}

fn unseen(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.outcome;
    if !outcome.gaps.is_empty() {
        let gaps = plural(outcome.gaps.len(), "gap");
        writeln!(out, "<section class=\"unseen\" id=\"gaps\">\n<h2>Not seen: {gaps}</h2>")?;
        writeln!(
            out,
            "<p>This was there and could not be read or judged. What is behind it is not known.</p>\n<ul>"
        )?;
        for gap in &outcome.gaps {
            writeln!(out, "<li><code>{}</code>: {}</li>", Escaped(Clean(&gap.what)), text(&gap.why))?;
        }
        writeln!(out, "</ul>\n</section>")?;
    }
    let open = Open::all(report);
    if !open.is_empty() {
        let verdicts = plural(open.iter().map(|question| question.count).sum::<usize>(), "verdict");
        writeln!(out, "<section class=\"unseen\" id=\"unknown\">\n<h2>Unknown: {verdicts}</h2>\n<ul>")?;
        for question in &open {
            let who = question.of(report);
            writeln!(
                out,
                "<li><code>{}</code> on <code>{}</code>: {}</li>",
                question.controls.join("</code>, <code>"),
                Escaped(Clean(who)),
                text(question.why)
            )?;
        }
        writeln!(out, "</ul>\n</section>")?;
    }
    if !outcome.remarks.is_empty() {
        writeln!(out, "<section class=\"unseen quiet\" id=\"settings\">\n<h2>Settings</h2>\n<ul>")?;
        for remark in &outcome.remarks {
            let place = Escaped(Clean(&remark.place));
            writeln!(out, "<li><code>{place}</code>: {}</li>", text(&remark.message))?;
        }
        writeln!(out, "</ul>\n</section>")?;
    }
    if !outcome.notes.is_empty() {
        writeln!(out, "<section class=\"unseen quiet\" id=\"not-in-view\">\n<h2>Not in view</h2>\n<ul>")?;
        for (kind, note) in &outcome.notes {
            writeln!(out, "<li>{}</li>", text(&note_text(kind, note)))?;
        }
        writeln!(out, "</ul>\n<p class=\"faint\">{}.</p>\n</section>", text(ASSUME_COMPLETE))?;
    }
    Ok(())
}

fn found(report: &Report<'_>, objects: &[Group<'_>], out: &mut dyn Write) -> io::Result<()> {
    if objects.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Findings</h2>")?;
    let summary = report.summary();
    // The boxes are siblings of what they hide: style sheets can look no other way.
    for severity in Severity::ALL.into_iter().rev() {
        let count = summary.of_severity(severity);
        writeln!(
            out,
            "<input class=\"filter {severity}\" type=\"checkbox\" id=\"show-{severity}\" checked=\"\"/>\
             <label class=\"{severity}\" for=\"show-{severity}\"><span class=\"severity\">{severity}</span> {count}</label>"
        )?;
    }
    writeln!(out, "<main>")?;
    for group in objects {
        object(report, group, out)?;
    }
    writeln!(out, "</main>")
}

fn object(report: &Report<'_>, group: &Group<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some(worst) = group.findings.first() else { return Ok(()) };
    let open = if worst.severity >= Severity::High { " open=\"\"" } else { "" };
    let place = worst.object.map(|id| report.snapshot.object(id).origin().name());
    let place = place.map(|place| format!("{} · ", Escaped(Clean(place)))).unwrap_or_default();
    writeln!(
        out,
        "<details class=\"object {}\"{open}>\n<summary><h3>{}</h3> \
         <span class=\"faint\">{place}{}</span> <span class=\"severity {}\">{}</span></summary>",
        group.class(),
        Escaped(Clean(worst.identity(report.snapshot))),
        plural(group.findings.len(), "finding"),
        worst.severity,
        worst.severity
    )?;
    for finding in &group.findings {
        show(report, finding, out)?;
    }
    writeln!(out, "</details>")
}

fn show(report: &Report<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let told = Told::of(report, finding);
    let severity = finding.severity;
    writeln!(
        out,
        "<article class=\"finding {severity}\">\n<div><span class=\"severity\">{severity}</span> <code>{}</code></div>\n\
         <div>{}</div>",
        finding.control,
        text(&finding.message)
    )?;
    source(&told, out)?;
    writeln!(out, "<dl>")?;
    for (name, note) in told.notes() {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", text(note))?;
    }
    writeln!(out, "</dl>\n</article>")
}

/// The place of a finding and its source lines.
pub(crate) fn source(told: &Told<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some((place, excerpt)) = &told.shown else { return Ok(()) };
    write!(out, "<pre><span class=\"at\">--&gt; {}</span>", Escaped(Clean(place)))?;
    excerpt.lines.iter().try_for_each(|line| source_line(line, out))?;
    writeln!(out, "</pre>")
}

fn source_line(line: &ExcerptLine, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "\n<span class=\"at\">{:>5} | </span>", line.number)?;
    let Some(mark) = &line.mark else { return write!(out, "{}", Escaped(&line.text)) };
    let part = |from: usize, to: usize| -> String { line.text.chars().skip(from).take(to - from).collect() };
    let end = mark.end.max(mark.start);
    write!(
        out,
        "{}<mark>{}</mark>{}",
        Escaped(part(0, mark.start)),
        Escaped(part(mark.start, end)),
        Escaped(part(end, usize::MAX))
    )
}

fn waived(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = decided(report).count();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "<h2>Waived: {}</h2>\n<ul>", plural(count, "finding"))?;
    for (finding, waiver) in decided(report) {
        writeln!(
            out,
            "<li class=\"{}\"><span class=\"severity\">{}</span> <code>{}</code> on <code>{}</code>: {}<br/>\
             <span class=\"faint\">{}</span></li>",
            finding.severity,
            finding.severity,
            finding.control,
            Escaped(Clean(finding.identity(report.snapshot))),
            text(&finding.message),
            text(&waiver_text(waiver))
        )?;
    }
    writeln!(out, "</ul>")
}

/// What ran, and what it gave: silence of a control that judged nothing is no good news.
fn controls(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<h2>What was judged</h2>\n<details>\n<summary>{}</summary>",
        plural(report.controls.len(), "control")
    )?;
    writeln!(
        out,
        "<table>\n<tr><th>layer</th><th>control</th><th class=\"number\">failed</th><th class=\"number\">passed</th>\
         <th class=\"number\">unknown</th><th class=\"number\">not in view</th><th class=\"number\">not concerned</th></tr>"
    )?;
    for control in &report.controls {
        let counts = report.outcome.counts.get(control.name).copied().unwrap_or_default();
        write!(out, "<tr><td>{}</td><td><code>{}</code></td>", control.layer, control.name)?;
        for count in [counts.failed, counts.passed, counts.unknown, counts.not_in_view, counts.not_applicable]
        {
            write!(out, "<td class=\"number\">{count}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</table>\n</details>")
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(text("a `<b>` & c"), "a <code>&lt;b&gt;</code> &amp; c");
        assert_eq!(text("alone ` <script>"), "alone ` &lt;script&gt;");
    }
}
