//! Reading audit logs of any size in a bounded amount of memory.
//!
//! Start at [`read_log`]. A log is what the log backend writes (one event per line,
//! `plugin/pkg/audit/log/backend.go`), what the webhook backend sends (an `EventList` per request,
//! `plugin/pkg/audit/webhook/webhook.go`), printed on one line or on many, or an array of events;
//! each also compressed with gzip. What cannot be read is counted with its line and its reason.

mod document;
mod input;

use std::collections::BTreeMap;
use std::io::Read;

use crate::event::{Event, Other, Parsed};
use document::Scanned;
use input::{Input, LineRead};

/// Limits on what is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// The longest event, in bytes. One that is longer is counted and left out.
    pub event_bytes: usize,
    /// How many places of what was not read are kept; all are counted.
    pub places: usize,
}

impl Default for LogLimits {
    /// 16 MiB for an event, which is ten times what etcd stores of an object; 100 places.
    fn default() -> Self {
        Self { event_bytes: 16 << 20, places: 100 }
    }
}

/// An event and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged<'a> {
    /// The event.
    pub event: Event<'a>,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its size as the log backend writes it, on one line with its line break, in bytes.
    pub bytes: u64,
    /// Whether the text is as the log backend writes it: without blanks outside of strings. When
    /// not, sizes of parts of it are to be taken with [`compact_len`].
    pub compact: bool,
}

/// Why something of a log was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unreadable {
    /// A line of `--audit-log-format=legacy`: text that tells neither API group nor decision.
    Legacy,
    /// No JSON.
    NotJson,
    /// JSON that ends too early.
    CutOff,
    /// JSON that is no audit event.
    NotAnEvent,
    /// An event of `audit.k8s.io/v1beta1` or `v1alpha1`, which ended with Kubernetes 1.24.
    OtherVersion,
    /// Longer than [`LogLimits::event_bytes`].
    TooLong,
}

impl Unreadable {
    /// The reason in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Legacy => "the legacy text format, which lacks what a policy is decided by; log as JSON",
            Self::NotJson => "no JSON",
            Self::CutOff => "JSON that ends too early",
            Self::NotAnEvent => "JSON that is no audit event",
            Self::OtherVersion => "an audit event of a version that ended with Kubernetes 1.24",
            Self::TooLong => "longer than the limit",
        }
    }
}

/// A place of a log that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// The line, from 1; of something over several lines the first.
    pub line: u64,
    /// Why.
    pub reason: Unreadable,
}

/// What came of reading a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Events that were read.
    pub events: u64,
    /// Lines that were seen, also empty and unreadable ones.
    pub lines: u64,
    /// Fields of events that this version of the API does not have. They were left out.
    pub unknown_fields: u64,
    /// How many places were not read, by reason.
    pub unread: BTreeMap<Unreadable, u64>,
    /// The first of them.
    pub places: Vec<Skipped>,
    /// Why the log could not be read to its end; `None` when it could. What stands before is read.
    pub stopped: Option<String>,
}

impl Tally {
    /// Whether everything was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.stopped.is_none()
    }

    /// How many places were not read.
    #[must_use]
    pub fn unread_total(&self) -> u64 {
        self.unread.values().sum()
    }
}

/// Reads a log and hands over its events one by one, in their order.
///
/// Gzip is recognized by its first bytes, and several gzip members one after another are one log.
/// At most a few times [`LogLimits::event_bytes`] are held, however long the log and its lines are.
///
/// ```
/// use watertight_audit::{LogLimits, read_log};
/// let log = b"{\"level\":\"Metadata\",\"auditID\":\"1\",\"stage\":\"Panic\",\"verb\":\"get\"}\nnoise\n";
/// let mut verbs = Vec::new();
/// let tally = read_log(&log[..], &LogLimits::default(), |logged| verbs.push(logged.event.verb.to_string()));
/// assert_eq!((verbs, tally.events, tally.unread_total()), (vec!["get".to_owned()], 1, 1));
/// ```
pub fn read_log(input: impl Read, limits: &LogLimits, each: impl FnMut(&Logged<'_>)) -> Tally {
    let mut reading = Reading { limits: *limits, tally: Tally::default(), each };
    let mut input = Input::new(input);
    let mut line = Vec::new();
    loop {
        let number = input.line();
        match input.read_line(&mut line, limits.event_bytes) {
            LineRead::End => break,
            LineRead::Whole => {
                if reading.text(&line, number) == Verdict::Continues {
                    input.push_back(&line);
                    reading.document(&mut input, &mut line);
                }
            }
            // A list may be longer than the limit when its items are not.
            LineRead::Longer if matches!(first_byte(&line), Some(b'{' | b'[')) => {
                input.push_back(&line);
                reading.document(&mut input, &mut line);
            }
            LineRead::Longer => {
                reading.skip(number, Unreadable::TooLong);
                input.skip_line();
            }
        }
        line.clear();
    }
    reading.tally.lines = input.lines_seen();
    reading.tally.stopped = input.into_error();
    reading.tally
}

/// The size of a JSON text without the blanks outside of its strings, in bytes.
#[must_use]
pub fn compact_len(json: &str) -> u64 {
    let (mut length, mut in_string, mut escaped) = (0, false, false);
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        } else {
            in_string = byte == b'"';
        }
        length += 1;
    }
    length
}

