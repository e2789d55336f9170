//! All objects of one look at the world, and what could not be seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use watertight_syntax::{Document, Limits, Span, SyntaxError, Value, json, yaml};

use crate::blanked::{blank_configuration, blank_secret};
use crate::list::{self, JsonAt, Listed, TypeOfItem};
use crate::object::{Defaults, Origin, Standing};
use crate::snapshot_file::{Lines, Recorded, SnapshotFileError};
use crate::within::embedded_in;
use crate::{Gap, GroupKind, Namespace, Object, ObjectError, Source};

/// An object's number within its snapshot, in the order read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// How much of a kind is in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage<'a> {
    /// Everything that was there was read.
    Complete,
    /// Some of it may be behind this gap.
    Partial(&'a Gap),
    /// The input holds no such objects. Never an error, and never "there are none".
    NotInView,
}

/// Kind and API group, as they were written.
type NamedKind = (Arc<str>, Arc<str>);

/// All objects of one look at the world, immutable, with what could not be seen.
#[derive(Debug, Default)]
pub struct Snapshot {
    objects: Vec<Object>,
    gaps: Vec<Gap>,
    by_kind: BTreeMap<Arc<str>, Vec<ObjectId>>,
    /// The kinds that somebody wrote in each namespace, by kind and API group: coverage is asked for
    /// every control and object.
    written: HashMap<Namespace, BTreeSet<NamedKind>>,
    /// Kinds of which everything that there was is here: API group and kind.
    complete: BTreeSet<(String, String)>,
    /// Whether somebody said that this is the whole cluster.
    assumed_complete: bool,
    passed_over: u32,
    texts: u32,
    implied: u32,
}

impl Snapshot {
    /// Starts an empty one.
    #[must_use]
    pub fn builder(limits: Limits) -> SnapshotBuilder {
        SnapshotBuilder { snapshot: Self::default(), limits, namespace: None }
    }

    /// Every object with its number, in the order read.
    pub fn objects(&self) -> impl Iterator<Item = (ObjectId, &Object)> {
        (0u32..).map(ObjectId).zip(&self.objects)
    }

    /// How many objects there are, the implied ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The object with a number of this snapshot.
    ///
    /// # Panics
    /// When the number belongs to another snapshot.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    /// The objects of a kind name, whatever their group, in the order read.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> &[ObjectId] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// What could not be seen.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// How many documents were read that are not meant for Kubernetes.
    #[must_use]
    pub fn passed_over(&self) -> u32 {
        self.passed_over
    }

    /// How many texts (files, standard input) were read.
    #[must_use]
    pub fn texts(&self) -> u32 {
        self.texts
    }

    /// The kinds in view with the number of objects of each, without those that are implied.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, usize)> {
        let written =
            |objects: &[ObjectId]| objects.iter().filter(|id| !self.object(**id).is_implied()).count();
        self.by_kind
            .iter()
            .map(move |(kind, objects)| (&**kind, written(objects)))
            .filter(|(_, count)| *count > 0)
    }

    /// Kinds of which everything that there was is here (API group and kind): a look at a cluster says
    /// so of what it listed, files never do.
    pub fn complete_kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.complete.iter().map(|(group, kind)| (group.as_str(), kind.as_str()))
    }

    /// Whether everything that there was of a kind was listed.
    #[must_use]
    pub fn is_listed(&self, group: &str, kind: &str) -> bool {
        self.complete.iter().any(|(of, named)| of == group && named == kind)
    }

    /// Whether everything that there is of a kind is here: it was listed, or somebody said so
    /// ([`SnapshotBuilder::assume_complete`]).
    #[must_use]
    pub fn is_complete(&self, group: &str, kind: &str) -> bool {
        self.assumed_complete || self.is_listed(group, kind)
    }

    /// Whether the absence of an object of a kind means anything: somebody wrote one of the kind, or all
    /// that there are are here. A folder without any cannot show that there are none.
    #[must_use]
    pub fn is_in_view(&self, kind: GroupKind) -> bool {
        let written = |&id: &ObjectId| {
            let object = self.object(id);
            !object.is_implied() && kind.is(object.identity())
        };
        self.is_complete(kind.group, kind.kind) || self.of_kind(kind.kind).iter().any(written)
    }

    /// Takes over what another snapshot tells of its reading.
    pub(crate) fn keep_account_of(&mut self, other: &Self) {
        self.gaps.clone_from(&other.gaps);
        self.passed_over = other.passed_over;
    }

    /// How many of the objects are implied: nobody wrote them.
    #[must_use]
    pub fn implied(&self) -> usize {
        self.implied as usize
    }

    /// How much of a kind is in view in a namespace.
    #[must_use]
    pub fn coverage(&self, kind: GroupKind, namespace: &Namespace) -> Coverage<'_> {
        let hides = |gap: &&Gap| gap.affects.is_empty() || gap.affects.iter().any(|name| name == kind.kind);
        if let Some(gap) = self.gaps.iter().find(hides) {
            return Coverage::Partial(gap);
        }
        let written = || {
            let mut kinds = self.written.get(namespace).into_iter().flatten();
            kinds.any(|(name, group)| &**name == kind.kind && &**group == kind.group)
        };
        if self.is_complete(kind.group, kind.kind) || written() {
            Coverage::Complete
        } else {
            Coverage::NotInView
        }
    }
}

