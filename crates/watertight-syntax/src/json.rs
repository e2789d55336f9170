//! JSON text: split and looked into without building a tree, decoded to a [`Document`] on demand.
//!
//! Large inputs are JSON (`kubectl get -o json`), and a flow-style YAML parse of them is slow. So
//! text is cut into raw values first; places are found only when somebody asks for one.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::SyntaxError;
use crate::document::{Data, Document, Duplicate, Node, NodeId};
use crate::path::{Path, Segment};
use crate::resolve::integral;
use crate::span::{Span, offset};

/// Whether a text may be JSON: its first character opens a map or a list.
#[must_use]
pub fn looks_like_json(text: &str) -> bool {
    matches!(text.trim_start_matches('\u{feff}').trim_start().as_bytes().first(), Some(b'{' | b'['))
}

/// The places of the JSON values that stand one after the other in a text.
///
/// # Errors
/// When the text is not JSON throughout; it may still be YAML in flow style.
pub fn split(text: &str) -> Result<Vec<Span>, SyntaxError> {
    let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(&text[skipped..]).into_iter::<&RawValue>() {
        let value = value.map_err(|error| failure(&text[skipped..], skipped, &error))?;
        values.push(place(text, value.get()));
    }
    Ok(values)
}

/// The entries of the map at a place: key text and the place of each value. A repeated key is
/// given each time; the last one counts.
///
/// # Errors
/// When there is no map at that place, or something behind it.
pub fn entries(text: &str, at: Span) -> Result<Vec<(Cow<'_, str>, Span)>, SyntaxError> {
    struct Entries<'t>(&'t str);
    impl<'t> Visitor<'t> for Entries<'t> {
        type Value = Vec<(Cow<'t, str>, Span)>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(Text(key)) = map.next_key()? {
                let value: &RawValue = map.next_value()?;
                found.push((key, place(self.0, value.get())));
            }
            Ok(found)
        }
    }
    let inner = &text[at.range()];
    let mut reader = serde_json::Deserializer::from_str(inner);
    let found = reader.deserialize_map(Entries(text));
    let found = found.and_then(|found| reader.end().map(|()| found));
    found.map_err(|error| failure(inner, at.start as usize, &error))
}

/// The places of the items of the list at a place.
///
/// # Errors
/// When there is no list at that place.
pub fn items(text: &str, at: Span) -> Result<Vec<Span>, SyntaxError> {
    struct Items<'t>(&'t str);
    impl<'t> Visitor<'t> for Items<'t> {
        type Value = Vec<Span>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }
        fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some(item) = list.next_element::<&RawValue>()? {
                found.push(place(self.0, item.get()));
            }
            Ok(found)
        }
    }
    let inner = &text[at.range()];
    serde_json::Deserializer::from_str(inner)
        .deserialize_seq(Items(text))
        .map_err(|error| failure(inner, at.start as usize, &error))
}

/// The text of the JSON string at a place.
#[must_use]
pub fn string(text: &str, at: Span) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(text.get(at.range())?).ok().map(|Text(value)| value)
}

/// The place of the value below a path, or of its nearest ancestor that exists, and how many steps
/// of the path lead there.
#[must_use]
pub fn locate(text: &str, at: Span, path: &Path) -> (Span, usize) {
    let mut here = at;
    for (steps, segment) in path.segments().iter().enumerate() {
        let below = match segment {
            Segment::Key(wanted) => entries(text, here)
                .ok()
                .and_then(|found| found.into_iter().rev().find(|(key, _)| key == wanted))
                .map(|(_, value)| value),
            Segment::Index(index) => items(text, here).ok().and_then(|found| found.get(*index).copied()),
        };
        match below {
            Some(below) => here = below,
            None => return (here, steps),
        }
    }
    (here, path.segments().len())
}

/// Whether a text nests deeper than a limit.
#[must_use]
pub fn is_deeper(text: &str, limit: usize) -> bool {
    // Most texts have fewer brackets than may be nested, and these are quickly counted: `[` and `{` differ in one bit.
    let opening = |part: &[u8]| part.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>();
    let brackets: usize = text.as_bytes().chunks(128).map(|part| usize::from(opening(part))).sum();
    brackets > limit && depth(text) > limit
}

