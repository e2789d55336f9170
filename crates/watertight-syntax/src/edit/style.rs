//! How a document is indented and quoted, so that what is new looks like what is there.

use std::collections::BTreeMap;

use super::layout::{Layout, NodeIndex, Shape, Style};
use super::render::BlockStyle;

/// The habits of a document; those of kubectl where it shows none.
pub(super) fn of(layout: &Layout<'_>) -> BlockStyle<'static> {
    let (mut steps, mut lists, mut gaps) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let (mut single, mut double) = (0usize, 0usize);
    for node in &layout.nodes {
        match &node.shape {
            Shape::Map { flow: false, entries, .. } => {
                for entry in entries {
                    let Some(key) = layout.column(layout.nodes[entry.key].start) else { continue };
                    match below(layout, entry.value) {
                        Some((false, at)) if at > key => *steps.entry(at - key).or_insert(0) += 1,
                        Some((true, at)) if at >= key => *lists.entry(at - key).or_insert(0) += 1,
                        _ => {}
                    }
                }
            }
            Shape::List { flow: false, items, .. } => {
                for item in items {
                    let start = layout.nodes[item.value].start;
                    if start > item.start + 1 && layout.on_one_line(item.start, start) {
                        *gaps.entry(start - item.start - 1).or_insert(0usize) += 1;
                    }
                }
            }
            Shape::Scalar { style: Style::Single, .. } => single += 1,
            Shape::Scalar { style: Style::Double, .. } => double += 1,
            _ => {}
        }
    }
    BlockStyle {
        step: most(&steps).unwrap_or(2),
        list: most(&lists).unwrap_or(0),
        gap: most(&gaps).unwrap_or(1),
        first: &[],
        quotes: if single > double { Style::Single } else { Style::Double },
    }
}

/// How much deeper maps stand than their keys in the map itself, or around it.
pub(super) fn step_near(layout: &Layout<'_>, map: NodeIndex) -> Option<usize> {
    let mut here = Some(map);
    while let Some(node) = here {
        if let Shape::Map { flow: false, entries, .. } = &layout.nodes[node].shape {
            let mut steps = entries.iter().filter_map(|entry| {
                let key = layout.column(layout.nodes[entry.key].start)?;
                match below(layout, entry.value)? {
                    (false, at) => at.checked_sub(key).filter(|step| *step > 0),
                    (true, _) => None,
                }
            });
            if let Some(step) = steps.next_back() {
                return Some(step);
            }
        }
        here = layout.nodes[node].parent;
    }
    None
}

/// Whether a value is a block list, and the column it stands in; nothing for what is no block.
fn below(layout: &Layout<'_>, node: NodeIndex) -> Option<(bool, usize)> {
    let start = layout.nodes[node].start;
    match &layout.nodes[node].shape {
        Shape::Map { flow: false, .. } => Some((false, layout.column(start)?)),
        Shape::List { flow: false, .. } => Some((true, layout.column(start)?)),
        _ => None,
    }
}

fn most(counts: &BTreeMap<usize, usize>) -> Option<usize> {
    counts.iter().max_by_key(|(_, count)| **count).map(|(value, _)| *value)
}
