//! `watertight net diff`: connections gained and lost.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, Form, Head, Rest, cell, csv, footer};
use crate::json::Tool;
use crate::{Style, Table, clean};

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

/// Writes changes as they come.
pub struct DiffWriter<'o, 'a> {
    form: Form,
    style: Style,
    out: &'o mut dyn Write,
    about: &'a About<'a>,
    table: Table,
    rows: usize,
}

impl std::fmt::Debug for DiffWriter<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DiffWriter")
            .field("form", &self.form)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<'o, 'a> DiffWriter<'o, 'a> {
    /// Begins.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn new(form: Form, style: Style, about: &'a About<'a>, out: &'o mut dyn Write) -> io::Result<Self> {
        match form {
            Form::Table | Form::Text => {}
            Form::Csv => writeln!(out, "change,from,to,connections")?,
            Form::Markdown => writeln!(out, "| | From | To | Connections |\n| --- | --- | --- | --- |")?,
            Form::Dot => writeln!(out, "digraph changes {{\n  rankdir=LR;\n  node [shape=box];")?,
            Form::Json => {
                let tool = Tool { name: "watertight", version: about.tool_version };
                let head = Head { schema: SCHEMA, tool, enforcement: &about.enforcement };
                let head = serde_json::to_string(&head)?;
                write!(out, "{},\"changes\":[", head.strip_suffix('}').unwrap_or(&head))?;
            }
        }
        Ok(Self { form, style, out, about, table: Table::new(&["", "FROM", "TO", "CONNECTIONS"]), rows: 0 })
    }

    /// Writes a change.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn row(&mut self, row: &ChangeRow) -> io::Result<()> {
        if self.form == Form::Json {
            self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *self.out, row)?;
            self.rows += 1;
            return Ok(());
        }
        let parts = [("+", &row.gained), ("-", &row.lost), ("?+", &row.may_gain), ("?-", &row.may_lose)];
        for (sign, connections) in parts.into_iter().filter(|(_, connections)| !connections.is_empty()) {
            match self.form {
                Form::Table => self.table.row([sign, &row.from, &row.to, connections]),
                Form::Text => {
                    writeln!(self.out, "{sign} {} => {} : {connections}", clean(&row.from), clean(&row.to))?;
                }
                Form::Csv => {
                    let word = match sign {
                        "+" => "gained",
                        "-" => "lost",
                        "?+" => "may be gained",
                        _ => "may be lost",
                    };
                    let cells = [word, &row.from, &row.to, connections].map(csv);
                    writeln!(self.out, "{}", cells.join(","))?;
                }
                Form::Markdown => {
                    let cells = [sign, &row.from, &row.to, connections].map(cell);
                    writeln!(self.out, "| {} |", cells.join(" | "))?;
                }
                Form::Dot => {
                    let quoted = |text: &str| clean(text).replace('\\', "\\\\").replace('"', "\\\"");
                    // Blue and orange are told apart by everybody; lost is dashed as well.
                    let look = match sign {
                        "+" => "color=\"#0072B2\" penwidth=2",
                        "-" => "color=\"#D55E00\" style=dashed",
                        _ => "style=dotted",
                    };
                    writeln!(
                        self.out,
                        "  \"{}\" -> \"{}\" [label=\"{sign} {}\" {look}];",
                        quoted(&row.from),
                        quoted(&row.to),
                        quoted(connections)
                    )?;
                }
                Form::Json => {}
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn end(self) -> io::Result<()> {
        match self.form {
            Form::Table if self.rows == 0 => {
                writeln!(self.out, "No connection is gained or lost")?;
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
