//! Comments that speak to a tool, and what of which object they speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use watertight_syntax::{Document, NodeId, Path, Span, Value};

use crate::{Object, ObjectId, Snapshot};

/// A comment that speaks to a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The object it stands in, or before. One that stands before several, as above a list, is there once
    /// for each.
    pub object: ObjectId,
    /// Its text without `#` and without space at its ends. Whoever writes such a comment wants it read.
    pub text: String,
    /// The line it stands in, from 1.
    pub line: u32,
    /// What it speaks of; `None` when it stands behind everything.
    pub about: Option<About>,
}

/// What a comment speaks of: behind something on its line, of the outermost field or item that begins on that
/// line; alone on its line, of the next that begins below. At the first field of an object that is the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The path within the object.
    pub path: Path,
    /// The line that it begins at, from 1.
    pub line: u32,
}

impl Snapshot {
    /// The comments that speak to a tool, by their text, in the order of objects and lines. Only text that
    /// was written as YAML has comments; what a snapshot file recorded has none.
    pub fn comments(&self, speaks: impl Fn(&str) -> bool) -> Vec<Comment> {
        let mut comments = Vec::new();
        let mut documents: BTreeMap<*const Document, Vec<ObjectId>> = BTreeMap::new();
        let mut order: Vec<(&Arc<Document>, *const Document)> = Vec::new();
        for (id, object) in self.objects() {
            let Some(document) = object.document().filter(|document| !document.comments().is_empty()) else {
                continue;
            };
            let key = Arc::as_ptr(document);
            let objects = documents.entry(key).or_default();
            if objects.is_empty() {
                order.push((document, key));
            }
            objects.push(id);
        }
        for (document, key) in order {
            let spoken = spoken(document, &speaks);
            if let Some(objects) = documents.get(&key).filter(|_| !spoken.is_empty()) {
                self.of_document(document, &spoken, objects, &mut comments);
            }
        }
        comments
    }

    fn of_document(
        &self,
        document: &Document,
        spoken: &[(Span, String)],
        objects: &[ObjectId],
        comments: &mut Vec<Comment>,
    ) {
        let source = &self.object(objects[0]).origin().source;
        let line = |offset: u32| source.position(offset).line;
        let starts = starts(document);
        let roots: Vec<NodeId> =
            objects.iter().filter_map(|&id| self.object(id).tree()).map(Value::id).collect();
        let spoken: Vec<_> =
            spoken.iter().map(|(span, text)| (span, text, target(document, &starts, *span, &line))).collect();
        let nodes: Vec<NodeId> = spoken
            .iter()
            .filter_map(|(_, _, target)| *target)
            .map(|(_, node)| node)
            .chain(roots.iter().copied())
            .collect();
        let paths = document.paths_to(document.root(), &nodes);
        for (span, text, target) in spoken {
            let about = target.and_then(|(offset, node)| Some((line(offset), paths.get(&node)?)));
            let mut found = false;
            for (&id, root) in objects.iter().zip(&roots) {
                let Some(root) = paths.get(root) else { continue };
                let path = match about {
                    Some((_, path)) if root.covers(path) => {
                        path.segments()[root.segments().len()..].iter().cloned().collect()
                    }
                    Some((_, path)) if path.covers(root) => Path::root(),
                    _ => continue,
                };
                found = true;
                let about = about.map(|(line, _)| About { path, line });
                comments.push(Comment { object: id, text: text.clone(), line: line(span.start), about });
            }
            // Behind everything, or at what is no part of an object, such as the version of a list.
            if let Some(&last) = objects.last().filter(|_| !found) {
                comments.push(Comment {
                    object: last,
                    text: text.clone(),
                    line: line(span.start),
                    about: None,
                });
            }
        }
    }
}

impl Object {
    /// Whether one of some words stands in its text, as far as that is known without opening it: cheap, and
    /// true for text that was parsed as a tree.
    #[must_use]
    pub fn may_mention(&self, words: &[&str]) -> bool {
        match self.json_text() {
            Some(text) => words.iter().any(|word| text.contains(word)),
            None => true,
        }
    }
}

/// The comments of a document that speak to a tool.
fn spoken(document: &Document, speaks: &impl Fn(&str) -> bool) -> Vec<(Span, String)> {
    let text = |span: &Span| {
        let text = document.source_slice(span.range())?.trim().trim_start_matches('#').trim();
        speaks(text).then(|| (*span, text.to_owned()))
    };
    document.comments().iter().filter_map(text).collect()
}

