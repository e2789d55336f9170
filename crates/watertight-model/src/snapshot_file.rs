//! The lines of a snapshot file: a [`Snapshot`] as text, and back.
//!
//! The first line is the header, each further line one object, sorted, so that equal worlds give equal
//! bytes. What a Secret holds is blanked when it is read and so never gets here. Compression is the
//! caller's. The form is `docs/schema/snapshot.v1.json`; start reading at [`Header`].

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;

use serde::{Deserialize, Serialize};
use watertight_syntax::{Path, Span};

use crate::{Body, Gap, Identity, Object, Origin, Rendered, Snapshot, Standing};

/// The form that is written. Readers take this version and the one before it; there is none before 1.
pub const FORMAT: &str = "watertight.snapshot/v1";

/// What every version's format begins with.
const FAMILY: &str = "watertight.snapshot/v";

/// The first line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header<'a> {
    format: Cow<'a, str>,
    tool: Tool<'a>,
    /// Lines that follow: a file that was cut off has fewer.
    objects: usize,
    /// Texts that were read.
    texts: u32,
    /// Documents that were not for Kubernetes.
    passed_over: u32,
    /// Kinds of which everything that there was is in the file.
    complete: Vec<KindRow<'a>>,
    gaps: Cow<'a, [Gap]>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tool<'a> {
    name: Cow<'a, str>,
    version: Cow<'a, str>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KindRow<'a> {
    group: Cow<'a, str>,
    kind: Cow<'a, str>,
}

/// Where an object was read before it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    /// The name of the text: the path as it was given.
    pub file: String,
    /// The document within the text, from 1.
    pub document: u32,
    /// The line that the object begins on, from 1.
    pub line: u32,
    /// Keys that stood twice in one map of the text.
    pub duplicates: Vec<Path>,
    /// What it was rendered from, when nobody wrote it as it is; lines are then those of the tool's output.
    pub rendered: Option<Rendered>,
}

/// A line after the header, as it is written.
#[derive(Serialize)]
struct Line<'a> {
    at: At<'a>,
    object: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct At<'a> {
    file: Cow<'a, str>,
    document: u32,
    line: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    duplicates: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rendered: Option<Cow<'a, Rendered>>,
}

/// Why a text is no snapshot that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFileError {
    /// Written by a newer build.
    #[error("a snapshot of the form `{0}`, which is newer than this build reads (`{FORMAT}`)")]
    Newer(String),
    /// The header is not what it has to be.
    #[error("a snapshot whose header cannot be read: {0}")]
    Header(String),
}

impl Snapshot {
    /// Writes the lines of a snapshot file. Implied objects are left out, and so are those that stand in a text
    /// of another: they follow from the others.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write_lines(&self, tool_version: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let mut gaps = self.gaps().to_vec();
        let mut order: Vec<(&Identity, Recorded, &Object)> = Vec::new();
        let own = |object: &Object| !object.is_implied() && object.within().is_none();
        for (_, object) in self.objects().filter(|(_, object)| own(object)) {
            match object.body() {
                Ok(body) => order.push((object.identity(), object.recorded_in(&body), object)),
                Err(error) => gaps.push(Gap::in_object(object, &Path::root(), &error.message)),
            }
        }
        // By where they were read too, so that no two are equal; what they hold is not compared.
        order.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        gaps.sort();
        gaps.dedup();
        let header = Header {
            format: FORMAT.into(),
            tool: Tool { name: "watertight".into(), version: tool_version.into() },
            objects: order.len(),
            texts: self.texts(),
            passed_over: self.passed_over(),
            complete: self
                .complete_kinds()
                .map(|(group, kind)| KindRow { group: group.into(), kind: kind.into() })
                .collect(),
            gaps: gaps.into(),
        };
        serde_json::to_writer(&mut *out, &header)?;
        out.write_all(b"\n")?;
        // Each line is made and written by itself: all of them are as large as everything that was read.
        for (_, recorded, object) in order {
            write_line(object, &recorded, out)?;
        }
        Ok(())
    }
}

