//! One line per finding, for grep, editors and small screens: `file:line:column: severity[control] message`.

use std::io::{self, Write};

use watertight_model::Verdict;
use watertight_syntax::Position;

use crate::style::Clean;
use crate::{Report, Style};

/// Writes every finding, unknown verdict and gap on a line of its own.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.outcome.findings {
        let label = match finding.verdict {
            Verdict::Fail => {
                style.severity(finding.severity, format!("{}[{}]", finding.severity, finding.control))
            }
            Verdict::Unknown => style.severity(finding.severity, format!("unknown[{}]", finding.control)),
            Verdict::Waived(_) => style.faint(format!("waived[{}]", finding.control)),
        };
        let Some(object) = finding.shown(report.snapshot) else {
            let message = Clean(format_args!("{}: {}", finding.identity(report.snapshot), finding.message));
            writeln!(out, "{label} {message}")?;
            continue;
        };
        let place = object.place(&finding.path);
        let Position { line, column } = object.position_in_file(&place);
        let (source, who) = (place.source.name(), object.identity());
        let message = Clean(format_args!("{who}{}: {}", object.beside(&place), finding.message));
        writeln!(out, "{}:{line}:{column}: {label} {message}", Clean(source))?;
    }
    for gap in &report.outcome.gaps {
        writeln!(out, "{}: {} {}", Clean(&gap.what), style.warning("not seen"), Clean(&gap.why))?;
    }
    Ok(())
}
