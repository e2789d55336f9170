//! Sets of small numbers.

/// A set of numbers below a bound that all sets of one model share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn none(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)])
    }

    pub(crate) fn all(bound: usize) -> Self {
        let mut bits = Self(vec![u64::MAX; bound.div_ceil(64)]);
        if let Some(last) = bits.0.last_mut()
            && !bound.is_multiple_of(64)
        {
            *last = (1 << (bound % 64)) - 1;
        }
        bits
    }

    /// Whether it has all numbers below the bound of its model.
    pub(crate) fn is_all(&self, bound: usize) -> bool {
        let last = bound / 64;
        let whole = self.0.iter().take(last).all(|word| *word == u64::MAX);
        whole && (bound.is_multiple_of(64) || self.0[last].count_ones() as usize == bound % 64)
    }

    pub(crate) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    pub(crate) fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own &= other);
    }

    /// What the set of all below `bound` has and this one has not.
    pub(crate) fn complement(&self, bound: usize) -> Self {
        let mut all = Self::all(bound);
        all.0.iter_mut().zip(&self.0).for_each(|(own, other)| *own &= !other);
        all
    }

    /// Its numbers, from the lowest.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_their_numbers() {
        for bound in [1, 63, 64, 65, 130] {
            let mut some = Bits::none(bound);
            some.insert(0);
            some.insert(bound - 1);
            let rest = some.complement(bound);
            assert_eq!(rest.iter().count() + some.iter().count(), bound);
            assert!((0..bound).all(|number| some.contains(number) != rest.contains(number)));
            let mut both = rest.clone();
            both.unite(&some);
            assert_eq!(both, Bits::all(bound));
            assert!(both.is_all(bound) && (!some.is_all(bound) || bound == 1));
            both.intersect(&some);
            assert_eq!(both, some);
        }
    }
}
