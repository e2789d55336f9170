use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use watertight_syntax::{LineIndex, Position};

/// One text that was read: a file or standard input.
///
/// Any text may hold secrets, so the text itself cannot be taken out of here for printing:
/// [`crate::Excerpt`] cuts and masks. Only a writer of edits may ask for [`Source::raw_for_edit`].
pub struct Source {
    name: PathBuf,
    text: Arc<str>,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// A text under the name that people know it by (the path as given, `-` for standard input).
    #[must_use]
    pub fn new(name: impl Into<PathBuf>, text: Arc<str>) -> Self {
        Self { name: name.into(), text, lines: OnceLock::new() }
    }

    /// The name, as it is shown. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// The path of the file, as it was given; `-` for standard input.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.name
    }

    /// The folder that the text stands in, for joins that prefer near objects.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.name.parent()
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn position(&self, at: u32) -> Position {
        self.lines().position(at, &self.text)
    }

    /// The unmasked text. For the writer of edits only: never print, log or store what comes from here.
    #[must_use]
    pub fn raw_for_edit(&self) -> &str {
        &self.text
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    pub(crate) fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}
