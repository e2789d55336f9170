//! Changes to plain values: what an edit of the text has to come to.

use serde_json::Value as Json;

use crate::path::{Path, Segment};

/// One abstract change to an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The field gets this value; missing parents are created as maps.
    Set {
        /// The field.
        path: Path,
        /// Its new value.
        value: Json,
    },
    /// The field or list item goes away. Nothing happens when it is absent.
    Remove {
        /// The field or item.
        path: Path,
    },
    /// The list gets this item at its end unless it has it; a missing list is created.
    Append {
        /// The list.
        path: Path,
        /// The item.
        value: Json,
    },
    /// What these changes write at the path gets a comment behind it, where the text has room for one. No
    /// value changes by it.
    Comment {
        /// The field.
        path: Path,
        /// The comment, without its mark. Never a text that was read.
        text: &'static str,
    },
}

impl Change {
    /// The place that is changed.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Set { path, .. }
            | Self::Remove { path }
            | Self::Append { path, .. }
            | Self::Comment { path, .. } => path,
        }
    }

    /// The same change seen from further outside: `above` leads to where its path begins.
    #[must_use]
    pub fn below(&self, above: &Path) -> Self {
        let path = above.join(self.path());
        match self {
            Self::Set { value, .. } => Self::Set { path, value: value.clone() },
            Self::Remove { .. } => Self::Remove { path },
            Self::Append { value, .. } => Self::Append { path, value: value.clone() },
            Self::Comment { text, .. } => Self::Comment { path, text },
        }
    }
}

/// Applies changes to a plain value, in the order given. Returns the path of the first change that
/// has no place to go (a parent is no map), leaving that change out.
pub fn apply<'c>(object: &mut Json, changes: impl IntoIterator<Item = &'c Change>) -> Option<Path> {
    let mut failed = None;
    for change in changes {
        let done = match change {
            Change::Set { path, value } => place(object, path).map(|slot| *slot = value.clone()),
            Change::Append { path, value } => place(object, path).and_then(|slot| {
                if slot.is_null() {
                    *slot = Json::Array(Vec::new());
                }
                let list = slot.as_array_mut()?;
                if !list.contains(value) {
                    list.push(value.clone());
                }
                Some(())
            }),
            Change::Remove { path } => {
                remove(object, path);
                Some(())
            }
            Change::Comment { .. } => Some(()),
        };
        if done.is_none() {
            failed.get_or_insert_with(|| change.path().clone());
        }
    }
    failed
}

/// The slot at a path; missing maps on the way are created.
fn place<'v>(object: &'v mut Json, path: &Path) -> Option<&'v mut Json> {
    path.segments().iter().try_fold(object, |here, segment| match segment {
        Segment::Key(key) => {
            if here.is_null() {
                *here = Json::Object(serde_json::Map::new());
            }
            Some(here.as_object_mut()?.entry(key.as_ref()).or_insert(Json::Null))
        }
        Segment::Index(index) => here.as_array_mut()?.get_mut(*index),
    })
}

fn remove(object: &mut Json, path: &Path) -> Option<()> {
    let (last, parents) = path.segments().split_last()?;
    let parent = parents.iter().try_fold(object, |here, segment| match segment {
        Segment::Key(key) => here.as_object_mut()?.get_mut(key.as_ref()),
        Segment::Index(index) => here.as_array_mut()?.get_mut(*index),
    })?;
    match last {
        Segment::Key(key) => {
            parent.as_object_mut()?.remove(key.as_ref());
        }
        Segment::Index(index) => {
            let list = parent.as_array_mut()?;
            if *index < list.len() {
                list.remove(*index);
            }
        }
    }
    Some(())
}
