use crate::style::Clean;

/// Widths of ASCII from the space on, in thousandths of the size, of the usual sans serif (Helvetica's metrics, which
/// Arial and Liberation Sans share).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// How text is set: its size in pixels and its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Face {
    pub size: i32,
    pub bold: bool,
}

pub(crate) const TITLE: Face = Face { size: 20, bold: true };
pub(crate) const HEAD: Face = Face { size: 14, bold: true };
/// A compartment's name where workloads are groups: the whole is seen from afar.
pub(crate) const FAR: Face = Face { size: 18, bold: true };
pub(crate) const NAME: Face = Face { size: 12, bold: false };
pub(crate) const SMALL: Face = Face { size: 11, bold: false };
/// A name in place of a line.
pub(crate) const MARK: Face = Face { size: 10, bold: true };
pub(crate) const PORT: Face = Face { size: 10, bold: false };

impl Face {
    fn thousandths(self, character: char) -> i32 {
        let place = (character as usize).checked_sub(' ' as usize);
        let width = place.and_then(|place| WIDTHS.get(place)).map_or(
            match character {
                '·' | '\u{300}'..='\u{36f}' => 333,
                '×' | '←'..='↓' => 1000,
                _ => 1000,
            },
            |width| i32::from(*width),
        );
        // Bold is wider by up to a tenth.
        if self.bold { width * 110 / 100 } else { width }
    }

    /// How wide text is at most, in pixels: with a reserve for fonts that are a little wider.
    pub(crate) fn width(self, text: &str) -> i32 {
        let sum: i32 = text.chars().map(|character| self.thousandths(character)).fold(0, i32::saturating_add);
        sum.saturating_mul(self.size) / 1000 * 106 / 100 + 1
    }

    /// Text that fits: shortened in the middle, since names differ at both ends.
    pub(crate) fn fit(self, text: &str, width: i32) -> String {
        let text = Clean(text).to_string();
        if self.width(&text) <= width {
            return text;
        }
        let characters: Vec<char> = text.chars().collect();
        let (mut head, mut tail) = (characters.len() * 2 / 3, characters.len() / 3);
        loop {
            let begin = characters.get(..head).unwrap_or_default().iter();
            let end = characters.get(characters.len() - tail..).unwrap_or_default().iter();
            let short: String = begin.chain(std::iter::once(&'…')).chain(end).collect();
            if self.width(&short) <= width || head + tail == 0 {
                return short;
            }
            // Two of the head for one of the tail.
            if head > tail * 2 || tail == 0 { head = head.saturating_sub(1) } else { tail -= 1 }
        }
    }
}

/// A number and its noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::NAME;

    #[test]
    fn what_is_shortened_fits_and_keeps_both_ends() {
        let name = "checkout-payment-gateway-worker-production-eu-1";
        let short = NAME.fit(name, 120);
        assert!(NAME.width(&short) <= 120, "{short}");
        assert!(short.starts_with("checkout-p") && short.ends_with("eu-1") && short.contains('…'), "{short}");
        assert_eq!(NAME.fit("api", 120), "api");
        assert!(NAME.width(&NAME.fit(&"漢".repeat(300), 80)) <= 80);
        assert_eq!(NAME.fit("a\u{202e}b", 400), "a\\u{202e}b", "a name cannot turn the direction of writing");
    }
}
