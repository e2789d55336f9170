//! What a YAML scalar means to Kubernetes.
//!
//! Follows `resolve` in `go.yaml.in/yaml/v2` (branch v2, `resolve.go`) and the conversion to JSON in
//! `sigs.k8s.io/yaml` (`yaml.go`): timestamps stay strings, integral floats become integers.

use crate::document::Data;

/// A resolved scalar, borrowed where the text itself is the value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    /// The text as written is the value.
    Text,
    /// Null, a boolean or a number.
    Plain(Data),
    /// Text that differs from what is written (`!!binary`).
    Cooked(String),
}

/// The resolver's view of an explicit tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// No tag, or one the resolver does not know: an unknown tag leaves plain text as a string.
    None,
    Unknown,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
}

/// Resolves a plain or explicitly tagged scalar. `Err` names the type that the tag asked for.
pub(crate) fn resolve(tag: Tag, text: &str) -> Result<Scalar, &'static str> {
    match tag {
        Tag::None => Ok(untagged(text)),
        Tag::Unknown | Tag::Str => Ok(Scalar::Text),
        Tag::Binary => decode_base64(text).map(Scalar::Cooked).ok_or("base64 text"),
        Tag::Bool => match untagged(text) {
            value @ Scalar::Plain(Data::Bool(_)) => Ok(value),
            _ => Err("a boolean"),
        },
        Tag::Int => match untagged(text) {
            value @ Scalar::Plain(Data::Int(_) | Data::Uint(_)) if !looks_like_float(text) => Ok(value),
            _ => Err("an integer"),
        },
        Tag::Float => match untagged(text) {
            value @ Scalar::Plain(Data::Int(_) | Data::Uint(_) | Data::Float(_)) => Ok(value),
            _ => Err("a float"),
        },
        Tag::Null => match untagged(text) {
            value @ Scalar::Plain(Data::Null) => Ok(value),
            _ => Err("null"),
        },
        Tag::Timestamp => Ok(Scalar::Text),
    }
}

/// Whether the text is a float by its form, though its value may be integral (`1.0`, `1e3`).
fn looks_like_float(text: &str) -> bool {
    !text.starts_with("0x") && text.contains(['.', 'e', 'E'])
}

fn untagged(text: &str) -> Scalar {
    let plain = |data| Scalar::Plain(data);
    let Some(&first) = text.as_bytes().first() else { return plain(Data::Null) };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                plain(Data::Bool(true))
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                plain(Data::Bool(false))
            }
            "~" | "null" | "Null" | "NULL" => plain(Data::Null),
            _ => Scalar::Text,
        },
        b'.' => match text {
            ".nan" | ".NaN" | ".NAN" => plain(Data::Float(f64::NAN)),
            ".inf" | ".Inf" | ".INF" => plain(Data::Float(f64::INFINITY)),
            // strconv.ParseFloat takes underscores only in hexadecimal and base-prefixed forms.
            _ => float(text).map_or(Scalar::Text, Scalar::Plain),
        },
        b'0'..=b'9' | b'+' | b'-' => number(text),
        _ => Scalar::Text,
    }
}

fn number(text: &str) -> Scalar {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Scalar::Plain(Data::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Plain(Data::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    let without;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        without.as_str()
    } else {
        text
    };
    integer(plain)
        .or_else(|| is_yaml_float(plain).then(|| float(plain)).flatten())
        .map_or(Scalar::Text, Scalar::Plain)
}

/// `strconv.ParseInt(s, 0, 64)`, then `ParseUint`: sign, then `0x`, `0o`, `0b` or a leading `0` for octal.
fn integer(text: &str) -> Option<Data> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust's own parser takes a second sign; Go's does not.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Data::Int);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Data::Int(value)),
        // ParseUint takes no sign, so `+18446744073709551615` goes on to be a float.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Data::Uint(magnitude)),
    }
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let digits = |s: &str| s.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// `strconv.ParseFloat`: out of range is an error there, so the text stays a string.
fn float(text: &str) -> Option<Data> {
    if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E')) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then(|| integral(value))
}

/// JSON prints an integral float below 1e21 without a point, and the API server reads that as an integer.
pub(crate) fn integral(value: f64) -> Data {
    const LIMIT: f64 = 9_007_199_254_740_992.0; // 2^53: above it the printed digits are not exact.
    if value.fract() == 0.0 && value.abs() <= LIMIT {
        #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^53")]
        return Data::Int(value as i64);
    }
    Data::Float(value)
}

/// Standard base64 with line breaks ignored, as Go's `base64.StdEncoding` decodes it.
fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits, mut padding, mut count) = (0u32, 0u8, 0usize, 0usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        count += 1;
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if padding < 2 => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        buffer = buffer << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xFF).ok()?);
        }
    }
    // JSON has no bytes: what is not UTF-8 is replaced, as Go's encoder does.
    (count % 4 == 0).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<Data> {
        match resolve(Tag::None, text) {
            Ok(Scalar::Plain(data)) => Some(data),
            _ => None,
        }
    }

    #[test]
    fn words_are_those_of_yaml_1_1() {
        for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"] {
            assert_eq!(plain(text), Some(Data::Bool(true)), "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"] {
            assert_eq!(plain(text), Some(Data::Bool(false)), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Some(Data::Null), "{text}");
        }
        for text in ["yEs", "oN", "tRue", "nUll", "yes ", "yess", "="] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn integers_are_go_s() {
        let cases: &[(&str, i64)] = &[
            ("0", 0),
            ("12", 12),
            ("+12", 12),
            ("-7", -7),
            ("0755", 493),
            ("0o755", 493),
            ("0x1F", 31),
            ("-0x1F", -31),
            ("0b11", 3),
            ("-0b11", -3),
            ("1_000", 1000),
            ("1__0", 10),
            ("08", 8),
            ("1e3", 1000),
            ("1.0", 1),
            ("1.", 1),
            ("010.0", 10),
            ("-9223372036854775808", i64::MIN),
        ];
        for &(text, value) in cases {
            assert_eq!(plain(text), Some(Data::Int(value)), "{text}");
        }
        assert_eq!(plain("12345678901234567890"), Some(Data::Uint(12_345_678_901_234_567_890)));
    }

    #[test]
    fn floats_and_what_only_looks_like_them() {
        assert_eq!(plain(".5"), Some(Data::Float(0.5)));
        assert_eq!(plain("-1.25e-2"), Some(Data::Float(-0.0125)));
        assert_eq!(plain("1e400"), None);
        for text in
            ["22:22", "2001-01-01", "1.2.3", "0x", "0o", "--1", "+-1", "1e", ".e3", "1_.inf", "0o9", "."]
        {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn tags_ask_for_a_type() {
        assert_eq!(resolve(Tag::Str, "12"), Ok(Scalar::Text));
        assert_eq!(resolve(Tag::Int, "12"), Ok(Scalar::Plain(Data::Int(12))));
        assert_eq!(resolve(Tag::Int, "1.0"), Err("an integer"));
        assert_eq!(resolve(Tag::Bool, "maybe"), Err("a boolean"));
        assert_eq!(resolve(Tag::Binary, "aGVs\nbG8="), Ok(Scalar::Cooked("hello".into())));
        assert_eq!(resolve(Tag::Binary, "a"), Err("base64 text"));
    }
}
