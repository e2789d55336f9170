//! The only way text gets out of a [`Source`]: line by line, and masked.
//!
//! What may be shown is listed; everything else is masked. Keys and structure are shown; a scalar only
//! where its field is known to hold no secret (`image`, `privileged`, …), and never below `env`, `args`,
//! `data`, `annotations` and the like; of those that are shown, what is a credential by its form is masked
//! all the same. Comments are never shown but those that fixes write, anchors and tags never, nor is anything of a document that cannot be
//! parsed. Start reading at [`MaskedText`].

use std::ops::Range;
use std::sync::Arc;

use watertight_credentials::{MASK, in_image, in_text, in_value};
use watertight_syntax::edit::json_with_places;
use watertight_syntax::{Document, Kind, Limits, Span, Value, json, yaml};

use crate::Source;
use crate::fix::START;
use crate::shown::{is_shown, is_shown_item};

/// A text of which any line can be shown, for diffs and other output that quotes lines.
///
/// Made of a [`Source`] of its own, so that it serves text that was never read as objects: the new side of a
/// diff.
///
/// ```
/// use watertight_model::{MaskedText, Source};
/// use watertight_syntax::Limits;
/// let text = "kind: Pod # secret\nspec:\n  hostPID: true\n  x: secret\n";
/// let masked = MaskedText::of(&Source::new("pod.yaml", text.into()), &Limits::default());
/// assert_eq!(masked.line(1), "kind: Pod # •••");
/// assert_eq!(masked.line(3), "  hostPID: true");
/// assert_eq!(masked.line(4), "  x: •••");
/// ```
pub struct MaskedText {
    text: Arc<str>,
    lines: watertight_syntax::LineIndex,
    /// Documents that could be read, by place.
    documents: Vec<(Span, Document)>,
}

impl MaskedText {
    /// Reads a text for showing lines of it.
    #[must_use]
    pub fn of(source: &Source, limits: &Limits) -> Self {
        let text = Arc::clone(source.text());
        let values = json::looks_like_json(&text).then(|| json::split(&text).ok()).flatten();
        let documents = match values {
            Some(values) => json_documents(&text, &values),
            None => yaml_documents(&text, limits),
        };
        Self { lines: source.lines().clone(), text, documents }
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.text.split('\n').count().try_into().unwrap_or(u32::MAX)
    }

    /// Whether it has no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// A line (from 1) without its line break, masked; whole, however long it is. Empty past the last.
    #[must_use]
    pub fn line(&self, number: u32) -> String {
        let line = self.lines.span(number.saturating_sub(1) as usize, &self.text);
        let first = self.documents.partition_point(|(span, _)| span.end <= line.start);
        let masks = match self.documents.get(first).filter(|(span, _)| overlap(*span, line)) {
            Some((span, document)) if span.start <= line.start && line.end <= span.end => {
                masks(document.root(), &self.text, line)
            }
            // Two documents on one line, or none that could be read.
            _ => unread(&self.text, line),
        };
        write_masked(&self.text, line, &masks, None).0
    }

    /// Whether a line (from 1) may be quoted as it is, in a patch that has to fit: nothing of it is masked but comments,
    /// and those hold no credential.
    #[must_use]
    pub fn may_be_quoted(&self, number: u32) -> bool {
        let line = self.lines.span(number.saturating_sub(1) as usize, &self.text);
        let first = self.documents.partition_point(|(span, _)| span.end <= line.start);
        let found = self.documents.get(first).filter(|(span, _)| overlap(*span, line));
        let Some((_, document)) = found.filter(|(span, _)| span.start <= line.start && line.end <= span.end)
        else {
            return unread(&self.text, line).is_empty();
        };
        let harmless = |span: &Span| {
            let written = self.text.get(span.range()).unwrap_or_default();
            in_value("", written.trim_start_matches(['#', ' '])).is_empty()
        };
        let comments: Vec<Span> =
            document.comments().iter().filter(|own| overlap(**own, line)).copied().filter(harmless).collect();
        let is_comment =
            |mask: &Span| comments.iter().any(|own| own.start <= mask.start && mask.end <= own.end);
        masks(document.root(), &self.text, line).iter().all(is_comment)
    }
}

