//! `watertight net diff`: connections gained and lost.

use std::io::{self, Write};

use serde::Serialize;

use super::rows::{Kind, Rows};
use super::{About, Form};
use crate::Style;

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.net-diff/v1";

/// What changed between two ends. Each set is as in `TCP 8080,UDP 53`, and empty when nothing is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRow {
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What is let through now and was not.
    pub gained: String,
    /// What was let through and is not now.
    pub lost: String,
    /// What may be gained: one of the looks does not tell.
    pub may_gain: String,
    /// What may be lost.
    pub may_lose: String,
}

const CHANGES: Kind = Kind {
    schema: SCHEMA,
    field: "changes",
    graph: "changes",
    titles: ["", "From", "To", "Connections"],
    csv: "change,from,to,connections",
    none: "No connection is gained or lost",
};

/// Writes changes as they come.
#[derive(Debug)]
pub struct DiffWriter<'o, 'a>(Rows<'o, 'a>);

impl<'o, 'a> DiffWriter<'o, 'a> {
    /// Begins.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(form: Form, style: Style, about: &'a About<'a>, out: &'o mut dyn Write) -> io::Result<Self> {
        Ok(Self(Rows::new(&CHANGES, form, style, about, out)?))
    }

    /// Writes a change.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, row: &ChangeRow) -> io::Result<()> {
        let Self(rows) = self;
        if rows.form() == Form::Json {
            return rows.json(row);
        }
        let (from, to) = (&*row.from, &*row.to);
        // Blue and orange are told apart by everybody; lost is dashed as well.
        let parts = [
            ("+", "gained", &row.gained, " color=\"#0072B2\" penwidth=2"),
            ("-", "lost", &row.lost, " color=\"#D55E00\" style=dashed"),
            ("?+", "may be gained", &row.may_gain, " style=dotted"),
            ("?-", "may be lost", &row.may_lose, " style=dotted"),
        ];
        for (sign, word, connections, look) in parts.into_iter().filter(|(_, _, what, _)| !what.is_empty()) {
            match rows.form() {
                Form::Csv => rows.cells([word, from, to, connections])?,
                Form::Text => rows.line(&format!("{sign} "), from, to, connections)?,
                Form::Dot => rows.edge(from, to, &format!("{sign} {connections}"), look)?,
                Form::Table | Form::Markdown | Form::Json => rows.cells([sign, from, to, connections])?,
            }
        }
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(self) -> io::Result<()> {
        self.0.end()
    }
}
