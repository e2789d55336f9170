//! Cuts and insertions, and the walk that collects them. Start reading at [`Splices::of`].

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::layout::{Entry, Item, Layout, Node, NodeIndex, Shape, Style};
use super::plan::{Step, Steps};
use super::render::BlockStyle;
use super::{Refusal, scalar};

/// One range of the old text and what stands there afterwards.
struct Splice {
    start: usize,
    end: usize,
    text: String,
    /// Of two insertions at one place the deeper one stands first.
    depth: usize,
}

/// All splices of a document.
pub(super) struct Splices<'l, 't> {
    pub(super) layout: &'l Layout<'t>,
    pub(super) style: BlockStyle<'static>,
    /// The line break that the text uses.
    pub(super) line_break: &'static str,
    /// Where block scalars end, and whether they take in the blank lines after them (`|+`).
    pub(super) block_scalars: BTreeMap<usize, bool>,
    splices: Vec<Splice>,
    depth: usize,
}

/// What a value is written in.
#[derive(Clone, Copy)]
pub(super) enum Holder<'l> {
    /// Nothing: it is the document.
    Root,
    /// An entry of a map.
    Entry(NodeIndex, &'l Entry),
    /// An item of a list.
    Item(NodeIndex, &'l Item),
}

/// An entry or an item as a stretch of text.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tail: usize,
    pub(super) comma: Option<usize>,
}

/// Why a node cannot be edited; the caller knows the paths.
pub(super) struct Ambiguous;

impl<'l, 't> Splices<'l, 't> {
    /// The text with all steps carried out.
    pub(super) fn of(layout: &'l Layout<'t>, steps: &Steps) -> Result<String, Refusal> {
        let crlf = layout.text.contains("\r\n");
        let mut splices = Self {
            layout,
            style: super::style::of(layout),
            line_break: if crlf { "\r\n" } else { "\n" },
            block_scalars: layout.block_scalars().collect(),
            splices: Vec::new(),
            depth: 0,
        };
        for (&node, step) in &steps.at {
            splices.depth = splices.ancestors(node).count();
            splices.step(node, step).map_err(|Ambiguous| Refusal::Style { path: layout.path(node) })?;
        }
        splices.carried_out().map_err(|Ambiguous| Refusal::Style { path: crate::Path::root() })
    }

    fn step(&mut self, node: NodeIndex, step: &Step) -> Result<(), Ambiguous> {
        if let Some(value) = &step.replaced {
            return self.replace(node, value);
        }
        let (flow, odd) = match self.layout.nodes[node].shape {
            Shape::Map { flow, odd, .. } | Shape::List { flow, odd, .. } => (flow, odd),
            Shape::Scalar { .. } | Shape::Alias(_) => return Err(Ambiguous),
        };
        match (odd || self.layout.nodes[node].tagged, flow) {
            (true, _) => Err(Ambiguous),
            (false, true) => self.flow_container(node, step),
            (false, false) => self.block_container(node, step),
        }
    }

    /// Writes a value anew.
    pub(super) fn replace(&mut self, node: NodeIndex, value: &Json) -> Result<(), Ambiguous> {
        match self.holder(node) {
            Holder::Root if !self.is_flow(node) => self.block_root(node, value),
            Holder::Root => {
                self.flow_value(node, value);
                Ok(())
            }
            Holder::Entry(map, _) | Holder::Item(map, _) if self.is_flow(map) => {
                self.flow_value(node, value);
                Ok(())
            }
            holder => self.block_value(node, holder, value),
        }
    }

    pub(super) fn is_flow(&self, node: NodeIndex) -> bool {
        matches!(
            self.layout.nodes[node].shape,
            Shape::Map { flow: true, .. } | Shape::List { flow: true, .. }
        )
    }

