//! What all pictures of the page share: two widths, titles, escaped and fitted text.

use std::fmt::{Display, Write as _};

use crate::net::map::text::Face;
use crate::style::Clean;
use crate::xml::Escaped;

/// The name of a thing in a picture, what stands beside it, and both in small.
pub(super) const BOLD: Face = Face { size: 13, bold: true };
pub(super) const NAME: Face = Face { size: 13, bold: false };
pub(super) const SMALL: Face = Face { size: 11, bold: false };

/// For which screens a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    Wide,
    Narrow,
}

impl Screen {
    pub(super) const BOTH: [Self; 2] = [Self::Wide, Self::Narrow];

    /// The class that a style sheet shows on such screens alone; also the beginning of the names within the picture.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// A text as it may stand in the page.
pub(super) fn safe(text: impl Display) -> String {
    Escaped(Clean(text)).to_string()
}

/// A label where room is little: of an image that is pinned, the begin of its digest tells it from others.
pub(super) fn short(label: &str) -> String {
    const KEPT: usize = 8;
    match label.split_once("@sha256:") {
        Some((image, digest)) if digest.is_char_boundary(KEPT) && digest.len() > KEPT => {
            format!("{image}@sha256:{}…", digest.get(..KEPT).unwrap_or(digest))
        }
        _ => label.to_owned(),
    }
}

/// A picture that grows.
pub(super) struct Svg {
    out: String,
    screen: Screen,
}

impl Svg {
    pub(super) fn new(screen: Screen) -> Self {
        Self { out: String::new(), screen }
    }

    pub(super) fn screen(&self) -> Screen {
        self.screen
    }

    /// Writes markup, as it is.
    pub(super) fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a text does not fail.
        let _ = self.out.write_fmt(markup);
        self.out.push('\n');
    }

    /// Writes text that is cleaned, shortened to a width, and escaped.
    pub(super) fn text(&mut self, class: &str, face: Face, (x, y): (i32, i32), width: i32, text: &str) {
        // Other fonts than those that widths are known of are wider by up to an eighth.
        let short = face.fit(text, width * 8 / 9);
        self.put(format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(short)));
    }

    /// The whole picture: its name and what it shows are read to those who do not see it.
    pub(super) fn done(
        self,
        class: &str,
        name: &str,
        (width, height): (i32, i32),
        title: &str,
        says: &str,
    ) -> String {
        let screen = self.screen.class();
        let id = format!("{name}-{screen}");
        format!(
            "<svg class=\"{class} {screen}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\">\n<title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n{}</svg>\n",
            safe(title),
            safe(says),
            self.out
        )
    }
}
