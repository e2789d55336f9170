use std::fmt::{self, Write as _};

/// Text as it may stand in XML 1.0, between tags and in attributes, and in HTML.
///
/// What would be markup is written as a reference; characters that XML 1.0 forbids (most control characters, and
/// U+FFFE and U+FFFF) even as a reference become U+FFFD; line breaks are references, so that an attribute keeps
/// them.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Filter(f), "{}", self.0)
    }
}

struct Filter<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Filter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '&' => self.0.write_str("&amp;")?,
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '"' => self.0.write_str("&quot;")?,
                '\'' => self.0.write_str("&#39;")?,
                '\n' => self.0.write_str("&#10;")?,
                '\t' => self.0.write_str("&#9;")?,
                '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => self.0.write_char('\u{fffd}')?,
                _ => self.0.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn nothing_is_markup_and_nothing_is_forbidden() {
        assert_eq!(
            Escaped("<a b=\"c\" d='e'>&amp;\n\t]]>").to_string(),
            "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;&#10;&#9;]]&gt;"
        );
        assert_eq!(
            Escaped("\u{0}\u{8}\u{b}\u{1b}\r\u{7f}\u{ffff}ü🐳").to_string(),
            "\u{fffd}".repeat(7) + "ü🐳"
        );
    }
}
