//! Answers about who may do what: what the commands of `watertight rbac` show, as tables and as JSON.
//!
//! Each answer is a plain value in a file of its own below `rbac/`, filled by the command and printed
//! here. Start reading at [`Answer`].

pub mod can_i;
pub mod diff;
pub mod held;
pub mod lookup;
pub mod matrix;
pub mod minimize;
pub mod risks;
pub mod who_can;

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;
use watertight_model::Gap;

use crate::Style;
use crate::json::GapRow;

/// An answer that can be printed.
pub trait Answer: Serialize {
    /// The version of its JSON form, by the file in `docs/schema`.
    const SCHEMA: &'static str;
    /// Whether its table tells what could change the answer.
    const TELLS_CAVEATS: bool = false;

    /// Writes it for people; `wide` with the columns that need a wide terminal.
    ///
    /// # Errors
    /// When the writer fails.
    fn table(&self, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()>;
}

/// What every answer comes with in JSON.
#[derive(Debug)]
pub struct About<'a> {
    /// The version of the program.
    pub tool_version: &'a str,
    /// The version of Kubernetes whose default roles and bindings are implied.
    pub kubernetes_version: String,
    /// What no object of RBAC tells and could change the answer.
    pub caveats: Vec<Note>,
    /// What is wrong with roles and bindings.
    pub problems: Vec<ProblemRow>,
    /// What could not be seen and could change the answer.
    pub gaps: Vec<&'a Gap>,
}

/// A half sentence with a name that machines can compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The name, in kebab case.
    pub id: &'static str,
    /// The half sentence.
    pub text: String,
}

/// A role or binding that does not say what it seems to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemRow {
    /// The object, as in `RoleBinding shop/web`.
    pub object: String,
    /// The field, as in `.roleRef`.
    pub path: String,
    /// What is wrong there.
    pub fault: String,
    /// Where it is written.
    pub origin: Origin,
}

impl fmt::Display for ProblemRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.path.is_empty() { "" } else { " " };
        write!(f, "{}: {}{space}{}: {}", self.origin, self.object, self.path, self.fault)
    }
}

/// Where an object comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// Written in a text.
    Written {
        /// The file, `-` for standard input.
        file: String,
        /// The line, from 1.
        line: u32,
        /// For an object of a snapshot file: where it was read before.
        #[serde(skip_serializing_if = "Option::is_none")]
        recorded: Option<Recorded>,
    },
    /// Written by nobody: every API server has it.
    Implied {
        /// Whose it is, as in `Kubernetes 1.37`.
        implied: String,
    },
}

/// Where an object was read before it came into a snapshot file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Recorded {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// `file:line`, for an object of a snapshot that of the first file; `implied (Kubernetes 1.37)`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written { recorded: Some(recorded), .. } => {
                write!(f, "{}:{}", recorded.file, recorded.line)
            }
            Self::Written { file, line, .. } => write!(f, "{file}:{line}"),
            Self::Implied { implied } => write!(f, "implied ({implied})"),
        }
    }
}

/// A role or a binding, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Defined {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace; `None` for the cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it comes from; for a binding the line of the subject.
    pub origin: Origin,
}

/// As in `ClusterRole/view`.
impl fmt::Display for Defined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// A user, group or service account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SubjectRow {
    /// Its kind.
    pub kind: String,
    /// The namespace of a service account.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// As in `Group dev` and `ServiceAccount shop/web`.
impl fmt::Display for SubjectRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, T: Serialize> {
    schema: &'static str,
    tool: Tool<'a>,
    kubernetes_version: &'a str,
    #[serde(flatten)]
    answer: &'a T,
    caveats: &'a [Note],
    problems: &'a [ProblemRow],
    gaps: Vec<GapRow<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

/// Writes an answer for machines.
///
/// # Errors
/// When the writer fails.
pub fn json<T: Answer>(answer: &T, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: T::SCHEMA,
        tool: Tool { name: "watertight", version: about.tool_version },
        kubernetes_version: &about.kubernetes_version,
        answer,
        caveats: &about.caveats,
        problems: &about.problems,
        gaps: about.gaps.iter().map(|gap| GapRow::of(gap)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// Writes below a table what could change its answer.
///
/// # Errors
/// When the writer fails.
pub fn caveats(caveats: &[Note], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if !caveats.is_empty() {
        writeln!(out)?;
    }
    for caveat in caveats {
        writeln!(out, "{}", style.faint(format!("not counted: {}", caveat.text)))?;
    }
    Ok(())
}

/// A scope as people read it.
pub(crate) fn scope(namespace: Option<&str>) -> &str {
    namespace.unwrap_or("cluster-wide")
}

/// A list as Go prints it, `[get list]`.
pub(crate) fn bracketed(texts: &[String]) -> String {
    format!("[{}]", texts.join(" "))
}
