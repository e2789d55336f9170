//! Edits that change what was asked for and not one byte more.
//!
//! A [`Text`] is cut into its documents. [`Text::edit`] writes one of them anew with a list of
//! [`Change`]s carried out in the style of what stands around them, and proves it: the new text is
//! parsed again and has to be the old value with the changes applied, or nothing is given out but a
//! [`Refusal`] that says why. [`Text::join`] puts the documents together and proves the whole.
//!
//! What is decided here:
//! - New keys go behind the last of their map, or in their place where the keys are in alphabetical order.
//! - The last entry or item that is removed leaves `{}` or `[]`: to remove a field means that field, and
//!   an empty map may mean something else than none (`emptyDir: {}`).
//! - The comment behind a removed entry goes with its line; comments above it stay.
//! - What is reached through an alias, a merge key or an anchor is edited only when all places that
//!   change with it were meant to.
//!
//! Start reading at [`Text`]. Then `layout.rs` (what is written), `plan.rs` (what happens where),
//! `splice.rs` with `block.rs` and `flow.rs` (which bytes).

mod block;
mod change;
mod comment;
mod flow;
mod json_layout;
mod layout;
mod plan;
#[cfg(test)]
mod property_tests;
mod render;
mod scalar;
mod scan;
mod splice;
mod style;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

pub use change::{Change, apply};
pub use json_layout::json_with_places;
pub use write::block_document;

use crate::document::Document;
use crate::limits::Limits;
use crate::path::Path;
use crate::span::Span;
use crate::{SyntaxError, json, yaml};
use layout::Layout;
use plan::Steps;
use splice::Splices;

/// Why a document was left as it is. Quotes nothing but keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text has no document of this number, or it cannot be read.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
    /// Something on the way to the field is no map, or the list has no such item.
    #[error("`{path}` has no place to go: what stands above it is no map")]
    NoPlace {
        /// The field.
        path: Path,
    },
    /// The place is reached through an alias or a merge key, or has an anchor that is used elsewhere.
    #[error("an anchor, an alias or a merge key is in the way: the same text counts in other places")]
    Shared,
    /// A key on the way stands twice.
    #[error("a key on the way to `{path}` stands twice: remove the one that is not meant")]
    Twice {
        /// The field.
        path: Path,
    },
    /// The value has a tag (`!!str`).
    #[error("what stands at `{path}` has a tag")]
    Tagged {
        /// The field.
        path: Path,
    },
    /// The text around the place can be continued in more than one way.
    #[error(
        "the text around `{path}` is in a style that is not edited (`? key`, a pair without braces, tabs)"
    )]
    Style {
        /// The field, or the map it is in.
        path: Path,
    },
    /// The edited text was not what was planned.
    #[error("the edited text does not read back as planned")]
    Unproven,
}

impl Refusal {
    /// The field that stands in the way, where one is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::NoPlace { path } | Self::Twice { path } | Self::Tagged { path } | Self::Style { path } => {
                Some(path)
            }
            Self::Unreadable(_) | Self::Shared | Self::Unproven => None,
        }
    }

    /// The reason as one word, for machines.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::NoPlace { .. } => "no-place",
            Self::Shared => "anchor",
            Self::Twice { .. } => "duplicate-key",
            Self::Tagged { .. } => "tag",
            Self::Style { .. } => "style",
            Self::Unproven => "unproven",
        }
    }
}

impl From<SyntaxError> for Refusal {
    fn from(error: SyntaxError) -> Self {
        Self::Unreadable(error.message)
    }
}

/// A text to be edited, cut into its documents.
pub struct Text {
    text: Arc<str>,
    limits: Limits,
    documents: Vec<Span>,
    json: bool,
}

/// A text may hold secrets: only its size is shown.
impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Text").field("documents", &self.documents.len()).finish_non_exhaustive()
    }
}

