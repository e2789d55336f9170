//! Markdown for comments: nothing of a manifest becomes more than text.

use super::scan_rich;
use crate::{folder, run_with};

#[test]
fn the_whole_output() {
    insta::assert_snapshot!(scan_rich("markdown").stdout);
}

/// Without code spans and blocks: what a reader of Markdown takes for more than text.
fn outside_of_code(page: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<String> = None;
    for line in page.lines() {
        let run: String = line.chars().take_while(|character| *character == '`').collect();
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if run.len() >= 3 && !line[run.len()..].contains('`') => fence = Some(run),
            None => {
                outside.push_str(&without_spans(line));
                outside.push('\n');
            }
        }
    }
    assert!(fence.is_none(), "a block of code is not closed");
    outside
}

/// A span ends at the next run of backticks that is as long as the one it began with (CommonMark 6.1).
fn without_spans(line: &str) -> String {
    let (mut outside, mut rest) = (String::new(), line);
    while let Some(at) = rest.find('`') {
        outside.push_str(&rest[..at]);
        let length = rest[at..].chars().take_while(|character| *character == '`').count();
        let inside = &rest[at + length..];
        let mut from = 0;
        let end = loop {
            let Some(next) = inside[from..].find('`') else { panic!("a span is not closed: {line}") };
            let run = inside[from + next..].chars().take_while(|character| *character == '`').count();
            if run == length {
                break from + next;
            }
            from += next + run;
        };
        outside.push('§');
        rest = &inside[end + length..];
    }
    outside + rest
}

#[test]
fn text_stays_text() {
    let page = scan_rich("markdown").stdout;
    let outside = outside_of_code(&page);
    for sign in ["@octocat", "http", "](", "![", "<c>", "evil", "::error"] {
        assert!(!outside.contains(sign), "{sign}: {outside}");
    }
    // HTML is ours alone.
    let tags = ["<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>"];
    let left = tags.iter().fold(outside, |text, tag| text.replace(tag, ""));
    assert!(!left.contains('<'), "{left}");
    // A row of a table has its five cells, whatever is in them.
    let rows = page.lines().filter(|line| line.starts_with("| critical |") || line.starts_with("| high |"));
    let mut seen = 0;
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{row}");
        seen += 1;
    }
    assert!(seen > 3);
}

#[test]
fn it_fits_into_a_comment_and_tells_what_was_cut() {
    let pod = |number: usize| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{number}}}\nspec: {{containers: [{{name: a, image: a}}]}}\n"
        )
    };
    let many: String = (0..400).map(pod).collect();
    let broken = "apiVersion: v1\nkind: Pod\nmetadata: [\n";
    let mut files: Vec<(String, &str)> =
        (0..900).map(|number| (format!("broken-{number}.yaml"), broken)).collect();
    files.push(("many.yaml".to_owned(), &many));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let files = folder(&files);
    let page = run_with(files.path(), &["scan", ".", "-o", "markdown"], b"").stdout;
    assert!(page.len() <= 65_536 && page.len() > 50_000, "{}", page.len());
    for what in [" gaps more: cut to fit", " findings more: cut to fit", " objects more: cut to fit"] {
        assert!(page.contains(what), "{what}");
    }
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
}