/// Any text may hold secrets: only its size is shown.
impl std::fmt::Debug for MaskedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MaskedText").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

fn yaml_documents(text: &Arc<str>, limits: &Limits) -> Vec<(Span, Document)> {
    let mut documents = Vec::new();
    yaml::parse_each(text, limits, |parsed| {
        if let Ok(Some(document)) = parsed.document {
            documents.push((parsed.span, document));
        }
    });
    documents
}

/// The values of a JSON text, each with the blanks around it.
fn json_documents(text: &Arc<str>, values: &[Span]) -> Vec<(Span, Document)> {
    let begins = [0].into_iter().chain(values.iter().map(|value| value.end));
    let ends = values.iter().skip(1).map(|value| value.start).chain([Span::new(0, text.len()).end]);
    let around = begins.zip(ends).map(|(start, end)| Span { start, end });
    let read = values.iter().map(|&value| json_with_places(text, value));
    around.zip(read).filter_map(|(around, document)| Some((around, document?))).collect()
}

/// What is masked of a line that no document tells the structure of: all but its indentation, unless it
/// is a mark between documents.
fn unread(text: &str, line: Span) -> Vec<Span> {
    let written = text.get(line.range()).unwrap_or_default();
    let inner = written.trim();
    if matches!(inner, "" | "---" | "...") {
        return Vec::new();
    }
    let start = line.start as usize + (written.len() - written.trim_start().len());
    vec![Span::new(start, start + inner.len())]
}

fn overlap(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

/// The bytes of one line of a document that must not be shown, in order.
pub(crate) fn masks(root: Value<'_>, text: &str, line: Span) -> Vec<Span> {
    let mut parts = Parts { text, line, shown: Vec::new(), hidden: Vec::new() };
    parts.value(root, &mut Vec::new());
    for comment in root.document().comments().iter().filter(|comment| overlap(**comment, line)) {
        let written = text.get(comment.range()).unwrap_or_default();
        if written.strip_prefix("# ").is_some_and(|written| written.trim_end() == START) {
            parts.shown.push(*comment);
            continue;
        }
        // The blank after the mark is no secret and keeps the line readable.
        let blank = written.starts_with("# ");
        let inner = (comment.start + 1 + u32::from(blank)).min(comment.end);
        parts.shown.push(Span { start: comment.start, end: inner });
        parts.hidden.push(Span { start: inner, end: comment.end });
    }
    parts.masks()
}

/// What of one line is known: all else but structure is masked.
struct Parts<'t> {
    text: &'t str,
    line: Span,
    shown: Vec<Span>,
    /// Wins over what is shown.
    hidden: Vec<Span>,
}

