//! One line per finding, for grep, editors and small screens: `file:line:column: severity[control] message`.

use std::io::{self, Write};

use watertight_model::Verdict;
use watertight_syntax::Position;

use crate::style::Clean;
use crate::told::{Open, note_text, place_text, waiver_text};
use crate::{Report, Style};

/// Writes every finding, note and gap on a line of its own; what a control could not judge for one reason is one
/// line.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.outcome.findings.iter().filter(|finding| finding.verdict != Verdict::Unknown) {
        if matches!(&finding.verdict, Verdict::Waived(waiver) if waiver.is_baseline()) {
            continue;
        }
        let label = match finding.verdict {
            Verdict::Fail => {
                style.severity(finding.severity, format!("{}[{}]", finding.severity, finding.control))
            }
            Verdict::Unknown | Verdict::Waived(_) => style.faint(format!("waived[{}]", finding.control)),
        };
        let waiver = match &finding.verdict {
            Verdict::Waived(waiver) => format!(" (waived: {})", waiver_text(waiver)),
            Verdict::Fail | Verdict::Unknown => String::new(),
        };
        let Some(object) = finding.shown(report.snapshot) else {
            let who = finding.identity(report.snapshot);
            writeln!(out, "{label} {}", Clean(format_args!("{who}: {}{waiver}", finding.message)))?;
            continue;
        };
        let place = object.place(&finding.path);
        let Position { line, column } = object.position_in_file(&place);
        let (source, who) = (place.source.name(), object.identity());
        let message = Clean(format_args!("{who}{}: {}{waiver}", object.beside(&place), finding.message));
        writeln!(out, "{}:{line}:{column}: {label} {message}", Clean(source))?;
    }
    for question in Open::all(report) {
        let label = style.warning(format!("unknown[{}]", question.asked_by()));
        let what = Clean(format_args!("{}: {}", question.of(report), question.why));
        match question.first.shown(report.snapshot).filter(|_| question.count == 1) {
            Some(object) => {
                writeln!(out, "{}: {label} {what}", Clean(place_text(object, question.first)))?;
            }
            None => writeln!(out, "{label} {what}")?,
        }
    }
    for (kind, note) in &report.outcome.notes {
        writeln!(out, "{} {}", style.faint("not in view:"), Clean(note_text(kind, note)))?;
    }
    for remark in &report.outcome.remarks {
        writeln!(out, "{}: {} {}", Clean(&remark.place), style.warning("note"), Clean(&remark.message))?;
    }
    for gap in &report.outcome.gaps {
        writeln!(out, "{}: {} {}", Clean(&gap.what), style.warning("not seen"), Clean(&gap.why))?;
    }
    Ok(())
}
