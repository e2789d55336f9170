//! Files that tell a renderer what to do, read as YAML.

use std::path::Path;
use std::sync::Arc;

use watertight_syntax::{Document, Limits, Value, yaml};

use crate::text::{Refused, text};

/// The documents of a YAML file, or the line, from 1, and what is wrong.
pub(super) fn documents(file: &Path, limits: &Limits) -> Result<(Arc<str>, Vec<Document>), (u32, String)> {
    let read = std::fs::File::open(file).map_err(Refused::Io);
    let text = read.and_then(|mut file| text(&mut file, limits)).map_err(|refused| (1, refused.why()))?;
    let text: Arc<str> = text.into();
    let mut documents = Vec::new();
    for parsed in yaml::parse(&text, limits) {
        match parsed.document {
            Ok(document) => documents.extend(document),
            Err(error) => return Err((line(&text, error.offset), error.message)),
        }
    }
    Ok((text, documents))
}

/// The line of an offset, from 1.
pub(super) fn line(text: &str, offset: u32) -> u32 {
    let before = text.as_bytes().get(..offset as usize).unwrap_or_default();
    u32::try_from(before.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0) + 1
}

/// The name of a field as Go's decoder compares it: without case, where `ſ` is an s and the Kelvin sign
/// a k. Upstream: `encoding/json/fold.go`.
pub(super) fn folded(key: &str) -> String {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.chars().map(fold).collect()
}

/// A field by its folded name.
pub(super) fn field<'a>(map: Value<'a>, name: &str) -> Option<Value<'a>> {
    map.entries().find(|(key, _)| folded(key) == name).map(|(_, value)| value)
}
