//! The labels: what a careful reader of a manifest says is drawn of it, and what follows.
//!
//! A line is `FROM -[edge]-> TO  # reason`; `pods/*` as FROM is every workload of the file. A section `[FILE x]` is for
//! that file alone. Below `goals:` a line `THING reaches GOAL, GOAL  # reason` says which goals follow without a flaw.

use std::collections::{BTreeMap, BTreeSet};

/// What is said of one manifest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    /// The edges, as they are listed.
    pub(super) edges: BTreeSet<String>,
    /// By thing: the goals that follow.
    pub(super) goals: BTreeMap<String, BTreeSet<String>>,
}

/// Reads the labels of a manifest, with what stands in braces filled in.
pub(super) fn read(text: &str, file: &str, fill: &[(&str, &str)]) -> Labels {
    let mut labels = Labels::default();
    let (mut of_goals, mut applies) = (false, true);
    for line in text.lines() {
        let line = line.split("  # ").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(only) = line.strip_prefix("[FILE ").and_then(|line| line.strip_suffix(']')) {
            applies = only == file;
            continue;
        }
        if line == "goals:" {
            (of_goals, applies) = (true, true);
            continue;
        }
        if !applies {
            continue;
        }
        let line = fill.iter().fold(line.to_owned(), |line, (key, value)| line.replace(key, value));
        assert!(!line.contains('{'), "{file}: nothing to fill in: {line}");
        if of_goals {
            let (thing, goals) = line.split_once(" reaches ").unwrap_or_else(|| panic!("{file}: {line}"));
            let goals = goals.split(", ").filter(|goal| *goal != "nothing").map(str::to_owned).collect();
            labels.goals.insert(thing.to_owned(), goals);
        } else {
            assert!(line.contains(" -[") && line.contains("]-> "), "{file}: {line}");
            labels.edges.insert(line);
        }
    }
    labels
}

/// The files that have a section of their own.
pub(super) fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("[FILE ")?.strip_suffix(']'))
}

/// `pods/*` as who reaches something, one line for each workload.
pub(super) fn expand(edges: &BTreeSet<String>, workloads: &[String]) -> BTreeSet<String> {
    let of_all = |line: &String| match line.strip_prefix("pods/*") {
        Some(rest) => workloads.iter().map(|own| format!("{own}{rest}")).collect(),
        None => vec![line.clone()],
    };
    edges.iter().flat_map(of_all).collect()
}

#[test]
fn a_section_is_for_its_file_alone() {
    let text =
        "# a\n{w} -[a]-> x  # why\n[FILE b]\npods/* -[network]-> {w}\n\ngoals:\n{w} reaches g, h  # why\n";
    let own = |file| read(text, file, &[("{w}", "pod/d/a")]);
    assert_eq!(own("a").edges, ["pod/d/a -[a]-> x".to_owned()].into());
    assert_eq!(own("b").edges.len(), 2);
    assert_eq!(own("a").goals["pod/d/a"], ["g".to_owned(), "h".to_owned()].into());
    let expanded = expand(&own("b").edges, &["pod/d/a".to_owned(), "pod/d/b".to_owned()]);
    assert!(expanded.contains("pod/d/b -[network]-> pod/d/a"), "{expanded:?}");
    assert_eq!(expanded.len(), 3);
}
