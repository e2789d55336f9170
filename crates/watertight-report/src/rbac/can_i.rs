//! `watertight rbac can-i`: yes or no, through what, and what could change it.

use std::io::{self, Write};

use serde::Serialize;

use super::{Answer, Defined, SubjectRow};
use crate::Style;

/// Whether someone can do something.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CanI {
    /// Who was asked about.
    pub user: String,
    /// Their groups, the implicit ones too.
    pub groups: Vec<String>,
    /// What was asked, as in `get pods in shop`.
    pub question: String,
    /// The namespace asked about; `None` for every namespace, and for what has none.
    pub namespace: Option<String>,
    /// The answer, as far as it can be judged.
    pub allowed: bool,
    /// Whether something that was not seen could change it.
    pub certain: bool,
    /// The API server's words for why it is allowed.
    pub reason: Option<String>,
    /// Through what it is allowed.
    pub through: Option<Through>,
    /// Namespaces in which it is allowed, when the answer is no.
    pub elsewhere: Vec<Elsewhere>,
    /// What could change the answer, for people.
    #[serde(skip)]
    pub unless: Vec<String>,
    /// What does not change it and has to be known, for people.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// Why something is allowed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Through {
    /// The subject that the user is.
    pub subject: SubjectRow,
    /// The binding.
    pub binding: Defined,
    /// The role.
    pub role: Defined,
    /// The rule.
    pub rule: String,
}

/// Another namespace, in which it is allowed.
#[derive(Debug, Serialize)]
pub struct Elsewhere {
    /// The namespace.
    pub namespace: String,
    /// The API server's words for why.
    pub reason: String,
}

/// So many namespaces are named before the rest is counted.
const NAMED: usize = 5;

impl Answer for CanI {
    const SCHEMA: &'static str = "watertight.rbac-can-i/v1";

    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let word = if self.allowed { "yes" } else { "no" };
        let comma = if self.certain { "" } else { ", unless" };
        writeln!(out, "{}{comma}", style.strong(word))?;
        for unless in &self.unless {
            writeln!(out, "  {}", style.warning(unless))?;
        }
        match (&self.through, &self.reason) {
            (Some(through), _) => through.write(wide, style, out)?,
            (None, Some(reason)) => line(out, style, "because", reason)?,
            (None, None) => {
                line(out, style, "because", &format!("no binding lets {} {}", self.user, self.question))?
            }
        }
        for elsewhere in self.elsewhere.iter().take(NAMED) {
            line(out, style, "but", &format!("yes in {}: {}", elsewhere.namespace, elsewhere.reason))?;
        }
        if let Some(more) = self.elsewhere.len().checked_sub(NAMED).filter(|&more| more > 0) {
            line(out, style, "but", &format!("yes in {more} more namespaces"))?;
        }
        for note in &self.notes {
            line(out, style, "note", note)?;
        }
        Ok(())
    }
}

impl Through {
    fn write(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let at = |defined: &Defined| {
            let home =
                defined.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
            let at = if wide { format!("   {}", defined.origin) } else { String::new() };
            format!("{} {home}{}{at}", defined.kind, defined.name)
        };
        line(out, style, "through", &at(&self.binding))?;
        line(out, style, "of", &at(&self.role))?;
        line(out, style, "to", &self.subject.to_string())?;
        if wide {
            line(out, style, "rule", &self.rule)?;
        }
        Ok(())
    }
}

fn line(out: &mut dyn Write, style: Style, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {} {}", style.faint(format!("{label:7}")), style.plain(text))
}
