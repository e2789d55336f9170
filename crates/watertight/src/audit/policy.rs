//! Reading a policy file, with the place of everything in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use watertight_audit::{Decoded, FieldPath, Policy, Problem, Segment};
use watertight_report::audit::{PlaceOf, Source};
use watertight_syntax::{Document, Limits, LineIndex, NodeId, Span, Value, json, yaml};

use crate::exit::Failure;

/// Policies are written by hand.
const LONGEST: u64 = 16 << 20;

/// A policy that the API server takes, and its text.
#[derive(Debug)]
pub struct PolicyFile {
    name: String,
    decoded: Decoded,
    places: Places,
}

/// Finds values of a document in its text.
struct Places {
    text: Arc<str>,
    lines: LineIndex,
    document: Document,
    /// The document's bytes when it was read as JSON, without places of its own.
    json: Option<Span>,
}

/// The text may be anything.
impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

impl PolicyFile {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// When it cannot be read, is no YAML or JSON, or the API server would refuse the policy: with file,
    /// line and column of each problem.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let name = if path.as_os_str() == "-" { "<stdin>".to_owned() } else { path.display().to_string() };
        let text = text_of(path, &name)?;
        let (places, further) = Places::of(&name, text)?;
        match Policy::decode(&places.document.root().to_json()) {
            Ok(mut decoded) => {
                decoded.ignored.extend(places.duplicates());
                if further {
                    let message =
                        "only the first document of the file is read. The API server ignores the others";
                    let path = FieldPath::root();
                    decoded.ignored.push(Problem { path, message: message.to_owned() });
                }
                Ok(Self { name, decoded, places })
            }
            Err(invalid) => Err(refused(&name, &places, &invalid.problems)),
        }
    }

    /// The policy, and what of the file is ignored.
    pub fn decoded(&self) -> &Decoded {
        &self.decoded
    }

    /// The file's name as the user gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For reports.
    pub fn source(&self) -> Source<'_> {
        Source { file: &self.name, place: self, tool_version: env!("CARGO_PKG_VERSION") }
    }

    /// Tells on standard error what of the file is ignored, for commands that do not judge it.
    pub fn warn(&self) {
        for problem in &self.decoded.ignored {
            let (line, column) = self.place_of(&problem.path);
            eprintln!("watertight: warning: {}:{line}:{column}: {problem}", self.name.escape_debug());
        }
    }

    /// A user whom no rule names.
    pub fn unnamed_user(&self) -> String {
        let rules = &self.decoded.policy.rules;
        let mut name = "someone".to_owned();
        while rules.iter().any(|rule| rule.users.contains(&name)) {
            name.push_str("-else");
        }
        name
    }
}

impl PlaceOf for PolicyFile {
    fn place_of(&self, path: &FieldPath) -> (u32, u32) {
        self.places.place_of(path)
    }
}

