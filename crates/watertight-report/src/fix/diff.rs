//! The difference between two texts, masked.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};
use watertight_engine::fix::EditedText;
use watertight_model::{MaskedText, Source};
use watertight_syntax::Limits;

use crate::Style;
use crate::style::Painted;

/// Lines around a change.
const CONTEXT: usize = 3;

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    kind: Kind,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Hunk,
    Context,
    Removed,
    Added,
}

impl DiffLine {
    /// The line with its mark, without color.
    #[must_use]
    pub fn text(&self) -> String {
        self.painted(Style::Plain).to_string()
    }

    pub(super) fn painted(&self, style: Style) -> Painted<String> {
        let mark = match self.kind {
            Kind::File | Kind::Hunk => "",
            Kind::Context => " ",
            Kind::Removed => "-",
            Kind::Added => "+",
        };
        let text = format!("{mark}{}", self.text);
        match self.kind {
            Kind::File => style.strong(text),
            Kind::Hunk => style.place(text),
            Kind::Context => style.plain(text),
            Kind::Removed => style.removed(text),
            Kind::Added => style.added(text),
        }
    }
}

/// The difference that an edit makes, in the unified format. Lines are masked as excerpts are; a line
/// whose change is hidden is shown on both sides all the same.
#[must_use]
pub fn diff(path: &Path, text: &EditedText, limits: &Limits) -> Vec<DiffLine> {
    let none: Arc<str> = "".into();
    let (before, after) = (text.before.as_ref().unwrap_or(&none), &text.after);
    let (old, new) = (lines(before), lines(after));
    let (old_shown, new_shown) = (masked(path, before, limits), masked(path, after, limits));
    let line = |kind, text: String| DiffLine { kind, text };
    let name = path.display();
    let mut out = vec![
        line(Kind::File, text.before.as_ref().map_or("--- /dev/null".into(), |_| format!("--- {name}"))),
        line(Kind::File, format!("+++ {name}")),
    ];
    let ops = capture_diff_slices(Algorithm::Patience, &old, &new);
    for group in group_diff_ops(ops, CONTEXT) {
        out.push(line(Kind::Hunk, header(&group)));
        for op in group {
            let side =
                |out: &mut Vec<DiffLine>, kind: Kind, range: Range<usize>, raw: &[&str], shown: &[String]| {
                    for number in range {
                        out.push(line(kind, shown.get(number).cloned().unwrap_or_default()));
                        if !raw.get(number).is_some_and(|raw| raw.ends_with('\n')) {
                            out.push(line(Kind::Hunk, "\\ No newline at end of file".to_owned()));
                        }
                    }
                };
            match op.tag() {
                DiffTag::Equal => side(&mut out, Kind::Context, op.old_range(), &old, &old_shown),
                _ => {
                    side(&mut out, Kind::Removed, op.old_range(), &old, &old_shown);
                    side(&mut out, Kind::Added, op.new_range(), &new, &new_shown);
                }
            }
        }
    }
    out
}

/// Every line as it may be shown.
fn masked(path: &Path, text: &Arc<str>, limits: &Limits) -> Vec<String> {
    let masked = MaskedText::of(&Source::new(path, Arc::clone(text)), limits);
    (1..=masked.len()).map(|line| masked.line(line)).collect()
}

/// Lines with their line breaks.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn header(group: &[DiffOp]) -> String {
    let range = |start: usize, end: usize| match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    };
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: Option<&str>, after: &str) -> String {
        let text = EditedText { before: before.map(Into::into), after: after.into() };
        let lines = diff(Path::new("a.yaml"), &text, &Limits::default());
        lines.iter().map(|line| line.text() + "\n").collect()
    }

    #[test]
    fn only_what_changes_is_shown_and_nothing_secret() {
        let old = "kind: Pod\nspec:\n  x: C4N4RY # C4N4RY\n  image: a\n  privileged: true";
        let new = old.replace("true", "false").replace("x: C4N4RY", "x: C4N4RY2");
        assert_eq!(
            shown(Some(old), &new),
            "--- a.yaml\n+++ a.yaml\n@@ -1,5 +1,5 @@\n kind: Pod\n spec:\n-  x: ••• # •••\n+  x: ••• # •••\n   image: a\n-  privileged: true\n\\ No newline at end of file\n+  privileged: false\n\\ No newline at end of file\n"
        );
        assert_eq!(shown(None, "kind: A\n"), "--- /dev/null\n+++ a.yaml\n@@ -0,0 +1 @@\n+kind: A\n");
    }
}
