//! Where a value stands in a policy: `rules[3].resources[0].group`.

use std::borrow::Cow;
use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of an object.
    Key(Cow<'static, str>),
    /// A position in a list, from 0.
    Index(usize),
}

/// A route from the policy to one of its values, printed as the API server prints field paths.
///
/// ```
/// use watertight_audit::FieldPath;
/// let path = FieldPath::root().key("rules").index(3).key("level");
/// assert_eq!(path.to_string(), "rules[3].level");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The policy itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// This path with a key below.
    #[must_use]
    pub fn key(&self, key: impl Into<Cow<'static, str>>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// This path with a list position below, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The steps from the outside in.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The rule that the path leads into, counted from 0; `None` outside the rules.
    #[must_use]
    pub fn rule(&self) -> Option<usize> {
        match self.0.as_slice() {
            [Segment::Key(key), Segment::Index(index), ..] if key == "rules" => Some(*index),
            _ => None,
        }
    }

    fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position > 0 => write!(f, ".{key}")?,
                Segment::Key(key) => f.write_str(key)?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
