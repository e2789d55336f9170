//! JSON over many lines, or on a line that is longer than an event may be: found by its brackets, so
//! that the items of a list can be handed over one by one and a broken document ends where the next
//! one begins.

use super::input::Input;

/// As deep as `serde_json` reads.
const DEEPEST: usize = 128;

/// What a list holds.
pub(super) enum Item<'t> {
    /// An object, and the line on which it begins.
    Text(&'t [u8], u64),
    /// An object that is longer than the limit.
    TooLong(u64),
    /// Something else than an object, in an array.
    NotAnObject(u64),
}

/// How a document ended.
pub(super) enum Scanned {
    /// It is whole and its text was kept. Nothing was handed over.
    Whole,
    /// Its items were handed over.
    Streamed,
    /// It is no list, and too long.
    TooLong,
    /// It ends too early; items before that were handed over.
    CutOff,
}

/// What is kept of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Everything,
    /// The item that is being read.
    Item,
    Nothing,
}

enum Step {
    More,
    Complete,
    /// The byte cannot stand here.
    Wrong,
}

struct Scanner<'t, 'e> {
    text: &'t mut Vec<u8>,
    each: &'e mut dyn FnMut(Item<'_>),
    limit: usize,
    line: u64,
    open: Vec<u8>,
    in_string: bool,
    escaped: bool,
    /// The last byte outside of strings that is no blank; `"` for a string.
    last: u8,
    /// Where the last string directly inside the outermost object begins.
    key: usize,
    /// How many brackets are open around the items.
    items: Option<usize>,
    /// Where the current item begins, and its line.
    item: Option<(usize, u64)>,
    /// Items that are kept and not handed over yet.
    waiting: Vec<(std::ops::Range<usize>, u64)>,
    keep: Keep,
    handed_over: bool,
}

