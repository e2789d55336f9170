//! Sets of numbers from 0 to 65535, as disjoint ranges.

use std::fmt;

/// A set of 16-bit numbers: sorted ranges, both ends included, with a gap between any two.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Intervals {
    ranges: Vec<(u16, u16)>,
}

impl Intervals {
    /// No number.
    pub const NONE: Self = Self { ranges: Vec::new() };

    /// The numbers from one to another, both included; none when they are the wrong way round.
    #[must_use]
    pub fn range(from: u16, to: u16) -> Self {
        Self { ranges: if from <= to { vec![(from, to)] } else { Vec::new() } }
    }

    /// One number.
    #[must_use]
    pub fn one(number: u16) -> Self {
        Self::range(number, number)
    }

    /// Whether no number is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a number is in it.
    #[must_use]
    pub fn contains(&self, number: u16) -> bool {
        let after = self.ranges.partition_point(|&(from, _)| from <= number);
        after > 0 && number <= self.ranges[after - 1].1
    }

    /// Its ranges, from the lowest, both ends included.
    #[must_use]
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.ranges
    }

    /// How many numbers are in it.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.ranges.iter().map(|&(from, to)| u32::from(to - from) + 1).sum()
    }

    /// The numbers of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (mut one, mut two) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        let mut ranges: Vec<(u16, u16)> = Vec::with_capacity(self.ranges.len() + other.ranges.len());
        loop {
            let next = match (one.peek(), two.peek()) {
                (Some(a), Some(b)) if a.0 <= b.0 => one.next(),
                (_, Some(_)) => two.next(),
                (Some(_), None) => one.next(),
                (None, None) => break,
            };
            let Some(&(from, to)) = next else { break };
            match ranges.last_mut() {
                Some(last) if u32::from(from) <= u32::from(last.1) + 1 => last.1 = last.1.max(to),
                _ => ranges.push((from, to)),
            }
        }
        Self { ranges }
    }

    /// The numbers of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut ranges = Vec::new();
        while let (Some(&(a, b)), Some(&(c, d))) = (self.ranges.get(i), other.ranges.get(j)) {
            let (from, to) = (a.max(c), b.min(d));
            if from <= to {
                ranges.push((from, to));
            }
            if b <= d {
                i += 1;
            } else {
                j += 1;
            }
        }
        Self { ranges }
    }

    /// Whether some number is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let (mut i, mut j) = (0, 0);
        while let (Some(&(a, b)), Some(&(c, d))) = (self.ranges.get(i), other.ranges.get(j)) {
            if a.max(c) <= b.min(d) {
                return true;
            }
            if b <= d { i += 1 } else { j += 1 }
        }
        false
    }

    /// The numbers of this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut taken = other.ranges.iter().peekable();
        for &(from, to) in &self.ranges {
            let mut next = u32::from(from);
            while taken.next_if(|&&(_, end)| u32::from(end) < next).is_some() {}
            for &(start, end) in taken.clone() {
                if start > to {
                    break;
                }
                if next < u32::from(start) {
                    // `next` is below `start`, which fits.
                    ranges.push((next as u16, start - 1));
                }
                next = next.max(u32::from(end) + 1);
            }
            if next <= u32::from(to) {
                ranges.push((next as u16, to));
            }
        }
        Self { ranges }
    }
}

/// As in `80,443,8000-8080`.
impl fmt::Display for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (from, to)) in self.ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if from == to {
                write!(f, "{comma}{from}")?;
            } else {
                write!(f, "{comma}{from}-{to}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Intervals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any() -> impl Strategy<Value = Intervals> {
        let edge = prop_oneof![0u16..40, 65500u16..=65535];
        proptest::collection::vec((edge.clone(), edge), 0..6).prop_map(|ranges| {
            let one = |(from, to): (u16, u16)| Intervals::range(from.min(to), from.max(to));
            ranges.into_iter().map(one).fold(Intervals::NONE, |all, one| all.union(&one))
        })
    }

    proptest! {
        #[test]
        fn sets_are_those_of_their_numbers(a in any(), b in any()) {
            let (union, both, rest) = (a.union(&b), a.intersection(&b), a.difference(&b));
            for number in (0..60).chain(65480..=65535) {
                let (in_a, in_b) = (a.contains(number), b.contains(number));
                prop_assert_eq!(union.contains(number), in_a || in_b);
                prop_assert_eq!(both.contains(number), in_a && in_b);
                prop_assert_eq!(rest.contains(number), in_a && !in_b);
            }
            for set in [union, both, rest] {
                prop_assert!(set.ranges.windows(2).all(|pair| u32::from(pair[0].1) + 1 < u32::from(pair[1].0)));
                prop_assert!(set.ranges.iter().all(|(from, to)| from <= to));
            }
        }
    }

    #[test]
    fn they_are_shown_as_people_write_them() {
        let set = Intervals::one(80).union(&Intervals::range(8000, 8080)).union(&Intervals::one(81));
        assert_eq!(set.to_string(), "80-81,8000-8080");
        assert_eq!((set.len(), Intervals::range(0, 65535).len()), (83, 65536));
    }
}