/// How deep a text nests: counts brackets outside strings.
#[must_use]
pub fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for &byte in text.as_bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether a JSON text has a `\u` escape that is half of a surrogate pair: [`split`] takes it,
/// [`decode`] does not.
#[must_use]
pub fn has_lone_surrogate(text: &str) -> bool {
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at + 2..at + 6).filter(|_| bytes.get(at..at + 2) == Some(b"\\u"))?;
        u16::from_str_radix(digits, 16).ok()
    };
    // A backslash escapes what follows, so the one after it begins no escape.
    let mut resume = 0;
    for at in memchr::memchr_iter(b'\\', bytes) {
        if at < resume {
            continue;
        }
        resume = at + 2;
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => resume = at + 12,
            Some(0xD800..=0xDFFF) => return true,
            _ => {}
        }
    }
    false
}

/// Decodes the JSON value at a place into a tree without places.
///
/// # Errors
/// When it is no JSON, or nests deeper than serde_json follows (128).
pub fn decode(text: &Arc<str>, at: Span) -> Result<Document, SyntaxError> {
    let mut document = Document {
        text: Arc::clone(text),
        cooked: String::new(),
        nodes: Vec::new(),
        edges: Vec::new(),
        root: NodeId(0),
        comments: Vec::new(),
        duplicates: Vec::new(),
        spanned: false,
    };
    let inner = &text[at.range()];
    document.nodes.reserve((inner.len() / BYTES_OF_A_NODE).min(MANY_NODES));
    let base = text.as_ptr() as usize;
    let mut reader = serde_json::Deserializer::from_str(inner);
    let tree = Tree { document: &mut document, base, waiting: &mut Vec::new() };
    let root = tree.deserialize(&mut reader).map_err(|error| failure(inner, at.start as usize, &error))?;
    document.root = root;
    Ok(document)
}

/// A node seldom takes more of a text, so that room for its nodes is made once; for a large text in some steps.
const BYTES_OF_A_NODE: usize = 24;
const MANY_NODES: usize = 1 << 12;

/// Builds nodes straight into the document; strings without escapes stay in the source.
struct Tree<'d> {
    document: &'d mut Document,
    base: usize,
    /// The children, so far, of the maps and lists that are open: those of the innermost are the last.
    waiting: &'d mut Vec<NodeId>,
}

impl Tree<'_> {
    fn push(&mut self, data: Data) -> NodeId {
        let id = NodeId(offset(self.document.nodes.len()));
        self.document.nodes.push(Node { span: Span::default(), data });
        id
    }

    fn cook(&mut self, value: &str) -> NodeId {
        let start = offset(self.document.cooked.len());
        self.document.cooked.push_str(value);
        self.push(Data::Cooked { start, len: offset(value.len()) })
    }

    fn borrow(&mut self, value: &str) -> NodeId {
        let start = value.as_ptr() as usize - self.base;
        self.push(Data::Source(Span::new(start, start + value.len())))
    }

    /// Where a string stands that was borrowed; nowhere for one with escapes.
    fn written(&self, id: NodeId) -> Span {
        match self.document.value(id).data() {
            Data::Source(span) => span,
            _ => Span::default(),
        }
    }

    fn below(&mut self) -> Tree<'_> {
        Tree { document: self.document, base: self.base, waiting: self.waiting }
    }

    /// Hands the children of the map or list over that began at a place among those that wait.
    fn close(&mut self, begun: usize) -> (u32, u32) {
        let first = offset(self.document.edges.len());
        let len = offset(self.waiting.len() - begun);
        self.document.edges.extend(self.waiting.drain(begun..));
        (first, len)
    }
}

