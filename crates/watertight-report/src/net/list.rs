//! `watertight net list`: who can open what to whom.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, Form, Head, PartyRow, Rest, cell, csv, footer};
use crate::json::Tool;
use crate::{Style, Table, clean};

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

/// Writes rows as they come.
pub struct ListWriter<'o, 'a> {
    form: Form,
    style: Style,
    out: &'o mut dyn Write,
    about: &'a About<'a>,
    table: Table,
    rows: usize,
}

impl std::fmt::Debug for ListWriter<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListWriter")
            .field("form", &self.form)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<'o, 'a> ListWriter<'o, 'a> {
    /// Begins a list.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(form: Form, style: Style, about: &'a About<'a>, out: &'o mut dyn Write) -> io::Result<Self> {
        match form {
            Form::Table | Form::Text => {}
            Form::Csv => writeln!(out, "from,to,allowed,unknown")?,
            Form::Markdown => writeln!(out, "| From | To | Allowed | Unknown |\n| --- | --- | --- | --- |")?,
            Form::Dot => writeln!(out, "digraph network {{\n  rankdir=LR;\n  node [shape=box];")?,
            Form::Json => {
                let tool = Tool { name: "watertight", version: about.tool_version };
                let head = Head { schema: SCHEMA, tool, enforcement: &about.enforcement };
                let head = serde_json::to_string(&head)?;
                write!(out, "{},\"connections\":[", head.strip_suffix('}').unwrap_or(&head))?;
            }
        }
        let table = Table::new(&["FROM", "TO", "ALLOWED", "UNKNOWN"]);
        Ok(Self { form, style, out, about, table, rows: 0 })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, row: &ConnectionRow) -> io::Result<()> {
        let (from, to) = (row.from.to_string(), row.to.to_string());
        match self.form {
            Form::Table => self.table.row([from, to, row.allowed.clone(), row.unknown.clone()]),
            Form::Text => self.lines(row)?,
            Form::Csv => {
                let cells = [&from, &to, &row.allowed, &row.unknown].map(|text| csv(text));
                writeln!(self.out, "{}", cells.join(","))?;
            }
            Form::Markdown => {
                let cells = [&from, &to, &row.allowed, &row.unknown].map(|text| cell(text));
                writeln!(self.out, "| {} |", cells.join(" | "))?;
            }
            Form::Dot => {
                if !row.allowed.is_empty() {
                    self.edge(&from, &to, &row.allowed, "")?;
                }
                if !row.unknown.is_empty() {
                    self.edge(&from, &to, &format!("unknown: {}", row.unknown), " style=dashed")?;
                }
            }
            Form::Json => {
                self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *self.out, row)?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// As netpol-analyzer prints a connection, `ns/web[Deployment] => ns/db[StatefulSet] : TCP 5432`; what is not
    /// known stands behind a question mark.
    fn lines(&mut self, row: &ConnectionRow) -> io::Result<()> {
        for (mark, connections) in [("", &row.allowed), ("? ", &row.unknown)] {
            if connections.is_empty() {
                continue;
            }
            for from in external(&row.from) {
                for to in external(&row.to) {
                    writeln!(self.out, "{} => {} : {mark}{connections}", clean(&from), clean(&to))?;
                }
            }
        }
        Ok(())
    }

    fn edge(&mut self, from: &str, to: &str, label: &str, style: &str) -> io::Result<()> {
        let quoted = |text: &str| clean(text).replace('\\', "\\\\").replace('"', "\\\"");
        writeln!(
            self.out,
            "  \"{}\" -> \"{}\" [label=\"{}\"{style}];",
            quoted(from),
            quoted(to),
            quoted(label)
        )
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(self) -> io::Result<()> {
        match self.form {
            Form::Table if self.rows == 0 => {
                writeln!(self.out, "No connection between workloads is let through, or there are none")?;
                footer(self.about, self.style, self.out)
            }
            Form::Table => {
                self.table.write(self.style, self.out)?;
                footer(self.about, self.style, self.out)
            }
            Form::Markdown => {
                let notes = Rest::of(self.about).notes;
                notes.iter().try_for_each(|note| writeln!(self.out, "\n{}", cell(note)))
            }
            Form::Text | Form::Csv => Ok(()),
            Form::Dot => writeln!(self.out, "}}"),
            Form::Json => {
                let rest = serde_json::to_string(&Rest::of(self.about))?;
                writeln!(self.out, "\n],{}", rest.strip_prefix('{').unwrap_or(&rest))
            }
        }
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
