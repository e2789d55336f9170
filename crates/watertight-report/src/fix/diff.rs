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

/// A difference that fits the text it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Itself, in the unified format.
    pub text: String,
    /// Whether a change has no line of context behind it, since that may be secret: `git apply` wants `--unidiff-zero`
    /// then.
    pub is_bare: bool,
}

/// The difference as a patch that `git apply` and `patch -p1` take, under the name that the file has for them; an empty
/// text is no file any more. Lines that may be secret are left out of the context. `None` when one of them is changed.
/// What is new was made here, and is shown.
#[must_use]
pub fn patch(name: &str, path: &Path, text: &EditedText, limits: &Limits) -> Option<Patch> {
    let (before, after) = (text.before.as_deref().unwrap_or_default(), &*text.after);
    let (old, new) = (lines(before), lines(after));
    let masked = |text: &str| MaskedText::of(&Source::new(path, text.into()), limits);
    let (old_masked, new_masked) = (masked(before), masked(after));
    let is_new = text.before.is_none();
    let is_open = |masked: &MaskedText, at: usize| {
        is_new || u32::try_from(at + 1).is_ok_and(|line| masked.may_be_quoted(line))
    };
    // A name with a space ends at a tab.
    let end = if name.contains(' ') { "\t" } else { "" };
    let mut out = match (&text.before, after.is_empty()) {
        (None, _) => {
            format!("diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}{end}\n")
        }
        (_, true) => {
            format!(
                "diff --git a/{name} b/{name}\ndeleted file mode 100644\n--- a/{name}{end}\n+++ /dev/null\n"
            )
        }
        _ => format!("--- a/{name}{end}\n+++ b/{name}{end}\n"),
    };
    let mut is_bare = false;
    let ops = capture_diff_slices(Algorithm::Patience, &old, &new);
    for group in group_diff_ops(ops, CONTEXT) {
        for hunk in open_hunks(&group, |at| is_open(&old_masked, at)) {
            let is_last = hunk.last().is_some_and(|op| op.old_range().end == old.len());
            let hunk = if is_last { hunk } else { balanced(hunk) };
            is_bare |= !is_last && !matches!(hunk.last().map(|op| op.tag()), Some(DiffTag::Equal));
            out.push_str(&header(&hunk));
            out.push('\n');
            for op in &hunk {
                let mut side = |mark: char, range: Range<usize>, raw: &[&str], masked: &MaskedText| {
                    for at in range {
                        if !is_open(masked, at) {
                            return None;
                        }
                        out.push(mark);
                        out.push_str(raw[at]);
                        if !raw[at].ends_with('\n') {
                            out.push_str("\n\\ No newline at end of file\n");
                        }
                    }
                    Some(())
                };
                match op.tag() {
                    DiffTag::Equal => side(' ', op.old_range(), &old, &old_masked)?,
                    _ => {
                        side('-', op.old_range(), &old, &old_masked)?;
                        side('+', op.new_range(), &new, &new_masked)?;
                    }
                }
            }
        }
    }
    Some(Patch { text: out, is_bare })
}

/// A hunk with no more context before it than behind: `patch` takes one with less behind it for the end of the file.
fn balanced(mut hunk: Vec<DiffOp>) -> Vec<DiffOp> {
    let behind = match hunk.last() {
        Some(DiffOp::Equal { len, .. }) => *len,
        _ => 0,
    };
    if let Some(DiffOp::Equal { old_index, new_index, len }) = hunk.first().copied()
        && len > behind
    {
        let cut = len - behind;
        hunk[0] = DiffOp::Equal { old_index: old_index + cut, new_index: new_index + cut, len: behind };
        if behind == 0 {
            hunk.remove(0);
        }
    }
    hunk
}

/// A hunk cut down to the context that may be shown: before the first change and behind the last, and in two where a
/// line between two changes may not be.
fn open_hunks(group: &[DiffOp], is_open: impl Fn(usize) -> bool) -> Vec<Vec<DiffOp>> {
    let mut hunks: Vec<Vec<DiffOp>> = vec![Vec::new()];
    let last = group.len().saturating_sub(1);
    for (at, op) in group.iter().enumerate() {
        let DiffOp::Equal { old_index, new_index, len } = *op else {
            hunks.last_mut().into_iter().for_each(|hunk| hunk.push(*op));
            continue;
        };
        let open = |offset: usize| is_open(old_index + offset);
        let head = (0..len).take_while(|offset| open(*offset)).count();
        let tail = (0..len).rev().take_while(|offset| open(*offset)).count();
        let part = |from: usize, len: usize| DiffOp::Equal {
            old_index: old_index + from,
            new_index: new_index + from,
            len,
        };
        let hunk = hunks.last_mut();
        match (at == 0, at == last) {
            (true, _) => {
                hunk.into_iter().for_each(|hunk| hunk.extend((tail > 0).then(|| part(len - tail, tail))))
            }
            (_, true) => hunk.into_iter().for_each(|hunk| hunk.extend((head > 0).then(|| part(0, head)))),
            _ if head == len => hunk.into_iter().for_each(|hunk| hunk.push(*op)),
            _ => {
                hunk.into_iter().for_each(|hunk| hunk.extend((head > 0).then(|| part(0, head))));
                hunks.push((tail > 0).then(|| part(len - tail, tail)).into_iter().collect());
            }
        }
    }
    hunks
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
    fn a_patch_holds_only_lines_that_may_be_shown() {
        let patched = |before: Option<&str>, after: &str| {
            let text = EditedText { before: before.map(Into::into), after: after.into() };
            let patch = patch("my a.yaml", Path::new("a.yaml"), &text, &Limits::default())?;
            assert_eq!(patch.is_bare, patch.text.contains("@@ -3 +2,0 @@"), "{}", patch.text);
            Some(patch.text)
        };
        let old = "kind: Pod\nspec:\n  hostPID: true\n  x: C4N4RY\n  image: a\n  privileged: true\n  hostIPC: true\n";
        let name = "--- a/my a.yaml\t\n+++ b/my a.yaml\t\n";
        let (hidden, open) = ("  x: C4N4RY\n", "  image: a\n");
        let text = old.replace(hidden, open);
        let new = text.replace("  hostPID: true\n", "").replace("true", "false");
        let whole = patched(Some(&text), &new).unwrap();
        assert_eq!(whole.matches("@@ -").count(), 1, "{whole}");
        // Behind the first change there is no line that may be shown.
        assert_eq!(
            patched(Some(old), &old.replace("  hostPID: true\n", "")).unwrap(),
            format!("{name}@@ -3 +2,0 @@\n-  hostPID: true\n")
        );
        assert_eq!(patched(Some(old), &old.replace(hidden, "")), None);
        let below = patched(Some(old), &old.replace("privileged: true", "privileged: false")).unwrap();
        assert_eq!(
            below,
            format!(
                "{name}@@ -5,3 +5,3 @@\n   image: a\n-  privileged: true\n+  privileged: false\n   hostIPC: true\n"
            )
        );
        assert!(patched(Some("a: 1\n"), "").unwrap().ends_with("+++ /dev/null\n@@ -1 +0,0 @@\n-a: 1\n"));
        assert!(
            patched(None, "kind: A\n").unwrap().ends_with("+++ b/my a.yaml\t\n@@ -0,0 +1 @@\n+kind: A\n")
        );
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