/// Collects texts into a [`Snapshot`].
#[derive(Debug)]
pub struct SnapshotBuilder {
    snapshot: Snapshot,
    limits: Limits,
    pub(crate) namespace: Option<Arc<str>>,
}

/// What reading one text gave.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Added {
    /// Objects read.
    pub objects: u32,
    /// Lists, also those without an item.
    pub lists: u32,
    /// Documents that are not meant for Kubernetes.
    pub passed_over: u32,
    /// Documents and objects that could not be read.
    pub gaps: u32,
    /// The first document that is no YAML and no JSON: its place and what is wrong with it.
    pub broken: Option<(String, String)>,
}

impl SnapshotBuilder {
    /// Gives objects that name no namespace this one.
    #[must_use]
    pub fn namespace(mut self, namespace: Option<&str>) -> Self {
        self.namespace = namespace.map(Into::into);
        self
    }

    /// Takes what is read for the whole cluster: what is not there is absent, not out of view. What
    /// every API server has is implied all the same.
    #[must_use]
    pub fn assume_complete(mut self, whole: bool) -> Self {
        self.snapshot.assumed_complete = whole;
        self
    }

    /// The limits that texts are read with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Records something that could not be seen at all.
    pub fn gap(&mut self, gap: Gap) {
        self.snapshot.gaps.push(gap);
    }

    /// Reads every object of a text. `name` is how people know the text: its path, `-` for standard input.
    pub fn text(&mut self, name: impl Into<std::path::PathBuf>, text: impl Into<Arc<str>>) -> Added {
        let source = Arc::new(Source::new(name, text.into()));
        self.count_text();
        self.source(&source, &Standing::Read)
    }

    /// Counts a text that was read.
    pub(crate) fn count_text(&mut self) {
        self.snapshot.texts += 1;
    }

    /// Reads every object of a text, all of one standing.
    pub(crate) fn source(&mut self, source: &Arc<Source>, standing: &Standing) -> Added {
        let before = self.snapshot.gaps.len();
        let mut added = Added::default();
        let json = json::looks_like_json(source.text()).then(|| json::split(source.text()));
        match json {
            Some(Ok(values)) => self.json(source, standing, &values, &mut added),
            // YAML in flow style begins like JSON.
            Some(Err(error)) => {
                self.yaml(source, standing, &mut added);
                let nothing = added.objects == 0 && added.lists == 0 && self.snapshot.gaps.len() == before;
                // What was meant as JSON may parse as YAML into something else (comments become keys).
                if nothing && source.text().contains("apiVersion") && source.text().contains("kind") {
                    let whole = Span::new(0, source.text().len());
                    self.unreadable(source, whole, &error, &mut added);
                }
            }
            None => self.yaml(source, standing, &mut added),
        }
        added.gaps = u32::try_from(self.snapshot.gaps.len() - before).unwrap_or(u32::MAX);
        self.snapshot.passed_over += added.passed_over;
        added
    }

