//! `watertight rbac lookup`: the roles that subjects are bound to.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, Defined, Origin, SubjectRow, scope};
use crate::{Style, Table};

/// The bindings of some subjects.
#[derive(Debug, Serialize)]
pub struct Lookup {
    /// What their names were searched for; `None` for all.
    pub subject: Option<String>,
    /// A row for each subject of a binding.
    pub rows: Vec<LookupRow>,
}

/// That a subject is bound to a role.
#[derive(Debug, Serialize)]
pub struct LookupRow {
    /// Who; as written, when it is none of the three kinds.
    pub subject: SubjectRow,
    /// Where; `None` for everywhere.
    pub scope: Option<String>,
    /// To what.
    pub role: BoundRole,
    /// By what.
    pub binding: Defined,
    /// Whether it grants anything: the role is in view and the subject means someone.
    pub effective: bool,
}

/// A role as a binding refers to it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BoundRole {
    /// As written.
    pub kind: String,
    /// As written.
    pub name: String,
    /// Where it comes from; `None` when it is not in view.
    pub origin: Option<Origin>,
}

impl Answer for Lookup {
    const SCHEMA: &'static str = "watertight.rbac-lookup/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            let like = self.subject.as_ref().map(|text| format!(" whose name has `{text}` in it"));
            let text = format!("No bindings found of a subject{}", like.unwrap_or_default());
            return writeln!(out, "{}", style.plain(text));
        }
        let mut header = vec!["SUBJECT", "SCOPE", "ROLE"];
        if wide {
            header.extend(["SOURCE", "SOURCE-AT", "ROLE-AT"]);
        }
        let mut table = Table::new(&header);
        for row in &self.rows {
            let missing = match (row.effective, &row.role.origin) {
                (true, _) => "",
                (false, None) => " (not in view)",
                (false, Some(_)) => " (the subject means nobody)",
            };
            let mut cells = vec![
                name(&row.subject, wide),
                scope(row.scope.as_deref()).to_owned(),
                format!("{}/{}{missing}", row.role.kind, row.role.name),
            ];
            if wide {
                cells.push(row.binding.to_string());
                cells.push(row.binding.origin.to_string());
                cells.push(row.role.origin.as_ref().map(ToString::to_string).unwrap_or_default());
            }
            table.row(cells);
        }
        table.write(style, out)
    }
}

fn name(subject: &SubjectRow, wide: bool) -> String {
    let kind = if wide { format!("{}/", subject.kind) } else { String::new() };
    match &subject.namespace {
        Some(namespace) => format!("{kind}{namespace}:{}", subject.name),
        None => format!("{kind}{}", subject.name),
    }
}
