//! The bytes of a log: decompressed, line by line, with a place to put lines back.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const BUFFER: usize = 256 << 10;

/// What reading a line gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineRead {
    /// There is no more.
    End,
    /// A line with its break, which the last one may lack.
    Whole,
    /// The line is longer than the limit; what was read of it is given, the rest is still to come.
    Longer,
}

/// The log as a stream of bytes.
pub(super) struct Input<'r> {
    reader: BufReader<Box<dyn Read + 'r>>,
    /// Bytes that were read and come again before the reader's.
    again: Vec<u8>,
    at: usize,
    /// The line that the next byte belongs to, from 1.
    line: u64,
    /// Whether the next byte begins a line.
    line_begins: bool,
    gzip: bool,
    error: Option<String>,
}

impl<'r> Input<'r> {
    pub(super) fn new(mut input: impl Read + 'r) -> Self {
        let mut head = Vec::with_capacity(BYTE_ORDER_MARK.len());
        let mut error = None;
        if let Err(failed) = input.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut head) {
            error = Some(failed.to_string());
        }
        let gzip = head.starts_with(&GZIP);
        if head == BYTE_ORDER_MARK {
            head.clear();
        }
        let whole = Cursor::new(head).chain(input);
        let reader: Box<dyn Read + 'r> =
            if gzip { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        Self {
            reader: BufReader::with_capacity(BUFFER, reader),
            again: Vec::new(),
            at: 0,
            line: 1,
            line_begins: true,
            gzip,
            error,
        }
    }

    /// The line of the next byte, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// How many lines there were so far.
    pub(super) fn lines_seen(&self) -> u64 {
        if self.line_begins { self.line - 1 } else { self.line }
    }

    /// Why reading stopped before the end.
    pub(super) fn into_error(self) -> Option<String> {
        self.error
    }

    /// The next bytes; none at the end, also when the end is an error.
    pub(super) fn fill(&mut self) -> &[u8] {
        if self.at < self.again.len() {
            return &self.again[self.at..];
        }
        if self.error.is_some() {
            return &[];
        }
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(why(&error, self.gzip));
                    return &[];
                }
            }
        }
        self.reader.buffer()
    }

    /// Takes bytes of what [`Self::fill`] gave.
    pub(super) fn consume(&mut self, count: usize) {
        let bytes = if self.at < self.again.len() {
            &self.again[self.at..self.at + count]
        } else {
            &self.reader.buffer()[..count]
        };
        self.line += breaks(bytes);
        self.line_begins = bytes.last().map_or(self.line_begins, |&last| last == b'\n');
        if self.at < self.again.len() {
            self.at += count;
        } else {
            self.reader.consume(count);
        }
    }

    /// Gives bytes once more that were just consumed.
    pub(super) fn push_back(&mut self, bytes: &[u8]) {
        self.line -= breaks(bytes);
        self.line_begins = true;
        // Putting back what already came from there must not copy all that follows.
        if self.again[..self.at].ends_with(bytes) {
            self.at -= bytes.len();
        } else {
            self.again.splice(..self.at, bytes.iter().copied());
            self.at = 0;
        }
    }

    /// Appends the next line with its break, up to the limit.
    pub(super) fn read_line(&mut self, line: &mut Vec<u8>, limit: usize) -> LineRead {
        let before = line.len();
        if self.at < self.again.len() {
            let bytes = &self.again[self.at..];
            let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let end = end.min(limit + 1);
            line.extend_from_slice(&bytes[..end]);
            self.at += end;
        }
        if !line.ends_with(b"\n") && self.error.is_none() {
            if self.at >= self.again.len() {
                self.again.clear();
                self.at = 0;
            }
            // One byte more than the limit tells that the line is longer.
            let room = (limit + 1).saturating_sub(line.len() - before) as u64;
            if let Err(error) = self.reader.by_ref().take(room).read_until(b'\n', line) {
                self.error = Some(why(&error, self.gzip));
            }
        }
        let Some(&last) = line[before..].last() else { return LineRead::End };
        self.line_begins = last == b'\n';
        self.line += u64::from(self.line_begins);
        if line.len() - before > limit && !self.line_begins { LineRead::Longer } else { LineRead::Whole }
    }

    /// Drops what is left of the line.
    pub(super) fn skip_line(&mut self) {
        loop {
            let bytes = self.fill();
            if bytes.is_empty() {
                return;
            }
            let found = bytes.iter().position(|&byte| byte == b'\n');
            let count = found.map_or(bytes.len(), |at| at + 1);
            self.consume(count);
            if found.is_some() {
                return;
            }
        }
    }
}

fn breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

fn why(error: &io::Error, gzip: bool) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if gzip => "the gzip stream ends too early".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if gzip => {
            format!("the gzip stream is damaged ({error})")
        }
        _ => error.to_string(),
    }
}
