//! The page: whole, well-formed, and alone.

use roxmltree::{Document, ParsingOptions};

use super::scan_rich;
use crate::run;

fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap()
}

#[test]
fn the_whole_output() {
    let page = scan_rich("html").stdout;
    // The style sheet is a file of its own.
    let style = page.find("<style>").unwrap()..page.find("</style>").unwrap();
    let page = [&page[..style.start], "<style>…", &page[style.end..]].concat();
    insta::assert_snapshot!(page.replace(concat!("watertight ", env!("CARGO_PKG_VERSION")), "watertight …"));
}

/// It is well-formed as XML, which is stricter than HTML: no text of a manifest leaves its place.
#[test]
fn it_needs_nothing_else() {
    for run in [scan_rich("html"), run(&["scan", "examples", "-o", "html"])] {
        let document = parse(&run.stdout);
        for node in document.descendants() {
            let name = node.tag_name().name();
            assert!(!["script", "link", "img", "a", "iframe", "object"].contains(&name), "{name}");
            for attribute in node.attributes() {
                let name = attribute.name();
                assert!(!["src", "href", "style"].contains(&name) && !name.starts_with("on"), "{name}");
            }
        }
        for outside in ["url(", "@import"] {
            assert!(!run.stdout.contains(outside), "{outside}");
        }
    }
}

/// What is not seen stands before what was found, and each finding is below its object with place, why and fix.
#[test]
fn it_tells_what_the_terminal_tells() {
    let page = scan_rich("html").stdout;
    let document = parse(&page);
    let position =
        |id: &str| document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap().range();
    let main = document.descendants().find(|node| node.has_tag_name("main")).unwrap();
    assert!(position("gaps").end < main.range().start && position("unknown").end < main.range().start);
    let findings = main.descendants().filter(|node| node.has_tag_name("article"));
    let mut count = 0;
    for finding in findings {
        let text: String =
            finding.descendants().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
        assert!(text.contains("--> ") && text.contains("why") && text.contains("fix"), "{text}");
        count += 1;
    }
    let json = scan_rich("json").json();
    assert_eq!(count, json["summary"]["findings"].as_u64().unwrap());
}