    /// Takes in the objects and gaps of a snapshot file's text (see [`crate::is_snapshot`]). Lines that
    /// cannot be read, and lines that are missing, are gaps.
    ///
    /// # Errors
    /// When the form is newer than this build reads, or the header cannot be read.
    pub fn snapshot_file(
        &mut self,
        name: impl Into<std::path::PathBuf>,
        text: impl Into<Arc<str>>,
    ) -> Result<Added, SnapshotFileError> {
        let source = Arc::new(Source::new(name, text.into()));
        let lines = Lines::of(source.text())?;
        let mut added = Added::default();
        let before = self.snapshot.gaps.len();
        let (header, read) = (lines.header, lines.objects.len());
        self.snapshot.texts += header.texts;
        self.snapshot.passed_over += header.passed_over;
        self.snapshot.gaps.extend(header.gaps);
        self.snapshot.complete.extend(header.complete);
        let gap = |line: u32, why: String| Gap {
            what: format!("{}:{line}", source.name()),
            why,
            affects: Vec::new(),
        };
        let mut gaps = Vec::new();
        let deepest = usize::from(self.limits.depth.min(Limits::MAX_DEPTH));
        for line in lines.objects {
            let number = line.number;
            // Looking at an object once has to be enough where nothing is wrong.
            if let Some((at, recorded)) = line.object_as_written()
                && !json::is_deeper(&source.text()[at.range()], deepest)
                && let Ok(object) = self.recorded(&source, number, at, recorded)
            {
                self.object(&source, at.start, Ok(object), &mut added);
                continue;
            }
            match line.object() {
                Ok((at, _)) if json::is_deeper(&source.text()[at.range()], deepest) => {
                    gaps.push(gap(number, format!("nested deeper than the limit of {deepest}")));
                }
                Ok((at, recorded)) => {
                    match self.recorded(&source, number, at, recorded) {
                        // Elsewhere it is for somebody else; here it was an object.
                        Err(ObjectError::NotKubernetes) => {
                            gaps.push(gap(number, "an object without `apiVersion` and `kind`".to_owned()));
                        }
                        object => self.object(&source, at.start, object, &mut added),
                    }
                }
                Err(why) => gaps.push(gap(number, why)),
            }
        }
        if read != header.objects {
            let why =
                format!("{} objects were written and {read} are there: the file is damaged", header.objects);
            gaps.push(gap(1, why));
        }
        self.snapshot.gaps.append(&mut gaps);
        added.lists = 1;
        added.gaps = u32::try_from(self.snapshot.gaps.len() - before).unwrap_or(u32::MAX);
        Ok(added)
    }

    /// The object of a line of a snapshot file.
    fn recorded(
        &self,
        source: &Arc<Source>,
        number: u32,
        at: Span,
        recorded: Recorded,
    ) -> Result<Object, ObjectError> {
        let standing = Standing::Recorded(Box::new(recorded));
        let origin = Origin { source: Arc::clone(source), document: number, standing };
        Object::from_json(origin, at, &Defaults { namespace: self.namespace.as_ref(), item_of: None })
    }

    /// Goes on with what was collected.
    #[must_use]
    pub fn of(snapshot: Snapshot) -> Self {
        Self { snapshot, limits: Limits::default(), namespace: None }
    }

    /// Adds objects that nobody wrote, as JSON text one after the other: what every API server has, and
    /// what follows from other objects. `name` is how people know them. They are no text that was read.
    pub fn implied(&mut self, name: &str, text: impl Into<Arc<str>>) {
        let source = Arc::new(Source::new(name, text.into()));
        let values = match json::split(source.text()) {
            Ok(values) => values,
            Err(error) => {
                self.gap(Gap { what: source.name(), why: error.message, affects: Vec::new() });
                return;
            }
        };
        for (number, &at) in (1u32..).zip(&values) {
            let origin =
                Origin { source: Arc::clone(&source), document: number, standing: Standing::Implied };
            let object = Object::from_json(origin, at, &Defaults { namespace: None, item_of: None });
            self.snapshot.implied += u32::from(object.is_ok());
            self.object(&source, at.start, object, &mut Added::default());
        }
    }

    /// What was read so far.
    pub(crate) fn read(&self) -> &Snapshot {
        &self.snapshot
    }

