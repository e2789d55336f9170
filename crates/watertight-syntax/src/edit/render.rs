//! New values as text: in block style as lines, in flow style as one piece.

use serde_json::Value as Json;

use super::layout::Style;
use super::scalar::{self, Within};

/// How new block text is laid out. Columns are in characters.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockStyle<'k> {
    /// How much deeper a map stands than the key it belongs to.
    pub(super) step: usize,
    /// How much deeper the dashes of a list stand than its key.
    pub(super) list: usize,
    /// Blanks between a dash and its item.
    pub(super) gap: usize,
    /// How texts are quoted that have to be.
    pub(super) quotes: Style,
    /// The keys that come before all others.
    pub(super) first: &'k [&'k str],
}

/// How new flow text is laid out.
#[derive(Debug, Clone)]
pub(super) struct FlowStyle {
    pub(super) within: Within,
    /// Between a key and its value: `: ` or `:`.
    pub(super) colon: &'static str,
    /// Between entries on one line: `, ` or `,`.
    pub(super) comma: &'static str,
    /// Between a brace and what it encloses.
    pub(super) pad: &'static str,
    /// Whether keys are quoted although they need not be.
    pub(super) quoted_keys: bool,
    pub(super) quotes: Style,
    /// Every entry on a line of its own: the blanks that each level adds, and the line break.
    pub(super) lines: Option<(String, &'static str)>,
}

impl BlockStyle<'_> {
    /// Adds the lines of an entry. `prefix` stands before the key, which is in column `at`.
    pub(super) fn entry(
        &self,
        lines: &mut Vec<String>,
        prefix: &str,
        at: usize,
        (key, value, wanted): (&str, &Json, Option<Style>),
    ) {
        let key = scalar::string(key, Within::Block, None, self.quotes);
        match value {
            Json::Object(map) if !map.is_empty() => {
                lines.push(format!("{prefix}{key}:"));
                self.map(lines, None, at + self.step, map);
            }
            Json::Array(items) if !items.is_empty() => {
                lines.push(format!("{prefix}{key}:"));
                self.items(lines, None, at + self.list, items);
            }
            _ => {
                let value = scalar::write(value, Within::Block, wanted, self.quotes);
                lines.push(format!("{prefix}{key}: {value}"));
            }
        }
    }

    /// Adds the lines of a map in column `at`, the first behind `first` when that stands already.
    pub(super) fn map(
        &self,
        lines: &mut Vec<String>,
        first: Option<&str>,
        at: usize,
        map: &serde_json::Map<String, Json>,
    ) {
        let blanks = " ".repeat(at);
        let leads = |key: &str| self.first.iter().position(|lead| *lead == key);
        let lead = self.first.iter().filter_map(|key| map.get_key_value(*key));
        let others = map.iter().filter(|(key, _)| leads(key).is_none());
        for (number, (key, value)) in lead.chain(others).enumerate() {
            let prefix = first.filter(|_| number == 0).unwrap_or(&blanks);
            self.entry(lines, prefix, at, (key, value, None));
        }
    }

    /// Adds the lines of a list whose dashes are in column `at`.
    pub(super) fn items(&self, lines: &mut Vec<String>, first: Option<&str>, at: usize, items: &[Json]) {
        let blanks = " ".repeat(at);
        for (number, item) in items.iter().enumerate() {
            let before = first.filter(|_| number == 0).unwrap_or(&blanks);
            let prefix = format!("{before}-{}", " ".repeat(self.gap));
            let below = at + 1 + self.gap;
            match item {
                Json::Object(map) if !map.is_empty() => self.map(lines, Some(&prefix), below, map),
                Json::Array(items) if !items.is_empty() => self.items(lines, Some(&prefix), below, items),
                _ => {
                    lines.push(format!("{prefix}{}", scalar::write(item, Within::Block, None, self.quotes)));
                }
            }
        }
    }
}

impl FlowStyle {
    /// A key with its colon and value. `indent` is that of the line it stands on.
    pub(super) fn entry(&self, key: &str, value: &Json, wanted: Option<Style>, indent: &str) -> String {
        let style = self.quoted_keys.then_some(Style::Double);
        let key = scalar::string(key, self.within, style, self.quotes);
        format!("{key}{}{}", self.colon, self.value(value, wanted, indent))
    }

    /// A value.
    pub(super) fn value(&self, value: &Json, wanted: Option<Style>, indent: &str) -> String {
        match value {
            Json::Object(map) if !map.is_empty() => {
                let below = self.below(indent);
                let parts: Vec<_> =
                    map.iter().map(|(key, value)| self.entry(key, value, None, &below)).collect();
                self.enclose(('{', '}'), &parts, self.pad, indent)
            }
            Json::Array(items) if !items.is_empty() => {
                let below = self.below(indent);
                let parts: Vec<_> = items.iter().map(|item| self.value(item, None, &below)).collect();
                self.enclose(('[', ']'), &parts, "", indent)
            }
            _ => scalar::write(value, self.within, wanted, self.quotes),
        }
    }

    /// The indentation of what a container on a line with this indentation holds.
    fn below(&self, indent: &str) -> String {
        self.lines.as_ref().map_or_else(String::new, |(step, _)| format!("{indent}{step}"))
    }

    fn enclose(&self, (open, close): (char, char), parts: &[String], pad: &str, indent: &str) -> String {
        match &self.lines {
            None => format!("{open}{pad}{}{pad}{close}", parts.join(self.comma)),
            Some((step, line_break)) => {
                let between = format!(",{line_break}{indent}{step}");
                let inner = parts.join(&between);
                format!("{open}{line_break}{indent}{step}{inner}{line_break}{indent}{close}")
            }
        }
    }
}
