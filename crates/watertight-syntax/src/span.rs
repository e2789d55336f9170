/// A range of bytes in a source text, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets; offsets past 4 GiB are clamped (such files are refused earlier).
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: offset(start), end: offset(end) }
    }

    /// The span as a range for indexing.
    #[must_use]
    pub fn range(self) -> core::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether the span covers no bytes: the value is not written in the text.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Narrows a byte offset to the 32 bits that spans use.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A place in a text as editors count: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters (not bytes), from 1.
    pub column: u32,
}

/// Byte offsets of the line starts of one text.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`. A line ends at `\n`; a `\r` before it belongs to the line.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| offset(at + 1)));
        Self { starts }
    }

    /// The line that holds a byte offset, from 0.
    #[must_use]
    pub fn line(&self, at: u32) -> usize {
        self.starts.partition_point(|&start| start <= at).saturating_sub(1)
    }

    /// The bytes of a line (from 0), without its line break. Empty past the last line.
    #[must_use]
    pub fn span(&self, line: usize, text: &str) -> Span {
        let Some(&start) = self.starts.get(line) else { return Span::new(text.len(), text.len()) };
        let end = self.starts.get(line + 1).map_or(text.len(), |&next| next as usize - 1);
        let bytes = text.as_bytes();
        let end = if end > start as usize && bytes.get(end - 1) == Some(&b'\r') { end - 1 } else { end };
        Span::new(start as usize, end)
    }

    /// Line and column of a byte offset of the same text.
    #[must_use]
    pub fn position(&self, at: u32, text: &str) -> Position {
        let line = self.line(at);
        let start = self.starts.get(line).copied().unwrap_or(0) as usize;
        let before = text.as_bytes().get(start..(at as usize).min(text.len())).unwrap_or(&[]);
        // Characters are counted by their first bytes, so an offset inside a character is no panic.
        let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
        Position { line: offset(line + 1), column: offset(column + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_survive_crlf() {
        let text = "a: ü: b\r\nsecond\n";
        let index = LineIndex::new(text);
        assert_eq!(index.position(0, text), Position { line: 1, column: 1 });
        assert_eq!(index.position(7, text), Position { line: 1, column: 7 });
        assert_eq!(index.position(10, text), Position { line: 2, column: 1 });
        assert_eq!(&text[index.span(0, text).range()], "a: ü: b");
        assert_eq!(&text[index.span(1, text).range()], "second");
        assert_eq!(index.span(9, text).range(), text.len()..text.len());
    }
}