fn text_of(path: &Path, name: &str) -> Result<Arc<str>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{name}`: {error}"));
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::new(format!("`{name}` is longer than a policy may be (16 MiB)")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        Failure::new(format!("`{name}` is no UTF-8 text at byte {}", error.utf8_error().valid_up_to()))
    })?;
    Ok(text.into())
}

/// All problems, each with its place.
fn refused(name: &str, places: &Places, problems: &[Problem]) -> Failure {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let (line, column) = places.place_of(&problem.path);
            format!("\n  {}:{line}:{column}: {problem}", name.escape_debug())
        })
        .collect();
    Failure::new(format!("the API server refuses this audit policy:{}", lines.concat()))
}

impl Places {
    /// The first document of the text, which is what the API server reads, and whether more follow.
    fn of(name: &str, text: Arc<str>) -> Result<(Self, bool), Failure> {
        let lines = LineIndex::new(&text);
        let mut documents = yaml::parse(&text, &Limits::default()).into_iter();
        let first = documents.next().map(|parsed| parsed.document);
        let further = documents.any(|parsed| !matches!(parsed.document, Ok(None)));
        let (document, at) = match first {
            Some(Ok(Some(document))) => (document, None),
            None | Some(Ok(None)) => return Err(Failure::new(format!("`{name}` holds no audit policy"))),
            // Tabs between JSON tokens are no YAML.
            Some(Err(error)) => match as_json(&text) {
                Some((document, at)) => (document, Some(at)),
                None => {
                    let position = lines.position(error.offset, &text);
                    let (line, column) = (position.line, position.column);
                    return Err(Failure::new(format!("{name}:{line}:{column}: {error}")));
                }
            },
        };
        Ok((Self { text, lines, document, json: at }, further))
    }

    fn place_of(&self, path: &FieldPath) -> (u32, u32) {
        let path: watertight_syntax::Path = path.segments().iter().map(segment).collect();
        let span = match self.json {
            Some(at) => json::locate(&self.text, at, &path).0,
            None => self.nearest(&path),
        };
        let position = self.lines.position(span.start, &self.text);
        (position.line, position.column)
    }

    /// The value, or what is written of the way to it.
    fn nearest(&self, path: &watertight_syntax::Path) -> Span {
        let mut value = self.document.root();
        let mut span = value.span();
        for step in path.segments() {
            let Some(below) = value.step(step) else { break };
            // A value that is not written has a key that is.
            span = match step {
                watertight_syntax::Segment::Key(key) if below.span().is_empty() => {
                    value.key(key).map_or(span, Value::span)
                }
                _ => below.span(),
            };
            value = below;
        }
        span
    }

    /// Keys that stand twice: the last one is in force.
    fn duplicates(&self) -> Vec<Problem> {
        let twins: BTreeMap<NodeId, Span> =
            self.document.duplicates().iter().map(|twin| (twin.key, twin.overruled)).collect();
        let mut problems = Vec::new();
        if !twins.is_empty() {
            let root = self.document.root();
            self.walk(root, &FieldPath::root(), &twins, &mut BTreeSet::new(), &mut problems);
        }
        problems
    }

    fn walk(
        &self,
        value: Value<'_>,
        path: &FieldPath,
        twins: &BTreeMap<NodeId, Span>,
        // What aliases point to is walked once.
        walked: &mut BTreeSet<NodeId>,
        problems: &mut Vec<Problem>,
    ) {
        if !walked.insert(value.id()) {
            return;
        }
        for (key, below) in value.pairs() {
            let path = path.key(key.as_str().unwrap_or_default().to_owned());
            if let Some(overruled) = twins.get(&key.id()) {
                let line = self.lines.position(overruled.start, &self.text).line;
                let message = format!("the key stands twice; the one in line {line} is ignored");
                problems.push(Problem { path: path.clone(), message });
            }
            self.walk(below, &path, twins, walked, problems);
        }
        for (index, below) in value.items().enumerate() {
            self.walk(below, &path.index(index), twins, walked, problems);
        }
    }
}

fn as_json(text: &Arc<str>) -> Option<(Document, Span)> {
    let values = json::looks_like_json(text).then(|| json::split(text).ok()).flatten()?;
    let at = *values.first()?;
    Some((json::decode(text, at).ok()?, at))
}

fn segment(segment: &Segment) -> watertight_syntax::Segment {
    match segment {
        Segment::Key(key) => watertight_syntax::Segment::Key(key.clone()),
        Segment::Index(index) => watertight_syntax::Segment::Index(*index),
    }
}

/// YAML that we wrote ourselves, as JSON.
pub fn json_of(text: &str) -> serde_json::Value {
    let text: Arc<str> = text.into();
    let first = yaml::parse(&text, &Limits::default()).into_iter().next();
    let document = first.and_then(|parsed| parsed.document.ok().flatten());
    document.map(|document| document.root().to_json()).unwrap_or_default()
}
