//! YAML text to documents.
//!
//! Events come from `granit-parser`; what they mean comes from `resolve.rs`. A document that
//! cannot be read costs itself only: the parser goes on at the next `---`.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle, Tag as SourceTag, options};

use crate::SyntaxError;
use crate::document::{Data, Document, Duplicate, Node, NodeId};
use crate::limits::Limits;
use crate::resolve::{self, Scalar, Tag};
use crate::span::{Span, offset};

/// One document of a stream: where it stands, and its tree or why there is none.
#[derive(Debug)]
pub struct Parsed {
    /// The bytes of the document, from its `---` (or the start of the text) to the next.
    pub span: Span,
    /// The tree; `None` for an empty document; the reason when it could not be read.
    pub document: Result<Option<Document>, SyntaxError>,
}

/// Reads every document of a text.
///
/// Never fails as a whole: each document carries its own error.
#[must_use]
pub fn parse(text: &Arc<str>, limits: &Limits) -> Vec<Parsed> {
    let mut found = Vec::new();
    parse_each(text, limits, |parsed| found.push(parsed));
    found
}

/// As [`parse`], handing over each document as soon as it is read.
pub fn parse_each(text: &Arc<str>, limits: &Limits, mut each: impl FnMut(Parsed)) {
    let depth = usize::from(limits.depth.min(Limits::MAX_DEPTH));
    let options = options! {
        emit_comments: true,
        // A manifest may begin with hundreds of comment lines; the text's size bounds them already.
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
        // Kubernetes' parser has YAML 1.1's limit; JSON keys inside YAML may be longer.
        simple_key_max_lookahead: 1024,
    };
    // A byte-order mark is no content; spans stay those of the whole text.
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut start = 0;
    loop {
        let mut builder = Builder::new(text, limits);
        match builder.next_document(&mut parser) {
            Ok(Step::End) => return,
            Ok(Step::Document(end)) => {
                let document = builder.finish();
                each(Parsed { span: Span::new(start, end), document });
                start = end;
            }
            Err(error) => {
                let more = parser.proceed_next_document();
                let next = match &more {
                    Ok(true) => next_start(&mut parser).unwrap_or(text.len()),
                    _ => text.len(),
                };
                each(Parsed { span: Span::new(start, next), document: Err(error) });
                start = next;
                match more {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(error) => {
                        let at = error.marker().byte_offset().unwrap_or(start);
                        each(Parsed {
                            span: Span::new(at, text.len()),
                            document: Err(SyntaxError::new(describe(&error, limits), at)),
                        });
                        return;
                    }
                }
            }
        }
    }
}

type Events<'t> = Parser<'t, StrInput<'t>>;

fn next_start(parser: &mut Events<'_>) -> Option<usize> {
    match parser.peek()? {
        Ok((_, span)) => span.start.byte_offset(),
        Err(error) => error.marker().byte_offset(),
    }
}

enum Step {
    Document(usize),
    End,
}

/// A container that is still open.
struct Frame {
    is_map: bool,
    first: usize,
    start: usize,
    anchor: usize,
    weight: u64,
    height: u16,
    has_merge: bool,
}

/// What an anchor stands for: how much an alias to it adds.
#[derive(Clone, Copy)]
struct Anchor {
    node: NodeId,
    weight: u64,
    height: u16,
}

