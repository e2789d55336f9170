//! One document as a flat tree: nodes in one vector, children as index ranges, strings in the source.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::path::{Path, Segment};
use crate::span::Span;

/// Index of a node within its [`Document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// What a node holds. Strings are ranges of the source, or of the document's own text where an
/// escape or a folded line makes the value differ from what is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Source(Span),
    Cooked {
        start: u32,
        len: u32,
    },
    List {
        first: u32,
        len: u32,
    },
    /// Keys and values alternate in the edge vector, `len` pairs.
    Map {
        first: u32,
        len: u32,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) data: Data,
}

/// The type of a value, in the words of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// An integer or a float.
    Number,
    /// Text.
    String,
    /// A list.
    List,
    /// A map.
    Map,
}

impl Kind {
    /// The type with its article, for messages.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

/// A key that stands twice in one map. The last one wins, as in Go's decoders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// The key that is overruled.
    pub overruled: Span,
    /// The key that wins.
    pub winner: Span,
    /// The key that wins, as a node; where a key stands three times, the tree has the last one.
    pub key: NodeId,
}

/// One parsed document. Immutable; cheap to walk; knows where each value stands in its source.
#[derive(Clone)]
pub struct Document {
    pub(crate) text: Arc<str>,
    pub(crate) cooked: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<NodeId>,
    pub(crate) root: NodeId,
    pub(crate) comments: Vec<Span>,
    pub(crate) duplicates: Vec<Duplicate>,
    /// False for JSON that was read without places; spans are then empty.
    pub(crate) spanned: bool,
}

/// A document's text may hold secrets, so only its size is shown.
impl core::fmt::Debug for Document {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Document").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl Document {
    /// The top-most value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { document: self, id: self.root }
    }

    /// The value with an id of this document, as an error of [`crate::de`] names it.
    #[must_use]
    pub fn value(&self, id: NodeId) -> Value<'_> {
        Value { document: self, id }
    }

    /// Comments in source order, each from `#` to the end of its line.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// Keys that stand twice in one map.
    #[must_use]
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// Whether values know their place in the source.
    #[must_use]
    pub fn is_spanned(&self) -> bool {
        self.spanned
    }

    /// How many nodes are written in the document: a measure of its size.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the document holds no node at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The path from `below` to a node, the first when aliases give several.
    #[must_use]
    pub fn path_to(&self, below: Value<'_>, target: NodeId) -> Option<Path> {
        let mut trail = Vec::new();
        descend(below, target, &mut trail).then(|| trail.into_iter().collect())
    }

    /// The paths from `below` to several nodes in one walk, each the first when aliases give several.
    /// As many calls of [`Document::path_to`] would take the square of the document's size.
    #[must_use]
    pub fn paths_to(&self, below: Value<'_>, targets: &[NodeId]) -> HashMap<NodeId, Path> {
        let wanted: HashSet<NodeId> = targets.iter().copied().collect();
        let mut found = HashMap::with_capacity(wanted.len());
        collect_paths(below, &wanted, &mut Vec::new(), &mut found);
        found
    }

    /// The source text of a range, for measuring it (line breaks, lengths). It is not masked: never
    /// print it.
    #[must_use]
    pub fn source_slice(&self, range: core::ops::Range<usize>) -> Option<&str> {
        self.text.get(range)
    }

    /// Replaces a scalar by another text, for good: what a Secret holds is not to be read. Containers and
    /// nulls are left as they are; the scalars below have to be replaced one by one.
    pub fn replace(&mut self, id: NodeId, text: &str) {
        let start = crate::span::offset(self.cooked.len());
        let node = &mut self.nodes[id.0 as usize];
        if !matches!(node.data, Data::Null | Data::List { .. } | Data::Map { .. }) {
            self.cooked.push_str(text);
            node.data = Data::Cooked { start, len: crate::span::offset(text.len()) };
        }
    }

    fn string(&self, data: Data) -> Option<&str> {
        match data {
            Data::Source(span) => self.text.get(span.range()),
            Data::Cooked { start, len } => self.cooked.get(start as usize..start as usize + len as usize),
            _ => None,
        }
    }
}

fn collect_paths(
    value: Value<'_>,
    wanted: &HashSet<NodeId>,
    trail: &mut Vec<Segment>,
    found: &mut HashMap<NodeId, Path>,
) {
    if found.len() == wanted.len() {
        return;
    }
    if wanted.contains(&value.id) {
        found.entry(value.id).or_insert_with(|| trail.iter().cloned().collect());
    }
    for (key, child) in value.entries() {
        trail.push(Segment::Key(key.to_owned().into()));
        collect_paths(child, wanted, trail, found);
        trail.pop();
    }
    for (index, child) in value.items().enumerate() {
        trail.push(Segment::Index(index));
        collect_paths(child, wanted, trail, found);
        trail.pop();
    }
}

