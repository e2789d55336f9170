//! What is left of a Secret's values once they are read: a word for what each was, and nothing of it.
//!
//! Whoever opens the body of a Secret finds one of a few constant words in place of each value
//! ([`content_before`]). They travel with the body, so a snapshot file says the same as the files that it was
//! made from.

use watertight_credentials::{Content, content, decoded};
use watertight_syntax::{Document, Kind, NodeId, Value};

use crate::encryption_keys::{blank_encryption, is_encryption_map};
use crate::kubeconfig::{blank_kubeconfig, is_kubeconfig_map};
use crate::rancher::{blank_rancher, is_rancher_map};

/// Values that are longer, in bytes, are not looked into: certificates, configuration and what people type
/// is shorter.
const LONGEST: usize = 64 * 1024;

const SECRET: (Content, &str, &str) = (Content::Secret, "(blanked)", "KGJsYW5rZWQp");

/// As a text, and in base64 as `data` has it: what reads a Secret by its type is to find its type.
const WORDS: [(Content, &str, &str); 7] = [
    (Content::Empty, "", ""),
    (Content::Placeholder, "(blanked: a placeholder)", "KGJsYW5rZWQ6IGEgcGxhY2Vob2xkZXIp"),
    (Content::Reference, "(blanked: a reference)", "KGJsYW5rZWQ6IGEgcmVmZXJlbmNlKQ=="),
    (Content::Encrypted, "(blanked: encrypted)", "KGJsYW5rZWQ6IGVuY3J5cHRlZCk="),
    (Content::Public, "(blanked: public)", "KGJsYW5rZWQ6IHB1YmxpYyk="),
    (Content::Configuration, "(blanked: configuration)", "KGJsYW5rZWQ6IGNvbmZpZ3VyYXRpb24p"),
    SECRET,
];

/// What a value of an opened Secret was before it was blanked; a null was empty.
#[must_use]
pub fn content_before(blanked: Value<'_>) -> Content {
    of_word(blanked.as_str().unwrap_or_default()).unwrap_or(Content::Secret)
}

fn of_word(text: &str) -> Option<Content> {
    WORDS.iter().find(|(_, word, encoded)| *word == text || *encoded == text).map(|(content, ..)| *content)
}

fn word(of: Content, written: Written) -> &'static str {
    let (_, word, encoded) = WORDS.iter().find(|(content, ..)| *content == of).unwrap_or(&SECRET);
    if written == Written::Base64 { encoded } else { word }
}

/// The word for a text of some content. A word stays as it is.
pub(crate) fn word_of(content: Content, written: &str) -> &str {
    if of_word(written).is_some() { written } else { word(content, Written::Plain) }
}

/// How a value is written in a field of a Secret.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    /// As it is: `stringData`.
    Plain,
    /// In base64: `data`.
    Base64,
    /// Nothing of it is worth telling: annotations.
    Unread,
}

/// Blanks what a document holds that is a configuration file with secrets in it, and no object of the API.
pub(crate) fn blank_configuration(document: &mut Document) {
    let (map, root) = (document.root(), document.root().id());
    if is_kubeconfig_map(map) {
        blank_kubeconfig(document, root);
    } else if is_encryption_map(map) {
        blank_encryption(document, root);
    } else if is_rancher_map(map) {
        blank_rancher(document, root);
    }
}

/// Blanks what a Secret holds, and the copies that `kubectl apply` and others leave in annotations.
pub(crate) fn blank_secret(document: &mut Document, root: NodeId) {
    let mut nodes = Vec::new();
    let secret = document.value(root);
    collect(secret.get("data"), "", Written::Base64, &mut nodes);
    collect(secret.get("stringData"), "", Written::Plain, &mut nodes);
    let annotations = secret.get("metadata").and_then(|metadata| metadata.get("annotations"));
    match annotations.filter(|annotations| annotations.kind() == Kind::Map) {
        Some(annotations) => {
            for (key, value) in annotations.entries().filter(|(key, _)| !is_read(key)) {
                collect(Some(value), key, Written::Unread, &mut nodes);
            }
        }
        None => collect(annotations, "", Written::Unread, &mut nodes),
    }
    for (node, content, written) in nodes {
        document.replace(node, word(content, written));
    }
}