/// Writes the line of one object, which can be opened.
fn write_line(object: &Object, recorded: &Recorded, out: &mut dyn io::Write) -> io::Result<()> {
    let body = object.body().map_err(|error| io::Error::other(error.message))?;
    let mut value = body.root().to_json();
    if let Some(fields) = value.as_object_mut() {
        // Items of a typed list may leave both out.
        fields.insert("apiVersion".to_owned(), object.identity().api_version().into());
        fields.insert("kind".to_owned(), (&*object.identity().kind).into());
        // What `-n` said is part of what was seen; elsewhere the name is what was written.
        if let (Some(namespace), Some(metadata)) = (
            object.identity().namespace.name(),
            fields.entry("metadata").or_insert_with(|| serde_json::json!({})).as_object_mut(),
        ) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
    }
    let at = At {
        file: recorded.file.as_str().into(),
        document: recorded.document,
        line: recorded.line,
        duplicates: recorded.duplicates.iter().map(ToString::to_string).collect(),
        rendered: recorded.rendered.as_ref().map(Cow::Borrowed),
    };
    serde_json::to_writer(&mut *out, &Line { at, object: value })?;
    out.write_all(b"\n")
}

impl Object {
    /// Where it was read: from a snapshot file, where it was read before that.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        if let Standing::Recorded(recorded) = &self.origin().standing {
            return (**recorded).clone();
        }
        self.read_at(self.duplicate_keys())
    }

    /// The same, of an object whose body is open.
    fn recorded_in(&self, body: &Body<'_>) -> Recorded {
        match &self.origin().standing {
            Standing::Recorded(recorded) => (**recorded).clone(),
            Standing::Read | Standing::Rendered(_) | Standing::Implied => self.read_at(body.duplicate_keys()),
        }
    }

    fn read_at(&self, duplicates: Vec<Path>) -> Recorded {
        Recorded {
            file: self.origin().source.name(),
            document: self.origin().document,
            line: self.begins().line,
            duplicates,
            rendered: self.origin().rendered().cloned(),
        }
    }
}

/// Whether a text is a snapshot file, of whatever version.
#[must_use]
pub fn is_snapshot(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with('{') && first.contains(FAMILY) && format_of(first).is_some()
}

fn format_of(first: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Format {
        format: String,
    }
    let format = serde_json::from_str::<Format>(first).ok()?.format;
    format.starts_with(FAMILY).then_some(format)
}

/// What the lines of a snapshot file hold.
pub(crate) struct Lines<'t> {
    pub(crate) header: Head,
    pub(crate) objects: Vec<ReadLine<'t>>,
}

/// A line after the header.
pub(crate) struct ReadLine<'t> {
    /// From 1, the header included.
    pub(crate) number: u32,
    line: &'t str,
    /// Its first byte within the whole text.
    start: usize,
}

/// The header, as far as a snapshot keeps it.
pub(crate) struct Head {
    pub(crate) objects: usize,
    pub(crate) texts: u32,
    pub(crate) passed_over: u32,
    pub(crate) complete: BTreeSet<(String, String)>,
    pub(crate) gaps: Vec<Gap>,
}

impl<'t> Lines<'t> {
    /// Takes the text of a snapshot file apart.
    ///
    /// # Errors
    /// When the header is of a newer form or cannot be read. A line that cannot be read is a value.
    pub(crate) fn of(text: &'t str) -> Result<Self, SnapshotFileError> {
        let first = text.lines().next().unwrap_or_default();
        if let Some(format) = format_of(first).filter(|format| format != FORMAT) {
            return Err(SnapshotFileError::Newer(format));
        }
        let header: Header<'_> =
            serde_json::from_str(first).map_err(|error| SnapshotFileError::Header(told(&error)))?;
        let mut objects = Vec::with_capacity(header.objects.min(text.len() / 64));
        let mut start = first.len() + 1;
        for (number, line) in (2u32..).zip(text.split('\n').skip(1)) {
            if !line.trim().is_empty() {
                objects.push(ReadLine { number, line, start });
            }
            start += line.len() + 1;
        }
        let header = Head {
            objects: header.objects,
            texts: header.texts,
            passed_over: header.passed_over,
            complete: header
                .complete
                .into_iter()
                .map(|row| (row.group.into_owned(), row.kind.into_owned()))
                .collect(),
            gaps: header.gaps.into_owned(),
        };
        Ok(Self { header, objects })
    }
}

