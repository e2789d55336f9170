use serde::{Deserialize, Serialize};
use watertight_syntax::Path;

use crate::{Object, Standing};

/// Something that was there and could not be seen or judged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// What could not be seen: a file with its line, an object with a field, a control with its subject.
    pub what: String,
    /// Why, and what to do about it.
    pub why: String,
    /// The kinds (or, for a judged object, the object) whose answers it may change. Empty: any kind.
    pub affects: Vec<String>,
}

impl Gap {
    /// A gap in an object: which object, which field (the root for the whole), and where that is written.
    #[must_use]
    pub fn in_object(object: &Object, path: &Path, why: &str) -> Self {
        let (identity, place) = (object.identity(), object.place(path));
        let field = if path.is_root() { String::new() } else { format!(" {path}") };
        let at = match object.origin().standing {
            Standing::Rendered(_) => format!("{}{}", place.source.name(), object.beside(&place)),
            _ => format!("{}:{}", place.source.name(), place.position.line),
        };
        Self {
            what: format!("{identity}{field} at {at}"),
            why: why.to_owned(),
            affects: vec![identity.kind.to_string()],
        }
    }
}
