//! A whole text, line by line and masked, for differences between two versions of it.

use std::sync::Arc;

use watertight_syntax::edit::json_with_places;
use watertight_syntax::{Document, Limits, LineIndex, Span, json, yaml};

use crate::excerpt::{hidden, printable, write_masked};

/// Every line of a text as it may be shown: what an excerpt would mask is masked, comments are cut, and
/// of documents that cannot be read nothing is shown but where their lines are.
#[must_use]
pub fn masked_lines(text: &Arc<str>, limits: &Limits) -> Vec<String> {
    let mut masks = masks(text, limits);
    masks.sort_unstable();
    let index = LineIndex::new(text);
    let mut lines = Vec::new();
    let mut first = 0;
    for number in 0..text.lines().count() {
        let line = index.span(number, text);
        // Masks may reach over many lines; those that end before this one are done with.
        while masks.get(first).is_some_and(|mask| mask.end <= line.start) {
            first += 1;
        }
        let here = masks[first..].iter().take_while(|mask| mask.start < line.end);
        let here: Vec<Span> = here.filter(|mask| mask.end > line.start).copied().collect();
        let shown = match here.is_empty() {
            true => text[line.range()].chars().map(printable).collect(),
            false => write_masked(text, line, &here, None).0,
        };
        lines.push(shown);
    }
    lines
}

/// The bytes of a text that must not be shown.
fn masks(text: &Arc<str>, limits: &Limits) -> Vec<Span> {
    let mut masks = Vec::new();
    let values = json::looks_like_json(text).then(|| json::split(text).ok()).flatten();
    if let Some(values) = values {
        for value in values {
            match json_with_places(text, value) {
                Some(document) => mask(&document, value, &mut masks),
                None => masks.push(value),
            }
        }
        return masks;
    }
    yaml::parse_each(text, limits, |parsed| match parsed.document {
        Ok(Some(document)) => mask(&document, parsed.span, &mut masks),
        // Comments alone: whatever stands there.
        Ok(None) | Err(_) => masks.push(parsed.span),
    });
    masks
}

fn mask(document: &Document, span: Span, masks: &mut Vec<Span>) {
    let root = document.root();
    if root.kind() != watertight_syntax::Kind::Map && root.kind() != watertight_syntax::Kind::List {
        masks.push(span);
        return;
    }
    hidden(root, span, &mut Vec::new(), masks);
    masks.extend(
        document
            .comments()
            .iter()
            .map(|comment| Span { start: (comment.start + 1).min(comment.end), end: comment.end }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_may_be_secret_is_shown() {
        let yaml = "kind: Secret\ndata:\n  a: C4N4RY # C4N4RY\n  b: |\n    C4N4RY\n    C4N4RY\n---\n# C4N4RY\nspec: {image: a, args: [C4N4RY]}\n---\n[C4N4RY\n";
        let json = "{\n  \"image\": \"a\",\n  \"data\": {\"a\": \"C4N4RY\", \"b\": \"\\ud83d\\ude00C4N4RY\"},\n  \"privileged\": true\n}\n";
        for text in [yaml, json, "C4N4RY\n", "{\"data\": \"C4N4RY\", \"data\": \"C4N4RY\"}"] {
            let lines = masked_lines(&text.into(), &Limits::default());
            assert_eq!(lines.len(), text.lines().count());
            let shown = lines.join("\n");
            assert!(!shown.contains("C4N4RY"), "{shown}");
        }
        let shown = masked_lines(&json.into(), &Limits::default()).join("\n");
        assert!(shown.contains("\"image\": \"a\"") && shown.contains("\"privileged\": true"), "{shown}");
        let shown = masked_lines(&yaml.into(), &Limits::default()).join("\n");
        assert!(shown.contains("  a: •••") && shown.contains("spec: {image: a, args: [•••]}"), "{shown}");
    }
}