impl<'t> DeserializeSeed<'t> for Tree<'_> {
    type Value = NodeId;
    fn deserialize<D: serde::Deserializer<'t>>(self, reader: D) -> Result<NodeId, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Tree<'_> {
    type Value = NodeId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(mut self) -> Result<NodeId, E> {
        Ok(self.push(Data::Null))
    }
    fn visit_bool<E>(mut self, value: bool) -> Result<NodeId, E> {
        Ok(self.push(Data::Bool(value)))
    }
    fn visit_i64<E>(mut self, value: i64) -> Result<NodeId, E> {
        Ok(self.push(Data::Int(value)))
    }
    fn visit_u64<E>(mut self, value: u64) -> Result<NodeId, E> {
        Ok(self.push(i64::try_from(value).map_or(Data::Uint(value), Data::Int)))
    }
    fn visit_f64<E>(mut self, value: f64) -> Result<NodeId, E> {
        Ok(self.push(integral(value)))
    }
    fn visit_str<E>(mut self, value: &str) -> Result<NodeId, E> {
        Ok(self.cook(value))
    }
    fn visit_borrowed_str<E>(mut self, value: &'t str) -> Result<NodeId, E> {
        Ok(self.borrow(value))
    }
    fn visit_seq<A: SeqAccess<'t>>(mut self, mut list: A) -> Result<NodeId, A::Error> {
        let begun = self.waiting.len();
        while let Some(id) = list.next_element_seed(self.below())? {
            self.waiting.push(id);
        }
        let (first, len) = self.close(begun);
        Ok(self.push(Data::List { first, len }))
    }
    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<NodeId, A::Error> {
        let begun = self.waiting.len();
        let mut keys = Keys::default();
        while let Some(key) = map.next_key_seed(self.below())? {
            let value = map.next_value_seed(self.below())?;
            let children = &mut self.waiting[begun..];
            match keys.twin(self.document, children, key) {
                Some(at) => {
                    let overruled = children[at * 2];
                    children[at * 2..at * 2 + 2].copy_from_slice(&[key, value]);
                    let (overruled, winner) = (self.written(overruled), self.written(key));
                    self.document.duplicates.push(Duplicate { overruled, winner, key });
                }
                None => self.waiting.extend([key, value]),
            }
        }
        let (first, len) = self.close(begun);
        Ok(self.push(Data::Map { first, len: len / 2 }))
    }
}

/// The keys of a map that is being read. What is in order, as programs write it, has no key twice. Of others few are
/// compared one by one; many are looked up, since comparing each with each would take minutes for a megabyte of keys.
#[derive(Default)]
struct Keys {
    /// Whether some key came before a smaller one.
    unordered: bool,
    places: HashMap<Box<str>, usize>,
}

impl Keys {
    /// The position of the entry with the same key among the entries before. Remembers the key.
    fn twin(&mut self, document: &Document, entries: &[NodeId], key: NodeId) -> Option<usize> {
        const FEW: usize = 12;
        let name = |id| document.value(id).as_str().unwrap_or_default();
        if !self.unordered {
            let last = entries.iter().rev().nth(1);
            if last.is_none_or(|last| name(*last) < name(key)) {
                return None;
            }
            self.unordered = true;
        }
        let mut before = entries.iter().step_by(2).map(|&id| name(id)).enumerate();
        let count = entries.len() / 2;
        if count < FEW {
            return before.find(|&(_, other)| other == name(key)).map(|(at, _)| at);
        }
        if self.places.is_empty() {
            self.places.extend(before.map(|(at, other)| (other.into(), at)));
        }
        let twin = self.places.get(name(key)).copied();
        if twin.is_none() {
            self.places.insert(name(key).into(), count);
        }
        twin
    }
}

/// A string, borrowed when it has no escapes.
struct Text<'t>(Cow<'t, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(value)))
            }
            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(value.to_owned())))
            }
        }
        reader.deserialize_str(TextVisitor)
    }
}

/// The place of a slice that was borrowed from `text`.
fn place(text: &str, inner: &str) -> Span {
    let start = inner.as_ptr() as usize - text.as_ptr() as usize;
    Span::new(start, start + inner.len())
}

