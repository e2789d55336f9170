//! Stretches of bytes of one class, found once each, so that a scan over many candidates stays linear.

/// The alphabets that tokens are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `0-9 a-f`.
    Hex,
    /// `A-Z 0-9`.
    Upper,
    /// `A-Z a-z 0-9`.
    Alnum,
    /// Alphanumeric and `_`.
    Word,
    /// Alphanumeric, `_` and `-`.
    Url,
    /// Alphanumeric, `_`, `-` and `.`.
    Dotted,
    /// Base64 with its padding, in either alphabet.
    Base64,
}

const ALPHABETS: usize = 7;

impl Alphabet {
    pub(crate) fn has(self, byte: u8) -> bool {
        match self {
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'='),
        }
    }
}

/// The ends of runs in one text. Asked in ascending order of place, each byte is looked at once per
/// alphabet, however many candidates begin in one run.
pub(crate) struct Runs<'t> {
    bytes: &'t [u8],
    /// Per alphabet, the last run found: its beginning and its end.
    last: [(usize, usize); ALPHABETS],
}

impl<'t> Runs<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { bytes: text.as_bytes(), last: [(0, 0); ALPHABETS] }
    }

    /// Where the run that holds `at` ends; `at` itself when no byte of the alphabet stands there.
    pub(crate) fn end(&mut self, alphabet: Alphabet, at: usize) -> usize {
        let (start, end) = self.last[alphabet as usize];
        if start <= at && at < end {
            return end;
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|&byte| !alphabet.has(byte)).unwrap_or(rest.len());
        self.last[alphabet as usize] = (at, at + length);
        at + length
    }
}
