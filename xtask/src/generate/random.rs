//! Numbers that look random and are the same for the same seed, on every machine.
//!
//! xoshiro256** of Blackman and Vigna, seeded through splitmix64. Whole numbers only: floats would
//! make the skew depend on the machine's mathematics. Start reading at [`Random::of`].

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// The letters of names that Kubernetes generates: no vowels, and no digit that looks like one
/// (`staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`, `alphanums`).
const NAME_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    /// The stream of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// A stream of its own for a purpose, so that what one purpose draws does not move the others.
    pub(crate) fn of(seed: u64, purpose: &[&str]) -> Self {
        // FNV-1a; the separator keeps `ab`, `c` from `a`, `bc`.
        let bytes = purpose.iter().flat_map(|word| word.bytes().chain([0xff]));
        let hash = bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ hash)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let state = &mut self.state;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A number below `bound`, each as likely as the others up to one in 2⁶⁴ ÷ `bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half of a product of two 64-bit numbers has 64 bits")
    }

    /// An index into something of this length; 0 when it is empty.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).expect("it is below a usize")
    }

    /// A number between two, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True this many times in a thousand.
    pub(crate) fn permille(&mut self, times: u64) -> bool {
        self.below(1000) < times
    }

    /// One of several, each as likely as the others.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// One of several that are each as likely as their weight says.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut left = self.below(of.iter().map(|(weight, _)| weight).sum());
        for &(weight, item) in of {
            if left < weight {
                return item;
            }
            left -= weight;
        }
        of[0].1
    }

    /// Puts a list into some order: Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }

    /// The end of a name, as controllers and the API server generate it.
    pub(crate) fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(NAME_LETTERS))).collect()
    }

    /// Lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(*self.pick(b"0123456789abcdef"))).collect()
    }

    /// A UUID of version 4, as the API server gives each object.
    pub(crate) fn uid(&mut self) -> String {
        let (high, low) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            0x8000 | ((low >> 48) & 0x3FFF),
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// A choice where few are chosen often and many rarely: the weight of the item at rank `r` is
/// 1 ÷ (`r` + `flat`), the law of Zipf and Mandelbrot.
#[derive(Debug, Clone)]
pub(crate) struct Skew {
    /// The sum of the weights up to and with each item.
    ends: Vec<u64>,
}

impl Skew {
    /// A skew over this many items; the greater `flat`, the less the first ones stand out.
    pub(crate) fn new(length: usize, flat: u64) -> Self {
        let weights = (flat.max(1)..).take(length).map(|rank| (1 << 32) / rank);
        let ends = weights.scan(0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { ends: ends.collect() }
    }

    /// One of the items, by its index; 0 when there is none.
    pub(crate) fn index(&self, random: &mut Random) -> usize {
        let at = random.below(self.ends.last().copied().unwrap_or_default());
        self.ends.partition_point(|&end| end <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference implementation's first outputs for the state that splitmix64 makes of 0.
    #[test]
    fn it_is_the_published_generator() {
        let mut random = Random::new(0);
        assert_eq!(random.state[0], 0xE220_A839_7B1D_CDAF, "splitmix64 of 0");
        let mut published = Random { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..4).map(|_| published.bits()).collect();
        assert_eq!(first, [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
        assert_ne!(random.bits(), Random::new(1).bits());
    }

    #[test]
    fn purposes_have_streams_of_their_own() {
        let first = |words: &[&str]| Random::of(1, words).bits();
        assert_eq!(first(&["a", "b"]), first(&["a", "b"]));
        assert_ne!(first(&["a", "b"]), first(&["ab"]));
        assert_ne!(first(&["a", "b"]), Random::of(2, &["a", "b"]).bits());
    }

    #[test]
    fn bounds_hold_and_everything_is_reached() {
        let mut random = Random::new(7);
        let mut seen = [0; 5];
        for _ in 0..1000 {
            seen[random.index(5)] += 1;
            assert!((3..=4).contains(&random.between(3, 4)));
        }
        assert!(seen.iter().all(|&times| times > 100), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!((0..100).filter(|_| random.weighted(&[(0, false), (1, true)])).count(), 100);
    }

    #[test]
    fn the_skew_prefers_the_first_and_reaches_the_last() {
        let (skew, mut random) = (Skew::new(10, 1), Random::new(7));
        let mut seen = [0; 10];
        for _ in 0..10_000 {
            seen[skew.index(&mut random)] += 1;
        }
        assert!(seen.iter().all(|&times| times > 100), "{seen:?}");
        assert!((2500..4500).contains(&seen[0]), "a third goes to the first of ten: {seen:?}");
        assert!(seen[0] > 5 * seen[9], "{seen:?}");
    }

    #[test]
    fn a_uid_has_the_form_of_one() {
        let uid = Random::new(3).uid();
        let lengths: Vec<usize> = uid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uid}");
        assert_eq!(&uid[14..15], "4");
        assert!("89ab".contains(&uid[19..20]), "{uid}");
    }
}
