//! Names are text, whatever they hold.

use base64::Engine as _;
use sha2::Digest as _;

use super::parsed;
use super::samples::small;
use crate::net::map::{Map, dot, html, svg};

const HOSTILE: [&str; 8] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "]]></style><b>&amp;&lt;",
    "a\u{0}\u{1b}[31m\r\n\u{202e}evil",
    "x\"; } evil [label=\"\\",
    "\\N\\G\\\"",
    "{{constructor}}${alert(1)}",
];

fn hostile(name: &str) -> Map {
    let mut map = small();
    map.title = name.to_owned();
    map.namespaces.iter_mut().for_each(|one| one.name.push_str(name));
    map.workloads.iter_mut().for_each(|one| {
        one.name.push_str(name);
        one.kind.push_str(name);
    });
    map.outside.iter_mut().for_each(|one| one.name.push_str(name));
    map.flows.iter_mut().for_each(|one| one.connections.push_str(name));
    map.notes.push(name.to_owned());
    map
}

#[test]
fn a_name_is_never_markup() {
    for name in HOSTILE {
        let (calm, map) = (small(), hostile(name));
        for draw in [svg, html] {
            let (calm, text) = (draw(&calm), draw(&map));
            let (calm, document) = (parsed(&calm), parsed(&text));
            let tags = |document: &roxmltree::Document<'_>| -> Vec<String> {
                let named = document.descendants().filter(roxmltree::Node::is_element);
                let mut tags: Vec<String> = named.map(|node| node.tag_name().name().to_owned()).collect();
                tags.sort();
                tags.dedup();
                tags
            };
            assert_eq!(tags(&calm), tags(&document), "{name:?}");
            let scripts = document.descendants().filter(|node| node.has_tag_name("script")).count();
            assert!(scripts <= 1, "{name:?}");
            for attribute in document.descendants().flat_map(|node| node.attributes()) {
                assert!(!attribute.name().starts_with("on"), "{name:?}: {attribute:?}");
            }
            let said =
                document.descendants().filter_map(|node| node.text()).any(|text| text.contains("shop"));
            assert!(said, "{name:?}: the rest of the name is there");
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains('\u{0}'));
        }
    }
}

/// The graph without its strings, as Graphviz reads them.
fn outside_of_strings(graph: &str) -> String {
    let (mut rest, mut inside, mut escaped) = (String::new(), false, false);
    for character in graph.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => {}
            other => rest.push(other),
        }
    }
    assert!(!inside, "a string does not end");
    rest
}

#[test]
fn a_name_is_never_a_statement() {
    let calm = outside_of_strings(&dot(&small()));
    for name in HOSTILE {
        assert_eq!(outside_of_strings(&dot(&hostile(name))), calm, "{name:?}");
    }
}

#[test]
fn the_page_runs_its_own_script_and_nothing_else() {
    let page = html(&small());
    let script = page.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'");
    assert!(page.contains(&policy), "SCRIPT_HASH is to be {hash}");
    for word in
        ["http:", "https:", "src=", "href=", "@import", "url(", "fetch(", "XMLHttp", "innerHTML", "eval("]
    {
        let page = page.replace("url(#a-", "").replace("href=\"#flows\"", "");
        assert!(!page.contains(word), "the page has {word}");
    }
}
