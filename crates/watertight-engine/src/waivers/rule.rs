use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use watertight_facts::{LabelQuery, NamePattern};
use watertight_model::{Identity, Layer, Object, ObjectId, Waiver};
use watertight_syntax::{Path, Value};

use super::FileGlob;
use crate::Choice;

/// One decision to let something be: what, where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRule {
    /// Which controls it speaks of.
    pub concerns: Concerns,
    /// Which findings of these.
    pub reach: Reach,
    /// Who says so, why, and until when.
    pub waiver: Waiver,
    /// Whether it was written for another tool. Such a rule may be there for what only the other one finds, so
    /// nothing is said when it is not used; a rule of our own wins over it.
    pub peer: bool,
}

/// Controls that a waiver speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concerns {
    /// Whatever control finds something there.
    Any,
    /// These controls and those of these layers.
    These(Vec<Choice>),
}

impl Concerns {
    /// Whether a control is spoken of.
    #[must_use]
    pub fn covers(&self, control: &str, layer: Layer) -> bool {
        match self {
            Self::Any => true,
            Self::These(choices) => choices.iter().any(|choice| choice.covers(control, layer)),
        }
    }
}

/// "`host-network`", "`host-network` and `host-pid`", "every control".
impl fmt::Display for Concerns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::These(choices) = self else { return f.write_str("every control") };
        let names: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.name())).collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => write!(f, "{} and {last}", rest.join(", ")),
            _ => f.write_str(&names.concat()),
        }
    }
}

/// Where a waiver holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Wherever the selector fits.
    Selected(Selector),
    /// For an object as a whole.
    Object(ObjectId),
    /// For a part of an object, and for what is shown at a line of its text.
    Below {
        /// The object.
        object: ObjectId,
        /// The part.
        path: Path,
        /// The line that the part begins at, from 1.
        line: u32,
    },
}

/// What of many findings is meant. What is empty excludes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    /// Kinds, in lower case.
    pub kinds: Vec<NamePattern>,
    /// Namespaces. An object that names none, and one of the cluster, has no namespace that would fit; `*`
    /// fits every object.
    pub namespaces: Vec<NamePattern>,
    /// Names of objects.
    pub names: Vec<NamePattern>,
    /// Labels of the objects themselves, not of their pods. One of several is enough.
    pub labels: Vec<LabelQuery>,
    /// Files, relative to the folder of the settings file.
    pub files: Vec<FileGlob>,
    /// Fields, with all below them.
    pub paths: Vec<PathPattern>,
    /// Single findings.
    pub fingerprints: BTreeSet<String>,
}

impl Selector {
    /// Whether it excludes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an object of this identity may be meant.
    pub(super) fn fits_identity(&self, identity: &Identity) -> bool {
        let any = |patterns: &[NamePattern], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.fits(text))
        };
        any(&self.kinds, &identity.kind.to_lowercase())
            && any(&self.namespaces, identity.namespace.name().unwrap_or_default())
            && any(&self.names, &identity.name)
    }

    /// Whether an object may be meant, by who it is and where it was read.
    pub(super) fn fits(&self, object: &Object, relative: &dyn Fn(&str) -> Option<String>) -> bool {
        self.fits_identity(object.identity())
            && (self.labels.is_empty() || self.fits_labels(object))
            && (self.files.is_empty() || self.fits_file(object, relative))
    }

    /// An object that cannot be opened has no labels that would fit.
    fn fits_labels(&self, object: &Object) -> bool {
        let Ok(body) = object.body() else { return false };
        let labels = body.root().get("metadata").and_then(|metadata| metadata.get("labels"));
        let texts = labels.into_iter().flat_map(Value::entries);
        let labels: BTreeMap<String, String> =
            texts.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect();
        self.labels.iter().any(|query| query.selects(&labels))
    }

    fn fits_file(&self, object: &Object, relative: &dyn Fn(&str) -> Option<String>) -> bool {
        let name = object.origin().name();
        let names = [relative(&name), Some(name)];
        self.files.iter().any(|glob| names.iter().flatten().any(|name| glob.fits(name)))
    }

    /// Whether a field is meant, by its path in either form.
    pub(super) fn fits_path(&self, forms: &[String]) -> bool {
        self.paths.is_empty() || self.paths.iter().any(|path| forms.iter().any(|form| path.covers(form)))
    }
}

/// Fields by a path with `*` for any text: `.spec.template.spec.containers[name=web]`, with all below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(NamePattern);

impl PathPattern {
    /// Whether the pattern is the path of a field or of something that holds it.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(at, _)| at);
        ends.chain([path.len()]).any(|end| self.0.fits(&path[..end]))
    }
}

impl FromStr for PathPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected a path as findings show it: `.spec.template.spec.containers[name=web]`";
        let plain = text.len() > 1 && text.starts_with('.') && !text.contains(char::is_whitespace);
        NamePattern::of_any(text).filter(|_| plain).map(Self).ok_or(WRONG)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_covers_what_is_below() {
        let covers = |pattern: &str, path: &str| pattern.parse::<PathPattern>().unwrap().covers(path);
        assert!(covers(".spec.containers[name=web]", ".spec.containers[name=web].securityContext"));
        assert!(covers(".spec", ".spec") && covers(".spec.*.image", ".spec.containers[0].image"));
        assert!(covers(".spec.containers[*]", ".spec.containers[name=a.b].x"));
        assert!(!covers(".spec.cont", ".spec.containers") && !covers(".spec.a", ".spec"));
        for wrong in ["", ".", "spec", ".a b"] {
            assert!(wrong.parse::<PathPattern>().is_err(), "{wrong}");
        }
    }
}
