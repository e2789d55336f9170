//! Ways as pictures.

use std::io::{self, Write};

use watertight_report::blast::About;
use watertight_report::report::{Way, picture};

use crate::args::BlastFormat;

/// Whether a form is a picture.
pub fn is_one(format: BlastFormat) -> bool {
    matches!(format, BlastFormat::Dot | BlastFormat::Svg)
}

/// Draws ways in a form that is a picture.
pub fn write(
    format: BlastFormat,
    title: &str,
    ways: &[Way],
    about: &About<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        BlastFormat::Dot => watertight_report::blast::dot(ways.iter().map(|way| &way.path), out),
        _ => picture(title, ways, about, out),
    }
}
