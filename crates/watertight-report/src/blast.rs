//! Answers about the blast radius: how exposed a cluster is, what falls with a thing, ways from one thing to another.
//!
//! One file per answer below `blast/`. What falls is worked out in `watertight-graph`; here are rows and how they are
//! printed.

pub mod diff;
pub mod overview;
pub mod paths;
pub mod plan;
pub mod plan_files;
pub mod radius;

use std::io::{self, Write};

use serde::Serialize;
use watertight_model::Gap;

use crate::json::Tool;
use crate::rbac::Origin;
use crate::{Style, clean};

/// What an answer rests on.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// The version of the tool.
    pub tool_version: &'static str,
    /// Which edges count: `flaws` or `direct`.
    pub reading: &'static str,
    /// What is taken for granted.
    pub notes: Vec<String>,
    /// What could not be seen and could change the answer.
    pub gaps: Vec<&'a Gap>,
}

/// What every answer begins with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head<'a> {
    schema: &'a str,
    tool: Tool<'a>,
    reading: &'a str,
}

impl<'a> Head<'a> {
    pub(crate) fn of(schema: &'a str, about: &About<'a>) -> Self {
        Self {
            schema,
            tool: Tool { name: "watertight", version: about.tool_version },
            reading: about.reading,
        }
    }
}

/// What every answer ends with.
#[derive(Serialize)]
pub(crate) struct Tail<'a> {
    notes: &'a [String],
    gaps: Vec<GapRow<'a>>,
}

#[derive(Serialize)]
struct GapRow<'a> {
    what: &'a str,
    why: &'a str,
}

impl<'a> Tail<'a> {
    pub(crate) fn of(about: &'a About<'_>) -> Self {
        let gaps = about.gaps.iter().map(|gap| GapRow { what: &gap.what, why: &gap.why });
        Self { notes: &about.notes, gaps: gaps.collect() }
    }
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// In words.
    pub text: String,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// One step of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRow {
    /// The entry of the catalogue; `by-definition` for what follows by itself.
    pub edge: &'static str,
    /// What the attacker does.
    pub title: &'static str,
    /// The technique of MITRE ATT&CK; empty for what follows by itself.
    pub technique: &'static str,
    /// What is held before.
    pub from: String,
    /// What else has to be held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// What is held then.
    pub to: String,
    /// Whether it needs a flaw in software that listens.
    pub needs_flaw: bool,
    /// Why it can be taken.
    pub evidence: Vec<EvidenceRow>,
    /// What takes it away.
    pub removed_by: Vec<&'static str>,
}

/// A way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PathRow {
    /// How many steps somebody has to take.
    pub length: usize,
    /// How many of them need a flaw.
    pub flaws: usize,
    /// Its steps, each after those that it needs.
    pub steps: Vec<StepRow>,
}

impl PathRow {
    /// Writes it for people.
    pub(crate) fn write(&self, indent: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
        for (number, step) in self.steps.iter().enumerate() {
            let with: String = step.with.iter().map(|own| format!(" & {own}")).collect();
            let begin = if number == 0 || self.steps[number - 1].to != step.from || !with.is_empty() {
                format!("{indent}{}{with}\n", style.strong(clean(&step.from)))
            } else {
                String::new()
            };
            let technique =
                if step.technique.is_empty() { String::new() } else { format!(" ({})", step.technique) };
            let flaw = if step.needs_flaw { ", needs a flaw there" } else { "" };
            let how = match step.edge {
                "by-definition" => "which gives".to_owned(),
                _ => format!("{}{flaw} [{}{technique}]", step.title, step.edge),
            };
            writeln!(out, "{begin}{indent}  → {} {}", style.strong(clean(&step.to)), style.faint(&how))?;
            for evidence in &step.evidence {
                let at = evidence.origin.as_ref().map(|at| format!("  {at}")).unwrap_or_default();
                writeln!(out, "{indent}      {}{}", clean(&evidence.text), style.faint(at))?;
            }
        }
        Ok(())
    }
}

/// Draws ways for Graphviz: things as boxes, steps as arrows, dashed where they need a flaw.
///
/// # Errors
/// When the writer fails.
pub fn dot<'p>(paths: impl IntoIterator<Item = &'p PathRow>, out: &mut dyn Write) -> io::Result<()> {
    let quoted = |text: &str| format!("\"{}\"", clean(text).replace('\\', "\\\\").replace('"', "\\\""));
    writeln!(out, "digraph paths {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];")?;
    let mut told = std::collections::BTreeSet::new();
    for step in paths.into_iter().flat_map(|path| &path.steps) {
        for from in std::iter::once(&step.from).chain(&step.with) {
            let style = match (step.needs_flaw, step.edge) {
                (true, _) => ", style=dashed",
                (false, "by-definition") => ", style=dotted",
                _ => "",
            };
            let line =
                format!("  {} -> {} [label={}{style}];", quoted(from), quoted(&step.to), quoted(step.edge));
            if told.insert(line.clone()) {
                writeln!(out, "{line}")?;
            }
        }
    }
    writeln!(out, "}}")
}

/// Tells what an answer rests on.
pub(crate) fn footer(about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if !about.notes.is_empty() || !about.gaps.is_empty() {
        writeln!(out)?;
    }
    for note in &about.notes {
        writeln!(out, "{}", style.faint(format!("note: {}", clean(note))))?;
    }
    const TOLD: usize = 10;
    for gap in about.gaps.iter().take(TOLD) {
        writeln!(out, "not seen: {}: {}", clean(&gap.what), clean(&gap.why))?;
    }
    if let Some(more) = about.gaps.len().checked_sub(TOLD).filter(|&more| more > 0) {
        writeln!(out, "not seen: {more} more; `-o json` has all")?;
    }
    Ok(())
}

/// Writes an answer for programs.
pub(crate) fn json(answer: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, answer)?;
    writeln!(out)
}
