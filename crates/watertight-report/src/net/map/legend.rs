use std::fmt::Write as _;

use super::draw::{Drawing, cell, kind};
use super::place::{MARGIN, Rect};
use super::scene::Net;
use super::text::{MARK, SMALL};
use crate::style::Clean;
use crate::xml::Escaped;

/// What stands below the picture.
impl Drawing<'_> {
    /// What the signs mean, in rows below the picture, and how tall that is.
    pub(super) fn legend(&self) -> (String, i32) {
        let mut signs: Vec<(String, &str, i32)> = vec![
            ("<path class=\"wall\" d=\"M6 -8V8\"/>".to_owned(), "closed: left ingress, right egress", 14),
            ("<path class=\"wall gap\" d=\"M6 -8V8\"/>".to_owned(), "open", 14),
        ];
        if self.scene.sorted.workloads.iter().any(|node| node.exposed) {
            let rings = "<circle class=\"sign\" cx=\"6\" r=\"5\"/><circle class=\"sign\" cx=\"6\" r=\"2\"/>";
            signs.push((rings.to_owned(), "reached from outside the cluster", 16));
        }
        for (class, words) in [
            ("in", "from outside"),
            ("x", "between namespaces"),
            ("i", "within a namespace"),
            ("eg", "to outside"),
            ("u", "unknown: may be allowed"),
        ] {
            let drawn = |net: &Net| net.wires.iter().any(|wire| kind(wire.at, net) == class);
            if self.scene.nets.iter().any(drawn) {
                let line =
                    format!("<path class=\"l {class}\" marker-start=\"url(#a-{class})\" d=\"M30 0H2\"/>");
                signs.push((line, words, 36));
            }
        }
        if self.scene.nets.iter().any(|net| !net.marks.is_empty()) {
            let width = MARK.width("everyone") + 14;
            let rect = Rect { x: 0, y: -8, width, height: 16 };
            let mark = format!(
                "<g class=\"m x\">{}<text class=\"p who\" x=\"6\" y=\"4\">everyone</text></g>",
                cell(rect, "")
            );
            signs.push((mark, "a name in place of a line", width + 8));
        }
        let (mut x, mut y) = (MARGIN, self.layout.height + 22);
        let right = self.layout.width.max(460) - MARGIN;
        let mut text = String::from("<g class=\"legend\">");
        for (sign, words, room) in signs {
            let width = room + SMALL.width(words) + 26;
            if x + width > right && x > MARGIN {
                (x, y) = (MARGIN, y + 24);
            }
            let _ = write!(
                text,
                "<g transform=\"translate({x} {y})\">{sign}<text class=\"s\" x=\"{room}\" y=\"4\">{words}</text></g>"
            );
            x += width;
        }
        text.push_str("</g>\n");
        (text, y + 24 - self.layout.height)
    }

    pub(super) fn notes(&self, top: i32) -> (String, i32) {
        let (mut text, mut y) = (String::new(), top);
        for note in &self.scene.sorted.notes {
            y += 18;
            let short = SMALL.fit(note, self.layout.width.max(460) - 2 * MARGIN);
            let _ = writeln!(
                text,
                "<text class=\"s\" x=\"{MARGIN}\" y=\"{y}\"><title>{}</title>{}</text>",
                Escaped(Clean(note)),
                Escaped(short)
            );
        }
        (text, y - top)
    }
}
