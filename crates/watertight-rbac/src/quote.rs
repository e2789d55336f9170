//! Strings in quotes as Go's `%q` writes them, for reasons that have to equal the API server's.

use std::fmt::{self, Write as _};

/// Writes a string as `strconv.Quote` does.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\x07' => f.write_str("\\a")?,
                '\x08' => f.write_str("\\b")?,
                '\x0c' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\x0b' => f.write_str("\\v")?,
                ' '..='~' => f.write_char(c)?,
                _ if (c as u32) < 0x80 => write!(f, "\\x{:02x}", c as u32)?,
                // What Rust would escape in a string is what is not printable.
                _ if c.escape_debug().count() == 1 => f.write_char(c)?,
                _ if (c as u32) < 0x1_0000 => write!(f, "\\u{:04x}", c as u32)?,
                _ => write!(f, "\\U{:08x}", c as u32)?,
            }
        }
        f.write_char('"')
    }
}

/// Strings in brackets as Go's `%q` writes a slice.
pub(crate) struct QuotedList<'a>(pub(crate) &'a [String]);

impl fmt::Display for QuotedList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (index, text) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_char(' ')?;
            }
            Quoted(text).fmt(f)?;
        }
        f.write_char(']')
    }
}
