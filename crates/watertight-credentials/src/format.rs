//! What a credential is called, and what it is worth to whoever finds it.

use std::ops::Range;

/// What whoever finds a credential can do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It has to be broken first: the hash of a password.
    Hash,
    /// Half of a pair, one for a test account, or one that is often restricted.
    Part,
    /// It lets in whoever has it.
    Whole,
}

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What it is, with its article, for messages: `a GitHub personal access token`.
    pub said: &'static str,
    /// What it is worth.
    pub strength: Strength,
}

impl Format {
    pub(crate) const fn whole(said: &'static str) -> Self {
        Self { said, strength: Strength::Whole }
    }

    pub(crate) const fn part(said: &'static str) -> Self {
        Self { said, strength: Strength::Part }
    }

    pub(crate) const fn hash(said: &'static str) -> Self {
        Self { said, strength: Strength::Hash }
    }
}

/// Why a text counts as a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It is written as its issuer writes such credentials.
    Form,
    /// A literal value stands where a name says that a secret belongs.
    Name,
}

/// A credential in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// What it is.
    pub format: Format,
    /// Why it counts.
    pub basis: Basis,
    /// Its bytes in the text, on character boundaries and never empty. Encoded text is one whole.
    pub span: Range<usize>,
    /// How many bytes from the beginning of the span are a prefix that all credentials of the format
    /// share, and so may be shown; 0 when there is none.
    pub public_prefix: usize,
    /// The bytes of the name that says what it is, when that stands in the same text.
    pub name: Option<Range<usize>>,
    /// Whether the text holds it in base64.
    pub is_encoded: bool,
}

impl Detection {
    pub(crate) fn of_form(format: Format, span: Range<usize>) -> Self {
        Self { format, basis: Basis::Form, span, public_prefix: 0, name: None, is_encoded: false }
    }

    pub(crate) fn of_name(format: Format, span: Range<usize>, name: Option<Range<usize>>) -> Self {
        Self { format, basis: Basis::Name, span, public_prefix: 0, name, is_encoded: false }
    }

    /// The prefix that may be shown; `None` when there is none. `text` is what was looked at.
    #[must_use]
    pub fn shown<'t>(&self, text: &'t str) -> Option<&'t str> {
        let end = self.span.start + self.public_prefix;
        text.get(self.span.start..end).filter(|prefix| !prefix.is_empty())
    }
}

/// Sorts by place and leaves out what another one covers: what has a form wins over what has a name,
/// and a longer one over a shorter.
pub(crate) fn settle(mut found: Vec<Detection>) -> Vec<Detection> {
    found.sort_by_key(|one| (one.span.start, one.basis, std::cmp::Reverse(one.span.end)));
    let mut kept: Vec<Detection> = Vec::with_capacity(found.len());
    for one in found {
        match kept.last_mut() {
            Some(last) if one.span.start < last.span.end => {
                let better = one.basis < last.basis && one.span.end >= last.span.start;
                let name = last.name.take().or_else(|| one.name.clone());
                // What is masked must not shrink.
                let span = last.span.start..last.span.end.max(one.span.end);
                if better {
                    let prefix = if one.span.start == span.start { one.public_prefix } else { 0 };
                    *last = Detection { span, public_prefix: prefix, ..one };
                } else {
                    last.span = span;
                }
                last.name = name;
            }
            _ => kept.push(one),
        }
    }
    kept
}
