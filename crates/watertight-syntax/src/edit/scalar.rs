//! Scalars as text that Kubernetes' parser, and any parser of YAML 1.2, reads as the same value.

use serde_json::Value as Json;

use super::layout::Style;
use crate::resolve::{self, Scalar, Tag};

/// Where a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// In block style.
    Block,
    /// Between brackets.
    Flow,
    /// In JSON.
    Json,
}

/// A scalar, or an empty map or list. `wanted` is how texts around it are quoted, if they are.
pub(super) fn write(value: &Json, within: Within, wanted: Option<Style>, quotes: Style) -> String {
    match value {
        Json::String(text) => string(text, within, wanted, quotes),
        other => other.to_string(),
    }
}

/// A text in the quotes that are wanted, or plain where that is safe, or in `quotes`.
pub(super) fn string(text: &str, within: Within, wanted: Option<Style>, quotes: Style) -> String {
    if within == Within::Json {
        return Json::from(text).to_string();
    }
    let style = match wanted {
        Some(style @ (Style::Single | Style::Double)) => style,
        _ if is_plain(text, within) => return text.to_owned(),
        _ => quotes,
    };
    if style == Style::Single && text.chars().all(|c| !c.is_control() && !is_special(c)) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    double(text)
}

/// A double-quoted text. JSON's escapes are YAML's; what JSON leaves as it is and YAML does not is escaped.
fn double(text: &str) -> String {
    let mut out = String::new();
    for character in Json::from(text).to_string().chars() {
        match character {
            c if c.is_control() || is_special(c) => out.extend(escape(c)),
            c => out.push(c),
        }
    }
    out
}

fn escape(character: char) -> impl Iterator<Item = char> {
    let code = u32::from(character);
    let text = if code > 0xffff { format!("\\U{code:08x}") } else { format!("\\u{code:04x}") };
    text.chars().collect::<Vec<_>>().into_iter()
}

/// Line separators, byte-order marks and what turns the direction of writing.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '\u{85}' | '\u{a0}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Whether a text without quotes is read as this text, whoever reads it.
fn is_plain(text: &str, within: Within) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text[first.len_utf8()..].chars().next();
    let begins = match first {
        '-' => second.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-') && !text.starts_with("---"),
        '.' => second.is_some_and(|c| c.is_alphabetic() || c == '/') && !text.starts_with("..."),
        '/' | '_' => true,
        _ => first.is_alphanumeric(),
    };
    let inner = |c: char| match c {
        ',' | '[' | ']' | '{' | '}' => within == Within::Block,
        _ => !c.is_control() && !is_special(c),
    };
    begins
        && !text.ends_with(' ')
        && !text.ends_with(':')
        && text.chars().all(inner)
        && !text.contains(": ")
        && !text.contains(" #")
        && (within == Within::Block || !text.contains(':'))
        && !looks_like_another_type(text)
}

/// Whether some parser reads a number, a boolean, null or a date: YAML 1.1 as Kubernetes reads it, its
/// sexagesimal numbers and dates, and YAML 1.2.
fn looks_like_another_type(text: &str) -> bool {
    let resolved = !matches!(resolve::resolve(Tag::None, text), Ok(Scalar::Text));
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && text.contains(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | '-' | '+' | '_' | 'e' | 'E' | ' '));
    resolved || numeric || text.starts_with("0x") || text.starts_with("0o") || text == "=" || text == "<<"
}

/// Whether a text would need no quotes: then those that it has are somebody's habit.
pub(super) fn could_be_plain(text: &str) -> bool {
    is_plain(text, Within::Flow)
}
