//! Annotations in GitHub Actions: workflow commands that the runner takes from standard output.
//!
//! GitHub shows the first ten errors, ten warnings and ten notices of a step. So the worst come first, what was
//! not seen comes before what is of medium severity, and notices beyond the ninth are plain lines of the log: the
//! tenth is the last line, with the totals. What is waived or out of view is a plain line too.

use std::fmt;
use std::io::{self, Write};

use watertight_model::{Finding, Severity, Verdict};

use crate::Report;
use crate::at::{At, of_gap, of_text};
use crate::root::FileName;
use crate::style::Clean;
use crate::style::plural;
use crate::terminal::fix_of;
use crate::told::{Open, decided, judged_text, note_text, waived_text, waiver_text};

/// The most notices of a step that GitHub shows, without the one that tells the totals.
const MOST_NOTICES: usize = 9;

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let of_level = |level: Level| {
        let findings = report.outcome.findings.iter();
        findings
            .filter(move |finding| finding.verdict == Verdict::Fail && Level::of(finding.severity) == level)
    };
    for finding in of_level(Level::Error) {
        annotate(report, finding, out)?;
    }
    gaps(report, out)?;
    for question in Open::all(report) {
        match question.count {
            1 => annotate(report, question.first, out)?,
            _ => {
                let message = format!("{}: {}", question.of(report), Clean(question.why));
                let title = format!("unknown: {}", question.asked_by());
                command(Level::Warning, None, None, &title, &message, out)?;
            }
        }
    }
    for remark in &report.outcome.remarks {
        let place = of_text(report, &remark.place);
        let place = place.as_ref().map(|(file, line)| (file, *line));
        let message = format!("{}: {}", Clean(&remark.place), Clean(&remark.message));
        command(Level::Warning, place, None, "settings", &message, out)?;
    }
    for finding in of_level(Level::Warning) {
        annotate(report, finding, out)?;
    }
    for (kind, note) in &report.outcome.notes {
        writeln!(out, "not in view: {}", note_text(kind, note))?;
    }
    for (finding, waiver) in decided(report) {
        plain(report, finding, &format!(" (waived: {})", Clean(waiver_text(waiver))), out)?;
    }
    for (number, finding) in of_level(Level::Notice).enumerate() {
        match number < MOST_NOTICES {
            true => annotate(report, finding, out)?,
            false => plain(report, finding, "", out)?,
        }
    }
    totals(report, out)
}

/// What the runner knows of severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low | Severity::Info => Self::Notice,
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

fn annotate(report: &Report<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let at = At::of(report, finding);
    let (level, label, docs) = match finding.verdict {
        Verdict::Unknown => (Level::Warning, "unknown", None),
        Verdict::Fail | Verdict::Waived(_) => {
            (Level::of(finding.severity), finding.severity.name(), report.docs(finding.control))
        }
    };
    let fix = docs.map(|docs| format!("\nFix: {}", Clean(fix_of(finding, docs)))).unwrap_or_default();
    command(
        level,
        finding.object.map(|_| (&at.file, at.line)),
        at.column.zip(at.end_column),
        &format!("{label}: {}", finding.control),
        &format!("{}{}: {}{fix}", Clean(at.who()), Clean(&at.rendered), Clean(&finding.message)),
        out,
    )
}

fn gaps(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for gap in &report.outcome.gaps {
        let place = of_gap(report, gap);
        let place = place.as_ref().map(|(file, line)| (file, *line));
        let message = format!("{}: {}", Clean(&gap.what), Clean(&gap.why));
        command(Level::Warning, place, None, "not seen", &message, out)?;
    }
    Ok(())
}

/// A line of the log that the runner does not take for a command.
fn plain(report: &Report<'_>, finding: &Finding, note: &str, out: &mut dyn Write) -> io::Result<()> {
    let at = At::of(report, finding);
    let line = format!(
        "{}[{}] {}:{}: {}{}: {}{note}",
        finding.severity,
        finding.control,
        Clean(at.file.text()),
        at.line,
        Clean(at.who()),
        Clean(&at.rendered),
        Clean(&finding.message)
    );
    // The older form of commands counts anywhere in a line.
    writeln!(out, "{}", line.replace("##[", "## ["))
}

fn totals(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let summary = report.summary();
    let counts: Vec<String> = Severity::ALL
        .into_iter()
        .rev()
        .filter_map(|severity| match summary.of_severity(severity) {
            0 => None,
            count => Some(format!("{count} {severity}")),
        })
        .collect();
    let mut text = plural(summary.failures, "finding");
    if !counts.is_empty() {
        text.push_str(&format!(" ({})", counts.join(", ")));
    }
    let unseen = [(summary.unknown, "unknown verdict"), (report.outcome.gaps.len(), "gap")];
    for (count, what) in unseen.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!(", {}", plural(count, what)));
    }
    text.push_str(&waived_text(&summary));
    text.push_str(&format!("; {}", judged_text(report)));
    command(Level::Notice, None, None, "watertight", &text, out)
}

fn command(
    level: Level,
    place: Option<(&FileName, u32)>,
    columns: Option<(u32, u32)>,
    title: &str,
    message: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "::{} ", level.command())?;
    // What came on standard input is in no file that GitHub could show.
    if let Some((file, line)) = place.filter(|(file, _)| **file != FileName::Stdin) {
        write!(out, "file={},line={line},", Property(file.text()))?;
        if let Some((start, end)) = columns {
            write!(out, "endLine={line},col={start},endColumn={end},")?;
        }
    }
    writeln!(out, "title={}::{}", Property(title), Message(message))
}

/// The text behind a command, with what the runner reads in it escaped.
struct Message<'a>(&'a str);

/// The value of a property of a command, which ends at a comma or at two colons.
struct Property<'a>(&'a str);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, &[], f)
    }
}

impl fmt::Display for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, &[':', ','], f)
    }
}

fn escape(text: &str, also: &[char], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    for character in text.chars() {
        if matches!(character, '%' | '\r' | '\n') || also.contains(&character) {
            write!(f, "%{:02X}", u32::from(character))?;
        } else {
            f.write_char(character)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_cannot_be_left() {
        assert_eq!(Message("a%0A\r\n:,").to_string(), "a%250A%0D%0A:,");
        assert_eq!(Property("a::b,c=d\n").to_string(), "a%3A%3Ab%2Cc=d%0A");
    }
}
