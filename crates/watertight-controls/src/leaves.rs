//! Every text of an object, with the way to it.

use watertight_engine::prelude::*;
use watertight_syntax::{Segment, Value};

/// Where `kubectl apply` keeps what it applied last (`LastAppliedConfigAnnotation` in
/// `k8s.io/api/core/v1/annotation_key_constants.go`).
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// One text of an object.
pub(crate) struct Leaf<'a, 'w> {
    /// The key that it is the value of, or that the list is which it is an item of.
    pub(crate) key: &'a str,
    /// All keys on the way; positions in lists are left out.
    pub(crate) keys: &'w [&'a str],
    /// The text.
    pub(crate) text: &'a str,
    /// The map that it is a value of; nothing for an item of a list.
    pub(crate) map: Option<Value<'a>>,
    trail: &'w [Step<'a>],
}

/// A step of the way, which becomes one of a path only for what is found.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Leaf<'_, '_> {
    /// The way to it.
    pub(crate) fn path(&self) -> Path {
        let segment = |step: &Step<'_>| match *step {
            Step::Key(key) => Segment::Key(key.to_owned().into()),
            Step::Index(index) => Segment::Index(index),
        };
        self.trail.iter().map(segment).collect()
    }
}

/// Hands over every text below a value.
pub(crate) fn leaves<'a>(root: Value<'a>, each: &mut impl FnMut(&Leaf<'a, '_>)) {
    walk(root, None, &mut Vec::new(), &mut Vec::new(), each);
}

fn walk<'a>(
    value: Value<'a>,
    map: Option<Value<'a>>,
    keys: &mut Vec<&'a str>,
    trail: &mut Vec<Step<'a>>,
    each: &mut impl FnMut(&Leaf<'a, '_>),
) {
    if let Some(text) = value.as_str() {
        let key = keys.last().copied().unwrap_or_default();
        return each(&Leaf { key, keys, text, map, trail });
    }
    for (key, child) in value.entries() {
        keys.push(key);
        trail.push(Step::Key(key));
        walk(child, Some(value), keys, trail, each);
        keys.pop();
        trail.pop();
    }
    for (index, child) in value.items().enumerate() {
        trail.push(Step::Index(index));
        walk(child, None, keys, trail, each);
        trail.pop();
    }
}

/// Whether the object is an instance of a workload that has the same text under the same key: it is
/// then told of the workload, once.
pub(crate) fn is_told_of_owner(object: ObjectView<'_>, leaf: &Leaf<'_, '_>) -> bool {
    let owner = object.view().top_most(object.id());
    if owner == object.id() {
        return false;
    }
    let mut told = false;
    if let Ok(body) = object.view().snapshot().object(owner).body() {
        leaves(body.root(), &mut |other| told |= other.key == leaf.key && other.text == leaf.text);
    }
    told
}
