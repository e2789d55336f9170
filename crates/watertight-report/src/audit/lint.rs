//! What is wrong with an audit policy.

use std::io::{self, Write};

use serde::Serialize;
use watertight_audit::{Finding, Severity};

use super::{Source, Tool};
use crate::Style;
use crate::style::Clean;

const SCHEMA: &str = "watertight.audit-lint/v1";

/// Severities as every other output names and colours them.
#[must_use]
pub fn severity(severity: Severity) -> watertight_model::Severity {
    match severity {
        Severity::Low => watertight_model::Severity::Low,
        Severity::Medium => watertight_model::Severity::Medium,
        Severity::High => watertight_model::Severity::High,
    }
}

/// Writes each finding with its place and remedy, then their number.
///
/// # Errors
/// When the writer fails.
pub fn table(source: &Source<'_>, findings: &[Finding], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        let head = format!("{}[{}]", finding.severity, finding.check);
        writeln!(out, "{}: {}", style.severity(severity(finding.severity), head), Clean(&finding.message))?;
        let place = format!("{} {}", source.shown(&finding.path), finding.path);
        writeln!(out, "  {} {}", style.frame("-->"), Clean(place))?;
        writeln!(out, "   {} {}\n", style.frame("="), Clean(format!("fix: {}", finding.remedy)))?;
    }
    if findings.is_empty() {
        return writeln!(out, "{}", style.good(format!("nothing is wrong with {}", source.file)));
    }
    let counts: Vec<String> = [Severity::High, Severity::Medium, Severity::Low]
        .into_iter()
        .filter_map(|severity| {
            let count = count(findings, severity);
            (count > 0).then(|| format!("{count} {severity}"))
        })
        .collect();
    let what = if findings.len() == 1 { "finding" } else { "findings" };
    writeln!(out, "{} {what}: {}", findings.len(), counts.join(", "))
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    policy: &'a str,
    summary: Summary,
    findings: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Summary {
    high: usize,
    medium: usize,
    low: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    check: &'static str,
    severity: &'static str,
    rule: Option<usize>,
    path: String,
    line: u32,
    column: u32,
    message: &'a str,
    remedy: &'a str,
}

/// Writes the findings for machines (`docs/schema/audit-lint.v1.json`).
///
/// # Errors
/// When the writer fails.
pub fn json(source: &Source<'_>, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let row = |finding: &'_ Finding| {
        let (line, column) = source.place.place_of(&finding.path);
        (line, column, finding.path.to_string())
    };
    let rows = findings.iter().map(|finding| {
        let (line, column, path) = row(finding);
        Row {
            check: finding.check.as_str(),
            severity: finding.severity.as_str(),
            rule: finding.path.rule(),
            path,
            line,
            column,
            message: &finding.message,
            remedy: &finding.remedy,
        }
    });
    let document = Document {
        schema: SCHEMA,
        tool: source.tool(),
        policy: source.file,
        summary: Summary {
            high: count(findings, Severity::High),
            medium: count(findings, Severity::Medium),
            low: count(findings, Severity::Low),
        },
        findings: rows.collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
