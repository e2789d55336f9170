//! What a finding is shown with: a few lines around its place, masked ([`crate::masked`]) and cut.

use std::ops::Range;

use watertight_credentials::{MASK, masked};
use watertight_syntax::{Path, Segment, Span, Value};

use crate::masked::{masks, write_masked};
use crate::shown::{is_shown_at, is_shown_item};
use crate::{Object, Place};

/// The longest line shown, in characters; longer ones are cut around what they are shown for.
const WIDEST: usize = 120;

/// One line of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Line number in the source, from 1.
    pub number: u32,
    /// The text, masked and cut.
    pub text: String,
    /// The characters to underline.
    pub mark: Option<Range<usize>>,
}

/// A few lines of a source, not necessarily adjacent, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines.
    pub lines: Vec<ExcerptLine>,
}

impl Object {
    /// The lines that show a finding: the place itself, and the name of the list item it is in.
    #[must_use]
    pub fn excerpt(&self, path: &Path, place: &Place) -> Excerpt {
        let Some(root) = self.tree() else { return json_excerpt(&self.written_json(path), place) };
        if let Some(within) = self.within().filter(|_| root.span().is_empty()) {
            // Its lines are behind escapes.
            let field = within.path.segments().last().cloned().into_iter().collect::<Path>().to_string();
            let text = format!("{}: {MASK}", masked(field.trim_start_matches('.')));
            let mark = Some(0..text.chars().count());
            return Excerpt { lines: vec![cut(place.position.line, &text, mark)] };
        }
        let mut lines: Vec<u32> =
            named_items(root, path).map(|at| place.source.position(at).line - 1).collect();
        let main = place.position.line - 1;
        lines.push(main);
        lines.sort_unstable();
        lines.dedup();
        let show = |line: u32| line_of(place, root, line, (line == main).then_some(place.span));
        Excerpt { lines: lines.into_iter().map(show).collect() }
    }
}

/// The offsets of the `name` entries of list items on the way to a path: the container it is about.
fn named_items<'a>(root: Value<'a>, path: &'a Path) -> impl Iterator<Item = u32> + 'a {
    let mut here = Some(root);
    path.segments().iter().filter_map(move |segment| {
        here = here.and_then(|value| value.step(segment));
        let item = here.filter(|_| matches!(segment, Segment::Index(_)))?;
        Some(item.key("name")?.span().start)
    })
}

fn line_of(place: &Place, root: Value<'_>, line: u32, mark: Option<Span>) -> ExcerptLine {
    let source = &place.source;
    let bytes = source.lines().span(line as usize, source.text());
    let masks = masks(root, source.text(), bytes);
    let (text, mark) = write_masked(source.text(), bytes, &masks, mark);
    cut(line + 1, &text, mark)
}

/// Cuts a long line around its mark.
fn cut(number: u32, text: &str, mark: Option<Range<usize>>) -> ExcerptLine {
    let text = text.trim_end();
    let length = text.chars().count();
    if length <= WIDEST {
        return ExcerptLine { number, text: text.to_owned(), mark };
    }
    let start = mark.as_ref().map_or(0, |mark| mark.start.saturating_sub(WIDEST / 3)).min(length - WIDEST);
    let inner: String = text.chars().skip(start).take(WIDEST).collect();
    let (before, after) = (if start > 0 { "…" } else { "" }, if start + WIDEST < length { "…" } else { "" });
    let moved = |at: usize| (at + before.chars().count()).saturating_sub(start).min(WIDEST + 1);
    ExcerptLine {
        number,
        text: format!("{before}{inner}{after}"),
        mark: mark.map(|m| moved(m.start)..moved(m.end)),
    }
}

/// JSON keeps no tree, and may be one long line: the field that is written is shown (`path` leads to
/// it), and nothing around it.
fn json_excerpt(path: &Path, place: &Place) -> Excerpt {
    let keys: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|segment| if let Segment::Key(key) = segment { Some(&**key) } else { None })
        .collect();
    let written = place.source.text().get(place.span.range()).unwrap_or_default();
    let in_list = matches!(path.segments().last(), Some(Segment::Index(_)));
    let shown = if in_list { is_shown_item(&keys) } else { is_shown_at(&keys, written.starts_with('"')) };
    let known = shown && !written.contains('\n');
    let value = match written.as_bytes().first() {
        Some(b'{') => "{…}",
        Some(b'[') => "[…]",
        _ if known => &masked_scalar(keys.last().copied().unwrap_or_default(), written),
        _ => MASK,
    };
    let text = match (keys.last(), path.segments().last()) {
        (Some(key), Some(Segment::Key(_))) => format!("\"{}\": {value}", masked(key)),
        _ => value.to_owned(),
    };
    let mark = Some(0..text.chars().count());
    Excerpt { lines: vec![cut(place.position.line, &text, mark)] }
}

/// A scalar that may be shown, without what is a credential by its form.
fn masked_scalar(key: &str, written: &str) -> String {
    let found = crate::masked::credentials(key, written);
    let masks: Vec<Span> = found.into_iter().map(|span| Span::new(span.start, span.end)).collect();
    write_masked(written, Span::new(0, written.len()), &masks, None).0
}
