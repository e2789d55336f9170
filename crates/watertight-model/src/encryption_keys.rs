//! What is kept of the keys in an `EncryptionConfiguration` when it is read: whether each is one, and how long.
//!
//! Whoever has such a key reads every Secret in a copy of etcd. The words travel with the body into snapshot
//! files. Start reading at [`KeptKey`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use watertight_syntax::{Document, Kind, NodeId, Value};

use crate::Identity;

/// A key of an opened `EncryptionConfiguration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptKey {
    /// There is none.
    Absent,
    /// A text that only stands for one: a template, a variable, a hint.
    Placeholder,
    /// A key of so many bytes.
    Bytes(usize),
    /// A text that is no base64, or no text at all: the API server does not start with it.
    Malformed,
}

const PLACEHOLDER: &str = "(blanked: a placeholder)";
const MALFORMED: &str = "(blanked: not base64)";
const BYTES: &str = "(blanked: bytes) ";

impl KeptKey {
    /// What stands in the field `secret` of a key.
    #[must_use]
    pub fn of(word: Option<&str>) -> Self {
        match word {
            None | Some("") => Self::Absent,
            Some(PLACEHOLDER) => Self::Placeholder,
            Some(word) => match word.strip_prefix(BYTES).and_then(|count| count.parse().ok()) {
                Some(count) => Self::Bytes(count),
                None => Self::Malformed,
            },
        }
    }

    fn word(self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Placeholder => PLACEHOLDER.to_owned(),
            Self::Malformed => MALFORMED.to_owned(),
            Self::Bytes(count) => format!("{BYTES}{count}"),
        }
    }
}

pub(crate) fn is_encryption(identity: &Identity) -> bool {
    is_type(&identity.group, &identity.kind)
}

/// `EncryptionConfig` of `v1` is what it was called once.
fn is_type(group: &str, kind: &str) -> bool {
    match kind {
        "EncryptionConfiguration" => group == "apiserver.config.k8s.io",
        "EncryptionConfig" => group.is_empty(),
        _ => false,
    }
}

pub(crate) fn is_encryption_map(map: Value<'_>) -> bool {
    let text = |key| map.get(key).and_then(Value::as_str).unwrap_or_default();
    is_type(text("apiVersion").rsplit_once('/').map_or("", |(group, _)| group), text("kind"))
}

/// Replaces every key by a word, wherever `keys` stand.
pub(crate) fn blank_encryption(document: &mut Document, root: NodeId) {
    let mut words = Vec::new();
    collect(document.value(root), &mut words);
    for (node, word) in words {
        document.replace(node, &word);
    }
}

fn collect(value: Value<'_>, words: &mut Vec<(NodeId, String)>) {
    for (key, child) in value.entries() {
        match (key, child.kind()) {
            ("secret", Kind::Bool | Kind::Number) => words.push((child.id(), KeptKey::Malformed.word())),
            ("secret", Kind::String) => words.push((child.id(), word(child.as_str().unwrap_or_default()))),
            _ => collect(child, words),
        }
    }
    value.items().for_each(|child| collect(child, words));
}

fn word(text: &str) -> String {
    // A snapshot file holds words already.
    if [PLACEHOLDER, MALFORMED].contains(&text) || text.starts_with(BYTES) {
        return text.to_owned();
    }
    let key = match STANDARD.decode(text) {
        _ if text.is_empty() => KeptKey::Absent,
        Ok(bytes) => KeptKey::Bytes(bytes.len()),
        Err(_) if text.contains(['<', '>', '$', '{', '}', ' ']) => KeptKey::Placeholder,
        Err(_) => KeptKey::Malformed,
    };
    key.word()
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, Path};

    use super::*;
    use crate::{ObjectId, Snapshot};

    #[test]
    fn keys_are_replaced_by_what_they_are() {
        let keys = "keys: [{secret: aHVudGVyMmh1bnRlcjI=}, {secret: hunter2}, {secret: '<key>'}, {secret: ''}, {secret: 48151623}, {name: x}]";
        let yaml = format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: [{{providers: [{{aescbc: {{{keys}}}}}]}}]\n"
        );
        let json = watertight_syntax::yaml::parse(&yaml.as_str().into(), &Limits::default());
        let json = json[0].document.as_ref().unwrap().as_ref().unwrap().root().to_json().to_string();
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{a: {}}}\n",
            serde_json::json!(yaml)
        );
        for (text, number) in [(yaml, 0), (json, 0), (map, 1)] {
            let mut builder = Snapshot::builder(Limits::default());
            builder.text("a.yaml", text);
            let snapshot = builder.finish();
            let object = snapshot.object(ObjectId(number));
            let body = object.body().unwrap();
            assert!(!body.root().to_json().to_string().contains("hunter2"));
            let at: Path = ".resources[0].providers[0].aescbc.keys".parse().unwrap();
            let kept: Vec<KeptKey> = body
                .root()
                .at(&at)
                .unwrap()
                .items()
                .map(|key| KeptKey::of(key.get("secret").and_then(Value::as_str)))
                .collect();
            assert_eq!(
                kept,
                [
                    KeptKey::Bytes(14),
                    KeptKey::Malformed,
                    KeptKey::Placeholder,
                    KeptKey::Absent,
                    KeptKey::Malformed,
                    KeptKey::Absent
                ]
            );
        }
    }
}
