//! Strings as small numbers: a policy says `pods` thousands of times, and comparing numbers is what
//! makes a decision cheap.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

/// A string of the policy. [`Text::UNKNOWN`] is a string that the policy does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(u32);

impl Text {
    /// Equal to no string of the policy; only a `*` can match it.
    pub(crate) const UNKNOWN: Self = Self(u32::MAX);

    /// The place in lists by string.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// One of `bits - 1` bits for a known string, the last of them for an unknown one. Two strings
    /// without a common bit are different.
    pub(crate) fn bit(self, bits: u32) -> u64 {
        if self == Self::UNKNOWN { 1 << (bits - 1) } else { 1 << (self.0 % (bits - 1)) }
    }

    /// One of `bits` bits for two strings that only mean something together.
    pub(crate) fn bit_with(self, other: Option<Self>, bits: u32) -> u64 {
        let other = other.map_or(0, |other| other.0.wrapping_mul(17).wrapping_add(1));
        1 << (self.0.wrapping_mul(5).wrapping_add(other) % bits)
    }
}

/// Strings and their numbers.
#[derive(Default)]
pub(crate) struct Interner {
    ids: HashMap<Arc<str>, Text, Seeded>,
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

    /// The string of a number; empty for [`Text::UNKNOWN`].
    pub(crate) fn text(&self, id: Text) -> &str {
        self.texts.get(id.index()).map_or("", |text| text)
    }
}

/// A hash for short strings, several times faster than the standard one. It has a seed of its own in each
/// map, so that nobody can choose names that collide.
pub(crate) struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Self(RandomState::new().build_hasher().finish() | 1)
    }
}

impl BuildHasher for Seeded {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded { seed: self.0, state: self.0 }
    }
}

/// Folded multiplication: both halves of the product of the input and the seed.
pub(crate) struct Folded {
    seed: u64,
    state: u64,
}

impl Folded {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;

    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.seed ^ Self::ODD);
        // Both halves, on purpose.
        self.state = (product as u64) ^ ((product >> 64) as u64).rotate_left(23);
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let last = rest.iter().fold(bytes.len() as u64, |last, &byte| (last << 8) | u64::from(byte));
        self.mix(last);
    }

    /// The end of a string, whose length is in the hash already.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        let product = u128::from(self.state) * u128::from(Self::ODD);
        (product as u64) ^ ((product >> 64) as u64)
    }
}