/// serde_json's message without its own line and column, which count from the cut.
fn failure(inner: &str, base: usize, error: &serde_json::Error) -> SyntaxError {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', inner.as_bytes()).nth(line - 2).map_or(0, |at| at + 1),
    };
    let at = (line_start + error.column().saturating_sub(1)).min(inner.len());
    let message = if error.is_data() {
        // Data errors may quote a value.
        "the value has another type than expected here".to_owned()
    } else {
        let full = error.to_string();
        full.split(" at line ").next().unwrap_or("not JSON").to_owned()
    };
    SyntaxError::new(message, base + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a": [1, {"b": "x\ny"}], "a2": "plain", "dup": 1, "dup": 2} {"c": 1.0}"#;

    #[test]
    fn splits_and_looks_into() {
        let found = split(TEXT).unwrap();
        assert_eq!(found.len(), 2);
        let fields = entries(TEXT, found[0]).unwrap();
        assert_eq!(fields[1].0, "a2");
        assert_eq!(string(TEXT, fields[1].1).as_deref(), Some("plain"));
        let path: Path = ".a[1].b".parse().unwrap();
        assert_eq!(&TEXT[locate(TEXT, found[0], &path).0.range()], r#""x\ny""#);
        let missing: Path = ".a[1].nothing.here".parse().unwrap();
        assert_eq!(&TEXT[locate(TEXT, found[0], &missing).0.range()], r#"{"b": "x\ny"}"#);
        assert_eq!(depth(TEXT), 3);
        assert!(is_deeper(TEXT, 2) && !is_deeper(TEXT, 3) && !is_deeper(TEXT, 4));
    }

    #[test]
    fn decodes_with_the_last_of_equal_keys() {
        let text: Arc<str> = TEXT.into();
        let found = split(&text).unwrap();
        let first = decode(&text, found[0]).unwrap();
        assert_eq!(first.root().get("dup").and_then(crate::Value::as_i64), Some(2));
        let twins: Vec<_> = first.duplicates().iter().map(|twin| first.value(twin.key).as_str()).collect();
        assert_eq!(twins, [Some("dup")]);
        assert!(first.duplicates()[0].overruled.start < first.duplicates()[0].winner.start);
        assert_eq!(first.root().at(&".a[1].b".parse().unwrap()).and_then(crate::Value::as_str), Some("x\ny"));
        let second = decode(&text, found[1]).unwrap();
        assert_eq!(second.root().get("c").and_then(crate::Value::as_i64), Some(1));
    }

    #[test]
    fn of_many_equal_keys_the_last_counts() {
        let entries: Vec<String> = (0..100).map(|at| format!("\"k{}\": {at}", at % 40)).collect();
        let text: Arc<str> = format!("{{{}}}", entries.join(", ")).into();
        let map = decode(&text, split(&text).unwrap()[0]).unwrap();
        let found: Vec<_> =
            map.root().entries().map(|(key, value)| (key.to_owned(), value.as_i64())).collect();
        assert_eq!(found.len(), 40);
        assert_eq!(found[0], ("k0".to_owned(), Some(80)));
        assert_eq!(found[39], ("k39".to_owned(), Some(79)));
    }

    #[test]
    fn halves_of_surrogate_pairs_are_told() {
        for whole in
            [r#""\ud83d\ude00""#, r#""\\ud800""#, r#""\u00e9""#, r#""\\\ud83d\ude00""#, "\"\\", "\"\\ud8"]
        {
            assert!(!has_lone_surrogate(whole), "{whole}");
        }
        for half in [r#""\ud83d""#, r#""\uDE00\ud83d""#, r#""\ud83d\u0041""#, r#""\\\ud800""#] {
            assert!(has_lone_surrogate(half), "{half}");
        }
    }

    /// Found by the fuzz target `resolve`: serde_json's quick float parser is one unit off here.
    #[test]
    fn floats_are_those_of_yaml() {
        let text: Arc<str> = "[66E66, 0.1, 1.7976931348623157e308]".into();
        let json = decode(&text, split(&text).unwrap()[0]).unwrap();
        let yaml = crate::yaml::parse(&text, &crate::Limits::default()).remove(0).document.unwrap().unwrap();
        assert_eq!(json.root().to_json(), yaml.root().to_json());
    }

    #[test]
    fn errors_have_a_place_and_no_text() {
        let error = split("{\"a\": \"hunter2\n\"}").unwrap_err();
        assert!(!error.message.contains("hunter2"), "{error}");
        assert!((13..=15).contains(&error.offset));
        assert!(entries("[1]", Span::new(0, 3)).is_err());
        let deep: Arc<str> = ["[".repeat(500), "]".repeat(500)].concat().into();
        assert!(decode(&deep, Span::new(0, 1000)).is_err());
    }
}
