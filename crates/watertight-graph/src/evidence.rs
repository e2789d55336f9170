//! Why an edge is there: what would have to change for it to go.

use watertight_model::ObjectId;
use watertight_rbac::{BindingId, RoleId};
use watertight_syntax::Path;

/// One thing that somebody wrote, or left out, and that an edge rests on. When it goes, the edge goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// That a binding names a subject, by place in its list.
    Bound(BindingId, u32),
    /// That a role holds a rule, by place.
    Rule(RoleId, u32),
    /// What a field of an object says, or does not say.
    Field(ObjectId, Path),
    /// That an object is there.
    Object(ObjectId),
    /// That Pod Security in a namespace does not forbid it: the namespace, by name.
    Unenforced(String),
    /// That policies let pods of a namespace be reached.
    Reachable(String),
}

/// Why an edge is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// What it rests on: all of these, by number.
    pub facts: Vec<u32>,
    /// What it takes for granted, or what may stand in its way, in words.
    pub note: Option<String>,
}
