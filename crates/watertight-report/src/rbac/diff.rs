//! `watertight rbac diff`: which subjects gain or lose what.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, SubjectRow, scope};
use crate::{Style, Table};

/// What two looks differ in.
#[derive(Debug, Serialize)]
pub struct RbacDiff {
    /// What was looked at first.
    pub before: String,
    /// What was looked at then.
    pub after: String,
    /// Who gains or loses something.
    pub changes: Vec<ChangeRow>,
}

/// What one subject gains and loses.
#[derive(Debug, Serialize)]
pub struct ChangeRow {
    /// Who; what a group gains, its members gain.
    pub subject: SubjectRow,
    /// What it has only afterwards.
    pub gained: Vec<ScopedRules>,
    /// What it had only before.
    pub lost: Vec<ScopedRules>,
}

/// Rules in one scope.
#[derive(Debug, Serialize)]
pub struct ScopedRules {
    /// The namespace; `None` for everywhere.
    pub scope: Option<String>,
    /// The rules.
    pub rules: Vec<RuleRow>,
}

/// A rule.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleRow {
    /// API groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// Resources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Names of objects; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// URLs.
    #[serde(rename = "nonResourceURLs", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
    /// Resources with their API groups, and URLs, for people.
    #[serde(skip)]
    pub on: Vec<String>,
}

impl Answer for RbacDiff {
    const SCHEMA: &'static str = "watertight.rbac-diff/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        if self.changes.is_empty() {
            return writeln!(out, "No subject gains or loses anything");
        }
        let mut table = Table::new(&["", "SUBJECT", "SCOPE", "VERBS", "ON", "ONLY"]);
        let mut row = |sign: &str, subject: &SubjectRow, scoped: &ScopedRules| {
            for rule in &scoped.rules {
                let on = if wide { rule.on.join(",") } else { shortened(&rule.on) };
                table.row([
                    sign.to_owned(),
                    subject.to_string(),
                    scope(scoped.scope.as_deref()).to_owned(),
                    rule.verbs.join(","),
                    on,
                    rule.resource_names.join(","),
                ]);
            }
        };
        for change in &self.changes {
            change.gained.iter().for_each(|scoped| row("+", &change.subject, scoped));
            change.lost.iter().for_each(|scoped| row("-", &change.subject, scoped));
        }
        table.write(style, out)?;
        let gains = self.changes.iter().filter(|change| !change.gained.is_empty()).count();
        let losses = self.changes.iter().filter(|change| !change.lost.is_empty()).count();
        let text = format!("+ {} · - {}", counted(gains, "gains", "gain"), counted(losses, "loses", "lose"));
        writeln!(out, "\n{}", style.faint(text))
    }
}

fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 subject {one}"),
        _ => format!("{count} subjects {several}"),
    }
}

/// The first of a long list.
fn shortened(on: &[String]) -> String {
    const SHOWN: usize = 4;
    match on.len().checked_sub(SHOWN) {
        Some(more) if more > 1 => format!("{} and {more} more", on[..SHOWN].join(",")),
        _ => on.join(","),
    }
}
