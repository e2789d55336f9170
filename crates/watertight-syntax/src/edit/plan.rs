//! From changes by path to what happens at each node of a layout. Decides no style.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Refusal;
use super::change::{Change, apply};
use super::layout::{Layout, NodeIndex, Shape};
use crate::path::{Path, Segment};

/// What happens at one node.
#[derive(Default)]
pub(super) struct Step {
    /// The whole value is written anew.
    pub(super) replaced: Option<Json>,
    /// New entries of a map, in the order asked for.
    pub(super) added: Vec<(String, Json)>,
    /// Entries or items that go away.
    pub(super) removed: BTreeSet<usize>,
    /// New items of a list.
    pub(super) appended: Vec<Json>,
}

/// What happens at which node.
#[derive(Default)]
pub(super) struct Steps {
    pub(super) at: BTreeMap<NodeIndex, Step>,
    /// Whether a change went through an alias, a merge key, or the value of an anchor.
    pub(super) shared: bool,
    /// Whether the document has any alias.
    aliases: bool,
}

impl Steps {
    /// Finds the nodes that changes speak of. Positions in lists are those of the text as it is.
    pub(super) fn of(layout: &Layout<'_>, changes: &[Change]) -> Result<Self, Refusal> {
        let aliases = layout.nodes.iter().any(|node| node.aliased);
        let mut steps = Self { aliases, ..Self::default() };
        for change in changes {
            match change {
                Change::Set { .. } | Change::Append { .. } => steps.put(layout, change)?,
                Change::Remove { path } => steps.remove(layout, path)?,
                Change::Comment { .. } => {}
            }
        }
        steps.at.retain(|_, step| !step.is_empty());
        Ok(steps)
    }

    /// Walks to the path of a change, and notes what it comes to there, or where the path breaks off.
    fn put(&mut self, layout: &Layout<'_>, change: &Change) -> Result<(), Refusal> {
        let path = change.path();
        let mut here = self.enter(layout, layout.root);
        let segments = path.segments();
        for (depth, segment) in segments.iter().enumerate() {
            let below: Path = segments[depth..].iter().cloned().collect();
            if let Some(replaced) = self.at.get_mut(&here).and_then(|step| step.replaced.as_mut()) {
                return put_new(replaced, below, change);
            }
            match (&layout.nodes[here].shape, segment) {
                (Shape::Map { .. }, Segment::Key(key)) => match find(layout, here, key, path)? {
                    Some(number) => here = self.enter(layout, entry_value(layout, here, number)),
                    None => {
                        self.shared |= has_merge_key(layout, here);
                        let added = &mut self.at.entry(here).or_default().added;
                        let rest: Path = segments[depth + 1..].iter().cloned().collect();
                        let at = added.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                            added.push((key.to_string(), Json::Null));
                            added.len() - 1
                        });
                        return put_new(&mut added[at].1, rest, change);
                    }
                },
                (Shape::List { items, .. }, Segment::Index(index)) => match items.get(*index) {
                    Some(item) => here = self.enter(layout, item.value),
                    None => return Err(Refusal::NoPlace { path: path.clone() }),
                },
                (Shape::Scalar { value: Json::Null, .. }, Segment::Key(_)) => {
                    let mut value = Json::Null;
                    put_new(&mut value, below, change)?;
                    return self.replace(layout, here, value, path);
                }
                _ => return Err(Refusal::NoPlace { path: path.clone() }),
            }
        }
        match change {
            Change::Set { value, .. } => self.set(layout, here, path, value),
            Change::Append { value, .. } => self.append(layout, here, path, value),
            Change::Remove { .. } | Change::Comment { .. } => Ok(()),
        }
    }

    /// The node that a value is written at.
    fn enter(&mut self, layout: &Layout<'_>, node: NodeIndex) -> NodeIndex {
        let target = layout.target(node);
        self.shared |= target != node || layout.nodes[target].aliased;
        target
    }

    fn set(
        &mut self,
        layout: &Layout<'_>,
        node: NodeIndex,
        path: &Path,
        value: &Json,
    ) -> Result<(), Refusal> {
        let node = self.enter(layout, node);
        if self.at.get(&node).is_some_and(|step| step.replaced.is_some()) {
            return self.replace(layout, node, value.clone(), path);
        }
        if layout.value(node) == *value {
            return Ok(());
        }
        match (&layout.nodes[node].shape, value) {
            (Shape::Map { entries, .. }, Json::Object(wanted)) if !has_merge_key(layout, node) => {
                for (number, entry) in entries.iter().enumerate() {
                    match wanted.get(&entry.name) {
                        Some(value) => {
                            find(layout, node, &entry.name, path)?;
                            self.set(layout, entry.value, path, value)?;
                        }
                        None => {
                            self.at.entry(node).or_default().removed.insert(number);
                        }
                    }
                }
                for (key, value) in wanted {
                    if !entries.iter().any(|entry| entry.name == *key) {
                        self.at.entry(node).or_default().added.push((key.clone(), value.clone()));
                    }
                }
                Ok(())
            }
            (Shape::List { items, .. }, Json::Array(wanted)) if items.len() == wanted.len() => items
                .iter()
                .zip(wanted)
                .try_for_each(|(item, value)| self.set(layout, item.value, path, value)),
            _ => self.replace(layout, node, value.clone(), path),
        }
    }

    fn replace(
        &mut self,
        layout: &Layout<'_>,
        node: NodeIndex,
        value: Json,
        path: &Path,
    ) -> Result<(), Refusal> {
        if layout.nodes[node].tagged {
            return Err(Refusal::Tagged { path: path.clone() });
        }
        let step = self.at.entry(node).or_default();
        *step = Step { replaced: Some(value), ..Step::default() };
        Ok(())
    }

    fn append(
        &mut self,
        layout: &Layout<'_>,
        node: NodeIndex,
        path: &Path,
        value: &Json,
    ) -> Result<(), Refusal> {
        let step = self.at.entry(node).or_default();
        if let Some(replaced) = &mut step.replaced {
            let item = Change::Append { path: Path::root(), value: value.clone() };
            return put_new(replaced, Path::root(), &item);
        }
        match &layout.nodes[node].shape {
            Shape::List { items, .. } => {
                let known = items.iter().any(|item| layout.value(item.value) == *value);
                if !known && !step.appended.contains(value) {
                    step.appended.push(value.clone());
                }
                Ok(())
            }
            Shape::Scalar { value: Json::Null, .. } => {
                self.replace(layout, node, Json::Array(vec![value.clone()]), path)
            }
            _ => Err(Refusal::NoPlace { path: path.clone() }),
        }
    }

    fn remove(&mut self, layout: &Layout<'_>, path: &Path) -> Result<(), Refusal> {
        let segments = path.segments();
        let Some((last, parents)) = segments.split_last() else { return Ok(()) };
        let mut here = self.enter(layout, layout.root);
        for (depth, segment) in parents.iter().enumerate() {
            if let Some(replaced) = self.at.get_mut(&here).and_then(|step| step.replaced.as_mut()) {
                let below = segments[depth..].iter().cloned().collect();
                apply(replaced, &[Change::Remove { path: below }]);
                return Ok(());
            }
            let next = match (&layout.nodes[here].shape, segment) {
                (Shape::Map { .. }, Segment::Key(key)) => match find(layout, here, key, path)? {
                    Some(number) => entry_value(layout, here, number),
                    None => {
                        let below = segments[depth + 1..].iter().cloned().collect();
                        return self.remove_new(layout, here, key, &Change::Remove { path: below });
                    }
                },
                (Shape::List { items, .. }, Segment::Index(index)) => match items.get(*index) {
                    Some(item) => item.value,
                    None => return Ok(()),
                },
                _ => return Ok(()),
            };
            here = self.enter(layout, next);
        }
        if let Some(replaced) = self.at.get_mut(&here).and_then(|step| step.replaced.as_mut()) {
            apply(replaced, &[Change::Remove { path: [last.clone()].into_iter().collect() }]);
            return Ok(());
        }
        let number = match (&layout.nodes[here].shape, last) {
            (Shape::Map { .. }, Segment::Key(key)) => match find(layout, here, key, path)? {
                Some(number) => Some(number),
                None => {
                    self.shared |= has_merge_key(layout, here);
                    if let Some(step) = self.at.get_mut(&here) {
                        step.added.retain(|(name, _)| name != key);
                    }
                    None
                }
            },
            (Shape::List { items, .. }, Segment::Index(index)) => Some(*index).filter(|at| *at < items.len()),
            _ => None,
        };
        if let Some(number) = number {
            // An anchor may go away with it.
            self.shared |= self.aliases;
            self.at.entry(here).or_default().removed.insert(number);
        }
        Ok(())
    }

    /// Removes below an entry that is not written: of what is to be added there.
    fn remove_new(
        &mut self,
        layout: &Layout<'_>,
        node: NodeIndex,
        key: &str,
        change: &Change,
    ) -> Result<(), Refusal> {
        self.shared |= has_merge_key(layout, node);
        let added = self.at.get_mut(&node).map(|step| &mut step.added);
        if let Some((_, value)) = added.and_then(|added| added.iter_mut().find(|(name, _)| name == key)) {
            apply(value, [change]);
        }
        Ok(())
    }
}

