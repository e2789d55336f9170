//! What a repair changes, as a difference that hides what may be secret, and what stays open and why.
//!
//! The difference is found between the true texts and shown with masked lines, so that it is right and
//! still quotes nothing. [`write()`] is for people, [`write_json`] for machines.

mod diff;
mod json;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use diff::{Patch, diff, patch};
pub use json::write as write_json;
use watertight_engine::fix::{Left, Repair, Told};
use watertight_model::{Gap, Safety};
use watertight_syntax::Limits;

use crate::Style;
use crate::style::Clean;
use crate::style::plural;

/// A repair as it is told.
#[derive(Debug)]
pub struct FixReport<'a> {
    /// What came of it.
    pub repair: &'a Repair,
    /// What could not be seen.
    pub gaps: &'a [Gap],
    /// Whether files were written. Those that could not be are in `failed`.
    pub written: bool,
    /// Why files were not written, by path.
    pub failed: &'a BTreeMap<PathBuf, String>,
    /// Whether fixes were included that may change how a workload behaves.
    pub review: bool,
    /// The limits that texts are read with.
    pub limits: Limits,
    /// The version of the program.
    pub tool_version: &'a str,
}

impl FixReport<'_> {
    fn is_done(&self, told: &Told) -> bool {
        told.file.as_ref().is_none_or(|file| !self.failed.contains_key(file))
    }
}

/// Writes the differences, unless they are written to the files already, and the summary.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &FixReport<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if !report.written {
        write_diffs(report, style, out)?;
    }
    write_summary(report, style, out)
}

/// Writes the differences alone.
///
/// # Errors
/// When the writer fails.
pub fn write_diffs(report: &FixReport<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (path, text) in &report.repair.files {
        for line in diff(path, text, &report.limits) {
            writeln!(out, "{}", line.painted(style))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the summary alone: what is fixed, what needs a look, what cannot be fixed and why.
///
/// # Errors
/// When the writer fails.
pub fn write_summary(report: &FixReport<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let repair = report.repair;
    if report.written {
        for (path, text) in repair.files.iter().filter(|(path, _)| !report.failed.contains_key(*path)) {
            let verb = if text.before.is_some() { "fixed" } else { "created" };
            writeln!(out, "{} {}", style.good(verb), Clean(path.display()))?;
        }
        for (path, why) in report.failed {
            writeln!(out, "{} {}: {}", style.warning("not written"), Clean(path.display()), Clean(why))?;
        }
    }
    let done = repair.fixed.iter().filter(|told| report.is_done(told)).count();
    let files = repair.files.len() - report.failed.len();
    let verb = if report.written { "fixed" } else { "can be fixed" };
    let is_review = |told: &&Told| told.safety == Some(Safety::Review) && report.is_done(told);
    let review = repair.fixed.iter().filter(is_review).count();
    let looked = if review > 0 { format!(", {review} of them to be reviewed") } else { String::new() };
    match done {
        0 => writeln!(out, "nothing to fix")?,
        _ => writeln!(
            out,
            "{} {verb} in {}{looked}",
            style.strong(plural(done, "finding")),
            plural(files, "file")
        )?,
    }
    for note in &repair.notes {
        writeln!(out, "{}: {}", style.warning("to do"), Clean(note))?;
    }
    left_open(repair, style, out)?;
    gaps(report.gaps, style, out)
}

fn left_open(repair: &Repair, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut by_reason: BTreeMap<(usize, String), Vec<&Told>> = BTreeMap::new();
    for (told, left) in &repair.left {
        by_reason.entry((rank(left), left.to_string())).or_default().push(told);
    }
    for ((rank, reason), told) in by_reason {
        writeln!(out, "{} open: {}", style.strong(plural(told.len(), "finding")), Clean(reason))?;
        if rank > 1 {
            for told in told {
                let place = told.file.as_deref().map_or_else(String::new, |file| place(file, told.line));
                let line = format!("{place}{} {} {}", told.object, told.control, told.path);
                writeln!(out, "  {}", Clean(line))?;
            }
            continue;
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for told in told {
            *counts.entry(told.control).or_default() += 1;
        }
        let counted: Vec<String> =
            counts.iter().map(|(control, count)| format!("{control} {count}")).collect();
        writeln!(out, "  {}", style.faint(counted.join(", ")))?;
    }
    Ok(())
}

/// First what a flag would fix, then what has no fix, then each that was refused.
fn rank(left: &Left) -> usize {
    match left {
        Left::Review => 0,
        Left::NoFix(_) => 1,
        _ => 2,
    }
}

fn place(file: &Path, line: u32) -> String {
    format!("{}:{line} ", file.display())
}

fn gaps(gaps: &[Gap], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", style.warning(format!("{} could not be read", plural(gaps.len(), "thing"))))?;
    for gap in gaps {
        writeln!(out, "  {}: {}", Clean(&gap.what), Clean(&gap.why))?;
    }
    Ok(())
}
