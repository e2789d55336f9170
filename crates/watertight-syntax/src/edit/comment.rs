//! Comments behind what was written: put in when the edit is done, so that they can spoil none.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::change::Change;
use super::layout::{Layout, NodeIndex, Shape, Style};
use super::value_of_yaml;
use crate::limits::Limits;
use crate::path::{Path, Segment};

/// The edited text with the comments that changes ask for, read back as planned; nothing when no comment
/// has room, or when it does not read back.
pub(super) fn added(
    edited: &str,
    (before, planned): (&Json, &Json),
    changes: &[Change],
    limits: &Limits,
) -> Option<String> {
    let mut wanted = changes.iter().filter_map(|change| match change {
        // What stood there already has the comments that it is to have.
        Change::Comment { path, text } if value_at(before, path) != value_at(planned, path) => {
            Some((path, *text))
        }
        _ => None,
    });
    let first = wanted.next()?;
    let layout = Layout::of_yaml(edited, limits)?;
    let places = std::iter::once(first).chain(wanted);
    // One line has room for one.
    let at: BTreeMap<usize, &str> =
        places.filter_map(|(path, text)| Some((room(&layout, path)?, text))).collect();
    let mut commented = edited.to_owned();
    for (at, text) in at.into_iter().rev() {
        commented.insert_str(at, &format!(" # {text}"));
    }
    let is_planned = value_of_yaml(&commented.as_str().into(), limits).is_ok_and(|value| value == *planned);
    (commented != edited && is_planned).then_some(commented)
}

/// Where a comment goes: the end of the line that the scalar at a path ends, when nothing but the ends of
/// what it stands in follows there.
fn room(layout: &Layout<'_>, path: &Path) -> Option<usize> {
    let node = path.segments().iter().try_fold(layout.root, |here, segment| child(layout, here, segment))?;
    match layout.nodes[node].shape {
        Shape::Scalar { style: Style::Plain | Style::Single | Style::Double, .. } => {}
        _ => return None,
    }
    let end = layout.nodes[node].end;
    let rest = layout.text[end..].lines().next().unwrap_or_default();
    let closed = rest.trim_end();
    closed.chars().all(|c| matches!(c, ' ' | '}' | ']' | ',')).then_some(end + closed.len())
}

fn child(layout: &Layout<'_>, here: NodeIndex, segment: &Segment) -> Option<NodeIndex> {
    match (&layout.nodes[here].shape, segment) {
        (Shape::Map { entries, .. }, Segment::Key(key)) => {
            entries.iter().find(|entry| entry.name == **key).map(|entry| entry.value)
        }
        (Shape::List { items, .. }, Segment::Index(index)) => items.get(*index).map(|item| item.value),
        _ => None,
    }
}

fn value_at<'v>(value: &'v Json, path: &Path) -> Option<&'v Json> {
    path.segments().iter().try_fold(value, |here, segment| match segment {
        Segment::Key(key) => here.get(key.as_ref()),
        Segment::Index(index) => here.get(*index),
    })
}
