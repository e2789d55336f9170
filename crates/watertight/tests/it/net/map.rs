//! `watertight net map`: a picture that is well formed whatever it is of.

use super::{SHOP, ask_of, shop};

/// The elements of a text in XML, in order; panics where they are not nested.
fn elements(text: &str) -> Vec<String> {
    let (mut names, mut open) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>') || before.trim_start().is_empty(), "a stray `>`: {before}");
        let (tag, behind) = after.split_once('>').expect("a tag that does not end");
        rest = behind;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "an element that is not open is closed");
            continue;
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap().to_owned();
        assert_eq!(tag.matches('"').count() % 2, 0, "an attribute that does not end: {tag}");
        names.push(name.clone());
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} stay open");
    names
}

#[test]
fn a_picture_is_one_svg_with_every_workload() {
    let run = shop(&["map"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = elements(&run.stdout);
    assert_eq!(names.first().map(String::as_str), Some("svg"));
    for said in ["web", "db", "report", "shop", "Who reaches whom: ."] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("<script") && !run.stdout.contains("href=\"http"), "{}", run.stdout);
    let titled = shop(&["map", "--title", "The <shop> & \"more\""]).stdout;
    elements(&titled);
    assert!(titled.contains("The &lt;shop&gt; &amp; "), "{titled}");
}

#[test]
fn a_page_needs_nothing_else() {
    let page = shop(&["map", "-o", "html"]).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"), "{page}");
    for part in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!page.contains(part), "{part}");
    }
    let (_, svg) = page.split_once("<svg").unwrap();
    let (svg, _) = svg.split_once("</svg>").unwrap();
    elements(&format!("<svg{svg}</svg>"));
}

#[test]
fn a_graph_has_boxes_and_arrows() {
    let graph = shop(&["map", "-o", "dot"]).stdout;
    assert!(graph.starts_with("digraph") && graph.trim_end().ends_with('}'), "{graph}");
    assert_eq!(graph.matches('{').count(), graph.matches('}').count());
    assert!(graph.contains("TCP 5432"), "{graph}");
}

#[test]
fn hostile_names_stay_text() {
    const HOSTILE: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: "a\"/><script>alert(1)</script>", namespace: "]]><b>&amp;"}
spec: {containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: "b\e[31m\u0000\u202e</svg></script><!--", namespace: "x\"];y[\""}
spec: {containers: [{name: a, image: a}]}
"#;
    let svg = ask_of(&[HOSTILE], &["map"]).stdout;
    assert!(!elements(&svg).iter().any(|name| name == "script" || name == "b"), "{svg}");
    assert!(!svg.contains(['\u{1b}', '\u{0}']), "{svg}");
    let page = ask_of(&[HOSTILE], &["map", "-o", "html"]).stdout;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(page.matches("</script>").count() <= page.matches("<script").count(), "{page}");
    let graph = ask_of(&[HOSTILE], &["map", "-o", "dot"]).stdout;
    let unescaped =
        |line: &str| line.replace("\\\\", "").replace("\\\"", "").matches('"').count().is_multiple_of(2);
    assert!(graph.lines().all(unescaped), "{graph}");
}

#[test]
fn what_is_not_seen_stands_below_the_picture() {
    let broken = format!("{SHOP}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: [\n");
    let run = ask_of(&[&broken], &["map"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("not seen"), "{}", run.stdout);
    // Nothing to draw is a picture too.
    elements(&ask_of(&["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"], &["map"]).stdout);
}
