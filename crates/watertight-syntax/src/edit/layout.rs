//! One document as it is written: which style each map, list and scalar has, and where every byte
//! of punctuation stands. Start reading at [`Layout`].
//!
//! The tree of [`crate::Document`] is what a text means, with aliases and merge keys followed; this
//! one is what somebody typed, so that it can be typed differently.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, options};
use serde_json::Value as Json;

use crate::document::Data;
use crate::limits::Limits;
use crate::path::Path;
use crate::resolve::{self, Scalar, Tag};

/// A node's number in its [`Layout`].
pub(super) type NodeIndex = usize;

/// A document as it is written.
pub(super) struct Layout<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeIndex,
    /// Whether the text is JSON and has to stay JSON.
    pub(super) json: bool,
}

/// One value as it is written.
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) parent: Option<NodeIndex>,
    /// Where the value may begin: behind the colon or dash before it, and behind its anchor and tag.
    pub(super) lead: usize,
    /// Its first byte, and one past its last. Equal for a value that is not written.
    pub(super) start: usize,
    pub(super) end: usize,
    /// One past the last byte that belongs to it: the blank lines that `|+` keeps are content.
    pub(super) tail: usize,
    /// Whether it is a scalar that takes in the blank lines after it.
    pub(super) keeps: bool,
    /// An alias elsewhere stands for it too.
    pub(super) aliased: bool,
    pub(super) anchored: bool,
    pub(super) tagged: bool,
}

/// What a node is.
pub(super) enum Shape {
    Scalar {
        style: Style,
        value: Json,
    },
    /// `*name`: the node it stands for.
    Alias(NodeIndex),
    Map {
        flow: bool,
        odd: bool,
        entries: Vec<Entry>,
    },
    List {
        flow: bool,
        odd: bool,
        items: Vec<Item>,
    },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Not at all: `key:`.
    Absent,
    Plain,
    Single,
    Double,
    /// `|` or `>`.
    Block,
}

/// An entry of a map.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) key: NodeIndex,
    pub(super) value: NodeIndex,
    pub(super) colon: Option<usize>,
    /// The comma behind it, in flow style.
    pub(super) comma: Option<usize>,
    /// Written as `? key`.
    pub(super) explicit: bool,
}

/// An item of a list.
pub(super) struct Item {
    pub(super) value: NodeIndex,
    /// Its dash in block style, its first byte in flow style.
    pub(super) start: usize,
    /// The comma behind it, in flow style.
    pub(super) comma: Option<usize>,
}

/// A container that is still open.
struct Frame {
    node: NodeIndex,
    anchor: usize,
    children: Vec<NodeIndex>,
}

