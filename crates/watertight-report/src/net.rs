//! Answers about who reaches whom: what the commands of `watertight net` show, as tables, lists and pictures.
//!
//! Each answer is a plain value in a file of its own below `net/`, filled by the command and printed here. Start
//! reading at [`PartyRow`] and [`About`].

pub mod check;
pub mod diff;
pub mod generate;
pub mod list;
pub mod map;
mod rows;

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use watertight_model::Gap;

use crate::Style;
use crate::json::{GapRow, Tool};
use crate::rbac::Origin;

/// What every answer comes with.
#[derive(Debug)]
pub struct About<'a> {
    /// The version of the program.
    pub tool_version: &'a str,
    /// Whether policies are enforced, and how that is known.
    pub enforcement: EnforcementRow,
    /// What no object tells and could change the answer.
    pub notes: Vec<String>,
    /// What is wrong with policies, or not modelled of them.
    pub problems: Vec<ProblemRow>,
    /// What could not be seen and could change the answer.
    pub gaps: Vec<&'a Gap>,
}

/// Whether policies are enforced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnforcementRow {
    /// What the answer takes for granted.
    pub enforced: bool,
    /// How that is known.
    pub because: Because,
    /// The network plugins in view.
    pub plugins: Vec<&'static str>,
}

/// How it is known whether policies are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// The plugins in view do or do not.
    Seen,
    /// The user said so.
    Told,
    /// Nothing in view tells: it is taken for granted.
    Assumed,
}

impl EnforcementRow {
    /// What has to be said of it; nothing when policies are known to be enforced.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match (self.enforced, self.because) {
            (true, Because::Seen | Because::Told) => None,
            (true, Because::Assumed) if self.plugins.is_empty() => Some(
                "policies are taken as enforced: no network plugin is in view (--policies-enforced yes or no)"
                    .to_owned(),
            ),
            (true, Because::Assumed) => Some(format!(
                "policies are taken as enforced: whether {} does depends on what is not in view \
                 (--policies-enforced yes or no)",
                self.plugins.join(", ")
            )),
            (false, Because::Told) => Some("no policy is enforced, as you said: everything is open".to_owned()),
            (false, _) => Some(format!(
                "no policy is enforced: {} does not, and no other network plugin is in view; everything is open",
                self.plugins.join(", ")
            )),
        }
    }
}

/// Something about a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemRow {
    /// The object, as in `NetworkPolicy shop/web`.
    pub object: String,
    /// The field.
    pub path: String,
    /// What is wrong, or not modelled.
    pub why: String,
    /// What follows: `refused`, `not-modelled`, `without-effect`.
    pub effect: &'static str,
    /// Where it is written.
    pub origin: Origin,
}

impl fmt::Display for ProblemRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let then = match self.effect {
            "refused" => " (the API server refuses the object: what it would do counts as unknown)",
            "not-modelled" => " (what depends on it counts as unknown)",
            _ => "",
        };
        write!(f, "{}: {} {}: {}{then}", self.origin, self.object, self.path, self.why)
    }
}

/// One end of connections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum PartyRow {
    /// Every workload in view.
    Everyone,
    /// Every workload of some namespaces.
    Namespaces {
        /// Their names.
        namespaces: Vec<String>,
    },
    /// Some workloads of a namespace.
    Workloads {
        /// The namespace.
        namespace: String,
        /// The workloads, as in `web[Deployment]`.
        workloads: Vec<String>,
        /// The other workloads of the namespace, where these are fewer.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        all_but: Vec<String>,
    },
    /// Addresses outside of the cluster.
    Addresses {
        /// Ranges, as in `10.0.0.0-10.255.255.255`.
        ranges: Vec<String>,
        /// The same for people: as blocks where they are one.
        #[serde(skip)]
        shown: Vec<String>,
        /// Whether that is every address.
        everything: bool,
    },
    /// What serves Ingresses, routes and gateways.
    IngressController,
    /// Somebody whom no object names.
    Stranger {
        /// Who, in words.
        who: String,
    },
}

/// So many names are told before the rest is counted.
const TOLD: usize = 3;

/// As in `shop/web[Deployment]`, `shop/*`, `10.0.0.0/8`.
impl fmt::Display for PartyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("any workload"),
            Self::Namespaces { namespaces } => match &namespaces[..] {
                [only] => write!(f, "any workload of {only}"),
                several => write!(f, "any workload of {}", Short(several)),
            },
            Self::Workloads { namespace, workloads, all_but } => match (&workloads[..], all_but.len()) {
                ([only], _) => write!(f, "{namespace}/{only}"),
                (_, 1..=TOLD) => write!(f, "any workload of {namespace} but {}", all_but.join(", ")),
                (several, _) => write!(f, "{namespace}/{{{}}}", Short(several)),
            },
            Self::Addresses { everything: true, .. } => f.write_str("any address outside"),
            Self::Addresses { shown, .. } => write!(f, "{}", Short(shown)),
            Self::IngressController => f.write_str("{ingress-controller}"),
            Self::Stranger { who } => f.write_str(who),
        }
    }
}

/// The first of a long list.
struct Short<'a>(&'a [String]);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len().checked_sub(TOLD) {
            Some(more) if more > 1 => write!(f, "{} and {more} more", self.0[..TOLD].join(", ")),
            _ => f.write_str(&self.0.join(", ")),
        }
    }
}

/// The forms of answers that consist of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
    /// For pages and comments.
    Markdown,
    /// One line per connection, as netpol-analyzer prints them.
    Text,
    /// For Graphviz.
    Dot,
}

/// Writes what stands below a table or a list for people: assumptions, then notes.
///
/// # Errors
/// When the writer fails.
pub fn footer(about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let notes: Vec<String> =
        about.enforcement.note().into_iter().chain(about.notes.iter().cloned()).collect();
    if !notes.is_empty() {
        writeln!(out)?;
    }
    for note in notes {
        writeln!(out, "{}", style.faint(format!("note: {note}")))?;
    }
    Ok(())
}

/// What stands after the rows of a JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rest<'a> {
    pub(crate) notes: Vec<String>,
    pub(crate) problems: &'a [ProblemRow],
    pub(crate) gaps: Vec<GapRow<'a>>,
}

impl<'a> Rest<'a> {
    pub(crate) fn of(about: &'a About<'_>) -> Self {
        Self {
            notes: about.enforcement.note().into_iter().chain(about.notes.iter().cloned()).collect(),
            problems: &about.problems,
            gaps: about.gaps.iter().map(|gap| GapRow::of(gap)).collect(),
        }
    }
}

/// What stands before the rows of a JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head<'a> {
    pub(crate) schema: &'a str,
    pub(crate) tool: Tool<'a>,
    pub(crate) enforcement: &'a EnforcementRow,
}

/// A field of CSV (RFC 4180), without anything that moves a terminal.
pub(crate) fn csv(text: &str) -> String {
    let text = crate::clean(text).to_string();
    // A spreadsheet takes what begins so for a formula.
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A cell of a table in Markdown.
pub(crate) fn cell(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in crate::clean(text).chars() {
        if matches!(letter, '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '&' | '#' | '~') {
            shown.push('\\');
        }
        shown.push(letter);
    }
    shown
}
