//! `watertight paths`: the ways from one thing to another.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{About, Head, PathRow, Tail, footer, json};
use crate::Style;
use crate::style::plural;

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.paths/v1";

/// Whether something is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reachable {
    /// It is.
    Yes,
    /// It is not, and everything that matters was seen.
    No,
    /// Not by what was seen; something that was not seen could change it.
    Unknown,
}

impl Reachable {
    /// In one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "reachable",
            Self::No => "not reachable",
            Self::Unknown => "unknown",
        }
    }
}

impl Serialize for Reachable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::Unknown => serializer.serialize_str("unknown"),
        }
    }
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Paths {
    /// What is taken to have fallen.
    pub from: String,
    /// What it may lead to.
    pub to: String,
    /// Whether it does, in the reading that was asked for.
    pub reachable: Reachable,
    /// Whether it does without a flaw in any software.
    pub reachable_direct: Reachable,
    /// Whether it does with one flaw per hop through the network.
    pub reachable_with_flaws: Reachable,
    /// The ways, the shortest first.
    pub paths: Vec<PathRow>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    paths: &'a Paths,
    #[serde(flatten)]
    tail: Tail<'a>,
}

impl Paths {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} → {}", style.strong(&self.from), style.strong(&self.to))?;
        writeln!(
            out,
            "without a flaw in any software: {} · with one flaw per hop: {}",
            self.reachable_direct.word(),
            self.reachable_with_flaws.word()
        )?;
        for (number, path) in self.paths.iter().enumerate() {
            let flaws = match path.flaws {
                0 => String::new(),
                flaws => format!(", {flaws} of them through a flaw"),
            };
            writeln!(out, "\n{}. {}{flaws}", number + 1, plural(path.length, "step"))?;
            path.write("   ", style, out)?;
        }
        footer(about, style, out)
    }

    /// Writes it for programs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        json(&Written { head: Head::of(SCHEMA, about), paths: self, tail: Tail::of(about) }, out)
    }
}
