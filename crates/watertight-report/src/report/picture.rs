//! Ways as a picture of its own: one SVG that needs nothing else, light and dark.

use std::io::{self, Write};

use super::Way;
use super::svg::{BOLD, Screen, safe, short};
use super::ways::draw;
use crate::blast::About;
use crate::style::plural;

const STYLE: &str = concat!(include_str!("picture.css"), include_str!("chain.css"));
const WIDTH: i32 = 1152;
/// Room on all sides.
const AROUND: i32 = 24;
/// Ways that are drawn, so that a picture has no more than 300 boxes in all but odd cases; the others are counted.
const WAYS: usize = 40;
/// What was not seen is told of so many.
const GAPS: usize = 5;

/// Draws ways below each other, or says that there is none.
///
/// # Errors
/// When the writer fails.
pub fn write(title: &str, ways: &[Way], about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut body = String::new();
    let mut y = AROUND + 16;
    let mut text = |class: &str, y: i32, line: &str| {
        let fit = safe(BOLD.fit(line, WIDTH - 2 * AROUND));
        body.push_str(&format!("<text class=\"{class}\" x=\"{AROUND}\" y=\"{y}\">{fit}</text>\n"));
    };
    text("head", y, title);
    y += 22;
    let mut pictures = String::new();
    for (number, way) in ways.iter().take(WAYS).enumerate() {
        let flaws = match way.path.flaws {
            0 => "without a flaw in any software".to_owned(),
            flaws => format!("{flaws} of them through a flaw"),
        };
        y += 12;
        text(
            "",
            y,
            &format!(
                "{}. {} \u{2192} {}: {}, {flaws}",
                number + 1,
                short(&way.from),
                short(&way.to),
                plural(way.path.length, "step")
            ),
        );
        y += 12;
        let (drawn, height) = draw(number, way, Screen::Wide);
        pictures.push_str(&format!("<g transform=\"translate({AROUND} {y})\">\n{drawn}</g>\n"));
        y += height + 20;
    }
    let mut notes: Vec<String> = Vec::new();
    if ways.is_empty() {
        notes.push("no way in what was seen".to_owned());
    }
    if ways.len() > WAYS {
        notes.push(format!("and {}", plural(ways.len() - WAYS, "more way")));
    }
    notes.extend(about.notes.iter().map(|note| format!("note: {note}")));
    let gaps = about.gaps.iter().take(GAPS).map(|gap| format!("not seen: {}: {}", gap.what, gap.why));
    notes.extend(gaps);
    if about.gaps.len() > GAPS {
        notes.push(format!("not seen: {} more", about.gaps.len() - GAPS));
    }
    for note in &notes {
        y += 18;
        text("faint", y, note);
    }
    let height = y + AROUND;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{}</title>\n<style>\n{STYLE}</style>\n<rect \
         class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n{body}{pictures}</svg>",
        safe(title)
    )
}