impl Parts<'_> {
    /// Goes down only where the line is.
    fn value<'a>(&mut self, value: Value<'a>, keys: &mut Vec<&'a str>) {
        for (key, child) in value.pairs() {
            let name = key.as_str().unwrap_or_default();
            // An alias stands where its anchor is; that place is visited on its own.
            let written = child.span().start >= key.span().end && key.span().start >= value.span().start;
            let entry = Span { start: key.span().start, end: child.span().end.max(key.span().end) };
            if !written || !overlap(entry, self.line) {
                continue;
            }
            self.show("", key.span());
            keys.push(name);
            if matches!(child.kind(), Kind::Map | Kind::List) {
                self.value(child, keys);
            } else {
                self.scalar(name, child, is_shown(keys, child));
            }
            keys.pop();
        }
        for item in value.items().filter(|item| item.span().start >= value.span().start) {
            if !overlap(item.span(), self.line) {
                continue;
            }
            if matches!(item.kind(), Kind::Map | Kind::List) {
                self.value(item, keys);
            } else {
                self.scalar("", item, is_shown_item(keys));
            }
        }
    }

    fn scalar(&mut self, key: &str, value: Value<'_>, is_shown: bool) {
        if is_shown { self.show(key, value.span()) } else { self.hidden.push(value.span()) }
    }

    /// Shows a stretch but for the credentials in it.
    fn show(&mut self, key: &str, span: Span) {
        if !overlap(span, self.line) {
            return;
        }
        let written = self.text.get(span.range()).unwrap_or_default();
        self.shown.push(span);
        let start = span.start as usize;
        let found = credentials(key, written).into_iter();
        self.hidden.extend(found.map(|found| Span::new(start + found.start, start + found.end)));
    }

    fn masks(self) -> Vec<Span> {
        let (mut hidden, mut shown) = (Places::of(self.hidden), Places::of(self.shown));
        let mut masks: Vec<Span> = Vec::new();
        let mut outside = false;
        for (at, character) in self.text.get(self.line.range()).unwrap_or_default().char_indices() {
            let at = self.line.start + u32::try_from(at).unwrap_or(u32::MAX);
            let end = at + u32::try_from(character.len_utf8()).unwrap_or(1);
            let hidden = hidden.hold(at);
            let shown = !hidden && shown.hold(at);
            // An anchor or a tag goes on to the next blank.
            let structure = character.is_whitespace()
                || matches!(character, ',' | ']' | '}')
                || !outside
                    && matches!(character, '-' | ':' | '?' | '{' | '[' | '|' | '>' | '.' | '"' | '\'');
            outside = !hidden && !shown && !structure;
            if !hidden && (shown || structure) {
                continue;
            }
            match masks.last_mut() {
                Some(last) if last.end == at => last.end = end,
                _ => masks.push(Span { start: at, end }),
            }
        }
        masks
    }
}

/// Stretches that are asked for in ascending order of place.
struct Places {
    /// In order of their beginnings.
    spans: std::vec::IntoIter<Span>,
    next: Option<Span>,
    /// Where the last of those ends that have begun.
    end: u32,
}

impl Places {
    fn of(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let mut spans = spans.into_iter();
        Self { next: spans.next(), spans, end: 0 }
    }

    fn hold(&mut self, at: u32) -> bool {
        while let Some(span) = self.next.filter(|span| span.start <= at) {
            self.end = self.end.max(span.end);
            self.next = self.spans.next();
        }
        at < self.end
    }
}

/// What is a credential by its form in the text of a field that is shown. Of tokens, the prefix that all
/// of their format share is shown.
pub(crate) fn credentials(key: &str, written: &str) -> Vec<Range<usize>> {
    let found = if key == "image" { in_image(written.trim_matches(['"', '\''])) } else { in_text(written) };
    let quotes = written.len() - written.trim_start_matches(['"', '\'']).len();
    let moved = if key == "image" { quotes } else { 0 };
    found.into_iter().map(|one| one.span.start + one.public_prefix + moved..one.span.end + moved).collect()
}

/// The line with its masked stretches replaced, and where the mark went (in characters).
pub(crate) fn write_masked(
    text: &str,
    line: Span,
    masks: &[Span],
    mark: Option<Span>,
) -> (String, Option<Range<usize>>) {
    let mut shown = String::new();
    let (mut width, mut from, mut to) = (0, None, 0);
    let mut hidden_until = line.start;
    // They are in order and apart.
    let mut masks = masks.iter().copied().peekable();
    let slice = text.get(line.range()).unwrap_or_default();
    for (at, character) in slice.char_indices() {
        let at = line.start + u32::try_from(at).unwrap_or(u32::MAX);
        while masks.next_if(|mask| mask.end <= at).is_some() {}
        let masked = masks.peek().copied().filter(|mask| mask.start <= at);
        let inside = mark.is_some_and(|mark| mark.start <= at && at < mark.end);
        if inside && from.is_none() {
            from = Some(width);
        }
        match masked {
            Some(_) if at < hidden_until => {}
            Some(mask) => {
                shown.push_str(MASK);
                width += MASK.chars().count();
                hidden_until = mask.end;
            }
            None => {
                shown.push(printable(character));
                width += 1;
            }
        }
        if inside {
            to = width;
        }
    }
    (shown, from.map(|from| from..to.max(from + 1)))
}

/// A character of the same width that cannot move the cursor or turn the direction of writing.
fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    }
}

#[cfg(test)]
#[path = "masked_tests.rs"]
mod tests;
