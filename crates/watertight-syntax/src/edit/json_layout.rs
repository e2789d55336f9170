//! The layout of a JSON value: the same tree as for YAML in flow style.

use serde_json::Value as Json;

use super::layout::{Layout, NodeIndex, Shape, Style};

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
