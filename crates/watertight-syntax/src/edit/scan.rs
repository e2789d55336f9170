//! The second pass over a [`Layout`]: where dashes, colons, commas and brackets stand.
//!
//! The parser's events tell where scalars are. Everything between them is blanks, comments, anchors,
//! tags and punctuation, so that it can be read forward from one scalar to the next. A container in
//! which something else turns up is marked as odd, and nobody edits it.

use super::layout::{Layout, NodeIndex, Shape, Style};

impl Layout<'_> {
    /// Finds the places of a node that may begin at `from`. Returns where it ends.
    pub(super) fn place(&mut self, node: NodeIndex, from: usize) -> usize {
        let lead = self.after_properties(node, from);
        self.nodes[node].lead = lead;
        let end = match &self.nodes[node].shape {
            Shape::Scalar { style: Style::Absent, .. } => {
                self.nodes[node].start = lead;
                lead
            }
            Shape::Scalar { style: Style::Block, .. } => return self.block_scalar(node, lead),
            Shape::Scalar { .. } | Shape::Alias(_) => self.nodes[node].end,
            Shape::Map { flow: true, .. } => self.flow_map(node, lead),
            Shape::Map { flow: false, .. } => self.block_map(node, lead),
            Shape::List { flow: true, .. } => self.flow_list(node, lead),
            Shape::List { flow: false, .. } => self.block_list(node, lead),
        };
        self.nodes[node].end = end;
        if !matches!(self.nodes[node].shape, Shape::Map { flow: false, .. } | Shape::List { flow: false, .. })
        {
            self.nodes[node].tail = end;
        }
        end
    }

    /// Passes over blanks, line breaks and comments.
    pub(super) fn skip(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' if at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r') => {
                    at = self.line_end(at);
                }
                _ => break,
            }
        }
        at
    }

    /// Where the line of a byte ends, without its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        let end = memchr::memchr(b'\n', &self.text.as_bytes()[at..]).map_or(self.text.len(), |n| at + n);
        if end > at && end < self.text.len() && self.text.as_bytes()[end - 1] == b'\r' {
            end - 1
        } else {
            end
        }
    }

    /// The first byte of the line after.
    pub(super) fn next_line(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text.as_bytes()[at..]).map_or(self.text.len(), |n| at + n + 1)
    }

    /// The first byte of the line of a byte, behind a byte-order mark.
    pub(super) fn line_start(&self, at: usize) -> usize {
        match memchr::memrchr(b'\n', &self.text.as_bytes()[..at]) {
            Some(before) => before + 1,
            None => (self.text.len() - self.text.trim_start_matches('\u{feff}').len()).min(at),
        }
    }

    fn after_properties(&self, node: NodeIndex, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut lead = from;
        let mut properties = usize::from(self.nodes[node].anchored) + usize::from(self.nodes[node].tagged);
        while properties > 0 {
            let at = self.skip(lead);
            if !matches!(bytes.get(at), Some(b'&' | b'!')) {
                break;
            }
            let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}');
            lead = bytes[at..].iter().position(ends).map_or(bytes.len(), |n| at + n);
            properties -= 1;
        }
        lead
    }

    /// A block scalar's own range lacks its header and may take in blank lines after it.
    fn block_scalar(&mut self, node: NodeIndex, lead: usize) -> usize {
        let start = self.skip(lead);
        let bytes = self.text.as_bytes();
        let header = start
            + bytes[start..]
                .iter()
                .take_while(|byte| matches!(byte, b'|' | b'>' | b'+' | b'-' | b'0'..=b'9'))
                .count();
        let keeps = bytes[start..header].contains(&b'+');
        let written = &mut self.nodes[node];
        let content = written.start.max(header)..written.end.max(header);
        let trimmed = self.text[content.clone()].trim_end_matches([' ', '\n', '\r', '\t']).len();
        written.start = start;
        written.keeps = keeps;
        written.end = if trimmed == 0 { header } else { content.start + trimmed };
        // The range may reach into the indentation of what follows.
        let kept = content.start + self.text[content.clone()].rfind('\n').map_or(0, |at| at + 1);
        written.tail = if keeps { kept.max(written.end) } else { written.end };
        written.end
    }

    fn block_map(&mut self, node: NodeIndex, from: usize) -> usize {
        let (mut at, mut odd) = (from, false);
        let count = self.entries(node).len();
        for number in 0..count {
            let (key, value) = self.pair(node, number);
            at = self.skip(at);
            let explicit = self.text[at..].starts_with('?') && !self.is_scalar_start(key, at);
            let begin = if explicit { at + 1 } else { at };
            let key_end = self.place(key, begin);
            let colon = if explicit { self.skip(key_end) } else { self.skip_blanks(key_end) };
            let has_colon = self.text[colon..].starts_with(':');
            if number == 0 {
                self.nodes[node].start = self.nodes[key].start;
            }
            // An anchor or a tag before a key is part of its line.
            odd |= self.nodes[key].anchored || self.nodes[key].tagged;
            at = self.place(value, if has_colon { colon + 1 } else { key_end });
            let tail = self.nodes[value].tail;
            self.nodes[node].tail = tail;
            self.note(node, number, has_colon.then_some(colon), None, explicit || !has_colon);
        }
        self.mark(node, odd);
        at
    }

    fn block_list(&mut self, node: NodeIndex, from: usize) -> usize {
        let (mut at, mut odd) = (from, false);
        for (number, value) in self.items(node).into_iter().enumerate() {
            let dash = self.skip(at);
            let has_dash = self.text[dash..].starts_with('-');
            odd |= !has_dash;
            if number == 0 {
                self.nodes[node].start = dash;
            }
            at = self.place(value, if has_dash { dash + 1 } else { dash });
            let tail = self.nodes[value].tail;
            self.nodes[node].tail = tail;
            if let Shape::List { items, .. } = &mut self.nodes[node].shape {
                items[number].start = dash;
            }
        }
        self.mark(node, odd);
        at
    }

    fn flow_map(&mut self, node: NodeIndex, from: usize) -> usize {
        let open = self.skip(from);
        // A single pair in a list needs no braces: `[a: b]`.
        let mut odd = !self.text[open..].starts_with('{');
        let mut at = if odd { open } else { open + 1 };
        self.nodes[node].start = open;
        for number in 0..self.entries(node).len() {
            let (key, value) = self.pair(node, number);
            at = self.skip(at);
            let explicit = self.text[at..].starts_with('?') && !self.is_scalar_start(key, at);
            let key_end = self.place(key, if explicit { at + 1 } else { at });
            let colon = self.skip(key_end);
            let has_colon = self.text[colon..].starts_with(':');
            let end = self.place(value, if has_colon { colon + 1 } else { key_end });
            let comma = self.comma(end);
            odd |= self.nodes[key].anchored || self.nodes[key].tagged;
            self.note(node, number, has_colon.then_some(colon), comma, explicit || !has_colon);
            at = comma.map_or(end, |comma| comma + 1);
        }
        self.close_flow(node, at, odd, '}')
    }

    fn flow_list(&mut self, node: NodeIndex, from: usize) -> usize {
        let open = self.skip(from);
        let odd = !self.text[open..].starts_with('[');
        let mut at = if odd { open } else { open + 1 };
        self.nodes[node].start = open;
        for (number, value) in self.items(node).into_iter().enumerate() {
            let start = self.skip(at);
            let end = self.place(value, start);
            let found = self.comma(end);
            if let Shape::List { items, .. } = &mut self.nodes[node].shape {
                items[number].start = start;
                items[number].comma = found;
            }
            at = found.map_or(end, |comma| comma + 1);
        }
        self.close_flow(node, at, odd, ']')
    }

    fn close_flow(&mut self, node: NodeIndex, at: usize, odd: bool, bracket: char) -> usize {
        let close = self.skip(at);
        let closed = self.text[close..].starts_with(bracket);
        self.mark(node, odd || !closed);
        if closed && !odd { close + 1 } else { at }
    }

    fn comma(&self, end: usize) -> Option<usize> {
        let at = self.skip(end);
        self.text[at..].starts_with(',').then_some(at)
    }

    fn skip_blanks(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        from + (rest.len() - rest.trim_start_matches([' ', '\t']).len())
    }

    /// Whether a `?` is the first letter of a plain scalar.
    fn is_scalar_start(&self, node: NodeIndex, at: usize) -> bool {
        matches!(self.nodes[node].shape, Shape::Scalar { .. } | Shape::Alias(_))
            && self.nodes[node].start == at
    }

    fn entries(&self, node: NodeIndex) -> &[super::layout::Entry] {
        match &self.nodes[node].shape {
            Shape::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    fn items(&self, node: NodeIndex) -> Vec<NodeIndex> {
        match &self.nodes[node].shape {
            Shape::List { items, .. } => items.iter().map(|item| item.value).collect(),
            _ => Vec::new(),
        }
    }

    fn pair(&self, node: NodeIndex, number: usize) -> (NodeIndex, NodeIndex) {
        let entry = &self.entries(node)[number];
        (entry.key, entry.value)
    }

    fn note(
        &mut self,
        node: NodeIndex,
        number: usize,
        colon: Option<usize>,
        comma: Option<usize>,
        explicit: bool,
    ) {
        if let Shape::Map { entries, .. } = &mut self.nodes[node].shape {
            let entry = &mut entries[number];
            (entry.colon, entry.comma, entry.explicit) = (colon, comma, explicit);
        }
    }

    fn mark(&mut self, node: NodeIndex, is_odd: bool) {
        if let Shape::Map { odd, .. } | Shape::List { odd, .. } = &mut self.nodes[node].shape {
            *odd = is_odd;
        }
    }
}
