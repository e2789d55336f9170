use std::collections::BTreeMap;
use std::io::{self, Write};

use watertight_model::{Layer, Severity};

use crate::Summary;

const LABELS: usize = 130;
const CELL: usize = 96;
const ROW: usize = 34;
const TOP: usize = 30;

/// Severities and layers as a picture: the more, the fuller. A layer in which nothing was judged looks otherwise than
/// one in which nothing was found.
pub(crate) fn write(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let (width, height) = (LABELS + CELL * Severity::ALL.len(), TOP + ROW * Layer::ALL.len());
    writeln!(
        out,
        "<svg role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title>Findings by layer and severity</title>"
    )?;
    for (column, severity) in Severity::ALL.into_iter().rev().enumerate() {
        let x = LABELS + CELL * column + CELL / 2;
        writeln!(out, "<text class=\"top {severity}\" x=\"{x}\" y=\"18\">{severity}</text>")?;
    }
    let most = summary.table.values().flat_map(BTreeMap::values).copied().max().unwrap_or(0);
    for (row, layer) in Layer::ALL.into_iter().enumerate() {
        let (y, counts) = (TOP + ROW * row, summary.table.get(&layer));
        let open = counts.is_some_and(|counts| counts.values().any(|count| *count > 0));
        let judged = open || summary.judged.contains(&layer);
        let faint = if open { "" } else { " class=\"faint\"" };
        writeln!(out, "<text{faint} x=\"0\" y=\"{}\">{layer}</text>", y + 22)?;
        if !open {
            silent(judged, y, out)?;
            continue;
        }
        for (column, severity) in Severity::ALL.into_iter().rev().enumerate() {
            let count = counts.and_then(|counts| counts.get(&severity)).copied().unwrap_or(0);
            cell(severity, count, most, LABELS + CELL * column, y, out)?;
        }
    }
    writeln!(out, "</svg>")
}

fn silent(judged: bool, y: usize, out: &mut dyn Write) -> io::Result<()> {
    let (class, word) = if judged { ("empty", "nothing found") } else { ("unjudged", "nothing judged") };
    let (width, height) = (CELL * Severity::ALL.len() - 6, ROW - 6);
    writeln!(
        out,
        "<rect class=\"{class}\" x=\"{LABELS}\" y=\"{}\" width=\"{width}\" height=\"{height}\" rx=\"5\"/>\
         <text class=\"faint\" x=\"{}\" y=\"{}\">{word}</text>",
        y + 3,
        LABELS + 12,
        y + 22
    )
}

fn cell(
    severity: Severity,
    count: usize,
    most: usize,
    x: usize,
    y: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (class, opacity) = match count {
        0 => ("empty", 100),
        // Between a fifth and six tenths: one is to be seen, and the number on many to be read.
        _ => ("cell", 20 + 40 * count / most.max(1)),
    };
    let (width, height) = (CELL - 6, ROW - 6);
    write!(
        out,
        "<rect class=\"{class} {severity}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{height}\" rx=\"5\" \
         opacity=\"{opacity}%\"/>",
        y + 3
    )?;
    if count > 0 {
        write!(out, "<text class=\"n\" x=\"{}\" y=\"{}\">{count}</text>", x + width / 2, y + 23)?;
    }
    writeln!(out)
}
