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

/// Line starts of one text, and character counts on the way, so that a place is found in constant
/// time also in a text that is one long line.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Characters before each block of [`BLOCK`] bytes; empty for a text of ASCII only.
    characters: Vec<u32>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 1024;

impl LineIndex {
    /// Indexes `text`. A line ends at `\n`; a `\r` before it belongs to the line.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| offset(at + 1)));
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                characters.push(before);
                before += offset(first_bytes(block));
            }
        }
        Self { starts, characters }
    }

    /// Characters before a byte offset.
    fn characters_before(&self, at: usize, text: &str) -> u32 {
        let Some(&counted) = self.characters.get(at.min(text.len().saturating_sub(1)) / BLOCK) else {
            return offset(at);
        };
        let from = at.min(text.len().saturating_sub(1)) / BLOCK * BLOCK;
        counted + offset(first_bytes(&text.as_bytes()[from..at]))
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
        let at = (at as usize).clamp(start, text.len().max(start));
        let column = self.characters_before(at, text) - self.characters_before(start, text);
        Position { line: offset(line + 1), column: column + 1 }
    }
}

/// How many characters begin in some bytes: an offset inside a character is no panic.
fn first_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_counted_like_short_ones() {
        for unit in ["a", "ü", "🐳b"] {
            let text = format!("{}\n{}", unit.repeat(3000), unit.repeat(3000));
            let index = LineIndex::new(&text);
            for (at, _) in text.char_indices().step_by(7).chain([(text.len(), 'x')]) {
                let before = &text[..at];
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
                let found = index.position(at as u32, &text);
                assert_eq!((found.line as usize, found.column as usize), (line, column), "{unit} {at}");
            }
        }
        assert_eq!(LineIndex::new("").position(5, ""), Position { line: 1, column: 1 });
    }

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