    /// An object that was read, to be changed.
    pub(crate) fn object_mut(&mut self, id: ObjectId) -> Option<&mut Object> {
        self.snapshot.objects.get_mut(id.0 as usize)
    }

    /// Ends the collection.
    #[must_use]
    pub fn finish(self) -> Snapshot {
        self.snapshot
    }

    fn yaml(&mut self, source: &Arc<Source>, standing: &Standing, added: &mut Added) {
        let text = Arc::clone(source.text());
        let limits = self.limits;
        let mut number = 0;
        yaml::parse_each(&text, &limits, |parsed| {
            number += 1;
            match parsed.document {
                Ok(None) => {}
                Ok(Some(document)) => {
                    let origin =
                        Origin { source: Arc::clone(source), document: number, standing: standing.clone() };
                    self.document(&origin, document, added);
                }
                Err(error) => self.unreadable(source, parsed.span, &error, added),
            }
        });
    }

    fn document(&mut self, origin: &Origin, mut document: Document, added: &mut Added) {
        let mut found = Vec::new();
        let mut secrets = Vec::new();
        blank_configuration(&mut document);
        list::expand(document.root(), None, false, &mut |listed| {
            if let Listed::One { at, item_of, .. } = &listed
                && is_secret_type(*at, item_of)
            {
                secrets.push(at.id());
            }
            found.push(match listed {
                Listed::One { at, item_of, in_list } => Listed::One { at: at.id(), item_of, in_list },
                Listed::List => Listed::List,
                Listed::Broken(at) => Listed::Broken(at.id()),
            });
        });
        for root in secrets {
            blank_secret(&mut document, root);
        }
        let document = Arc::new(document);
        for listed in found {
            let place = |node| document.value(node).span().start;
            self.listed(&origin.source, listed, place, added, |node, defaults| {
                Object::from_tree(origin.clone(), Arc::clone(&document), node, defaults)
            });
        }
    }

    fn json(&mut self, source: &Arc<Source>, standing: &Standing, values: &[Span], added: &mut Added) {
        let text = source.text();
        for (number, &value) in (1u32..).zip(values) {
            let size = u64::from(value.end - value.start);
            let depth = usize::from(self.limits.depth.min(Limits::MAX_DEPTH));
            let refused = if size > self.limits.document_bytes {
                Some(format!("document is larger than the limit of {} bytes", self.limits.document_bytes))
            } else if json::is_deeper(&text[value.range()], depth) {
                Some(format!("nested deeper than the limit of {depth}"))
            } else {
                None
            };
            if let Some(message) = refused {
                let error = SyntaxError { message, offset: value.start };
                self.unreadable(source, value, &error, added);
                continue;
            }
            let mut found = Vec::new();
            list::expand(JsonAt { text, at: value }, None, false, &mut |listed| found.push(listed));
            for listed in found {
                self.listed(
                    source,
                    listed,
                    |json: JsonAt<'_>| json.at.start,
                    added,
                    |json, defaults| {
                        let standing = standing.clone();
                        let origin = Origin { source: Arc::clone(source), document: number, standing };
                        Object::from_json(origin, json.at, defaults)
                    },
                );
            }
        }
    }

