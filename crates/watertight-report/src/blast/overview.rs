//! `watertight blast`: how exposed a cluster is, and the worst of all things.

use std::io::{self, Write};

use serde::Serialize;

use super::radius::RadiusRow;
use super::{About, Head, Tail, footer, json};
use crate::{Style, Table};

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.exposure/v1";

/// A class of entry points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassRow {
    /// Its name.
    pub class: &'static str,
    /// In words.
    pub title: &'static str,
    /// How many entry points there are.
    pub entries: u32,
    /// Their mean score, by likelihood, from 0 to 100.
    pub score: String,
    /// The same without a flaw in any software.
    pub score_direct: String,
}

/// How large the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeRow {
    /// Vertices.
    pub vertices: usize,
    /// Edges.
    pub edges: usize,
    /// Conjunctions.
    pub conjunctions: usize,
}

/// How exposed a cluster is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// The exposure, from 0 to 100.
    pub exposure: String,
    /// The same without a flaw in any software.
    pub exposure_direct: String,
    /// By class of entry points.
    pub classes: Vec<ClassRow>,
    /// The worst things, the worst first.
    pub worst: Vec<RadiusRow>,
    /// How many things there are.
    pub things: usize,
    /// How large the graph is.
    pub graph: SizeRow,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    overview: &'a Overview,
    #[serde(flatten)]
    tail: Tail<'a>,
}

impl Overview {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "exposure {} of 100, without a flaw in any software {}",
            style.strong(&self.exposure),
            style.strong(&self.exposure_direct)
        )?;
        writeln!(out)?;
        let mut table = Table::new(&["way in", "entries", "falls", "direct"]);
        for row in &self.classes {
            table.row([
                row.title.to_owned(),
                row.entries.to_string(),
                row.score.clone(),
                row.score_direct.clone(),
            ]);
        }
        table.write(style, out)?;
        writeln!(out, "\n{}", style.strong(format!("the worst of {} things", self.things)))?;
        let mut table = Table::new(&["falls", "direct", "thing", "with it"]);
        for row in &self.worst {
            table.row([row.score.clone(), row.score_direct.clone(), row.thing.clone(), row.flags()]);
        }
        table.write(style, out)?;
        footer(about, style, out)
    }

    /// Writes it for programs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        json(&Written { head: Head::of(SCHEMA, about), overview: self, tail: Tail::of(about) }, out)
    }
}