/// Whether an annotation of a Secret is to be read, by its key: it is written for scanners, or names the service account
/// that a token is of (`ServiceAccountNameKey` in `pkg/apis/core/types.go`).
fn is_read(key: &str) -> bool {
    key == "kubernetes.io/service-account.name"
        || SPOKEN_TO_SCANNERS.iter().any(|prefix| key.starts_with(prefix))
}

const SPOKEN_TO_SCANNERS: [&str; 8] = [
    "watertight/",
    "checkov.io/skip",
    "bridgecrew.io/skip",
    "cortex.io/skip",
    "ignore-check.kube-linter.io/",
    "kube-linter.io/ignore-all",
    "kube-score/ignore",
    "polaris.fairwinds.com/",
];

fn collect(
    value: Option<Value<'_>>,
    key: &str,
    written: Written,
    nodes: &mut Vec<(NodeId, Content, Written)>,
) {
    let Some(value) = value else { return };
    if !matches!(value.kind(), Kind::List | Kind::Map) {
        nodes.push((value.id(), judge(value, key, written), written));
    }
    value.entries().for_each(|(key, child)| collect(Some(child), key, written, nodes));
    value.items().for_each(|child| collect(Some(child), key, written, nodes));
}

fn judge(value: Value<'_>, key: &str, written: Written) -> Content {
    let text = match value.as_str() {
        Some(text) if text.len() <= LONGEST => text,
        // The API server refuses a number here, which somebody meant all the same.
        _ => return Content::Secret,
    };
    // A snapshot file holds the words already.
    if let Some(content) = of_word(text) {
        return content;
    }
    match (written, content(key, text)) {
        (Written::Unread, _) => Content::Secret,
        (Written::Plain, content) => content,
        (Written::Base64, raw @ (Content::Empty | Content::Placeholder | Content::Encrypted)) => raw,
        (Written::Base64, raw) => decoded(text).map_or(raw, |decoded| content(key, &decoded)),
    }
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, yaml};

    use super::*;

    #[test]
    fn words_say_what_was_there_and_nothing_of_it() {
        let text = "apiVersion: v1
kind: Secret
metadata: {annotations: {a: hunter2, b: '', watertight/waive.x: a reason}}
data:
  secret: aHVudGVyMg==
  empty: ''
  placeholder: PHBhc3N3b3JkPg==
  template: '{{ .Values.x | b64enc }}'
  binary: gICAgICA
  encrypted: ENC[AES256_GCM,data:x,type:str]
  number: 48151623
  certificate: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSQo=
stringData:
  secret: hunter2
  placeholder: <password>
  configuration: \"route:\\n  receiver: x\\n\"
  reference: vault:secret/x#y
  list: [hunter2]
";
        let mut document = yaml::parse(&text.into(), &Limits::default()).remove(0).document.unwrap().unwrap();
        let root = document.root().id();
        blank_secret(&mut document, root);
        let all = document.root().to_json().to_string();
        assert!(all.contains("a reason"), "{all}");
        assert!(!all.contains("hunter2") && !all.contains("aHVu") && !all.contains("48151623"), "{all}");
        let of = |path: &str| content_before(document.root().at(&path.parse().unwrap()).unwrap());
        for (path, content) in [
            (".data.secret", Content::Secret),
            (".data.empty", Content::Empty),
            (".data.placeholder", Content::Placeholder),
            (".data.template", Content::Placeholder),
            (".data.binary", Content::Secret),
            (".data.encrypted", Content::Encrypted),
            (".data.number", Content::Secret),
            (".data.certificate", Content::Public),
            (".stringData.secret", Content::Secret),
            (".stringData.placeholder", Content::Placeholder),
            (".stringData.configuration", Content::Configuration),
            (".stringData.reference", Content::Reference),
            (".stringData.list[0]", Content::Secret),
            (".metadata.annotations.a", Content::Secret),
            (".metadata.annotations.b", Content::Empty),
        ] {
            assert_eq!(of(path), content, "{path}");
        }
        let once = all;
        blank_secret(&mut document, root);
        assert_eq!(document.root().to_json().to_string(), once, "a snapshot file is read again");
    }
}
