//! The layout of a JSON value: the same tree as for YAML in flow style.

use std::sync::Arc;

use serde_json::Value as Json;

use super::layout::{Layout, NodeIndex, Shape, Style};
use crate::document::{Document, NodeId};
use crate::json;
use crate::span::Span;

/// Decodes the JSON value at a place into a tree with places, as a YAML document has them. Nothing for
/// what is no JSON, and for a map with a key that stands twice.
#[must_use]
pub fn json_with_places(text: &Arc<str>, at: Span) -> Option<Document> {
    let mut document = json::decode(text, at).ok()?;
    let layout = Layout::of_json(text.get(at.range())?)?;
    let mut places = Vec::new();
    pair(&document, document.root, &layout, layout.root, &mut places).then_some(())?;
    for (node, written) in places {
        let written = &layout.nodes[written];
        let base = at.start as usize;
        document.nodes[node.0 as usize].span = Span::new(base + written.start, base + written.end);
    }
    document.spanned = true;
    Some(document)
}

/// Walks both trees side by side. False when they differ in shape.
fn pair(
    document: &Document,
    node: NodeId,
    layout: &Layout<'_>,
    written: NodeIndex,
    places: &mut Vec<(NodeId, NodeIndex)>,
) -> bool {
    places.push((node, written));
    let value = document.value(node);
    match &layout.nodes[written].shape {
        Shape::Map { entries, .. } => {
            value.pairs().count() == entries.len()
                && value.pairs().zip(entries).all(|((key, below), entry)| {
                    places.push((key.id(), entry.key));
                    pair(document, below.id(), layout, entry.value, places)
                })
        }
        Shape::List { items, .. } => {
            value.items().len() == items.len()
                && value
                    .items()
                    .zip(items)
                    .all(|(below, item)| pair(document, below.id(), layout, item.value, places))
        }
        Shape::Scalar { .. } | Shape::Alias(_) => true,
    }
}

impl<'t> Layout<'t> {
    /// Reads the one JSON value of a text. The text has to be JSON: [`crate::json::decode`] took it.
    pub(super) fn of_json(text: &'t str) -> Option<Self> {
        let mut layout = Self { text, nodes: Vec::new(), root: 0, json: true };
        let from = text.len() - text.trim_start_matches('\u{feff}').len();
        let (root, _) = layout.json_value(from)?;
        layout.root = root;
        layout.place(root, from);
        Some(layout)
    }

    /// The value that begins behind `from`, and where it ends.
    fn json_value(&mut self, from: usize) -> Option<(NodeIndex, usize)> {
        let start = self.json_blanks(from);
        match self.text.as_bytes().get(start)? {
            b'{' => {
                let shape = Shape::Map { flow: true, odd: false, entries: Vec::new() };
                self.json_container(start, shape, b'}')
            }
            b'[' => {
                let shape = Shape::List { flow: true, odd: false, items: Vec::new() };
                self.json_container(start, shape, b']')
            }
            first => {
                let style = if *first == b'"' { Style::Double } else { Style::Plain };
                let end = self.json_scalar_end(start);
                let value: Json = serde_json::from_str(self.text.get(start..end)?).ok()?;
                let shape = Shape::Scalar { style, value };
                Some((self.push(shape, start..end, false, false), end))
            }
        }
    }

    fn json_container(&mut self, start: usize, shape: Shape, close: u8) -> Option<(NodeIndex, usize)> {
        let node = self.push(shape, start..start, false, false);
        let mut children = Vec::new();
        let mut at = start + 1;
        loop {
            at = self.json_blanks(at);
            match *self.text.as_bytes().get(at)? {
                byte if byte == close => break,
                b',' | b':' => at += 1,
                _ => {
                    let (child, end) = self.json_value(at)?;
                    self.nodes[child].parent = Some(node);
                    children.push(child);
                    at = end;
                }
            }
        }
        self.close(node, &children);
        Some((node, at + 1))
    }

    fn json_blanks(&self, from: usize) -> usize {
        let blanks = self.text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_whitespace());
        from + blanks.count()
    }

    fn json_scalar_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        if bytes[start] != b'"' {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'}' | b':');
            return bytes[start..].iter().position(ends).map_or(bytes.len(), |length| start + length);
        }
        let mut at = start + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => return at + 1,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        bytes.len()
    }
}