impl Text {
    /// Cuts a text into documents: values that stand one after the other when it is JSON throughout,
    /// else YAML documents, those included that are empty or cannot be read.
    #[must_use]
    pub fn new(text: &Arc<str>, limits: Limits) -> Self {
        let values = json::looks_like_json(text).then(|| json::split(text).ok()).flatten();
        let (documents, json) = match values {
            Some(values) => (values, true),
            None => {
                let mut spans = Vec::new();
                yaml::parse_each(text, &limits, |parsed| spans.push(parsed.span));
                (spans, false)
            }
        };
        Self { text: Arc::clone(text), limits, documents, json }
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Writes a document (from 1) with changes carried out. Paths are those of the document, positions
    /// in lists those that are there before. Gives the new text of the document alone; the old one when
    /// the changes change nothing.
    ///
    /// # Errors
    /// Why the document cannot be edited so that exactly these changes come of it.
    pub fn edit(&self, document: u32, changes: &[Change]) -> Result<String, Refusal> {
        let text = self.document(document)?;
        let (layout, before) = if self.json {
            (Layout::of_json(text), value_of_json(&text.into())?)
        } else {
            (Layout::of_yaml(text, &self.limits), value_of_yaml(&text.into(), &self.limits)?)
        };
        let layout = layout.ok_or_else(|| Refusal::Unreadable("it is not followed".to_owned()))?;
        let mut planned = before.clone();
        if let Some(path) = apply(&mut planned, in_order(changes)) {
            return Err(Refusal::NoPlace { path });
        }
        let steps = Steps::of(&layout, changes).map_err(|refusal| match refusal {
            // There is a place in the value: another change took it, through an alias.
            Refusal::NoPlace { .. } if layout.has_anchors() => Refusal::Shared,
            other => other,
        })?;
        let edited = Splices::of(&layout, &steps).map_err(|refusal| match steps.shared {
            true => Refusal::Shared,
            false => refusal,
        })?;
        if !self.json
            && let Some(commented) = comment::added(&edited, (&before, &planned), changes, &self.limits)
        {
            return Ok(commented);
        }
        let arc: Arc<str> = edited.as_str().into();
        let after = if self.json { value_of_json(&arc) } else { value_of_yaml(&arc, &self.limits) };
        match after {
            Ok(after) if after == planned => Ok(edited),
            _ if steps.shared || layout.has_anchors() => Err(Refusal::Shared),
            _ => Err(Refusal::Unproven),
        }
    }

    /// The whole text with documents replaced by what [`Text::edit`] gave for them.
    ///
    /// # Errors
    /// When the whole does not read back as these documents beside the others.
    pub fn join(&self, edited: &BTreeMap<u32, String>) -> Result<String, Refusal> {
        let mut whole = String::with_capacity(self.text.len() + 1024);
        let mut at = 0;
        for (&number, new) in edited {
            let span = self.documents.get(index(number)).ok_or(Refusal::Unproven)?.range();
            whole.push_str(self.text.get(at..span.start).ok_or(Refusal::Unproven)?);
            whole.push_str(new);
            at = span.end;
        }
        whole.push_str(self.text.get(at..).ok_or(Refusal::Unproven)?);
        let text: Arc<str> = whole.as_str().into();
        let after = Self::new(&text, self.limits);
        if after.len() != self.len() {
            return Err(Refusal::Unproven);
        }
        let (old, new) = (self.values(), after.values());
        for (at, (old, new)) in old.into_iter().zip(new).enumerate() {
            let number = u32::try_from(at + 1).map_err(|_| Refusal::Unproven)?;
            let same = match edited.get(&number) {
                Some(document) => new == self.value(&document.as_str().into()).ok(),
                // Its bytes were taken over as they are; here is told that they mean the same.
                None => new == old,
            };
            if !same {
                return Err(Refusal::Unproven);
            }
        }
        Ok(whole)
    }

    /// The whole text without some documents (from 1), all else as it is, comments before the next document with it.
    ///
    /// # Errors
    /// When the whole does not read back as the other documents.
    pub fn without(&self, removed: &BTreeSet<u32>) -> Result<String, Refusal> {
        let is_removed = |at: usize| removed.iter().any(|number| index(*number) == at);
        let mut whole = String::with_capacity(self.text.len());
        let mut at = 0;
        for (number, span) in self.documents.iter().enumerate() {
            let span = span.range();
            whole.push_str(self.text.get(at..span.start).ok_or(Refusal::Unproven)?);
            if !is_removed(number) {
                whole.push_str(self.text.get(span.clone()).ok_or(Refusal::Unproven)?);
            }
            at = span.end;
        }
        whole.push_str(self.text.get(at..).ok_or(Refusal::Unproven)?);
        let after = Self::new(&whole.as_str().into(), self.limits);
        // What is empty is no value; what cannot be read is none either, and stays byte by byte.
        let old = self.values().into_iter().enumerate().filter(|(at, _)| !is_removed(*at));
        let old: Vec<Json> = old.filter_map(|(_, value)| value).collect();
        let new: Vec<Json> = after.values().into_iter().flatten().collect();
        if old == new { Ok(whole) } else { Err(Refusal::Unproven) }
    }

    /// The paths within a document (from 1) of the maps that begin at these bytes of the whole text, of
    /// several the outermost: what is an item of a list has a path, what is the document has none.
    #[must_use]
    pub fn paths_at(&self, document: u32, starts: &BTreeSet<u32>) -> BTreeMap<u32, Path> {
        let mut found = BTreeMap::new();
        let Some(span) = self.documents.get(index(document)) else { return found };
        let Ok(text) = self.document(document) else { return found };
        let layout = if self.json { Layout::of_json(text) } else { Layout::of_yaml(text, &self.limits) };
        if let Some(layout) = layout {
            layout.maps_at(layout.root, &Path::root(), &mut |at, path| {
                let at = span.start + crate::span::offset(at);
                if starts.contains(&at) {
                    found.entry(at).or_insert_with(|| path.clone());
                }
            });
        }
        found
    }

    fn document(&self, number: u32) -> Result<&str, Refusal> {
        let missing = || Refusal::Unreadable("there is no such document".to_owned());
        let span = self.documents.get(index(number)).ok_or_else(missing)?;
        self.text.get(span.range()).ok_or_else(missing)
    }

    fn value(&self, text: &Arc<str>) -> Result<Json, Refusal> {
        if self.json { value_of_json(text) } else { value_of_yaml(text, &self.limits) }
    }

    /// The value of each document; nothing for one that is empty or cannot be read.
    fn values(&self) -> Vec<Option<Json>> {
        if self.json {
            let decode = |span: &Span| json::decode(&self.text, *span).ok().map(|read| read.root().to_json());
            return self.documents.iter().map(decode).collect();
        }
        let mut values = Vec::new();
        yaml::parse_each(&self.text, &self.limits, |parsed| {
            let document = parsed.document.ok().flatten();
            values.push(document.map(|document| document.root().to_json()));
        });
        values
    }
}

/// Sets and appends first, then what goes away, from the back: so that positions stay true.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    let (mut removed, mut ordered): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| matches!(change, Change::Remove { .. }));
    removed.sort_by(|one, other| other.path().cmp(one.path()));
    removed.dedup();
    ordered.extend(removed);
    ordered
}

fn index(number: u32) -> usize {
    usize::try_from(number).map_or(usize::MAX, |number| number.wrapping_sub(1))
}

fn value_of_json(text: &Arc<str>) -> Result<Json, Refusal> {
    let document = json::decode(text, Span::new(0, text.len()))?;
    Ok(document.root().to_json())
}

fn value_of_yaml(text: &Arc<str>, limits: &Limits) -> Result<Json, Refusal> {
    let mut documents = yaml::parse(text, limits).into_iter();
    let read: Option<Document> = match (documents.next(), documents.next()) {
        (Some(parsed), None) => parsed.document?,
        _ => None,
    };
    let document = read.ok_or_else(|| Refusal::Unreadable("it is empty".to_owned()))?;
    Ok(document.root().to_json())
}