    /// Takes in what a document or an item turned out to be.
    fn listed<T: Copy>(
        &mut self,
        source: &Source,
        listed: Listed<T>,
        place: impl Fn(T) -> u32,
        added: &mut Added,
        make: impl FnOnce(T, &Defaults<'_>) -> Result<Object, ObjectError>,
    ) {
        let broken = |message: &str| Err(ObjectError::Malformed(message.to_owned()));
        match listed {
            Listed::List => added.lists += 1,
            Listed::Broken(at) => {
                self.object(source, place(at), broken("the `items` of a list is no list"), added);
            }
            Listed::One { at, item_of, in_list } => {
                let namespace = self.namespace.clone();
                let item_of = item_of.as_ref().map(|(version, kind)| (version.as_str(), kind.as_str()));
                let object = match make(at, &Defaults { namespace: namespace.as_ref(), item_of }) {
                    Err(ObjectError::NotKubernetes) if in_list => {
                        broken("an item of a list has no `apiVersion` and `kind`")
                    }
                    object => object,
                };
                self.object(source, place(at), object, added);
            }
        }
    }

    /// What is kept when some texts are written anew: all but the objects.
    pub(crate) fn like(snapshot: &Snapshot, limits: Limits, namespace: Option<&str>) -> Self {
        let kept = Snapshot {
            gaps: snapshot.gaps.clone(),
            complete: snapshot.complete.clone(),
            assumed_complete: snapshot.assumed_complete,
            passed_over: snapshot.passed_over,
            texts: snapshot.texts,
            ..Snapshot::default()
        };
        Self { snapshot: kept, limits, namespace: namespace.map(Into::into) }
    }

    pub(crate) fn object(
        &mut self,
        source: &Source,
        at: u32,
        object: Result<Object, ObjectError>,
        added: &mut Added,
    ) {
        match object {
            Ok(object) => {
                let (inner, gaps) = embedded_in(&object, &self.limits);
                let id = ObjectId(u32::try_from(self.snapshot.objects.len()).unwrap_or(u32::MAX));
                let kind = Arc::clone(&object.identity().kind);
                if !object.is_implied() {
                    let identity = object.identity();
                    let kinds = self.snapshot.written.entry(identity.namespace.clone()).or_default();
                    kinds.insert((Arc::clone(&kind), Arc::clone(&identity.group)));
                }
                self.snapshot.by_kind.entry(kind).or_default().push(id);
                let origin = object.origin().clone();
                self.snapshot.objects.push(object);
                self.snapshot.gaps.extend(gaps);
                added.objects += 1;
                self.embedded(&origin, inner, added);
            }
            Err(ObjectError::NotKubernetes) => added.passed_over += 1,
            Err(error @ ObjectError::Malformed(_)) => {
                let position = source.position(at);
                self.gap(Gap {
                    what: format!("{}:{}:{}", source.name(), position.line, position.column),
                    why: error.to_string(),
                    affects: Vec::new(),
                });
            }
        }
    }

    /// A document that could not be parsed. What it would have been is told from its `kind:` lines,
    /// so that a broken template costs the kinds it names and not every answer. A text without any
    /// is passed over, as it would have been had it parsed.
    fn unreadable(&mut self, source: &Source, span: Span, error: &SyntaxError, added: &mut Added) {
        let text = source.text().get(span.range()).unwrap_or_default();
        let kinds = kinds_named(text);
        let position = source.position(error.offset);
        let place = format!("{}:{}:{}", source.name(), position.line, position.column);
        added.broken.get_or_insert_with(|| (place.clone(), error.message.clone()));
        if kinds.is_empty() && !text.contains("apiVersion") {
            added.passed_over += 1;
            return;
        }
        let mut why = error.message.clone();
        if text.contains("{{") {
            why.push_str("; it looks like a template: render it first (`helm template`) and scan the result");
        }
        self.gap(Gap { what: place, why, affects: kinds });
    }
}

/// The kinds that a text names on lines of their own.
pub(crate) fn kinds_named(text: &str) -> Vec<String> {
    let mut kinds: Vec<String> = text
        .lines()
        .filter_map(|line| {
            let line = line.trim_start().trim_start_matches(['"', '{', '-', ' ']);
            let value = line.strip_prefix("kind")?.trim_start_matches('"').trim_start().strip_prefix(':')?;
            let word = value.trim().trim_matches(['"', '\'', ',', ' ']);
            let word = word.split([' ', ',', '"', '#']).next().unwrap_or_default();
            let named =
                word.starts_with(char::is_uppercase) && word.bytes().all(|b| b.is_ascii_alphanumeric());
            named.then(|| word.to_owned())
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    // A list may hold anything.
    if kinds.iter().any(|kind| kind.ends_with("List")) { Vec::new() } else { kinds }
}

/// Whether an object is a core Secret, by its own words or by those of the list that it is in.
fn is_secret_type(value: Value<'_>, item_of: &TypeOfItem) -> bool {
    let (version, kind) = item_of.clone().unzip();
    let own = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
    own("kind").or(kind).as_deref() == Some("Secret")
        && own("apiVersion").or(version).as_deref() == Some("v1")
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
