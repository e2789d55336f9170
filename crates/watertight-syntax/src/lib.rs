//! YAML and JSON text as Kubernetes reads it, with the place of every value.
//!
//! Text goes in, [`Document`]s come out: a flat tree of resolved scalars, each with its byte
//! [`Span`]. The rules are those of kubectl and the API server (`go.yaml.in/yaml/v2` behind
//! `sigs.k8s.io/yaml`), not those of YAML 1.2: `yes` is true and `0755` is octal.
//!
//! This crate knows no Kubernetes, does no I/O and never prints a scalar's text in an error, since
//! any scalar may be a secret. Start reading at [`yaml::parse`] and [`document`].

pub mod de;
pub mod document;
pub mod edit;
pub mod embedded;
#[cfg(test)]
mod growth_tests;
pub mod json;
mod limits;
pub mod path;
mod resolve;
mod span;
pub mod yaml;

pub use document::{Document, Duplicate, Kind, NodeId, Value};
pub use limits::Limits;
pub use path::{Path, Segment};
pub use span::{LineIndex, Position, Span};

/// Why one document could not be read. Says what and where, never the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// What is wrong, in the words of someone who edits the file.
    pub message: String,
    /// Where, as a byte offset into the text.
    pub offset: u32,
}

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>, offset: usize) -> Self {
        Self { message: message.into(), offset: span::offset(offset) }
    }
}
