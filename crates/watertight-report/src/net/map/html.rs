use std::fmt::Write as _;

use super::collapse::{At, Collapsed};
use super::draw::{Drawing, arranged, id, style};
use super::sorted::Sorted;
use super::text::count;
use super::{Certainty, Map};
use crate::style::Clean;
use crate::xml::Escaped;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// The SHA-256 of the script in base64: the page runs this script and no other, whatever a name holds.
const SCRIPT_HASH: &str = "fJ+8SuZy5HPU9IyMQkdEZwViqom8MuBdgmVpV0f4C7Y=";

/// Rows that the table shows. A page of more is not read, and slow.
const ROWS: usize = 4000;

/// The picture as a page that needs nothing else: with a search, a filter, and the same flows as a table.
///
/// Without its script the page still shows everything.
#[must_use]
pub fn html(map: &Map) -> String {
    let sorted = Sorted::of(map);
    let collapsed = Collapsed::of(&sorted);
    let (scene, columns) = arranged(&sorted, &collapsed);
    let mut page = head(&sorted);
    bar(&sorted, &mut page);
    let (picture, width, height) = Drawing::of(&scene, &columns).part();
    let _ = writeln!(
        page,
        "<div id=\"view\" style=\"aspect-ratio: {width} / {height}\" tabindex=\"0\" role=\"region\" \
         aria-label=\"Map; arrow keys move it, plus and minus zoom\">"
    );
    page.push_str(&picture);
    page.push_str("</div>\n");
    if !sorted.notes.is_empty() {
        page.push_str("<h2>To be known</h2>\n<ul>\n");
        for note in &sorted.notes {
            let _ = writeln!(page, "<li>{}</li>", Escaped(Clean(note)));
        }
        page.push_str("</ul>\n");
    }
    table(&sorted, &collapsed, &mut page);
    let _ = write!(page, "<script>{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn head(sorted: &Sorted) -> String {
    let title = Escaped(Clean(&sorted.title)).to_string();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n\
         <style>\n{}{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#flows\">To the table</a>\n<header>\n<h1>{title}</h1>\n\
         <p class=\"faint\">Only what is let through is drawn. Point at a workload or a compartment to see its flows; \
         click to keep them.</p>\n</header>\n",
        style()
    )
}

fn bar(sorted: &Sorted, page: &mut String) {
    page.push_str(
        "<div class=\"bar scripted\" hidden=\"\">\n\
         <label>Find <input id=\"find\" type=\"search\" autocomplete=\"off\" placeholder=\"workload, namespace, kind\"/></label>\n\
         <label>Namespace <select id=\"namespace\"><option value=\"\">all</option>",
    );
    for (at, (namespace, _)) in sorted.namespaces.iter().enumerate() {
        let _ = write!(page, "<option value=\"n{at}\">{}</option>", Escaped(Clean(&namespace.name)));
    }
    page.push_str(
        "</select></label>\n<button id=\"out\" type=\"button\" aria-label=\"Zoom out\">−</button>\
         <button id=\"in\" type=\"button\" aria-label=\"Zoom in\">+</button>\
         <button id=\"fit\" type=\"button\">Whole</button><button id=\"clear\" type=\"button\">Clear</button>\n\
         <span id=\"said\" role=\"status\"></span>\n</div>\n",
    );
}

fn table(sorted: &Sorted, collapsed: &Collapsed, page: &mut String) {
    let rows = collapsed.arrows.len() + usize::from(collapsed.water.is_some());
    let _ = writeln!(
        page,
        "<h2>The same as a table</h2>\n<p class=\"faint\">{}{}. <span id=\"shown\" role=\"status\"></span></p>\n\
         <div class=\"scroll\"><table id=\"flows\">\n<thead><tr><th scope=\"col\">from</th><th scope=\"col\">to</th>\
         <th scope=\"col\">connections</th><th scope=\"col\">certainty</th></tr></thead>\n<tbody>",
        count(rows, "row"),
        if rows > ROWS {
            format!(", of which the first {ROWS} are here; the list of connections has them all")
        } else {
            String::new()
        }
    );
    if let Some(water) = &collapsed.water {
        row(sorted, At::Water, At::Water, water.key, page);
    }
    for arrow in collapsed.arrows.iter().take(ROWS) {
        row(sorted, arrow.from, arrow.to, arrow.key, page);
    }
    page.push_str("</tbody>\n</table></div>\n");
    if let Some(water) = &collapsed.water {
        let namespaces = |bits: &super::bits::Bits| {
            let mut names: Vec<&str> = bits
                .iter()
                .filter_map(|at| sorted.namespaces.get(sorted.workloads.get(at)?.namespace))
                .map(|(namespace, _)| namespace.name.as_str())
                .collect();
            names.dedup();
            Escaped(Clean(names.join(", "))).to_string()
        };
        let _ = writeln!(
            page,
            "<h2>The open water</h2>\n<p>{} send into it, in: {}.</p>\n<p>{} are reached from it, in: {}.</p>",
            count(water.sends.count(), "workload"),
            namespaces(&water.sends),
            count(water.receives.count(), "workload"),
            namespaces(&water.receives)
        );
    }
}

fn row(sorted: &Sorted, from: At, to: At, key: usize, page: &mut String) {
    let Some(key) = sorted.keys.get(key) else { return };
    let (class, certainty) = match key.certainty {
        Certainty::Allowed => ("", "allowed"),
        Certainty::Unknown => (" class=\"unknown\"", "unknown"),
    };
    let _ = writeln!(
        page,
        "<tr{class} data-a=\"{}\" data-b=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{certainty}</td></tr>",
        id(from),
        id(to),
        Escaped(Clean(words(sorted, from))),
        Escaped(Clean(words(sorted, to))),
        Escaped(Clean(&key.connections)),
    );
}

/// An end in words.
fn words(sorted: &Sorted, at: At) -> String {
    let namespace = |at: usize| sorted.namespaces.get(at).map_or("", |(one, _)| one.name.as_str());
    match at {
        At::Everyone => "every workload".to_owned(),
        At::Water => "every workload in the open water".to_owned(),
        At::Namespace(at) => format!("every workload in {}", namespace(at)),
        At::Workload(at) => sorted.workloads.get(at).map_or_else(String::new, |node| {
            format!("{}/{} ({})", namespace(node.namespace), node.name, node.kind)
        }),
        At::Outside(at) => sorted.outside.get(at).cloned().unwrap_or_default(),
    }
}