/// Where each value begins, with its key, in the order of the text; of two that begin at one place the outer
/// one is first.
fn starts(document: &Document) -> Vec<(u32, NodeId)> {
    let root = document.root();
    let mut starts = vec![(root.span().start, root.id())];
    let mut seen = BTreeSet::from([root.id()]);
    collect(root, &mut seen, &mut starts);
    starts.sort_by_key(|(offset, _)| *offset);
    starts
}

fn collect(value: Value<'_>, seen: &mut BTreeSet<NodeId>, starts: &mut Vec<(u32, NodeId)>) {
    for (key, child) in value.pairs() {
        // What an alias repeats stands where its anchor does.
        if seen.insert(child.id()) {
            starts.push((key.span().start, child.id()));
            collect(child, seen, starts);
        }
    }
    for child in value.items() {
        if seen.insert(child.id()) {
            starts.push((child.span().start, child.id()));
            collect(child, seen, starts);
        }
    }
}

/// The value that a comment speaks of, and where it begins.
fn target(
    document: &Document,
    starts: &[(u32, NodeId)],
    comment: Span,
    line: &impl Fn(u32) -> u32,
) -> Option<(u32, NodeId)> {
    let here = line(comment.start);
    let after = starts.partition_point(|(offset, _)| *offset < comment.start);
    let first_here = starts[..after].partition_point(|(offset, _)| line(*offset) < here);
    if first_here < after {
        return Some(starts[first_here]);
    }
    let before = document.source_slice(0..comment.start as usize)?;
    let alone = before.rsplit('\n').next()?.trim().is_empty();
    match alone {
        true => starts.get(after).copied(),
        // Behind a closing bracket: what the bracket closes is not worth guessing; the last that began is near.
        false => starts[..after].last().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watertight_syntax::Limits;

    /// "PATH@LINE" for each comment that begins with `m`, by object.
    fn told(text: &str) -> Vec<String> {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("a.yaml", text);
        let snapshot = builder.finish();
        let told = |comment: Comment| {
            let name = snapshot.object(comment.object).identity().name.to_string();
            let about =
                comment.about.map_or("-".to_owned(), |about| format!("{}@{}", about.path, about.line));
            format!("{name} {}: {about}", comment.line)
        };
        snapshot.comments(|text| text.starts_with('m')).into_iter().map(told).collect()
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_of_what_follows() {
        let text = "# m
apiVersion: v1 # m
kind: Pod # m
# other
metadata: {name: a} # m
spec:
  # m
  # m

  hostPID: true
  containers: # m
  - name: x # m
    image: y
    # m
    args:
    - z # m
    env: [
      {name: A}, # m
    ] # m
# m
";
        assert_eq!(
            told(text),
            [
                "a 1: .@2",
                "a 2: .@2",
                "a 3: .kind@3",
                "a 5: .metadata@5",
                "a 7: .spec.hostPID@10",
                "a 8: .spec.hostPID@10",
                "a 11: .spec.containers@11",
                "a 12: .spec.containers[0]@12",
                "a 14: .spec.containers[0].args@15",
                "a 16: .spec.containers[0].args[0]@16",
                "a 18: .spec.containers[0].env[0]@18",
                "a 19: .spec.containers[0].env[0].name@18",
                "a 20: -",
            ]
        );
    }

    #[test]
    fn comments_belong_to_their_document_and_item() {
        let pod = |name: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\n");
        let several = format!("# m\n---\n# m\n{}# m\n---\n# m\n{}", pod("a"), pod("b"));
        assert_eq!(told(&several), ["a 1: .@4", "a 3: .@4", "a 7: -", "b 9: .@10"]);
        let item =
            |name: &str| format!("- apiVersion: v1\n  # m\n  kind: Pod # m\n  metadata: {{name: {name}}}\n");
        let list = format!("# m\napiVersion: v1\nkind: List\nitems: # m\n{}{}", item("a"), item("b"));
        assert_eq!(
            told(&list),
            [
                "a 1: .@2",
                "b 1: .@2",
                "a 4: .@4",
                "b 4: .@4",
                "a 6: .kind@7",
                "a 7: .kind@7",
                "b 10: .kind@11",
                "b 11: .kind@11",
            ]
        );
        assert_eq!(told("apiVersion: v1 # m\nkind: List # m\nitems: []\n"), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_comment_is_none() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    # m\n  b: '# m'\n  c: x# m\n";
        assert_eq!(told(text), Vec::<String>::new());
        assert_eq!(
            told("{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"# m\"}}"),
            Vec::<String>::new()
        );
    }
}