    pub(super) fn holder(&self, node: NodeIndex) -> Holder<'l> {
        let layout: &'l Layout<'t> = self.layout;
        let Some(parent) = layout.nodes[node].parent else { return Holder::Root };
        match &layout.nodes[parent].shape {
            Shape::Map { entries, .. } => entries
                .iter()
                .find(|entry| entry.value == node)
                .map_or(Holder::Root, |entry| Holder::Entry(parent, entry)),
            Shape::List { items, .. } => items
                .iter()
                .find(|item| item.value == node)
                .map_or(Holder::Root, |item| Holder::Item(parent, item)),
            Shape::Scalar { .. } | Shape::Alias(_) => Holder::Root,
        }
    }

    /// The containers around a node, from the inside out.
    pub(super) fn ancestors(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + use<'l, 't> {
        let layout: &'l Layout<'t> = self.layout;
        core::iter::successors(layout.nodes[node].parent, |&above| layout.nodes[above].parent)
    }

    /// The entries or items of a container.
    pub(super) fn units(&self, node: NodeIndex) -> Vec<Unit> {
        let nodes = &self.layout.nodes;
        match &nodes[node].shape {
            Shape::Map { entries, .. } => entries
                .iter()
                .map(|entry| Unit {
                    start: nodes[entry.key].start,
                    end: nodes[entry.value].end.max(nodes[entry.key].end),
                    tail: nodes[entry.value].tail.max(nodes[entry.key].end),
                    comma: entry.comma,
                })
                .collect(),
            Shape::List { items, .. } => items
                .iter()
                .map(|item| Unit {
                    start: item.start,
                    end: nodes[item.value].end,
                    tail: nodes[item.value].tail,
                    comma: item.comma,
                })
                .collect(),
            Shape::Scalar { .. } | Shape::Alias(_) => Vec::new(),
        }
    }

    /// The quotes that the texts of a map have although they need none.
    pub(super) fn quotes_of(&self, map: NodeIndex) -> Option<Style> {
        let Shape::Map { entries, .. } = &self.layout.nodes[map].shape else { return None };
        let mut styles = entries.iter().filter_map(|entry| match &self.layout.nodes[entry.value].shape {
            Shape::Scalar { style, value: Json::String(text) } if scalar::could_be_plain(text) => {
                Some(*style)
            }
            _ => None,
        });
        let first = styles.next()?;
        (first != Style::Plain && styles.all(|style| style == first)).then_some(first)
    }

    /// Behind which entry each new key goes, `None` for before the first: at the end, or in its place
    /// where the keys that stand there are in alphabetical order.
    pub(super) fn place_of(&self, names: &[(usize, &str)], key: &str) -> Option<usize> {
        let last = names.last().map(|(number, _)| *number);
        let sorted = names.len() >= 3 && names.is_sorted_by(|one, other| one.1 < other.1);
        match sorted {
            true => names.iter().rev().find(|(_, name)| *name < key).map(|(number, _)| *number),
            false => last,
        }
    }

    pub(super) fn cut(&mut self, start: usize, end: usize) {
        if start < end {
            self.put(start, end, String::new());
        }
    }

    pub(super) fn insert(&mut self, at: usize, text: String) {
        self.put(at, at, text);
    }

    pub(super) fn put(&mut self, start: usize, end: usize, text: String) {
        self.splices.push(Splice { start, end, text, depth: self.depth });
    }

    fn carried_out(mut self) -> Result<String, Ambiguous> {
        self.splices.sort_by_key(|splice| {
            (splice.start, splice.end > splice.start, core::cmp::Reverse(splice.depth))
        });
        let old = self.layout.text;
        let mut text = String::with_capacity(old.len() + 256);
        let mut at = 0;
        let mut cut_before = true;
        for splice in &self.splices {
            let is_cut = splice.text.is_empty();
            let is_insertion = splice.start == splice.end;
            // Two cuts may share bytes: a comma, a comment. Lines may be put in where others are cut.
            if splice.start < at && !(cut_before && (is_cut || is_insertion)) {
                return Err(Ambiguous);
            }
            if splice.start > at {
                text.push_str(old.get(at..splice.start).ok_or(Ambiguous)?);
            }
            // Behind a last line that was cut nothing has to be ended first.
            let new = match splice.start == old.len() && text.ends_with('\n') {
                true => splice.text.strip_prefix(self.line_break).unwrap_or(&splice.text),
                false => &splice.text,
            };
            text.push_str(new);
            at = at.max(splice.end);
            cut_before = is_cut || is_insertion && cut_before;
        }
        text.push_str(old.get(at..).ok_or(Ambiguous)?);
        Ok(text)
    }
}

impl Layout<'_> {
    /// The column of a byte on a line that holds nothing before it but blanks and dashes.
    pub(super) fn column(&self, at: usize) -> Option<usize> {
        let before = &self.text[self.line_start(at)..at];
        before.bytes().all(|byte| matches!(byte, b' ' | b'-')).then_some(before.len())
    }

    /// Whether nothing but blanks stands before a byte on its line.
    pub(super) fn begins_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// The first byte of the line after a value that ends here.
    pub(super) fn behind(&self, tail: usize) -> usize {
        // The blank lines that `|+` keeps end with a line break of their own.
        if tail > 0 && self.text.as_bytes()[tail - 1] == b'\n' { tail } else { self.next_line(tail) }
    }

    /// The blanks that the line of a byte begins with.
    pub(super) fn indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_start(at)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether two bytes stand on one line.
    pub(super) fn on_one_line(&self, from: usize, to: usize) -> bool {
        !self.text[from.min(to)..to.max(from)].contains('\n')
    }

    fn block_scalars(&self) -> impl Iterator<Item = (usize, bool)> {
        let block = |node: &Node| matches!(node.shape, Shape::Scalar { style: Style::Block, .. });
        self.nodes.iter().filter(move |node| block(node)).map(|node| (node.end, node.keeps))
    }

    /// The path of a node, the first when aliases give several.
    fn path(&self, node: NodeIndex) -> crate::Path {
        let mut segments = Vec::new();
        let mut here = node;
        while let Some(parent) = self.nodes[here].parent {
            match &self.nodes[parent].shape {
                Shape::Map { entries, .. } => {
                    let entry = entries.iter().find(|entry| entry.value == here);
                    segments.extend(entry.map(|entry| crate::Segment::Key(entry.name.clone().into())));
                }
                Shape::List { items, .. } => {
                    let number = items.iter().position(|item| item.value == here);
                    segments.extend(number.map(crate::Segment::Index));
                }
                Shape::Scalar { .. } | Shape::Alias(_) => {}
            }
            here = parent;
        }
        segments.into_iter().rev().collect()
    }
}