fn descend(value: Value<'_>, target: NodeId, trail: &mut Vec<Segment>) -> bool {
    if value.id == target {
        return true;
    }
    for (key, child) in value.entries() {
        trail.push(Segment::Key(key.to_owned().into()));
        if descend(child, target, trail) {
            return true;
        }
        trail.pop();
    }
    for (index, child) in value.items().enumerate() {
        trail.push(Segment::Index(index));
        if descend(child, target, trail) {
            return true;
        }
        trail.pop();
    }
    false
}

/// A value inside a [`Document`].
#[derive(Clone, Copy)]
pub struct Value<'a> {
    document: &'a Document,
    id: NodeId,
}

/// Values may be secret: only the type is shown.
impl core::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "<{}>", self.kind().described())
    }
}

impl<'a> Value<'a> {
    fn node(self) -> Node {
        self.document.nodes[self.id.0 as usize]
    }

    pub(crate) fn data(self) -> Data {
        self.node().data
    }

    /// The document it belongs to.
    #[must_use]
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// Its id within the document.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Where it stands. A value that is not written (`key:`) has an empty span.
    #[must_use]
    pub fn span(self) -> Span {
        self.node().span
    }

    /// Its type.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.data() {
            Data::Null => Kind::Null,
            Data::Bool(_) => Kind::Bool,
            Data::Int(_) | Data::Uint(_) | Data::Float(_) => Kind::Number,
            Data::Source(_) | Data::Cooked { .. } => Kind::String,
            Data::List { .. } => Kind::List,
            Data::Map { .. } => Kind::Map,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Its text, when it is a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        self.document.string(self.data())
    }

    /// Its value, when it is a boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        if let Data::Bool(value) = self.data() { Some(value) } else { None }
    }

    /// Its value, when it is an integer that fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        if let Data::Int(value) = self.data() { Some(value) } else { None }
    }

    /// The value of a key of a map.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.entries().find(|&(name, _)| name == key).map(|(_, value)| value)
    }

    /// The key itself, as a value with its place.
    #[must_use]
    pub fn key(self, key: &str) -> Option<Value<'a>> {
        self.pairs().find(|(name, _)| name.as_str() == Some(key)).map(|(name, _)| name)
    }

    /// The value below a path.
    #[must_use]
    pub fn at(self, path: &Path) -> Option<Value<'a>> {
        path.segments().iter().try_fold(self, Self::step)
    }

    /// The value one segment below.
    #[must_use]
    pub fn step(self, segment: &Segment) -> Option<Value<'a>> {
        match segment {
            Segment::Key(key) => self.get(key),
            Segment::Index(index) => self.items().nth(*index),
        }
    }

    /// The entries of a map, in the order written; empty for anything else.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.pairs().map(|(key, value)| (key.as_str().unwrap_or_default(), value))
    }

    /// The entries of a map with the keys as values, so that their places are known.
    pub fn pairs(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let edges = match self.data() {
            Data::Map { first, len } => &self.document.edges[first as usize..(first + len * 2) as usize],
            _ => &[],
        };
        let document = self.document;
        edges.chunks_exact(2).map(move |pair| (document.value(pair[0]), document.value(pair[1])))
    }

    /// The items of a list; empty for anything else.
    pub fn items(self) -> impl ExactSizeIterator<Item = Value<'a>> {
        let edges = match self.data() {
            Data::List { first, len } => &self.document.edges[first as usize..(first + len) as usize],
            _ => &[],
        };
        let document = self.document;
        edges.iter().map(move |&id| document.value(id))
    }

    /// The value as plain JSON, nulls kept. For tests, fixes and digests; never for printing.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        match self.data() {
            Data::Null => serde_json::Value::Null,
            Data::Bool(value) => value.into(),
            Data::Int(value) => value.into(),
            Data::Uint(value) => value.into(),
            Data::Float(value) => value.into(),
            Data::Source(_) | Data::Cooked { .. } => self.as_str().unwrap_or_default().into(),
            Data::List { .. } => self.items().map(Self::to_json).collect(),
            Data::Map { .. } => {
                self.entries().map(|(key, value)| (key.to_owned(), value.to_json())).collect()
            }
        }
    }
}
