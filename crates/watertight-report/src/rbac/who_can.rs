//! `watertight rbac who-can`: subjects, through which binding and role.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, Defined, Note, SubjectRow};
use crate::{Style, Table};

/// Who can do something.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCan {
    /// What was asked, as in `get pods/log in shop`.
    pub question: String,
    /// The namespace asked about; `None` for every scope.
    pub namespace: Option<String>,
    /// Who can, in the authorizer's order of bindings.
    pub holders: Vec<Holder>,
    /// Who can whatever RBAC says.
    pub before_rbac: Vec<SubjectRow>,
    /// What the groups among them stand for, for people.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// Someone who can.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// Who.
    pub subject: SubjectRow,
    /// Where: the namespace of the binding, `None` for everywhere.
    pub scope: Option<String>,
    /// The only objects that it holds for; empty for all.
    pub names: Vec<String>,
    /// Through which binding.
    pub binding: Defined,
    /// Through which role.
    pub role: Defined,
    /// The rule that allows it.
    pub rule: String,
    /// For a group, when it was asked to expand: its service accounts in view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<SubjectRow>>,
}

impl Answer for WhoCan {
    const SCHEMA: &'static str = "watertight.rbac-who-can/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let (namespaced, clustered): (Vec<&Holder>, Vec<&Holder>) =
            self.holders.iter().partition(|holder| holder.binding.namespace.is_some());
        self.section("RoleBindings", &namespaced, wide, style, out)?;
        writeln!(out)?;
        self.section("ClusterRoleBindings", &clustered, wide, style, out)?;
        if !self.before_rbac.is_empty() || !self.notes.is_empty() {
            writeln!(out)?;
        }
        for subject in &self.before_rbac {
            let text =
                format!("{subject}: its members can do anything; they are allowed before RBAC is asked");
            writeln!(out, "{}", style.faint(text))?;
        }
        for note in &self.notes {
            writeln!(out, "{}", style.faint(&note.text))?;
        }
        Ok(())
    }
}

impl WhoCan {
    fn section(
        &self,
        kind: &str,
        holders: &[&Holder],
        wide: bool,
        style: Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if holders.is_empty() {
            let text = format!("No subjects found that can {} through {kind}", self.question);
            return writeln!(out, "{}", style.plain(text));
        }
        let namespaced = kind == "RoleBindings";
        let named = holders.iter().any(|holder| !holder.names.is_empty());
        let mut header = match namespaced {
            true => vec!["ROLEBINDING", "NAMESPACE"],
            false => vec!["CLUSTERROLEBINDING"],
        };
        header.extend(["SUBJECT", "TYPE", "SA-NAMESPACE", "ROLE"]);
        if named {
            header.push("ONLY");
        }
        if wide {
            header.extend(["RULE", "BINDING-AT", "ROLE-AT"]);
        }
        let mut table = Table::new(&header);
        for holder in holders {
            let row = |subject: &SubjectRow, via: &str| {
                let mut cells = vec![holder.binding.name.clone()];
                if namespaced {
                    cells.push(holder.scope.clone().unwrap_or_default());
                }
                cells.push(format!("{}{via}", subject.name));
                cells.push(subject.kind.clone());
                cells.push(subject.namespace.clone().unwrap_or_default());
                cells.push(holder.role.to_string());
                if named {
                    cells.push(holder.names.join(","));
                }
                if wide {
                    cells.push(holder.rule.clone());
                    cells.push(holder.binding.origin.to_string());
                    cells.push(holder.role.origin.to_string());
                }
                cells
            };
            table.row(row(&holder.subject, ""));
            for member in holder.members.iter().flatten() {
                table.row(row(member, &format!(" (of {})", holder.subject.name)));
            }
        }
        table.write(style, out)
    }
}
