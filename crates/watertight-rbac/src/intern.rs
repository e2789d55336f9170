//! Strings as small numbers: a policy says `pods` thousands of times, and comparing numbers is what
//! makes a decision cheap.

use std::collections::HashMap;
use std::sync::Arc;

/// A string of the policy. [`Text::UNKNOWN`] is a string that the policy does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(u32);

impl Text {
    /// The place in lists by string.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// Equal to no string of the policy; only a `*` can match it.
    pub(crate) const UNKNOWN: Self = Self(u32::MAX);

    /// One of 63 bits for a known string, the 64th for an unknown one. Two strings without a common
    /// bit are different.
    pub(crate) fn bit(self) -> u64 {
        if self == Self::UNKNOWN { 1 << 63 } else { 1 << (self.0 % 63) }
    }

    /// As [`Text::bit`], for two strings that only mean something together.
    pub(crate) fn bit_with(self, other: Option<Self>) -> u64 {
        let other = other.map_or(0, |other| other.0.wrapping_mul(17).wrapping_add(1));
        1 << (self.0.wrapping_mul(5).wrapping_add(other) % 64)
    }
}

/// All strings of a policy.
#[derive(Default)]
pub(crate) struct Interner {
    ids: HashMap<Arc<str>, Text>,
    texts: Vec<Arc<str>>,
}

impl Interner {
    /// The number of a string, a new one when it is new.
    pub(crate) fn add(&mut self, text: &str) -> Text {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        // A policy of 4 billion different strings does not fit into memory.
        let id = Text(u32::try_from(self.texts.len()).unwrap_or(u32::MAX - 1).min(u32::MAX - 1));
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    /// The number of a string, [`Text::UNKNOWN`] when the policy does not hold it.
    pub(crate) fn find(&self, text: &str) -> Text {
        self.ids.get(text).copied().unwrap_or(Text::UNKNOWN)
    }

    /// The place of a string, `None` when the policy does not hold it.
    pub(crate) fn index(&self, text: &str) -> Option<usize> {
        self.ids.get(text).map(|id| id.0 as usize)
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The string of a number; empty for [`Text::UNKNOWN`].
    pub(crate) fn text(&self, id: Text) -> &str {
        self.texts.get(id.0 as usize).map_or("", |text| text)
    }
}
