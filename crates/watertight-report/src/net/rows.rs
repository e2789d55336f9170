//! Rows of an answer in every form, written as they come.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use super::{About, Form, Head, Rest, cell, csv, footer};
use crate::json::Tool;
use crate::{Style, Table, clean};

/// What rows are of.
pub(super) struct Kind {
    /// The version of the JSON form.
    pub(super) schema: &'static str,
    /// The field of the JSON form that holds the rows.
    pub(super) field: &'static str,
    /// The name of the graph for Graphviz.
    pub(super) graph: &'static str,
    /// What stands above the columns for people.
    pub(super) titles: [&'static str; 4],
    /// The first line of CSV.
    pub(super) csv: &'static str,
    /// What is said for people where there is no row.
    pub(super) none: &'static str,
}

/// Writes rows.
pub(super) struct Rows<'o, 'a> {
    kind: &'static Kind,
    form: Form,
    style: Style,
    out: &'o mut dyn Write,
    about: &'a About<'a>,
    table: Table,
    written: usize,
}

impl fmt::Debug for Rows<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("form", &self.form)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl<'o, 'a> Rows<'o, 'a> {
    /// Begins.
    pub(super) fn new(
        kind: &'static Kind,
        form: Form,
        style: Style,
        about: &'a About<'a>,
        out: &'o mut dyn Write,
    ) -> io::Result<Self> {
        match form {
            Form::Table | Form::Text => {}
            Form::Csv => writeln!(out, "{}", kind.csv)?,
            Form::Markdown => {
                let titles =
                    kind.titles.map(|title| if title.is_empty() { " ".into() } else { format!(" {title} ") });
                writeln!(out, "|{}|\n| --- | --- | --- | --- |", titles.join("|"))?;
            }
            Form::Dot => writeln!(out, "digraph {} {{\n  rankdir=LR;\n  node [shape=box];", kind.graph)?,
            Form::Json => {
                let tool = Tool { name: "watertight", version: about.tool_version };
                let head = Head { schema: kind.schema, tool, enforcement: &about.enforcement };
                let head = serde_json::to_string(&head)?;
                write!(out, "{},\"{}\":[", head.strip_suffix('}').unwrap_or(&head), kind.field)?;
            }
        }
        let heads = kind.titles.map(str::to_uppercase);
        let table = Table::new(&heads.each_ref().map(String::as_str));
        Ok(Self { kind, form, style, out, about, table, written: 0 })
    }

    /// The form in which they are written.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Writes a row of a table: for people, as CSV, as Markdown.
    pub(super) fn cells(&mut self, cells: [&str; 4]) -> io::Result<()> {
        self.written += 1;
        match self.form {
            Form::Csv => writeln!(self.out, "{}", cells.map(csv).join(",")),
            Form::Markdown => writeln!(self.out, "| {} |", cells.map(cell).join(" | ")),
            _ => {
                self.table.row(cells);
                Ok(())
            }
        }
    }

    /// Writes a row as JSON.
    pub(super) fn json(&mut self, row: &impl Serialize) -> io::Result<()> {
        self.out.write_all(if self.written == 0 { b"\n" } else { b",\n" })?;
        self.written += 1;
        Ok(serde_json::to_writer(&mut *self.out, row)?)
    }

    /// Writes a line of text as netpol-analyzer prints a connection; `sign` stands before it.
    pub(super) fn line(&mut self, sign: &str, from: &str, to: &str, connections: &str) -> io::Result<()> {
        self.written += 1;
        writeln!(self.out, "{sign}{} => {} : {connections}", clean(from), clean(to))
    }

    /// Writes an edge for Graphviz; `look` is further attributes, each after a blank.
    pub(super) fn edge(&mut self, from: &str, to: &str, label: &str, look: &str) -> io::Result<()> {
        self.written += 1;
        let [from, to, label] =
            [from, to, label].map(|text| clean(text).replace('\\', "\\\\").replace('"', "\\\""));
        writeln!(self.out, "  \"{from}\" -> \"{to}\" [label=\"{label}\"{look}];")
    }

    /// Ends.
    pub(super) fn end(self) -> io::Result<()> {
        match self.form {
            Form::Table => {
                match self.written {
                    0 => writeln!(self.out, "{}", self.kind.none)?,
                    _ => self.table.write(self.style, self.out)?,
                }
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