impl ReadLine<'_> {
    /// The place of its object within the whole text, and where it was read.
    ///
    /// # Errors
    /// Why it has none.
    pub(crate) fn object(&self) -> Result<(Span, Recorded), String> {
        #[derive(Deserialize)]
        struct Row<'a> {
            #[serde(borrow)]
            at: At<'a>,
            #[serde(borrow)]
            object: &'a serde_json::value::RawValue,
        }
        let row: Row<'_> = serde_json::from_str(self.line)
            .map_err(|error| format!("not a line of a snapshot: {}", told(&error)))?;
        let text = row.object.get();
        let at = self.start + (text.as_ptr() as usize - self.line.as_ptr() as usize);
        Ok((Span::new(at, at + text.len()), row.at.recorded()?))
    }

    /// The same for a line of the form that is written, without a look at the object: it is one only if all of the
    /// place turns out to be one map. `None` for a line of another form.
    pub(crate) fn object_as_written(&self) -> Option<(Span, Recorded)> {
        let rest = self.line.strip_prefix("{\"at\":")?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<At<'_>>();
        let at = values.next()?.ok()?;
        let object = rest.get(values.byte_offset()..)?.strip_prefix(",\"object\":")?.strip_suffix('}')?;
        let end = self.start + self.line.len() - 1;
        Some((Span::new(end - object.len(), end), at.recorded().ok()?))
    }
}

impl At<'_> {
    fn recorded(self) -> Result<Recorded, String> {
        let duplicates = self.duplicates.iter().map(|path| path.parse::<Path>());
        Ok(Recorded {
            file: self.file.into_owned(),
            document: self.document,
            line: self.line,
            duplicates: duplicates.collect::<Result<_, _>>().map_err(|_| "a path that is none".to_owned())?,
            rendered: self.rendered.map(Cow::into_owned),
        })
    }
}

/// What is wrong. The message of an error of syntax quotes nothing; one about a value quotes the value.
fn told(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Data => {
            format!("a field is missing or wrong before column {}", error.column())
        }
        _ => error.to_string(),
    }
}

impl Origin {
    /// The name that people know the text by: for a recorded object, where it was read before.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.standing {
            Standing::Recorded(recorded) => recorded.file.clone(),
            Standing::Read | Standing::Rendered(_) | Standing::Implied => self.source.name(),
        }
    }

    /// The folder that the text stands in, for joins that prefer near objects.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        if let Some(rendered) = self.rendered() {
            return Some(std::path::Path::new(&rendered.of));
        }
        match &self.standing {
            Standing::Recorded(recorded) => std::path::Path::new(&recorded.file).parent(),
            Standing::Read | Standing::Rendered(_) | Standing::Implied => self.source.folder(),
        }
    }

    /// Whether two objects were read from one text.
    #[must_use]
    pub fn is_same_text(&self, other: &Self) -> bool {
        // What was rendered together is one text, though it is kept in parts.
        if let (Some(one), Some(other)) = (self.rendered(), other.rendered()) {
            return (one.by, &one.of) == (other.by, &other.of);
        }
        std::sync::Arc::ptr_eq(&self.source, &other.source)
            && match (&self.standing, &other.standing) {
                (Standing::Recorded(one), Standing::Recorded(other)) => one.file == other.file,
                _ => true,
            }
    }
}
