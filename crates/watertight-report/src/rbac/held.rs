//! `watertight rbac can-i --list`: the rules that someone has in one place.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, bracketed};
use crate::{Style, Table};

/// What someone can do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRules {
    /// Who.
    pub user: String,
    /// Their groups, the implicit ones too.
    pub groups: Vec<String>,
    /// Where; `None` for what is granted everywhere.
    pub namespace: Option<String>,
    /// Whether they can do anything, whatever RBAC says.
    pub before_rbac: bool,
    /// What is allowed: resources by name, then URLs.
    pub rules: Vec<HeldRow>,
    /// Other namespaces that hold bindings for them.
    pub elsewhere: Vec<String>,
}

/// Verbs on one resource or URL.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldRow {
    /// The resource with its API group, as in `deployments.apps`; empty for a URL.
    pub resource: String,
    /// URLs; empty for a resource.
    #[serde(rename = "nonResourceURLs")]
    pub urls: Vec<String>,
    /// The only objects that it holds for; empty for all.
    pub resource_names: Vec<String>,
    /// What may be done.
    pub verbs: Vec<String>,
    /// The bindings that allow it, as in `RoleBinding shop/web`.
    pub through: Vec<String>,
}

impl Answer for HeldRules {
    const SCHEMA: &'static str = "watertight.rbac-can-i-list/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut header = vec!["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
        if wide {
            header.push("Through");
        }
        let mut table = Table::new(&header);
        if self.before_rbac {
            let everything = ["*.*", "[*]", "[]", "[*]", "member of system:masters, before RBAC is asked"];
            table.row(everything.into_iter().take(header.len()));
        }
        for row in &self.rules {
            let mut cells = vec![
                row.resource.clone(),
                bracketed(&row.urls),
                bracketed(&row.resource_names),
                bracketed(&row.verbs),
            ];
            if wide {
                cells.push(row.through.join(", "));
            }
            table.row(cells);
        }
        table.write(style, out)?;
        if !self.elsewhere.is_empty() {
            let text = format!("more in other namespaces: {}", self.elsewhere.join(", "));
            writeln!(out, "\n{}", style.faint(text))?;
        }
        Ok(())
    }
}
