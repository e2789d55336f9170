//! Kubernetes quantities, read as the API server reads them.

use std::fmt;
use std::str::FromStr;

/// An amount of a resource: whole billionths, the finest that the API server keeps.
///
/// Read as by `ParseQuantity` in `apimachinery/pkg/api/resource/quantity.go`, after the
/// `strings.TrimSpace` of `UnmarshalJSON`: what is finer than a billionth is rounded away from zero,
/// and with a binary suffix nothing is larger than 2^63-1. Three things that no one means are errors
/// here and not there: a number without a digit (`Mi` is 0 there), an exponent of more than four
/// digits (there, it is cut to 32 bits), and more than 256 characters.
///
/// Amounts beyond 10^29, which have no machine, are equal to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    billionths: i128,
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuantityError {
    /// Nothing is written.
    Empty,
    /// Longer than anybody means.
    TooLong,
    /// No number stands at its beginning.
    NoNumber,
    /// What follows the number is no suffix.
    Suffix(String),
}

/// What is read; what is longer is not worth the time.
const LONGEST: usize = 256;
/// The decimal places that are kept.
const PLACES: i64 = 9;
const BILLION: i128 = 1_000_000_000;

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self { billionths: 0 };

    /// Whether it lies beyond what is told apart.
    #[must_use]
    pub fn is_beyond(self) -> bool {
        self.billionths.abs() == i128::MAX
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a quantity is missing, such as `500m` or `4Gi`"),
            Self::TooLong => write!(f, "a quantity has at most {LONGEST} characters"),
            Self::NoNumber => f.write_str("a quantity begins with a number, such as `500m` or `4Gi`"),
            Self::Suffix(suffix) => write!(
                f,
                "`{suffix}` is no suffix of a quantity: expected n, u, m, k, M, G, T, P, E, \
                 Ki, Mi, Gi, Ti, Pi, Ei or an exponent such as e3"
            ),
        }
    }
}

impl std::error::Error for QuantityError {}

/// What a number is multiplied by.
enum Suffix {
    PowerOfTwo(u32),
    PowerOfTen(i64),
}

impl Suffix {
    /// `newSuffixer` and `interpret` in `suffix.go`, beside `quantity.go`.
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "n" => Self::PowerOfTen(-9),
            "u" => Self::PowerOfTen(-6),
            "m" => Self::PowerOfTen(-3),
            "" => Self::PowerOfTen(0),
            "k" => Self::PowerOfTen(3),
            "M" => Self::PowerOfTen(6),
            "G" => Self::PowerOfTen(9),
            "T" => Self::PowerOfTen(12),
            "P" => Self::PowerOfTen(15),
            "E" => Self::PowerOfTen(18),
            "Ki" => Self::PowerOfTwo(10),
            "Mi" => Self::PowerOfTwo(20),
            "Gi" => Self::PowerOfTwo(30),
            "Ti" => Self::PowerOfTwo(40),
            "Pi" => Self::PowerOfTwo(50),
            "Ei" => Self::PowerOfTwo(60),
            _ => {
                let exponent: i64 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
                Self::PowerOfTen(exponent).checked()?
            }
        })
    }

    fn checked(self) -> Option<Self> {
        match self {
            Self::PowerOfTen(exponent) if exponent.unsigned_abs() > 9999 => None,
            fits => Some(fits),
        }
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QuantityError::Empty);
        }
        if text.len() > LONGEST {
            return Err(QuantityError::TooLong);
        }
        let (is_negative, unsigned) = match text.strip_prefix(['+', '-']) {
            Some(unsigned) => (text.starts_with('-'), unsigned),
            None => (false, text),
        };
        let (whole, rest) = split_digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return Err(QuantityError::NoNumber);
        }
        let power = Suffix::read(suffix).ok_or_else(|| QuantityError::Suffix(suffix.to_owned()))?;
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        // `LONGEST` characters hold fewer digits than an `i64` counts.
        let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let billionths = match power {
            Suffix::PowerOfTen(exponent) => shifted(&digits, exponent - places + PLACES),
            Suffix::PowerOfTwo(exponent) => {
                (0..exponent).for_each(|_| double(&mut digits));
                shifted(&digits, PLACES - places).min(i128::from(i64::MAX) * BILLION)
            }
        };
        Ok(Self { billionths: if is_negative { -billionths } else { billionths } })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.split_at(text.len() - rest.len())
}

/// Doubles a number of decimal digits, which keeps it exact however long it is.
fn double(digits: &mut Vec<u8>) {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        let twice = *digit * 2 + carry;
        *digit = twice % 10;
        carry = twice / 10;
    }
    if carry > 0 {
        digits.insert(0, carry);
    }
}

