//! Where objects are written, as answers tell it.

use watertight_model::{Object, Standing};
use watertight_report::rbac::{Origin, Recorded};
use watertight_syntax::Path;

/// Where a place of an object is written.
pub fn origin(object: &Object, path: &Path) -> Origin {
    let place = object.place(path);
    let recorded = match &object.origin().standing {
        Standing::Implied => return Origin::Implied { implied: place.source.name() },
        Standing::Recorded(recorded) => Some(Recorded { file: recorded.file.clone(), line: recorded.line }),
        Standing::Read | Standing::Rendered(_) => None,
    };
    let line = object.position_in_file(&place).line;
    Origin::Written { file: place.source.name(), line, recorded }
}

/// A path as a semantics crate writes it, `.subjects[0].kind`.
pub fn path_of(text: &str) -> Path {
    let mut path = Path::root();
    for step in text.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
        path = match step.parse::<usize>() {
            Ok(index) => path.index(index),
            Err(_) => path.key(step.to_owned()),
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        assert_eq!(path_of(".subjects[2].kind").to_string(), ".subjects[2].kind");
        assert_eq!(path_of("").to_string(), Path::root().to_string());
    }
}
