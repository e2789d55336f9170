//! `watertight rbac matrix`: resources or subjects by verbs.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::{Answer, SubjectRow};
use crate::{Style, Table};

/// A table of what is allowed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matrix {
    /// Whom or what it is about; `None` for everyone.
    pub of: Option<String>,
    /// Where; `None` for every namespace.
    pub namespace: Option<String>,
    /// The verbs.
    pub columns: Vec<&'static str>,
    /// A row for each resource or subject.
    pub rows: Vec<MatrixRow>,
}

/// What is allowed on one resource, or for one subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixRow {
    /// The resource with its API group, when rows are resources.
    pub resource: Option<String>,
    /// The subject, when rows are subjects.
    pub subject: Option<SubjectRow>,
    /// By verb.
    pub cells: Vec<MatrixCell>,
}

/// Whether a verb is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatrixCell {
    /// The resource has no such verb.
    None,
    /// It is not.
    No,
    /// For objects of certain names only.
    SomeNames,
    /// In some namespaces only.
    SomeNamespaces,
    /// It is.
    Yes,
    /// On so many resources, somewhere.
    Count(usize),
}

impl Serialize for MatrixCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::No => serializer.serialize_str("no"),
            Self::SomeNames => serializer.serialize_str("some-names"),
            Self::SomeNamespaces => serializer.serialize_str("some-namespaces"),
            Self::Yes => serializer.serialize_str("yes"),
            Self::Count(count) => count.serialize(serializer),
        }
    }
}

impl MatrixCell {
    fn shown(self) -> String {
        match self {
            Self::None => String::new(),
            Self::No => "✖".to_owned(),
            Self::SomeNames => "✔ names".to_owned(),
            Self::SomeNamespaces => "✔ some".to_owned(),
            Self::Yes => "✔".to_owned(),
            Self::Count(count) => count.to_string(),
        }
    }
}

impl Answer for Matrix {
    const SCHEMA: &'static str = "watertight.rbac-matrix/v1";

    fn table(&self, _wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return writeln!(out, "Nobody can do any of this");
        }
        let of_subjects = self.rows.iter().any(|row| row.subject.is_some());
        let mut header = if of_subjects { vec!["NAME", "KIND", "SA-NAMESPACE"] } else { vec!["NAME"] };
        let verbs: Vec<String> = self.columns.iter().map(|verb| verb.to_uppercase()).collect();
        header.extend(verbs.iter().map(String::as_str));
        let mut table = Table::new(&header);
        for row in &self.rows {
            let mut cells = match (&row.subject, &row.resource) {
                (Some(subject), _) => {
                    let namespace = subject.namespace.clone().unwrap_or_default();
                    vec![subject.name.clone(), subject.kind.clone(), namespace]
                }
                (None, resource) => vec![resource.clone().unwrap_or_default()],
            };
            cells.extend(row.cells.iter().map(|cell| cell.shown()));
            table.row(cells);
        }
        table.write(style, out)?;
        let has = |cell: MatrixCell| self.rows.iter().any(|row| row.cells.contains(&cell));
        let count =
            self.rows.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, MatrixCell::Count(_)));
        let legend = [
            (has(MatrixCell::SomeNames), "✔ names: for objects of certain names only (see who-can)"),
            (has(MatrixCell::SomeNamespaces), "✔ some: in some namespaces only (-n asks for one)"),
            (
                count,
                "on so many kinds of resources, in some namespace or everywhere (--sa, --user, --group show which)",
            ),
        ];
        let mut first = true;
        for (_, text) in legend.into_iter().filter(|(used, _)| *used) {
            if std::mem::take(&mut first) {
                writeln!(out)?;
            }
            writeln!(out, "{}", style.faint(text))?;
        }
        Ok(())
    }
}
