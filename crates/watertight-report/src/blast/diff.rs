//! `watertight blast diff`: what a change opens and closes.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, Head, PathRow, Tail, footer, json};
use crate::style::plural;
use crate::{Style, clean};

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.blast-diff/v1";

/// What becomes of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShiftRow {
    /// The thing.
    pub thing: String,
    /// `new`, `gone`, or `changed`.
    pub state: &'static str,
    /// The goals that it reaches now.
    pub gained_goals: Vec<String>,
    /// What else it reaches now.
    pub gained: Vec<String>,
    /// The goals that it reaches no more.
    pub lost_goals: Vec<String>,
    /// What else it reaches no more.
    pub lost: Vec<String>,
    /// A shortest way to the worst of what it gained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRow>,
}

impl ShiftRow {
    /// Whether it reaches something that it did not.
    #[must_use]
    pub fn gains(&self) -> bool {
        !self.gained_goals.is_empty() || !self.gained.is_empty()
    }
}

/// What a change opens and closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diff {
    /// The exposure before and after.
    pub exposure: [String; 2],
    /// The same without a flaw in any software.
    pub exposure_direct: [String; 2],
    /// How many things gain reach.
    pub gains: usize,
    /// How many lose reach.
    pub losses: usize,
    /// Each of them, those that gain goals first.
    pub changes: Vec<ShiftRow>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    diff: &'a Diff,
    #[serde(flatten)]
    tail: Tail<'a>,
}

/// So many are told before the rest is counted.
const TOLD: usize = 20;
const NAMED: usize = 4;

fn list(names: &[String]) -> String {
    let told: Vec<String> = names.iter().take(NAMED).map(|own| clean(own)).collect();
    let more = names.len().saturating_sub(NAMED);
    if more > 0 { format!("{} and {more} more", told.join(", ")) } else { told.join(", ") }
}

impl Diff {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "exposure {} → {}, without a flaw in any software {} → {}",
            style.strong(&self.exposure[0]),
            style.strong(&self.exposure[1]),
            self.exposure_direct[0],
            self.exposure_direct[1]
        )?;
        let (gains, losses) = (plural(self.gains, "thing"), plural(self.losses, "thing"));
        writeln!(out, "{gains} with more reach, {losses} with less")?;
        for row in self.changes.iter().take(TOLD) {
            writeln!(out, "\n{} {}", style.strong(clean(&row.thing)), style.faint(row.state))?;
            for (sign, names) in
                [("+", &row.gained_goals), ("+", &row.gained), ("-", &row.lost_goals), ("-", &row.lost)]
            {
                if !names.is_empty() {
                    writeln!(out, "  {sign} {}", list(names))?;
                }
            }
            if let Some(path) = &row.path {
                path.write("      ", style, out)?;
            }
        }
        if let Some(more) = self.changes.len().checked_sub(TOLD).filter(|&more| more > 0) {
            writeln!(out, "\nand {more} more; `-o json` has all")?;
        }
        footer(about, style, out)
    }

    /// Writes it for programs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        json(&Written { head: Head::of(SCHEMA, about), diff: self, tail: Tail::of(about) }, out)
    }

    /// Writes it as a comment on a change.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn markdown(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        let cell = |names: &[String]| list(names).replace('|', "\\|");
        writeln!(
            out,
            "**Blast radius**: exposure {} → {} ({} → {} without a flaw in any software), {} with more reach, {} with less\n",
            self.exposure[0],
            self.exposure[1],
            self.exposure_direct[0],
            self.exposure_direct[1],
            self.gains,
            self.losses
        )?;
        if !self.changes.is_empty() {
            writeln!(
                out,
                "| Thing | | Gains goals | Gains | Loses goals | Loses |\n|---|---|---|---|---|---|"
            )?;
        }
        for row in self.changes.iter().take(5 * TOLD) {
            let [gained_goals, gained, lost_goals, lost] =
                [&row.gained_goals, &row.gained, &row.lost_goals, &row.lost].map(|own| cell(own));
            let thing = clean(&row.thing);
            writeln!(
                out,
                "| `{thing}` | {} | {gained_goals} | {gained} | {lost_goals} | {lost} |",
                row.state
            )?;
        }
        for gap in &about.gaps {
            writeln!(out, "\nNot seen: {}: {}", clean(&gap.what), clean(&gap.why))?;
        }
        Ok(())
    }
}