impl<'t> Layout<'t> {
    /// Reads the one YAML document of a text; `None` when it holds none, or more than one, or
    /// something that this module does not follow.
    pub(super) fn of_yaml(text: &'t str, limits: &Limits) -> Option<Self> {
        let depth = usize::from(limits.depth.min(Limits::MAX_DEPTH));
        let options = options! {
            flow_nesting_limit: depth,
            block_nesting_limit: depth,
            simple_key_max_lookahead: 1024,
        };
        let mut layout = Self { text, nodes: Vec::new(), root: 0, json: false };
        let mut frames: Vec<Frame> = Vec::new();
        let mut anchors: HashMap<usize, NodeIndex> = HashMap::new();
        let (mut root, mut from) = (None, text.len() - text.trim_start_matches('\u{feff}').len());
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.ok()?;
            let range = span.byte_range().unwrap_or_default();
            let tagged = span.tag_start.is_some();
            let made = match event {
                Event::DocumentStart(explicit, _) => {
                    if root.is_some() {
                        return None;
                    }
                    if explicit {
                        from = range.end;
                    }
                    continue;
                }
                Event::Scalar(value, style, anchor, tag) => {
                    let (style, json) = scalar(&value, style, tag.is_some(), range.is_empty());
                    let shape = Shape::Scalar { style, value: json };
                    Some((layout.push(shape, range, anchor != 0, tagged || tag.is_some()), anchor))
                }
                Event::Alias(id) => {
                    let target = *anchors.get(&id)?;
                    layout.nodes[target].aliased = true;
                    Some((layout.push(Shape::Alias(target), range, false, false), 0))
                }
                Event::SequenceStart(style, anchor, tag) => {
                    let flow = style == StructureStyle::Flow;
                    let shape = Shape::List { flow, odd: false, items: Vec::new() };
                    let node = layout.push(shape, range, anchor != 0, tagged || tag.is_some());
                    frames.push(Frame { node, anchor, children: Vec::new() });
                    None
                }
                Event::MappingStart(style, anchor, tag) => {
                    let flow = style == StructureStyle::Flow;
                    let shape = Shape::Map { flow, odd: false, entries: Vec::new() };
                    let node = layout.push(shape, range, anchor != 0, tagged || tag.is_some());
                    frames.push(Frame { node, anchor, children: Vec::new() });
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let frame = frames.pop()?;
                    layout.close(frame.node, &frame.children);
                    // Only now: an anchor that contains itself has no value.
                    Some((frame.node, frame.anchor))
                }
                _ => None,
            };
            if let Some((node, anchor)) = made {
                if anchor != 0 {
                    anchors.insert(anchor, node);
                }
                match frames.last_mut() {
                    Some(frame) => {
                        layout.nodes[node].parent = Some(frame.node);
                        frame.children.push(node);
                    }
                    None => root = Some(node),
                }
            }
        }
        layout.root = root?;
        layout.place(layout.root, from);
        Some(layout)
    }

    pub(super) fn push(
        &mut self,
        shape: Shape,
        range: core::ops::Range<usize>,
        anchored: bool,
        tagged: bool,
    ) -> NodeIndex {
        self.nodes.push(Node {
            shape,
            parent: None,
            lead: range.start,
            start: range.start,
            end: range.end,
            tail: range.end,
            keeps: false,
            aliased: false,
            anchored,
            tagged,
        });
        self.nodes.len() - 1
    }

    /// Gives a container its children: keys and values in turn for a map.
    pub(super) fn close(&mut self, node: NodeIndex, children: &[NodeIndex]) {
        let names: Vec<String> = match &self.nodes[node].shape {
            Shape::Map { .. } => children.chunks_exact(2).map(|pair| self.name(pair[0])).collect(),
            _ => Vec::new(),
        };
        match &mut self.nodes[node].shape {
            Shape::Map { entries, .. } => {
                entries.extend(names.into_iter().zip(children.chunks_exact(2)).map(|(name, pair)| Entry {
                    name,
                    key: pair[0],
                    value: pair[1],
                    colon: None,
                    comma: None,
                    explicit: false,
                }));
            }
            Shape::List { items, .. } => {
                items.extend(children.iter().map(|&value| Item { value, start: 0, comma: None }));
            }
            Shape::Scalar { .. } | Shape::Alias(_) => {}
        }
    }

    /// A key as text, as [`crate::yaml`] reads it.
    fn name(&self, key: NodeIndex) -> String {
        match &self.nodes[self.target(key)].shape {
            Shape::Scalar { value: Json::String(text), .. } => text.clone(),
            Shape::Scalar { value, .. } => value.to_string(),
            _ => String::new(),
        }
    }

    /// Whether anything in it can stand for something elsewhere.
    pub(super) fn has_anchors(&self) -> bool {
        self.nodes.iter().any(|node| node.anchored)
    }

    /// The node itself, or what it is an alias of.
    pub(super) fn target(&self, node: NodeIndex) -> NodeIndex {
        // An anchor is defined before its alias, so this ends.
        match self.nodes[node].shape {
            Shape::Alias(target) => self.target(target),
            _ => node,
        }
    }

    /// Tells where each map begins that is the document or an item of its lists, from the outside in.
    pub(super) fn maps_at(&self, node: NodeIndex, path: &Path, each: &mut impl FnMut(usize, &Path)) {
        match &self.nodes[node].shape {
            Shape::Map { entries, .. } => {
                each(self.nodes[node].start, path);
                for entry in entries.iter().filter(|entry| entry.name == "items") {
                    self.maps_at(entry.value, &path.key("items"), each);
                }
            }
            Shape::List { items, .. } => {
                for (number, item) in items.iter().enumerate() {
                    self.maps_at(item.value, &path.index(number), each);
                }
            }
            Shape::Scalar { .. } | Shape::Alias(_) => {}
        }
    }

    /// The value of a node. A merge key stays a key: such a value equals none that is planned.
    pub(super) fn value(&self, node: NodeIndex) -> Json {
        match &self.nodes[self.target(node)].shape {
            Shape::Scalar { value, .. } => value.clone(),
            Shape::Map { entries, .. } => {
                entries.iter().map(|entry| (entry.name.clone(), self.value(entry.value))).collect()
            }
            Shape::List { items, .. } => items.iter().map(|item| self.value(item.value)).collect(),
            Shape::Alias(_) => Json::Null,
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tagged: bool, absent: bool) -> (Style, Json) {
    let style = match style {
        ScalarStyle::Plain if absent => return (Style::Absent, Json::Null),
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        _ => Style::Block,
    };
    if style != Style::Plain || tagged {
        return (style, text.into());
    }
    let value = match resolve::resolve(Tag::None, text) {
        Ok(Scalar::Plain(Data::Null)) => Json::Null,
        Ok(Scalar::Plain(Data::Bool(value))) => value.into(),
        Ok(Scalar::Plain(Data::Int(value))) => value.into(),
        Ok(Scalar::Plain(Data::Uint(value))) => value.into(),
        Ok(Scalar::Plain(Data::Float(value))) => value.into(),
        _ => text.into(),
    };
    (style, value)
}
