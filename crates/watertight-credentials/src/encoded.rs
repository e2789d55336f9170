//! Base64, read leniently: either alphabet, with or without padding, broken into lines or not.

/// The longest encoded text that is looked into, in bytes; longer ones are files, not credentials.
const LONGEST: usize = 1 << 20;

/// The bytes that a text encodes; `None` when it is no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits, mut letters, mut ended) = (0u32, 0, 0usize, false);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                ended = true;
                continue;
            }
            b'\n' | b'\r' | b' ' | b'\t' => continue,
            _ => return None,
        };
        if ended {
            return None;
        }
        letters += 1;
        buffer = (buffer << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap_or_default());
        }
    }
    // One letter alone encodes less than a byte.
    (letters > 0 && letters % 4 != 1).then_some(bytes)
}

/// The text that a text encodes: printable UTF-8 of a few characters at least.
pub(crate) fn decode_text(text: &str) -> Option<String> {
    let text = text.trim();
    let first = text.as_bytes().first()?;
    if text.len() < 8 || !first.is_ascii_alphanumeric() {
        return None;
    }
    let decoded = String::from_utf8(decode(text)?).ok()?;
    let printable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    decoded.chars().all(printable).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_with_and_without_padding() {
        assert_eq!(decode_text("cGFzc3dvcmQ=").as_deref(), Some("password"));
        assert_eq!(decode_text("cGFzc3dv\n  cmQ").as_deref(), Some("password"));
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(decode("+/8="), Some(vec![0xfb, 0xff]));
        for bad in ["", "=", "a", "abcde", "ab=cd", "a b!"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode_text("AAAAAAAAAAAA"), None, "control characters are no text");
    }
}