/// Reads one document, from its first bracket to the one that closes it.
///
/// `text` has its text when all of it is kept. When the document is broken, the input is left at the
/// next place where another one may begin.
pub(super) fn scan(
    input: &mut Input<'_>,
    text: &mut Vec<u8>,
    limit: usize,
    each: &mut dyn FnMut(Item<'_>),
) -> Scanned {
    let first_line = input.line();
    let mut scanner = Scanner {
        text,
        each,
        limit,
        line: first_line,
        open: Vec::new(),
        in_string: false,
        escaped: false,
        last: 0,
        key: 0,
        items: None,
        item: None,
        waiting: Vec::new(),
        keep: Keep::Everything,
        handed_over: false,
    };
    // Whether the byte stands first on its line.
    let mut leads = false;
    loop {
        let bytes = input.fill();
        if bytes.is_empty() {
            let whole = scanner.keep == Keep::Everything && !scanner.has_items();
            let scanned = scanner.broken();
            if whole && let Some(rest) = after_a_cut_line(text) {
                input.push_back(&text[rest..]);
            }
            return scanned;
        }
        let mut used = 0;
        let mut step = Step::More;
        for &byte in bytes {
            step = scanner.byte(byte);
            if matches!(step, Step::Wrong) {
                break;
            }
            used += 1;
            leads = byte == b'\n' || (leads && byte.is_ascii_whitespace());
            if matches!(step, Step::Complete) {
                break;
            }
        }
        input.consume(used);
        match step {
            Step::More => {}
            Step::Complete => return scanner.complete(),
            Step::Wrong => {
                let whole = scanner.keep == Keep::Everything && !scanner.has_items();
                let scanned = scanner.broken();
                match after_a_cut_line(text) {
                    Some(rest) if whole => input.push_back(&text[rest..]),
                    _ if leads && input.line() > first_line => {}
                    _ => input.skip_line(),
                }
                return scanned;
            }
        }
    }
}

/// Where the second line begins when the first holds more than a bracket: then it is rather one that
/// lost its end than the head of a document that was printed over many lines, and the lines after it
/// are documents of their own.
pub(super) fn after_a_cut_line(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    (text[..end].trim_ascii().len() > 1).then_some(end + 1)
}

impl Scanner<'_, '_> {
    fn byte(&mut self, byte: u8) -> Step {
        if self.in_string {
            if byte == b'\n' {
                return Step::Wrong;
            }
            self.put(byte);
            self.in_string = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return Step::More;
        }
        if byte.is_ascii_whitespace() {
            self.put(byte);
            self.line += u64::from(byte == b'\n');
            return Step::More;
        }
        let begins_an_item =
            self.items == Some(1) && self.open.len() == 1 && matches!(self.last, b'[' | b',');
        if begins_an_item && !matches!(byte, b'{' | b']') {
            (self.each)(Item::NotAnObject(self.line));
        }
        let step = match byte {
            b'{' | b'[' => return self.opens(byte),
            b'}' | b']' => self.closes(byte),
            b'"' => {
                if self.open.len() == 1 {
                    self.key = self.text.len();
                }
                self.in_string = true;
                self.put(byte);
                Step::More
            }
            _ => {
                self.put(byte);
                Step::More
            }
        };
        self.last = byte;
        step
    }

    fn opens(&mut self, byte: u8) -> Step {
        let container = self.open.last().copied();
        let value_expected = match (container, self.last) {
            (None, _) => true,
            (Some(b'['), last) => matches!(last, b'[' | b','),
            (_, last) => last == b':',
        };
        if !value_expected || self.open.len() >= DEEPEST {
            return Step::Wrong;
        }
        if self.items == Some(self.open.len()) && byte == b'{' {
            self.item = Some((self.text.len(), self.line));
        }
        let is_list = match self.open.as_slice() {
            [] => true,
            [b'{'] => self.keep == Keep::Everything && self.key_is_items(),
            _ => false,
        };
        if byte == b'[' && self.items.is_none() && is_list {
            self.items = Some(self.open.len() + 1);
        }
        self.put(byte);
        self.open.push(byte);
        self.last = byte;
        Step::More
    }

    fn closes(&mut self, byte: u8) -> Step {
        let opened = if byte == b'}' { b'{' } else { b'[' };
        if self.open.last() != Some(&opened) {
            return Step::Wrong;
        }
        self.open.pop();
        self.put(byte);
        if self.items == Some(self.open.len())
            && let Some((start, line)) = self.item.take()
        {
            match self.keep {
                Keep::Everything => self.waiting.push((start..self.text.len(), line)),
                Keep::Item => {
                    (self.each)(Item::Text(self.text, line));
                    self.text.clear();
                }
                // It was told when it grew too long.
                Keep::Nothing => self.keep = Keep::Item,
            }
        }
        if self.open.is_empty() { Step::Complete } else { Step::More }
    }

    fn key_is_items(&self) -> bool {
        let key = self.text[self.key.min(self.text.len())..].trim_ascii_end();
        key.strip_suffix(b":").is_some_and(|key| key.trim_ascii_end() == b"\"items\"")
    }

    fn put(&mut self, byte: u8) {
        match self.keep {
            Keep::Everything => self.text.push(byte),
            Keep::Item if self.item.is_some() => self.text.push(byte),
            Keep::Item | Keep::Nothing => return,
        }
        if self.text.len() > self.limit {
            self.make_room();
        }
    }

    fn make_room(&mut self) {
        if self.items.is_none() {
            self.text.clear();
            self.keep = Keep::Nothing;
            return;
        }
        self.hand_over();
        match &mut self.item {
            Some((start, line)) => {
                self.text.drain(..*start);
                *start = 0;
                self.keep = Keep::Item;
                if self.text.len() > self.limit {
                    (self.each)(Item::TooLong(*line));
                    self.text.clear();
                    self.keep = Keep::Nothing;
                }
            }
            None => {
                self.text.clear();
                self.keep = Keep::Item;
            }
        }
    }

    fn hand_over(&mut self) {
        self.handed_over = true;
        for (range, line) in std::mem::take(&mut self.waiting) {
            (self.each)(Item::Text(&self.text[range], line));
        }
    }

    fn has_items(&self) -> bool {
        self.handed_over || !self.waiting.is_empty()
    }

    fn complete(mut self) -> Scanned {
        let is_array = self.text.first() == Some(&b'[') && !self.waiting.is_empty();
        if is_array {
            self.hand_over();
        }
        match self.keep {
            _ if self.handed_over => Scanned::Streamed,
            Keep::Nothing => Scanned::TooLong,
            _ => Scanned::Whole,
        }
    }

    /// Too long is told as such, whatever else is wrong with it.
    fn broken(mut self) -> Scanned {
        self.hand_over();
        if self.items.is_none() && self.keep == Keep::Nothing { Scanned::TooLong } else { Scanned::CutOff }
    }
}
