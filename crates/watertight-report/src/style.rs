use std::fmt;

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

/// A text with a style around it.
pub(crate) struct Painted<T> {
    text: T,
    style: Option<Ansi>,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => {
                write!(f, "{style}")?;
                self.text.fmt(f)?;
                write!(f, "{style:#}")
            }
            None => self.text.fmt(f),
        }
    }
}

impl Style {
    fn paint<T>(self, style: Ansi, text: T) -> Painted<T> {
        Painted { text, style: (self == Self::Colored).then_some(style) }
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

    pub(crate) fn good<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    pub(crate) fn warning<T>(self, text: T) -> Painted<T> {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }
}
