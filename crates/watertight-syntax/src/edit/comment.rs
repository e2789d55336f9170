//! Comments behind what was written: put in when the edit is done, so that they can spoil none.

use std::collections::{BTreeMap, BTreeSet};

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
    let wanted = changes.iter().filter_map(|change| match change {
        Change::Comment { path, text } => Some((path, moved(path, changes)?, *text)),
        _ => None,
    });
    // What stood there already has the comments that it is to have.
    let mut wanted = wanted.filter(|(old, new, _)| value_at(before, old) != value_at(planned, new));
    let first = wanted.next()?;
    let layout = Layout::of_yaml(edited, limits)?;
    let places = std::iter::once(first).chain(wanted);
    // One line has room for one.
    let at: BTreeMap<usize, &str> =
        places.filter_map(|(_, path, text)| Some((room(&layout, &path)?, text))).collect();
    let mut commented = edited.to_owned();
    for (at, text) in at.into_iter().rev() {
        commented.insert_str(at, &format!(" # {text}"));
    }
    let is_planned = value_of_yaml(&commented.as_str().into(), limits).is_ok_and(|value| value == *planned);
    (commented != edited && is_planned).then_some(commented)
}

/// Where a path leads when the items before it are removed; nothing when it leads into one of them.
fn moved(path: &Path, changes: &[Change]) -> Option<Path> {
    let segments = path.segments();
    let mut moved = Path::root();
    for (depth, segment) in segments.iter().enumerate() {
        let Segment::Index(index) = segment else {
            moved = moved.join(&[segment.clone()].into_iter().collect());
            continue;
        };
        let removed: BTreeSet<usize> = changes
            .iter()
            .filter_map(|change| match (change, change.path().segments().split_last()?) {
                (Change::Remove { .. }, (Segment::Index(at), list)) if *list == segments[..depth] => {
                    Some(*at)
                }
                _ => None,
            })
            .collect();
        if removed.contains(index) {
            return None;
        }
        moved = moved.index(index - removed.range(..index).count());
    }
    Some(moved)
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
