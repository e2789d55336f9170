//! Audit policies, as people and machines read what is said of them: [`lint`], [`explain`] and
//! [`simulate`].

pub mod explain;
pub mod lint;
pub mod simulate;

use serde::Serialize;
use watertight_audit::FieldPath;

/// A policy as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name as the user gave it.
    pub file: &'a str,
    /// Finds the line and the column of a place in the policy, from 1.
    pub place: &'a dyn PlaceOf,
    /// The version of the program.
    pub tool_version: &'a str,
}

/// Knows where the values of a policy stand.
pub trait PlaceOf: std::fmt::Debug {
    /// The line and the column of a value, or of the nearest one around it that is written. From 1.
    fn place_of(&self, path: &FieldPath) -> (u32, u32);
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

impl Source<'_> {
    fn tool(&self) -> Tool<'_> {
        Tool { name: "watertight", version: self.tool_version }
    }

    /// `policy.yaml:12:3`.
    fn shown(&self, path: &FieldPath) -> String {
        let (line, column) = self.place.place_of(path);
        format!("{}:{line}:{column}", self.file)
    }
}

fn rule_path(index: usize) -> FieldPath {
    FieldPath::root().key("rules").index(index)
}
