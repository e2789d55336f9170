//! What a file of configuration says, whatever its form: names with values, those that stand together in one group.

use std::sync::Arc;

use watertight_syntax::{Limits, Path, Segment, Value, yaml};

/// A name with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key.
    pub(super) name: String,
    /// The value.
    pub(super) value: String,
    /// Where, within the file: a path, or `line 3`.
    pub(super) at: String,
}

/// A file that is deeper or longer is no configuration that people write; etcd takes objects up to 1.5 MiB.
const LIMITS: Limits =
    Limits { file_bytes: 2 << 20, document_bytes: 2 << 20, depth: 60, alias_nodes: 10_000 };

/// The groups of a file: of YAML and JSON the scalars of each map, of everything else the lines of each section.
pub(super) fn groups(text: &str) -> Vec<Vec<Entry>> {
    structured(text).unwrap_or_else(|| lines(text))
}

fn structured(text: &str) -> Option<Vec<Vec<Entry>>> {
    if text.len() as u64 > LIMITS.file_bytes {
        return None;
    }
    let mut groups = Vec::new();
    for parsed in yaml::parse(&Arc::from(text), &LIMITS) {
        let Some(document) = parsed.document.ok()? else { continue };
        let root = document.root();
        // A text without structure is one scalar to YAML.
        if root.entries().next().is_none() && root.items().len() == 0 {
            return None;
        }
        walk(root, "", &mut Vec::new(), &mut groups);
    }
    Some(groups)
}

fn walk(value: Value<'_>, name: &str, trail: &mut Vec<Segment>, groups: &mut Vec<Vec<Entry>>) {
    let mut group = Vec::new();
    let scalar = |value: Value<'_>| match value.as_str() {
        Some(text) => Some(text.to_owned()),
        None => value.as_i64().map(|number| number.to_string()),
    };
    let mut below = |name: &str, segment: Segment, value: Value<'_>, group: &mut Vec<Entry>| {
        trail.push(segment);
        match scalar(value) {
            Some(text) if text.contains('\n') => groups.extend(lines(&text)),
            Some(text) => {
                let at = trail.iter().cloned().collect::<Path>().to_string();
                group.push(Entry { name: name.to_owned(), value: text, at });
            }
            None => walk(value, name, trail, groups),
        }
        trail.pop();
    };
    for (key, child) in value.entries() {
        below(key, Segment::Key(key.to_owned().into()), child, &mut group);
    }
    // The items of a list are what its key says.
    for (index, child) in value.items().enumerate() {
        below(name, Segment::Index(index), child, &mut group);
    }
    if !group.is_empty() {
        groups.push(group);
    }
}

/// The lines of a text: `name = value`, `name: value`, `name value;`. Comments are left out.
pub(super) fn lines(text: &str) -> Vec<Vec<Entry>> {
    const COMMENTS: &[&str] = &["#", ";", "//", "--", "*", "<!--", "%"];
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || COMMENTS.iter().any(|comment| line.starts_with(comment)) {
            continue;
        }
        if line.starts_with('[') {
            groups.push(std::mem::take(&mut group));
        }
        let line = line.split(" #").next().unwrap_or(line);
        let (name, value) = named(line);
        let value = value.trim().trim_end_matches([';', '{']).trim();
        let value = value.trim_matches(['"', '\'']);
        group.push(Entry {
            name: name.trim().to_owned(),
            value: value.to_owned(),
            at: format!("line {number}"),
        });
    }
    groups.push(group);
    groups.retain(|group| !group.is_empty());
    groups
}

/// The name and the value of a line; without a name when it has not this form.
fn named(line: &str) -> (&str, &str) {
    let is_name = |name: &str| {
        let name = name.trim().trim_start_matches("export ").trim();
        !name.is_empty()
            && name.len() <= 100
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let splits = [line.split_once('='), line.split_once(": "), line.split_once(char::is_whitespace)];
    let mut named = splits.into_iter().flatten().filter(|(name, _)| is_name(name));
    named.next().unwrap_or(("", line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        groups(text).into_iter().flatten().map(|entry| (entry.name, entry.value)).collect()
    }

    #[test]
    fn files_of_every_form_are_names_with_values() {
        let wanted = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(pairs("db:\n  host: db\n  port: 5432\n"), wanted(&[("host", "db"), ("port", "5432")]));
        assert_eq!(
            pairs("{\"targets\": [\"a:1\", \"b:2\"]}"),
            wanted(&[("targets", "a:1"), ("targets", "b:2")])
        );
        assert_eq!(
            pairs("[db]\n# host = x\nhost = db ; \nport=5432"),
            wanted(&[("", "[db]"), ("host", "db"), ("port", "5432")])
        );
        assert_eq!(
            pairs("location / {\n  proxy_pass http://web:80;\n}")[1],
            ("proxy_pass".to_owned(), "http://web:80".to_owned())
        );
    }

    #[test]
    fn what_stands_together_is_one_group() {
        assert_eq!(groups("a: {host: x, port: 1}\nb: {host: y, port: 2}").len(), 2);
        assert_eq!(groups("[a]\nhost=x\n[b]\nhost=y").len(), 2);
        assert_eq!(groups(""), Vec::<Vec<Entry>>::new());
    }
}
