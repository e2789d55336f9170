//! A repair for machines: `docs/schema/fix.v1.json`.

use std::io::{self, Write};

use serde::Serialize;
use watertight_engine::fix::Told;
use watertight_model::Safety;

use super::{FixReport, diff};
use crate::json::GapRow;

/// The version of the form; it changes when a field changes its meaning or goes away.
const SCHEMA: &str = "watertight.fix/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    /// Whether files were written.
    written: bool,
    /// Whether fixes were included that may change how a workload behaves.
    review: bool,
    summary: Numbers,
    files: Vec<FileRow>,
    fixed: Vec<FindingRow<'a>>,
    left: Vec<LeftRow<'a>>,
    /// What the user still has to do so that new files count.
    notes: &'a [String],
    gaps: Vec<GapRow<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    fixed: usize,
    files: usize,
    needs_review: usize,
    left: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileRow {
    file: String,
    created: bool,
    /// Why it was not written.
    error: Option<String>,
    /// The difference, masked: it is for reading, not for `patch`.
    diff: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingRow<'a> {
    control: &'static str,
    severity: &'static str,
    object: &'a str,
    file: Option<String>,
    line: u32,
    path: String,
    message: &'a str,
    fingerprint: &'a str,
    safety: Option<&'static str>,
}

#[derive(Serialize)]
struct LeftRow<'a> {
    #[serde(flatten)]
    finding: FindingRow<'a>,
    reason: &'static str,
    explanation: String,
}

/// Writes it.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &FixReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(report))?;
    out.write_all(b"\n")
}

fn document<'a>(report: &'a FixReport<'_>) -> Document<'a> {
    let repair = report.repair;
    let files = repair.files.iter().map(|(path, text)| FileRow {
        file: path.display().to_string(),
        created: text.before.is_none(),
        error: report.failed.get(path).cloned(),
        diff: diff(path, text, &report.limits).iter().map(|line| line.text() + "\n").collect(),
    });
    let done = repair.fixed.iter().filter(|told| report.is_done(told));
    let left = repair.left.iter().map(|(told, left)| LeftRow {
        finding: row(told),
        reason: left.name(),
        explanation: left.to_string(),
    });
    let needs_review = |told: &&Told| told.safety == Some(Safety::Review);
    Document {
        schema: SCHEMA,
        tool: Tool { name: "watertight", version: report.tool_version },
        written: report.written,
        review: report.review,
        summary: Numbers {
            fixed: done.clone().count(),
            files: repair.files.len() - report.failed.len(),
            needs_review: done.clone().filter(needs_review).count(),
            left: repair.left.len(),
        },
        files: files.collect(),
        fixed: done.map(row).collect(),
        left: left.collect(),
        notes: &repair.notes,
        gaps: report.gaps.iter().map(GapRow::of).collect(),
    }
}

fn row(told: &Told) -> FindingRow<'_> {
    FindingRow {
        control: told.control,
        severity: told.severity.name(),
        object: &told.object,
        file: told.file.as_ref().map(|file| file.display().to_string()),
        line: told.line,
        path: told.path.to_string(),
        message: &told.message,
        fingerprint: told.fingerprint.as_str(),
        safety: told.safety.map(Safety::name),
    }
}
