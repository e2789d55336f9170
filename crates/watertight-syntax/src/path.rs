//! Where a value stands inside an object: `.spec.template.spec.containers[0].image`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a map.
    Key(Cow<'static, str>),
    /// A position in a list, from 0.
    Index(usize),
}

/// A route through maps and lists, independent of any text.
///
/// Printed as kubectl's JSONPath users write it; keys that are no plain words are quoted, as in
/// `.metadata.annotations['example.com/a']`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path(Vec<Segment>);

impl Path {
    /// The object itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The steps from the outside in.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether it is the object itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// This path with a key below.
    #[must_use]
    pub fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// This path with a list position below.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// This path with plain keys below, separated by dots: `at("securityContext.privileged")`.
    #[must_use]
    pub fn at(&self, keys: &'static str) -> Self {
        let mut path = self.clone();
        path.0.extend(keys.split('.').map(|key| Segment::Key(Cow::Borrowed(key))));
        path
    }

    /// This path followed by another.
    #[must_use]
    pub fn join(&self, below: &Path) -> Self {
        let mut path = self.clone();
        path.0.extend(below.0.iter().cloned());
        path
    }

    /// The path one step up; `None` for the object itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, parents) = self.0.split_last()?;
        Some(Self(parents.to_vec()))
    }

    /// Whether the other path is this one or lies below it.
    #[must_use]
    pub fn covers(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = Vec::with_capacity(self.0.len() + 1);
        path.extend(self.0.iter().cloned());
        path.push(segment);
        Self(path)
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for segment in &self.0 {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_word(key) => write!(f, ".{key}")?,
                Segment::Key(key) => {
                    write!(f, "['{}']", key.replace('\\', "\\\\").replace('\'', "\\'"))?;
                }
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'))
}

/// A path that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a path: expected something like `.spec.containers[0].image`")]
pub struct PathError;

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let mut rest = text;
        let mut segments = Vec::new();
        if rest == "." {
            return Ok(Self::root());
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("['") {
                let (key, after) = quoted(after)?;
                segments.push(Segment::Key(key.into()));
                rest = after;
            } else if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']').ok_or(PathError)?;
                segments.push(Segment::Index(index.parse().map_err(|_| PathError)?));
                rest = after;
            } else {
                let after = rest.strip_prefix('.').ok_or(PathError)?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if !is_word(&after[..end]) {
                    return Err(PathError);
                }
                segments.push(Segment::Key(after[..end].to_owned().into()));
                rest = &after[end..];
            }
        }
        Ok(Self(segments))
    }
}

/// Reads up to the closing `']`, undoing backslashes.
fn quoted(text: &str) -> Result<(String, &str), PathError> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, character)) = chars.next() {
        match character {
            '\\' => key.push(chars.next().ok_or(PathError)?.1),
            '\'' => return Ok((key, text[at + 1..].strip_prefix(']').ok_or(PathError)?)),
            _ => key.push(character),
        }
    }
    Err(PathError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_back() {
        let path = Path::root().at("spec.containers").index(2).key("a.b/c'd\\").key("x-y");
        assert_eq!(path.to_string(), r".spec.containers[2]['a.b/c\'d\\'].x-y");
        assert_eq!(path.to_string().parse(), Ok(path));
        assert_eq!(".".parse(), Ok(Path::root()));
        for bad in ["", "spec", ".", "a.b", ".a..b", ".a[", ".a[x]", ".a['b", "['b'"] {
            let read = bad.parse::<Path>();
            assert!(read.is_err() || read == Ok(Path::root()), "{bad}");
        }
    }

    #[test]
    fn covers_itself_and_below() {
        let spec = Path::root().key("spec");
        assert!(spec.covers(&spec) && spec.covers(&spec.index(0)) && !spec.index(0).covers(&spec));
    }
}
