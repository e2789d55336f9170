use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style as Ansi};
use watertight_model::Severity;

/// Whether text is coloured. Renderers ask this and nothing else about the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    Plain,
    /// With ANSI escapes.
    Colored,
}

/// Text from outside as it may go to a terminal: control characters and those that turn the
/// direction of writing are shown as escapes, so that a name cannot move the cursor or lie.
pub(crate) struct Clean<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Clean<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Filter(f), "{}", self.0)
    }
}

struct Filter<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Filter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_unprintable) {
            self.0.write_str(&rest[..at])?;
            let mut chars = rest[at..].chars();
            for character in chars.by_ref().take(1) {
                write!(self.0, "{}", character.escape_unicode())?;
            }
            rest = chars.as_str();
        }
        self.0.write_str(rest)
    }
}

fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text with a style around it.
pub(crate) struct Painted<T> {
    text: T,
    style: Option<Ansi>,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => {
                write!(f, "{style}{}{style:#}", Clean(&self.text))
            }
            None => Clean(&self.text).fmt(f),
        }
    }
}

impl Style {
    fn paint<T>(self, style: Ansi, text: T) -> Painted<T> {
        Painted { text, style: (self == Self::Colored).then_some(style) }
    }

    /// Text from outside, cleaned and not painted.
    pub(crate) fn plain<T>(self, text: T) -> Painted<T> {
        Painted { text, style: None }
    }

    pub(crate) fn severity<T>(self, severity: Severity, text: T) -> Painted<T> {
        let color = match severity {
            Severity::Critical => AnsiColor::BrightRed,
            Severity::High => AnsiColor::Red,
            Severity::Medium => AnsiColor::Yellow,
            Severity::Low => AnsiColor::Cyan,
            Severity::Info => AnsiColor::Blue,
        };
        self.paint(color.on_default().bold(), text)
    }

    pub(crate) fn strong<T>(self, text: T) -> Painted<T> {
        self.paint(Ansi::new().bold(), text)
    }

    /// Line numbers, rulers and labels, as rustc has them.
    pub(crate) fn frame<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::BrightBlue.on_default().bold(), text)
    }

    pub(crate) fn faint<T>(self, text: T) -> Painted<T> {
        self.paint(Ansi::new().dimmed(), text)
    }

    /// Where a difference goes on, and lines that it takes away and adds, as git has them.
    pub(crate) fn place<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Cyan.on_default(), text)
    }

    pub(crate) fn removed<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Red.on_default(), text)
    }

    pub(crate) fn added<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    pub(crate) fn good<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    pub(crate) fn warning<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }
}

/// `1 finding`, `2 findings`; `1 policy`, `2 policies`.
pub(crate) fn plural(count: impl TryInto<u64>, word: &str) -> String {
    match (count.try_into().unwrap_or(u64::MAX), word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (count, Some(stem)) => format!("{count} {stem}ies"),
        (count, None) => format!("{count} {word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_move_the_cursor() {
        assert_eq!(Clean("a\u{1b}[31mb\n\u{202e}ü").to_string(), "a\\u{1b}[31mb\\u{a}\\u{202e}ü");
        assert_eq!(Style::Plain.strong("x\r").to_string(), "x\\u{d}");
    }
}
