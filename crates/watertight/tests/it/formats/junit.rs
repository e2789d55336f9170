//! JUnit's XML, read by somebody else's parser.

use roxmltree::{Document, Node};

use super::scan_rich;
use crate::run;

#[test]
fn the_whole_output() {
    insta::assert_snapshot!(scan_rich("junit").stdout);
}

fn number(node: Node<'_, '_>, name: &str) -> usize {
    node.attribute(name).unwrap().parse().unwrap()
}

/// Tests below a node, and those among them with an element of a name.
fn tests(node: Node<'_, '_>, with: Option<&str>) -> usize {
    let tests = node.descendants().filter(|node| node.has_tag_name("testcase"));
    tests.filter(|test| with.is_none_or(|name| test.children().any(|child| child.has_tag_name(name)))).count()
}

#[test]
fn numbers_are_those_of_the_tests() {
    for run in [scan_rich("junit"), run(&["scan", "examples", "-o", "junit"])] {
        let document = Document::parse(&run.stdout).unwrap();
        let suites = document.descendants().filter(|node| node.tag_name().name().starts_with("testsuite"));
        let mut checked = 0;
        for suite in suites {
            assert_eq!(number(suite, "tests"), tests(suite, None));
            assert_eq!(number(suite, "failures"), tests(suite, Some("failure")));
            assert_eq!(number(suite, "errors"), tests(suite, Some("error")));
            assert_eq!(number(suite, "skipped"), tests(suite, Some("skipped")));
            checked += 1;
        }
        assert!(checked > 2);
    }
}

#[test]
fn what_was_not_seen_is_an_error_and_text_comes_back_whole() {
    let run = scan_rich("junit");
    let document = Document::parse(&run.stdout).unwrap();
    let errors: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("error"))
        .map(|node| (node.attribute("type").unwrap(), node.parent().unwrap().attribute("name").unwrap()))
        .collect();
    let asks = "token-automounted: Pod other/asks";
    assert_eq!(errors, [("unknown", asks), ("gap", "./broken.yaml:3:7")]);
    let of_web = "privileged-container: Deployment shop/größe";
    let test = document.descendants().find(|node| node.attribute("name") == Some(of_web)).unwrap();
    let failure = test.children().find(|node| node.has_tag_name("failure")).unwrap();
    assert!(
        failure
            .attribute("message")
            .unwrap()
            .contains("`a|b<c>`&\\u{a}::error::%0A {0} [x](http://evil.example)"),
        "{failure:?}"
    );
    assert!(failure.text().unwrap().contains("securityContext: {privileged: true}"));
}

/// A control that met nothing passed nothing.
#[test]
fn nothing_judged_is_skipped() {
    let run =
        crate::run_with(&crate::root(), &["scan", "-", "-o", "junit"], b"apiVersion: v1\nkind: ConfigMap\n");
    let document = Document::parse(&run.stdout).unwrap();
    let privileged =
        document.descendants().find(|node| node.attribute("name") == Some("privileged-container"));
    assert!(privileged.unwrap().children().any(|child| child.has_tag_name("skipped")));
}
