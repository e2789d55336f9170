//! Texts as upstream puts them together, character for character.
//!
//! Follows `policy/helpers.go` of kubernetes/pod-security-admission and `strconv.Quote` of Go.

use std::fmt::Write as _;

/// `"a", "b"`, or nothing at all (`policy/helpers.go`, `joinQuote`). Names are not escaped.
pub(crate) fn join_quote<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push('"');
        text.push_str(item.as_ref());
        text.push('"');
    }
    text
}

/// The word for this many (`policy/helpers.go`, `pluralize`).
pub(crate) fn plural<'t>(one: &'t str, several: &'t str, count: usize) -> &'t str {
    if count == 1 { one } else { several }
}

/// A text as Go's verb `%q` prints it.
///
/// What is printable is asked of Rust's standard library, whose Unicode is newer than Go's: a
/// character that only the newer one knows stays as it is here and is escaped there.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            _ if printable(c) => quoted.push(c),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            _ => escape(u32::from(c), &mut quoted),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(code: u32, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0x1f | 0x7f => write!(out, "\\x{code:02x}"),
        0x80..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // Rust's debug form escapes exactly the other categories. Behind another character it leaves
    // combining marks alone, as Go does.
    let mut bytes = [b'a', 0, 0, 0, 0];
    let length = c.encode_utf8(&mut bytes[1..]).len();
    std::str::from_utf8(&bytes[..=length]).is_ok_and(|text| text.escape_debug().nth(1) != Some('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go_does() {
        for (text, quoted) in [
            ("", r#""""#),
            ("unconfined", r#""unconfined""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}", r#""\a\b\f\n\r\t\v""#),
            ("\0\u{1f}\u{7f}", r#""\x00\x1f\x7f""#),
            ("é☺\u{301}", "\"é☺\u{301}\""),
            ("\u{301}", "\"\u{301}\""),
            ("\u{80}\u{a0}\u{ad}\u{200b}\u{2028}\u{feff}", r#""\u0080\u00a0\u00ad\u200b\u2028\ufeff""#),
            ("\u{fffd}\u{1f600}", "\"\u{fffd}\u{1f600}\""),
            ("\u{e000}\u{e0001}\u{10ffff}", r#""\ue000\U000e0001\U0010ffff""#),
        ] {
            assert_eq!(quote(text), quoted, "{text:?}");
        }
    }

    #[test]
    fn lists() {
        assert_eq!(join_quote([] as [&str; 0]), "");
        assert_eq!(join_quote(["a"]), r#""a""#);
        assert_eq!(join_quote(["a", "b"]), r#""a", "b""#);
        // An empty name is a name.
        assert_eq!(join_quote(["", ""]), r#""", """#);
    }
}