struct Builder<'t> {
    text: &'t Arc<str>,
    limits: &'t Limits,
    document: Document,
    pending: Vec<NodeId>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    alias_nodes: u64,
    root: Option<NodeId>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t Arc<str>, limits: &'t Limits) -> Self {
        let document = Document {
            text: Arc::clone(text),
            cooked: String::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            root: NodeId(0),
            comments: Vec::new(),
            duplicates: Vec::new(),
            spanned: true,
        };
        Self {
            text,
            limits,
            document,
            pending: Vec::new(),
            frames: Vec::new(),
            anchors: HashMap::new(),
            alias_nodes: 0,
            root: None,
        }
    }

    /// Reads events up to the end of one document.
    fn next_document(&mut self, parser: &mut Events<'t>) -> Result<Step, SyntaxError> {
        let mut begun = None;
        while let Some(next) = parser.next_event() {
            let (event, span) = next.map_err(|error| {
                SyntaxError::new(
                    describe(&error, self.limits),
                    error.marker().byte_offset().unwrap_or_default(),
                )
            })?;
            let range = span.byte_range().unwrap_or_default();
            match event {
                Event::StreamStart => {}
                Event::StreamEnd => return Ok(Step::End),
                Event::DocumentStart(..) => begun = Some(range.start),
                Event::DocumentEnd => {
                    let size = range.end.saturating_sub(begun.unwrap_or_default()) as u64;
                    if size > self.limits.document_bytes {
                        let limit = self.limits.document_bytes;
                        return Err(SyntaxError::new(
                            format!("document is larger than the limit of {limit} bytes"),
                            begun.unwrap_or_default(),
                        ));
                    }
                    return Ok(Step::Document(range.end));
                }
                Event::Comment(..) => self.document.comments.push(Span::new(range.start, range.end)),
                Event::Alias(id) => self.alias(id, range.start)?,
                Event::Scalar(value, style, anchor, tag) => {
                    let start = span.tag_start.and_then(|mark| mark.byte_offset());
                    self.scalar(&value, style, anchor, tag.as_deref(), start, range)?;
                }
                Event::SequenceStart(style, anchor, _) => {
                    let start = if style == StructureStyle::Block {
                        dash_before(self.text, range.start)
                    } else {
                        range.start
                    };
                    self.open(false, anchor, start);
                }
                Event::MappingStart(_, anchor, _) => self.open(true, anchor, range.start),
                Event::SequenceEnd | Event::MappingEnd => self.close(range.end)?,
                // Anchor names and unresolved aliases are not asked for; later event kinds would be
                // new syntax, which must not pass in silence.
                _ => return Err(SyntaxError::new("this YAML construct is not supported", range.start)),
            }
        }
        Ok(Step::End)
    }

    fn finish(mut self) -> Result<Option<Document>, SyntaxError> {
        let Some(root) = self.root else { return Ok(None) };
        self.document.root = root;
        let value = self.document.root();
        // `---` followed by comments only is one empty scalar.
        let empty = value.is_null() && value.span().is_empty();
        self.document.nodes.shrink_to_fit();
        self.document.edges.shrink_to_fit();
        Ok((!empty).then_some(self.document))
    }

    fn push(&mut self, data: Data, span: Span) -> NodeId {
        let id = NodeId(offset(self.document.nodes.len()));
        self.document.nodes.push(Node { span, data });
        id
    }

    /// Hands a finished node to the container that is open, or makes it the root.
    fn attach(&mut self, id: NodeId, anchor: usize, weight: u64, height: u16) {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchor { node: id, weight, height });
        }
        match self.frames.last_mut() {
            Some(frame) => {
                frame.weight = frame.weight.saturating_add(weight);
                frame.height = frame.height.max(height);
                self.pending.push(id);
            }
            None => self.root = Some(id),
        }
    }

    fn at_key(&self) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.is_map && (self.pending.len() - frame.first).is_multiple_of(2))
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&SourceTag>,
        tag_start: Option<usize>,
        range: core::ops::Range<usize>,
    ) -> Result<(), SyntaxError> {
        let plain = style == ScalarStyle::Plain;
        // The parser reports an absent value as an empty span; its text is then no text at all.
        let value = if plain && range.is_empty() { "" } else { value };
        let tag = tag.map_or(Tag::None, known_tag);
        let resolved = if plain || tag != Tag::None {
            resolve::resolve(tag, value)
                .map_err(|wanted| SyntaxError::new(format!("the tag asks for {wanted}"), range.start))?
        } else {
            Scalar::Text
        };
        let written = written_span(self.text, style, &range);
        let span = Span { start: tag_start.map_or(written.start, offset), end: written.end };
        let mut data = match resolved {
            Scalar::Plain(data) => data,
            Scalar::Cooked(text) => self.cook(&text),
            Scalar::Text => self.string(value, style, &range),
        };
        if self.at_key() {
            let merge = plain && value == "<<";
            if merge && let Some(frame) = self.frames.last_mut() {
                frame.has_merge = true;
            }
            data = self.key(data, range.start)?;
        }
        if matches!(data, Data::Float(value) if !value.is_finite()) {
            return Err(SyntaxError::new(
                "JSON, and so Kubernetes, has no infinite numbers and no NaN",
                range.start,
            ));
        }
        let id = self.push(data, span);
        self.attach(id, anchor, 1, 0);
        Ok(())
    }

    /// Keys become strings as `sigs.k8s.io/yaml` prints them; null and containers are refused there.
    fn key(&mut self, data: Data, at: usize) -> Result<Data, SyntaxError> {
        Ok(match data {
            Data::Null => return Err(SyntaxError::new("a map key is null", at)),
            Data::Bool(value) => self.cook(if value { "true" } else { "false" }),
            Data::Int(value) => self.cook(&value.to_string()),
            Data::Uint(value) => self.cook(&value.to_string()),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "keys are printed with 32-bit precision upstream"
            )]
            Data::Float(value) => self.cook(&(value as f32).to_string()),
            other => other,
        })
    }

    fn string(&mut self, value: &str, style: ScalarStyle, range: &core::ops::Range<usize>) -> Data {
        let inner = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                range.start + 1..range.end.saturating_sub(1)
            }
            _ => range.clone(),
        };
        if self.text.get(inner.clone()) == Some(value) {
            return Data::Source(Span::new(inner.start, inner.end));
        }
        self.cook(value)
    }

    fn cook(&mut self, value: &str) -> Data {
        let start = offset(self.document.cooked.len());
        self.document.cooked.push_str(value);
        Data::Cooked { start, len: offset(value.len()) }
    }

    fn alias(&mut self, id: usize, at: usize) -> Result<(), SyntaxError> {
        let Some(&anchor) = self.anchors.get(&id) else {
            return Err(SyntaxError::new("an anchor contains itself", at));
        };
        if self.at_key()
            && !matches!(self.document.value(anchor.node).data(), Data::Source(_) | Data::Cooked { .. })
        {
            return Err(SyntaxError::new("an alias that is no string cannot be a map key", at));
        }
        self.alias_nodes = self.alias_nodes.saturating_add(anchor.weight);
        if self.alias_nodes > self.limits.alias_nodes {
            let limit = self.limits.alias_nodes;
            return Err(SyntaxError::new(
                format!("aliases expand to more than the limit of {limit} nodes"),
                at,
            ));
        }
        self.attach(anchor.node, 0, anchor.weight, anchor.height);
        Ok(())
    }

    fn open(&mut self, is_map: bool, anchor: usize, start: usize) {
        let first = self.pending.len();
        self.frames.push(Frame { is_map, first, start, anchor, weight: 1, height: 0, has_merge: false });
    }

    fn close(&mut self, end: usize) -> Result<(), SyntaxError> {
        let Some(frame) = self.frames.pop() else {
            return Err(SyntaxError::new("a collection ends that was never begun", end));
        };
        let mut children: Vec<NodeId> = self.pending.split_off(frame.first);
        if self.at_key() {
            return Err(SyntaxError::new(
                "a map key is itself a map or a list (an unquoted `{{ … }}` reads as one)",
                frame.start,
            ));
        }
        // A block collection's own end is the next token; its last child's end is the true one.
        let flow_end =
            self.text.as_bytes().get(end.wrapping_sub(1)).is_some_and(|b| matches!(b, b'}' | b']'));
        let opened_flow = self.text.as_bytes().get(frame.start).is_some_and(|b| matches!(b, b'{' | b'['));
        let last = children.last().map_or(frame.start, |&id| self.document.value(id).span().end as usize);
        let span = Span::new(frame.start, if flow_end && opened_flow { end } else { last.max(frame.start) });
        if frame.is_map {
            if frame.has_merge {
                self.note_written_twice(&children);
                children = self.merge(&children)?;
            }
            self.deduplicate(&mut children, frame.has_merge);
        }
        let first = offset(self.document.edges.len());
        let len = offset(children.len());
        self.document.edges.append(&mut children);
        let data = if frame.is_map { Data::Map { first, len: len / 2 } } else { Data::List { first, len } };
        let height = frame.height.saturating_add(1);
        if height > self.limits.depth.min(Limits::MAX_DEPTH) {
            return Err(SyntaxError::new(too_deep(self.limits), frame.start));
        }
        let id = self.push(data, span);
        self.attach(id, frame.anchor, frame.weight, height);
        Ok(())
    }

    /// Merge keys in the order they stand, as yaml.v2 does: what comes later wins, merged or not.
    fn merge(&self, children: &[NodeId]) -> Result<Vec<NodeId>, SyntaxError> {
        let mut merged = Vec::with_capacity(children.len());
        for pair in children.chunks_exact(2) {
            let key = self.document.value(pair[0]);
            let is_merge = key.as_str() == Some("<<") && self.text.get(key.span().range()) == Some("<<");
            if !is_merge {
                merged.extend_from_slice(pair);
                continue;
            }
            let value = self.document.value(pair[1]);
            let sources = match value.data() {
                Data::Map { .. } => vec![value],
                // Earlier items win, so the last is merged first.
                Data::List { .. } => value.items().collect::<Vec<_>>().into_iter().rev().collect(),
                _ => Vec::new(),
            };
            if sources.is_empty() || sources.iter().any(|source| !matches!(source.data(), Data::Map { .. })) {
                return Err(SyntaxError::new(
                    "a merge key needs a map or a list of maps",
                    key.span().start as usize,
                ));
            }
            for source in sources {
                merged.extend(source.pairs().flat_map(|(key, value)| [key.id(), value.id()]));
            }
        }
        Ok(merged)
    }

    /// Notes keys that are written twice beside a merge key, before what it brings in joins them.
    fn note_written_twice(&mut self, children: &[NodeId]) {
        let mut written = HashMap::new();
        let mut duplicates = Vec::new();
        for pair in children.chunks_exact(2) {
            let key = self.document.value(pair[0]);
            let name = key.as_str().unwrap_or_default();
            if let Some(overruled) = written.insert(name, key.span()).filter(|_| name != "<<") {
                duplicates.push(Duplicate { overruled, winner: key.span(), key: pair[0] });
            }
        }
        self.document.duplicates.append(&mut duplicates);
    }

    /// Keeps the last of equal keys, in the place of the first, and notes the others.
    fn deduplicate(&mut self, children: &mut Vec<NodeId>, merged: bool) {
        const FEW: usize = 12;
        let pairs = children.len() / 2;
        let key = |at: usize| self.document.value(children[at * 2]).as_str().unwrap_or_default();
        let unique = if pairs <= FEW {
            (1..pairs).all(|at| (0..at).all(|before| key(before) != key(at)))
        } else {
            let mut seen = std::collections::HashSet::with_capacity(pairs);
            (0..pairs).all(|at| seen.insert(key(at)))
        };
        if unique {
            return;
        }
        let mut first_of = HashMap::with_capacity(pairs);
        let mut kept: Vec<NodeId> = Vec::with_capacity(children.len());
        let mut duplicates = Vec::new();
        for pair in children.chunks_exact(2) {
            let key = self.document.value(pair[0]);
            match first_of.get(key.as_str().unwrap_or_default()) {
                None => {
                    first_of.insert(key.as_str().unwrap_or_default().to_owned(), kept.len());
                    kept.extend_from_slice(pair);
                }
                Some(&at) => {
                    let overruled = self.document.value(kept[at]).span();
                    duplicates.push(Duplicate { overruled, winner: key.span(), key: pair[0] });
                    kept[at..at + 2].copy_from_slice(pair);
                }
            }
        }
        // Overruling what a merge key brought in is what merge keys are for.
        if !merged {
            self.document.duplicates.append(&mut duplicates);
        }
        *children = kept;
    }
}