struct Reading<F> {
    limits: LogLimits,
    tally: Tally,
    each: F,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The text was read, or counted as unreadable.
    Done,
    /// The text is the beginning of JSON that goes on behind it. Nothing was counted.
    Continues,
}

impl<F: FnMut(&Logged<'_>)> Reading<F> {
    fn skip(&mut self, line: u64, reason: Unreadable) {
        *self.tally.unread.entry(reason).or_default() += 1;
        if self.tally.places.len() < self.limits.places {
            self.tally.places.push(Skipped { line, reason });
        }
    }

    /// A line, or a document over several lines.
    fn text(&mut self, bytes: &[u8], line: u64) -> Verdict {
        let bytes = bytes.trim_ascii();
        let Some(&first) = bytes.first() else { return Verdict::Done };
        let Ok(text) = std::str::from_utf8(bytes) else {
            self.skip(line, Unreadable::NotJson);
            return Verdict::Done;
        };
        match first {
            b'{' => {}
            // An array is cut into its items.
            b'[' => return Verdict::Continues,
            _ => {
                let legacy = text.contains(" AUDIT: id=");
                self.skip(line, if legacy { Unreadable::Legacy } else { Unreadable::NotJson });
                return Verdict::Done;
            }
        }
        match serde_json::from_str(text) {
            Ok(parsed) => self.parsed(parsed, text, line),
            Err(error) => match error.classify() {
                serde_json::error::Category::Eof => return Verdict::Continues,
                serde_json::error::Category::Data => self.skip(line, Unreadable::NotAnEvent),
                // Several documents may share a line.
                _ => self.several(text, line),
            },
        }
        Verdict::Done
    }

    /// Documents one behind the other, as far as they can be told apart.
    fn several(&mut self, text: &str, line: u64) {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Parsed<'_>>();
        let mut start = 0;
        let mut found = 0;
        while let Some(Ok(parsed)) = stream.next() {
            found += 1;
            let piece = &text[start..stream.byte_offset()];
            start = stream.byte_offset();
            self.parsed(parsed, piece.trim_ascii(), line);
        }
        let rest = text[start..].trim_ascii();
        let cut = found > 0 && rest.starts_with('{');
        self.skip(line, if cut { Unreadable::CutOff } else { Unreadable::NotJson });
    }

    fn parsed(&mut self, parsed: Parsed<'_>, text: &str, line: u64) {
        match parsed {
            Parsed::Event(event) => self.event(*event, text, line),
            Parsed::List(items) => items.into_iter().for_each(|item| self.item(item.get(), line)),
            Parsed::Other(Other::Version) => self.skip(line, Unreadable::OtherVersion),
            Parsed::Other(Other::Unrelated) => self.skip(line, Unreadable::NotAnEvent),
        }
    }

    /// One item of a list.
    fn item(&mut self, text: &str, line: u64) {
        match serde_json::from_str(text) {
            Ok(Parsed::Event(event)) => self.event(*event, text, line),
            Ok(Parsed::Other(Other::Version)) => self.skip(line, Unreadable::OtherVersion),
            Ok(Parsed::List(_) | Parsed::Other(Other::Unrelated)) => self.skip(line, Unreadable::NotAnEvent),
            Err(error) if error.is_data() => self.skip(line, Unreadable::NotAnEvent),
            Err(_) => self.skip(line, Unreadable::NotJson),
        }
    }

    fn event(&mut self, event: Event<'_>, text: &str, line: u64) {
        self.tally.events += 1;
        self.tally.unknown_fields += u64::from(event.unknown_fields);
        let compact = !has_blanks(text);
        let bytes = if compact { text.len() as u64 } else { compact_len(text) };
        (self.each)(&Logged { event, line, bytes: bytes + 1, compact });
    }

    /// JSON over several lines, or longer than a line may be.
    fn document(&mut self, input: &mut Input<'_>, text: &mut Vec<u8>) {
        let first_line = input.line();
        text.clear();
        let scanned = document::scan(input, text, self.limits.event_bytes, &mut |item| match item {
            document::Item::Text(bytes, line) => match std::str::from_utf8(bytes) {
                Ok(text) => self.item(text, line),
                Err(_) => self.skip(line, Unreadable::NotJson),
            },
            document::Item::TooLong(line) => self.skip(line, Unreadable::TooLong),
            document::Item::NotAnObject(line) => self.skip(line, Unreadable::NotAnEvent),
        });
        match scanned {
            // An array without objects told of each of its items.
            Scanned::Whole if first_byte(text) == Some(b'[') => {}
            Scanned::Whole => match document::after_a_cut_line(text) {
                // Brackets of several lines that match by chance.
                Some(rest) if serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err() => {
                    self.skip(first_line, Unreadable::CutOff);
                    input.push_back(&text[rest..]);
                }
                _ => drop(self.text(text, first_line)),
            },
            Scanned::Streamed => {}
            Scanned::TooLong => self.skip(first_line, Unreadable::TooLong),
            Scanned::CutOff => self.skip(first_line, Unreadable::CutOff),
        }
    }
}

/// Whether there are blanks after the first key: writers put them everywhere or nowhere.
fn has_blanks(text: &str) -> bool {
    let head = text.split_inclusive(':').next().unwrap_or_default();
    let after = text.as_bytes().get(head.len());
    let before = text.as_bytes().get(1);
    [before, after].into_iter().flatten().any(u8::is_ascii_whitespace)
}

fn first_byte(bytes: &[u8]) -> Option<u8> {
    bytes.trim_ascii_start().first().copied()
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
