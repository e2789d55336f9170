//! `watertight net list`: who can open what to whom.

use std::io::{self, Write};

use serde::Serialize;

use super::rows::{Kind, Rows};
use super::{About, Form, PartyRow};
use crate::Style;

/// What some can open to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRow {
    /// From whom.
    pub from: PartyRow,
    /// To whom.
    pub to: PartyRow,
    /// What is let through for certain, as in `TCP 8080,UDP 53`; empty when nothing is.
    pub allowed: String,
    /// What may be let through beside that; empty when nothing may.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unknown: String,
}

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.net-list/v1";

const CONNECTIONS: Kind = Kind {
    schema: SCHEMA,
    field: "connections",
    graph: "network",
    titles: ["From", "To", "Allowed", "Unknown"],
    csv: "from,to,allowed,unknown",
    none: "No connection between workloads is let through, or there are none",
};

/// Writes rows as they come.
#[derive(Debug)]
pub struct ListWriter<'o, 'a>(Rows<'o, 'a>);

impl<'o, 'a> ListWriter<'o, 'a> {
    /// Begins a list.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(form: Form, style: Style, about: &'a About<'a>, out: &'o mut dyn Write) -> io::Result<Self> {
        Ok(Self(Rows::new(&CONNECTIONS, form, style, about, out)?))
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, row: &ConnectionRow) -> io::Result<()> {
        let Self(rows) = self;
        let (from, to) = (row.from.to_string(), row.to.to_string());
        match rows.form() {
            Form::Json => rows.json(row),
            Form::Text => self.lines(row),
            Form::Table | Form::Csv | Form::Markdown => rows.cells([&from, &to, &row.allowed, &row.unknown]),
            Form::Dot => {
                if !row.allowed.is_empty() {
                    rows.edge(&from, &to, &row.allowed, "")?;
                }
                if !row.unknown.is_empty() {
                    rows.edge(&from, &to, &format!("unknown: {}", row.unknown), " style=dashed")?;
                }
                Ok(())
            }
        }
    }

    /// What is not known stands behind a question mark.
    fn lines(&mut self, row: &ConnectionRow) -> io::Result<()> {
        for (mark, connections) in [("", &row.allowed), ("? ", &row.unknown)] {
            if connections.is_empty() {
                continue;
            }
            for from in external(&row.from) {
                for to in external(&row.to) {
                    self.0.line("", &from, &to, &format!("{mark}{connections}"))?;
                }
            }
        }
        Ok(())
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(self) -> io::Result<()> {
        self.0.end()
    }
}

/// One text for each range of addresses outside.
fn external(party: &PartyRow) -> Vec<String> {
    match party {
        PartyRow::Addresses { ranges, .. } => {
            ranges.iter().map(|range| format!("{range}[External]")).collect()
        }
        other => vec![other.to_string()],
    }
}