/// A number of decimal digits times a power of ten, rounded up to a whole, at most `i128::MAX`.
fn shifted(digits: &[u8], exponent: i64) -> i128 {
    let cut = usize::try_from(-exponent).unwrap_or(0).min(digits.len());
    let (kept, lost) = digits.split_at(digits.len() - cut);
    let push = |number: i128, &digit: &u8| number.checked_mul(10)?.checked_add(i128::from(digit));
    let number = kept.iter().try_fold(0, push);
    let zeros = if number == Some(0) { 0 } else { exponent.max(0) };
    let number = (0..zeros).try_fold(number.unwrap_or(i128::MAX), |number, _| number.checked_mul(10));
    let round_up = i128::from(lost.iter().any(|&digit| digit != 0));
    number.unwrap_or(i128::MAX).saturating_add(round_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billionths(text: &str) -> i128 {
        text.parse::<Quantity>().unwrap_or_else(|error| panic!("{text}: {error}")).billionths
    }

    #[test]
    fn each_suffix_is_what_it_is_in_kubernetes() {
        for (text, expected) in [
            ("1n", 1),
            ("1u", 1_000),
            ("1m", 1_000_000),
            ("1", BILLION),
            ("1k", 1_000 * BILLION),
            ("1M", 1_000_000 * BILLION),
            ("1G", BILLION * BILLION),
            ("1T", 1_000_000_000_000 * BILLION),
            ("1P", 1_000_000_000_000_000 * BILLION),
            ("1E", 1_000_000_000_000_000_000 * BILLION),
            ("1Ki", 1024 * BILLION),
            ("1Mi", (1 << 20) * BILLION),
            ("1Gi", (1 << 30) * BILLION),
            ("1Ti", (1 << 40) * BILLION),
            ("1Pi", (1 << 50) * BILLION),
            ("1Ei", (1 << 60) * BILLION),
            ("1e3", 1_000 * BILLION),
            ("1E3", 1_000 * BILLION),
            ("1e+3", 1_000 * BILLION),
            ("1e-3", 1_000_000),
            ("1E-09", 1),
        ] {
            assert_eq!(billionths(text), expected, "{text}");
        }
    }

    #[test]
    fn signs_fractions_and_blanks_are_read() {
        for (text, same) in [
            ("1.5", "1500m"),
            (".5", "500m"),
            ("5.", "5"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("+007", "7"),
            ("-1.5", "-1500m"),
            ("  4Gi ", "4096Mi"),
            ("0.000000001Ki", "1.024u"),
            ("0000000000000000000000000000000000000000000000000000001", "1"),
            ("0e9999", "0"),
            ("-0", "0"),
            ("18446744073709551616", "18446744073709551.616k"),
        ] {
            assert_eq!(billionths(text), billionths(same), "{text}");
        }
    }

    /// `inf.RoundUp` is away from zero.
    #[test]
    fn what_is_finer_than_a_billionth_is_rounded_away_from_zero() {
        for (text, expected) in [
            ("0.1n", 1),
            ("-0.1n", -1),
            ("1.1n", 2),
            ("2.0n", 2),
            ("1e-9999", 1),
            ("0.0000000001Ki", 103),
            ("0.00000000000000000000000000000000000000000001Ei", 1),
            ("1.0000000000000000000000000000000000000000000001", BILLION + 1),
            ("0.0n", 0),
        ] {
            assert_eq!(billionths(text), expected, "{text}");
        }
    }

    #[test]
    fn only_binary_suffixes_are_capped() {
        let largest = i128::from(i64::MAX) * BILLION;
        assert_eq!(billionths("7Ei"), 7 * (1 << 60) * BILLION);
        for text in ["8Ei", "9223372036854775807.5Ki", "999999999999999999999999999999999999999999Ki"] {
            assert_eq!(billionths(text), largest, "{text}");
            assert_eq!(billionths(&format!("-{text}")), -largest, "{text}");
        }
        assert_eq!(billionths("9223372036854775808"), largest + BILLION);
        assert!(billionths("100E") > largest);
        for beyond in ["1e30", "1e9999", "999999999999999999999999999999999999999999", "-1e30"] {
            assert!(beyond.parse::<Quantity>().unwrap().is_beyond(), "{beyond}");
        }
        assert!(!"1e29".parse::<Quantity>().unwrap().is_beyond());
    }

    #[test]
    fn they_are_ordered_by_what_they_are_worth() {
        let in_order = ["-1Ki", "-1", "-1m", "0", "1n", "999u", "1m", "1", "999m5"];
        let read: Vec<Quantity> = in_order[..8].iter().map(|text| text.parse().unwrap()).collect();
        assert!(read.is_sorted() && in_order[8].parse::<Quantity>().is_err());
        for (less, more) in [("1k", "1Ki"), ("4095Mi", "4Gi"), ("6G", "6Gi"), ("1E", "1Ei"), ("1500m", "2")] {
            assert!(billionths(less) < billionths(more), "{less} {more}");
        }
    }

    #[test]
    fn what_is_no_quantity_says_why() {
        for (text, said) in [
            ("", "missing"),
            ("  ", "missing"),
            (".", "begins with a number"),
            ("-", "begins with a number"),
            ("Mi", "begins with a number"),
            ("--1", "begins with a number"),
            ("much", "begins with a number"),
            ("{{ .cpu }}", "begins with a number"),
            ("4GiB", "`GiB` is no suffix"),
            ("4gi", "`gi` is no suffix"),
            ("4K", "`K` is no suffix"),
            ("1i", "`i` is no suffix"),
            ("1 Gi", "` Gi` is no suffix"),
            ("1.1.M", "`.M` is no suffix"),
            ("1+1", "`+1` is no suffix"),
            ("1,5", "`,5` is no suffix"),
            ("1e", "`e` is no suffix"),
            ("1e1.5", "`e1.5` is no suffix"),
            ("1e4294967296", "`e4294967296` is no suffix"),
            ("1e99999999999999999999", "is no suffix"),
            ("1e-9223372036854775808", "is no suffix"),
            ("0x10", "`x10` is no suffix"),
            ("٣", "begins with a number"),
        ] {
            let error = text.parse::<Quantity>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        assert_eq!("1".repeat(257).parse::<Quantity>(), Err(QuantityError::TooLong));
    }
}
