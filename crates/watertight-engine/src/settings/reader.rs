//! Walks a document and notes all that is wrong in it, each with its place. Quotes no value: whoever
//! pastes a password into the wrong file must not find it in a log.

use std::str::FromStr;

use watertight_syntax::{Document, Kind, LineIndex, Position, Value};

use super::{Problem, Said};
use crate::suggest::nearest;

/// What other tools call the same.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("expires", "until"),
    ("expiry", "until"),
    ("expiration", "until"),
    ("justification", "reason"),
    ("comment", "reason"),
    ("statement", "reason"),
    ("rule", "control"),
    ("check", "control"),
    ("resource", "kind"),
    ("ignore", "disable"),
    ("exclude", "disable"),
    ("skip", "disable"),
    ("exceptions", "waivers"),
    ("ignores", "waivers"),
];

/// A document that is read, and what was wrong so far.
pub(crate) struct Reader<'d> {
    text: &'d str,
    lines: &'d LineIndex,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
}

impl<'d> Reader<'d> {
    /// A reader of a text's document. Keys that stand twice are wrong wherever they stand.
    pub(crate) fn new(text: &'d str, lines: &'d LineIndex, document: &Document) -> Self {
        let mut reader = Self { text, lines, problems: Vec::new(), notes: Vec::new() };
        for twin in document.duplicates() {
            let first = reader.position_of(twin.overruled.start).line;
            let position = reader.position_of(twin.winner.start);
            let message = format!("this key stands twice: it is there in line {first} already");
            reader.problems.push(Problem::new(position, message).help("keep one of them"));
        }
        reader
    }

    pub(crate) fn position(&self, value: Value<'_>) -> Position {
        self.position_of(value.span().start)
    }

    fn position_of(&self, at: u32) -> Position {
        self.lines.position(at, self.text)
    }

    pub(crate) fn line(&self, value: Value<'_>) -> u32 {
        self.position(value).line
    }

    pub(crate) fn wrong(&mut self, at: Value<'_>, message: impl Into<String>, help: impl Into<String>) {
        let position = self.position(at);
        self.problems.push(Problem::new(position, message).help(help));
    }

    /// Tells what is wrong at a place that somebody else found.
    pub(crate) fn wrong_at(&mut self, span: watertight_syntax::Span, message: &str) {
        let position = self.position_of(span.start);
        self.problems.push(Problem::new(position, message).help(""));
    }

    fn unfit(&mut self, at: Value<'_>, expected: &str) {
        let found = at.kind().described();
        self.wrong(at, format!("expected {expected}, found {found}"), "");
    }

    /// The entries of a map, those with a known key only; the others are told.
    pub(crate) fn map(&mut self, at: Value<'d>, keys: &[&'static str]) -> Vec<(&'static str, Value<'d>)> {
        if at.kind() != Kind::Map {
            self.unfit(at, &format!("a map with {}", listed(keys)));
            return Vec::new();
        }
        let mut known = Vec::new();
        for (key, value) in at.pairs() {
            let written = key.as_str().unwrap_or_default();
            match keys.iter().find(|known| **known == written) {
                Some(name) => known.push((*name, value)),
                None => self.unknown_key(key, written, keys),
            }
        }
        known
    }

    fn unknown_key(&mut self, key: Value<'_>, written: &str, keys: &[&'static str]) {
        let plain = |key: &str| key.to_lowercase().replace('_', "-");
        // `failOn` and `fail_on` are no typing errors but another habit.
        let dashed: String = written
            .chars()
            .flat_map(|c| [c.is_ascii_uppercase().then_some('-'), Some(c.to_ascii_lowercase())])
            .flatten()
            .collect();
        let same = keys.iter().copied().find(|key| *key == plain(written) || *key == dashed);
        let meant = OTHER_WORDS.iter().find(|(word, key)| *word == plain(written) && keys.contains(key));
        match same.or(meant.map(|(_, key)| *key)).or_else(|| nearest(&plain(written), keys.iter().copied())) {
            Some(near) => self.wrong(key, "unknown key", format!("did you mean `{near}`?")),
            None => self.wrong(key, "unknown key", format!("known here: {}", listed(keys))),
        }
    }

    /// The entries of a map whose keys the user chooses.
    pub(crate) fn named(&mut self, at: Value<'d>, expected: &str) -> Vec<(Value<'d>, &'d str, Value<'d>)> {
        if at.kind() != Kind::Map {
            self.unfit(at, expected);
            return Vec::new();
        }
        at.pairs().map(|(key, value)| (key, key.as_str().unwrap_or_default(), value)).collect()
    }

    /// The items of a list.
    pub(crate) fn list(&mut self, at: Value<'d>, of: &str) -> Vec<Value<'d>> {
        if at.kind() != Kind::List {
            let help = if at.kind() == Kind::String { "put it into brackets: `[…]`" } else { "" };
            let found = at.kind().described();
            self.wrong(at, format!("expected a list of {of}, found {found}"), help);
            return Vec::new();
        }
        at.items().collect()
    }

    /// One text, or a list of texts.
    pub(crate) fn one_or_more(&mut self, at: Value<'d>, of: &str) -> Vec<Value<'d>> {
        if at.kind() == Kind::List { self.list(at, of) } else { vec![at] }
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, at: Value<'d>, expected: &str) -> Option<String> {
        match at.as_str().map(str::trim) {
            Some("") => {
                self.wrong(at, format!("expected {expected}, found an empty text"), "");
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                let help =
                    if matches!(at.kind(), Kind::Bool | Kind::Number) { "put it in quotes" } else { "" };
                let found = at.kind().described();
                self.wrong(at, format!("expected {expected}, found {found}"), help);
                None
            }
        }
    }

    /// A text, or a number as it is written: nobody puts `1.30` into quotes, and 1.3 is another version.
    pub(crate) fn text_or_number(&mut self, at: Value<'d>, expected: &str) -> Option<String> {
        if at.kind() == Kind::Number {
            return self.text.get(at.span().range()).map(str::to_owned);
        }
        self.text(at, expected)
    }

    /// A text in some form. What is said of it is the form, never the text.
    pub(crate) fn parsed<T: FromStr>(&mut self, at: Value<'d>, expected: &str) -> Option<T> {
        let text = self.text(at, expected)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.wrong(at, format!("expected {expected}"), "");
        }
        parsed
    }

    /// A list of texts in some form.
    pub(crate) fn all_parsed<T: FromStr>(&mut self, at: Value<'d>, of: &str, expected: &str) -> Said<Vec<T>> {
        let items = self.list(at, of);
        let value = items.into_iter().filter_map(|item| self.parsed(item, expected)).collect();
        Said { value, line: self.line(at) }
    }

    pub(crate) fn flag(&mut self, at: Value<'d>) -> Option<Said<bool>> {
        let Some(value) = at.as_bool() else {
            self.unfit(at, "true or false");
            return None;
        };
        Some(Said { value, line: self.line(at) })
    }
}

/// "`a`, `b` or `c`".
fn listed(keys: &[&'static str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