/// Where a block list begins: at its first `-`, which the parser passes over in a list that is
/// indented no deeper than its key.
fn dash_before(text: &str, start: usize) -> usize {
    let before = text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']);
    match text.as_bytes().get(start) {
        Some(b'-') => start,
        _ if before.ends_with('-') => before.len() - 1,
        _ => start,
    }
}

fn known_tag(tag: &SourceTag) -> Tag {
    match tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() {
        Some("str") => Tag::Str,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("null") => Tag::Null,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        _ => Tag::Unknown,
    }
}

/// The bytes a scalar takes up as a person sees them.
///
/// A block scalar's own span lacks its header (`|-`) and takes in the blank lines after it.
fn written_span(text: &str, style: ScalarStyle, range: &core::ops::Range<usize>) -> Span {
    if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return Span::new(range.start, range.end);
    }
    let bytes = text.as_bytes();
    let header = bytes[..range.start.min(bytes.len())]
        .iter()
        .rposition(|byte| matches!(byte, b'|' | b'>'))
        .filter(|&at| bytes[at..range.start].iter().filter(|&&byte| byte == b'\n').count() <= 1);
    let end = range.start + text.get(range.clone()).map_or(0, |inner| inner.trim_end().len());
    Span::new(header.unwrap_or(range.start), end.max(range.start))
}

fn too_deep(limits: &Limits) -> String {
    format!("nested deeper than the limit of {}", limits.depth.min(Limits::MAX_DEPTH))
}

/// The parser's message, which names syntax only. Kinds that quote the text are put in our words.
fn describe(error: &granit_parser::ScanError, limits: &Limits) -> String {
    use granit_parser::ErrorKind;
    match error.kind() {
        ErrorKind::UnknownAnchor => {
            "an alias (`*name`) has no anchor before it; quote a text that begins with `*`".to_owned()
        }
        ErrorKind::UndeclaredTagHandle => {
            "a tag (`!…`) was not declared; quote a text that begins with `!`".to_owned()
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            "a value cannot begin with this character; quote it".to_owned()
        }
        ErrorKind::RecursionLimitExceeded => too_deep(limits),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
