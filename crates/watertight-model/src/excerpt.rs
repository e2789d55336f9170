//! The only way text gets out of a [`Source`](crate::Source): cut to a few lines, and masked.
//!
//! What may be shown is listed; everything else is masked. Keys and structure are shown; a scalar
//! only where its field is known to hold no secret (`image`, `privileged`, …), and never below
//! `env`, `args`, `data`, `annotations` and the like. Comments are cut.

use std::ops::Range;

use watertight_syntax::{Kind, Path, Segment, Span, Value};

use crate::{Object, Place};

/// What stands in for a masked text.
const MASK: &str = "•••";
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
    let mut masks = Vec::new();
    hidden(root, bytes, &mut Vec::new(), &mut masks);
    let comments = root.document().comments().iter();
    masks.extend(
        comments
            .filter(|comment| overlap(**comment, bytes))
            .map(|comment| Span { start: (comment.start + 1).min(comment.end), end: comment.end }),
    );
    masks.sort_unstable();
    let (text, mark) = write_masked(source.text(), bytes, &masks, mark);
    cut(line + 1, &text, mark)
}

fn overlap(one: Span, other: Span) -> bool {
    one.start < other.end && other.start < one.end
}

/// Collects the bytes of a line that must not be shown, going down only where the line is.
pub(crate) fn hidden<'a>(value: Value<'a>, line: Span, keys: &mut Vec<&'a str>, masks: &mut Vec<Span>) {
    for (key, child) in value.pairs() {
        let name = key.as_str().unwrap_or_default();
        // An alias stands where its anchor is; that place is visited on its own.
        let written = child.span().start >= key.span().end;
        let entry = Span { start: key.span().start, end: child.span().end.max(key.span().end) };
        if !written || !overlap(entry, line) {
            continue;
        }
        keys.push(name);
        if is_out_of_place(name, child) {
            masks.push(Span { start: key.span().end + 1, end: child.span().end });
        } else if matches!(child.kind(), Kind::Map | Kind::List) {
            hidden(child, line, keys, masks);
        } else if !is_shown(keys, child) {
            // From the colon on, so that tags and anchors before the value are covered too.
            masks.push(Span { start: key.span().end + 1, end: child.span().end });
        }
        keys.pop();
    }
    for item in value.items().filter(|item| overlap(item.span(), line)) {
        if matches!(item.kind(), Kind::Map | Kind::List) {
            hidden(item, line, keys, masks);
        } else if !is_shown_item(keys) {
            masks.push(item.span());
        }
    }
}

/// Fields below which nothing is shown but names.
const OPAQUE: &[&str] = &[
    "annotations",
    "args",
    "attributes",
    "binaryData",
    "command",
    "config",
    "data",
    "env",
    "httpHeaders",
    "options",
    "parameters",
    "stringData",
    "volumeAttributes",
];

/// Fields of text that hold no secret by the API's own definition.
const SHOWN_TEXT: &[&str] = &[
    "add",
    "apiGroup",
    "apiVersion",
    "cpu",
    "drop",
    "effect",
    "ephemeral-storage",
    "fsGroupChangePolicy",
    "gmsaCredentialSpecName",
    "hostIP",
    "image",
    "imagePullPolicy",
    "key",
    "kind",
    "localhostProfile",
    "memory",
    "mountPath",
    "name",
    "namespace",
    "nodeName",
    "operator",
    "port",
    "procMount",
    "protocol",
    "restartPolicy",
    "runAsUserName",
    "runtimeClassName",
    "serviceAccount",
    "serviceAccountName",
    "subPath",
];

/// Fields of booleans and numbers that hold no secret; text in their place may be anything.
const SHOWN_TYPED: &[&str] = &[
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "containerPort",
    "cpu",
    "fsGroup",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostPort",
    "hostProcess",
    "hostUsers",
    "insecure-skip-tls-verify",
    "memory",
    "port",
    "privileged",
    "readOnly",
    "readOnlyRootFilesystem",
    "replicas",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "shareProcessNamespace",
    "supplementalGroups",
];

/// Whether a map stands where the API has a text or a number: somebody's mistake, in which the keys may be
/// anything. `port` of an Ingress is a map of its own.
fn is_out_of_place(name: &str, value: Value<'_>) -> bool {
    let known = |name: &str| SHOWN_TEXT.contains(&name) || SHOWN_TYPED.contains(&name);
    value.kind() == Kind::Map && known(name) && value.entries().any(|(key, _)| !known(key) && key != "number")
}

fn is_shown(keys: &[&str], value: Value<'_>) -> bool {
    if value.kind() == Kind::Null && value.span().is_empty() {
        return true;
    }
    is_shown_at(keys, value.kind() == Kind::String)
}

/// Whether a scalar below these keys may be shown; `text` when it is one.
fn is_shown_at(keys: &[&str], text: bool) -> bool {
    let Some((last, above)) = keys.split_last() else { return false };
    let parent = above.last().copied().unwrap_or_default();
    if above.iter().any(|key| OPAQUE.contains(key)) {
        return *last == "name" && parent == "env";
    }
    match *last {
        "path" => parent == "hostPath",
        "value" => parent == "sysctls" || parent == "tolerations",
        "user" | "role" | "level" | "type" => {
            matches!(parent, "seLinuxOptions" | "seccompProfile" | "appArmorProfile" | "hostPath" | "os")
        }
        // Levels and versions, by the names of the labels.
        label if parent == "labels" => label.starts_with("pod-security.kubernetes.io/"),
        _ => is_shown_field(last, text),
    }
}

/// Lists of words, names and numbers that hold no secret by the API's own definition.
const SHOWN_LISTS: &[&str] = &[
    "add",
    "apiGroups",
    "drop",
    "nonResourceURLs",
    "resourceNames",
    "resources",
    "supplementalGroups",
    "verbs",
];

/// Lists whose items hold no secret.
fn is_shown_item(keys: &[&str]) -> bool {
    let listed = keys.last().is_some_and(|key| SHOWN_LISTS.contains(key));
    listed && !keys.iter().any(|key| OPAQUE.contains(key))
}

fn is_shown_field(name: &str, text: bool) -> bool {
    if text { SHOWN_TEXT.contains(&name) } else { SHOWN_TYPED.contains(&name) }
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
    let slice = text.get(line.range()).unwrap_or_default();
    for (at, character) in slice.char_indices() {
        let at = line.start + u32::try_from(at).unwrap_or(u32::MAX);
        let masked = masks.iter().find(|mask| mask.start <= at && at < mask.end);
        let inside = mark.is_some_and(|mark| mark.start <= at && at < mark.end);
        if inside && from.is_none() {
            from = Some(width);
        }
        match masked {
            Some(_) if at < hidden_until => {}
            Some(mask) => {
                // The blank after a colon is no secret and keeps the line readable.
                let blank = if text.get(mask.start as usize..).is_some_and(|t| t.starts_with(' ')) {
                    " "
                } else {
                    ""
                };
                shown.push_str(blank);
                shown.push_str(MASK);
                width += blank.len() + MASK.chars().count();
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
pub(crate) fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    }
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
        _ if known => &written.chars().map(printable).collect::<String>(),
        _ => MASK,
    };
    let text = match (keys.last(), path.segments().last()) {
        (Some(key), Some(Segment::Key(_))) => format!("\"{key}\": {value}"),
        _ => value.to_owned(),
    };
    let mark = Some(0..text.chars().count());
    Excerpt { lines: vec![cut(place.position.line, &text, mark)] }
}