impl Step {
    fn is_empty(&self) -> bool {
        self.replaced.is_none()
            && self.added.is_empty()
            && self.removed.is_empty()
            && self.appended.is_empty()
    }
}

/// Carries a change out on a value that is not written yet.
fn put_new(value: &mut Json, below: Path, change: &Change) -> Result<(), Refusal> {
    let change = match change {
        Change::Set { value, .. } => Change::Set { path: below, value: value.clone() },
        Change::Append { value, .. } => Change::Append { path: below, value: value.clone() },
        Change::Remove { .. } => Change::Remove { path: below },
        Change::Comment { text, .. } => Change::Comment { path: below, text },
    };
    match apply(value, [&change]) {
        None => Ok(()),
        Some(_) => Err(Refusal::NoPlace { path: change.path().clone() }),
    }
}

/// The entry with a key; a key that stands twice is nobody's to edit.
fn find(layout: &Layout<'_>, map: NodeIndex, key: &str, path: &Path) -> Result<Option<usize>, Refusal> {
    let Shape::Map { entries, .. } = &layout.nodes[map].shape else { return Ok(None) };
    let mut found = None;
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.name == key) {
        if found.is_some() {
            return Err(Refusal::Twice { path: path.clone() });
        }
        if entry.explicit {
            return Err(Refusal::Style { path: path.clone() });
        }
        found = Some(number);
    }
    Ok(found)
}

fn entry_value(layout: &Layout<'_>, map: NodeIndex, number: usize) -> NodeIndex {
    match &layout.nodes[map].shape {
        Shape::Map { entries, .. } => entries[number].value,
        _ => map,
    }
}

fn has_merge_key(layout: &Layout<'_>, map: NodeIndex) -> bool {
    match &layout.nodes[map].shape {
        Shape::Map { entries, .. } => entries.iter().any(|entry| entry.name == "<<"),
        _ => false,
    }
}
