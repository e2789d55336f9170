//! Random documents in every style, random plans: what is planned comes about, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Kind, Segment, Value};

/// A small generator of its own: the text has to be written in one go, with its style.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const KEYS: &[&str] = &["a", "b", "c", "name", "spec", "\"q\"", "'s'", "a.b/c", "yes", "1", "long key"];
const NEW_KEYS: &[&str] =
    &["a", "new", "y", "07", "a b", "x/y", "# z", "null", "~", "-", "é", "{", "a: b", ""];
const SCALARS: &[&str] = &[
    "1",
    "x",
    "true",
    "yes",
    "'1'",
    "\"x y\"",
    "~",
    "null",
    "0755",
    "-1.5",
    "a b",
    "a-b/c",
    "\"a\\nb\"",
    "'it''s'",
    "ü",
];

/// How a document is laid out.
struct Writer {
    random: Random,
    step: usize,
    list: usize,
    gap: usize,
    /// Anchors that are closed, and how many there are; nothing when none are written.
    anchors: Option<(Vec<usize>, usize)>,
    out: String,
}

impl Writer {
    fn comment(&mut self) {
        if self.random.one_in(6) {
            self.out.push_str(" # c: [x]");
        }
    }

    fn end_line(&mut self) {
        self.comment();
        self.out.push('\n');
        if self.random.one_in(12) {
            self.out.push('\n');
        }
        if self.random.one_in(12) {
            let blanks = " ".repeat(self.random.below(4));
            let _ = writeln!(self.out, "{blanks}# - note");
        }
    }

    fn keys(&mut self) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        let count = 1 + self.random.below(4);
        (0..count).map(|_| self.random.pick(KEYS)).filter(|key| seen.insert(*key)).collect()
    }

    /// A value behind `key:` or `-`, whose children stand in column `at`.
    fn value(&mut self, at: usize, behind_dash: bool, depth: usize) {
        let one_in = self.random.one_in(5);
        let anchors = self.anchors.as_mut().filter(|_| one_in);
        let anchor = anchors.map(|(closed, count)| {
            *count += 1;
            (closed.last().copied(), *count)
        });
        if let Some((Some(closed), _)) = anchor.filter(|_| self.random.one_in(2)) {
            let _ = write!(self.out, " *a{closed}");
            return self.end_line();
        }
        if let Some((_, number)) = anchor {
            let _ = write!(self.out, " &a{number}");
        }
        self.bare_value(at, behind_dash && anchor.is_none(), behind_dash, depth);
        if let (Some((_, number)), Some((closed, _))) = (anchor, &mut self.anchors) {
            closed.push(number);
        }
    }

    /// A value behind its anchor; one that is `compact` may begin on the line of a dash.
    fn bare_value(&mut self, at: usize, compact: bool, behind_dash: bool, depth: usize) {
        match self.random.below(if depth > 3 { 6 } else { 12 }) {
            0 => self.end_line(),
            1 | 2 => {
                let header = self.random.pick(&["|", "|-", "|+", ">", ">-"]);
                let blanks = " ".repeat(at + self.step);
                let _ = write!(self.out, " {header}\n{blanks}text\n{blanks}  # more: x\n");
                if self.random.one_in(3) {
                    self.out.push('\n');
                }
            }
            3..=5 => {
                let text = self.random.pick(SCALARS);
                let _ = write!(self.out, " {text}");
                self.end_line();
            }
            6 | 7 => {
                self.out.push(' ');
                self.flow(at + self.step, depth + 1);
                self.end_line();
            }
            8 | 9 if compact && !self.random.one_in(4) => {
                self.out.push_str(&" ".repeat(self.gap));
                self.map(at, true, depth + 1);
            }
            8 | 9 => {
                self.comment();
                self.out.push('\n');
                let step = self.step;
                self.map(if behind_dash { at } else { at + step }, false, depth + 1);
            }
            _ if compact && !self.random.one_in(4) => {
                self.out.push_str(&" ".repeat(self.gap));
                self.list(at, true, depth + 1);
            }
            _ => {
                self.comment();
                self.out.push('\n');
                let list = self.list;
                self.list(if behind_dash { at } else { at + list }, false, depth + 1);
            }
        }
    }

    fn map(&mut self, at: usize, continues: bool, depth: usize) {
        for (number, key) in self.keys().into_iter().enumerate() {
            if number > 0 || !continues {
                self.out.push_str(&" ".repeat(at));
            }
            let _ = write!(self.out, "{key}:");
            self.value(at, false, depth);
        }
    }

    fn list(&mut self, at: usize, continues: bool, depth: usize) {
        for number in 0..1 + self.random.below(3) {
            if number > 0 || !continues {
                self.out.push_str(&" ".repeat(at));
            }
            self.out.push('-');
            self.value(at + 1 + self.gap, true, depth);
        }
    }

    fn flow(&mut self, at: usize, depth: usize) {
        let is_map = self.random.one_in(2);
        let lines = self.random.one_in(4);
        let blank =
            if lines { format!("\n{}", " ".repeat(at)) } else { self.random.pick(&["", " "]).to_owned() };
        self.out.push(if is_map { '{' } else { '[' });
        let count = self.random.below(4);
        let keys = self.keys();
        for number in 0..count.min(keys.len()) {
            self.out.push_str(if number == 0 || lines { &blank } else { " " });
            if is_map {
                let _ = write!(self.out, "{}: ", keys[number]);
            }
            if depth < 4 && self.random.one_in(3) {
                self.flow(at + self.step, depth + 1);
            } else {
                let text = self.random.pick(SCALARS);
                self.out.push_str(text);
            }
            let is_last = number + 1 == count.min(keys.len());
            if !is_last || self.random.one_in(5) {
                self.out.push(',');
            }
        }
        if count > 0 {
            self.out.push_str(&blank);
        }
        self.out.push(if is_map { '}' } else { ']' });
    }
}

fn document(seed: u64, anchored: bool) -> String {
    let mut random = Random(seed);
    let (step, list, gap) = (1 + random.below(4), random.below(3), 1 + random.below(3));
    let anchors = anchored.then(|| (Vec::new(), 0));
    let mut writer = Writer { random, step, list, gap, anchors, out: String::new() };
    let start = writer.random.pick(&["", "", "---\n", "--- # first\n", "# head: [\n---\n"]);
    writer.out.push_str(start);
    match writer.random.below(6) {
        0 => writer.list(0, false, 0),
        1 => {
            writer.flow(2, 0);
            writer.out.push('\n');
        }
        _ => writer.map(0, false, 0),
    }
    let mut text = writer.out;
    if writer.random.one_in(5) {
        text = text.replace('\n', "\r\n");
    }
    if writer.random.one_in(5) {
        text.truncate(text.trim_end().len());
    }
    if writer.random.one_in(8) {
        text.insert(0, '\u{feff}');
    }
    text
}

/// A path that exists, or leaves what exists at some step.
fn some_path(random: &mut Random, root: Value<'_>) -> Path {
    let (mut path, mut here) = (Path::root(), root);
    loop {
        let next = match here.kind() {
            Kind::Map => {
                let keys: Vec<&str> = here.entries().map(|(key, _)| key).collect();
                match random.below(keys.len() + 1) {
                    new if new == keys.len() => None,
                    at => Some(Segment::Key(keys[at].to_owned().into())),
                }
            }
            Kind::List if here.items().len() > 0 => Some(Segment::Index(random.below(here.items().len()))),
            Kind::List => return path,
            Kind::Null => None,
            _ => return path,
        };
        match next {
            Some(segment) => {
                here = here.step(&segment).unwrap();
                path = path.join(&[segment].into_iter().collect());
            }
            None => {
                for _ in 0..=random.below(4) {
                    path = path.key(random.pick(NEW_KEYS).to_owned());
                }
                return path;
            }
        }
        if random.one_in(4) {
            return path;
        }
    }
}

fn some_value(random: &mut Random) -> Json {
    match random.below(9) {
        0 => json!(true),
        1 => json!("yes"),
        2 => json!({"k": 1, "l": ["x", {"m": null}], "n": {}}),
        3 => json!([1, "0755", {"a": "b", "c": [2]}, []]),
        4 => json!({}),
        5 => json!("a\nb: #c"),
        6 => json!(-7),
        7 => json!("plain-text"),
        _ => json!(null),
    }
}

/// Changes of which none speaks of what another speaks of.
fn plan(random: &mut Random, root: Value<'_>) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for _ in 0..1 + random.below(4) {
        let path = some_path(random, root);
        let change = match random.below(3) {
            0 => Change::Remove { path },
            1 if root.at(&path).is_none_or(|value| matches!(value.kind(), Kind::List | Kind::Null)) => {
                Change::Append { path, value: some_value(random) }
            }
            _ => Change::Set { path, value: some_value(random) },
        };
        let apart = changes
            .iter()
            .all(|other| !other.path().covers(change.path()) && !change.path().covers(other.path()));
        if apart && !change.path().is_root() {
            let path = change.path().clone();
            let is_set = matches!(change, Change::Set { .. });
            changes.push(change);
            if is_set && random.one_in(3) {
                changes.push(Change::Comment { path, text: "why: {" });
            }
        }
    }
    changes
}

/// The lines (from 0) that a plan may change: those of what it sets or removes, and of a flow list or map,
/// or an empty one, that it adds to.
fn touched(text: &str, root: Value<'_>, changes: &[Change]) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let line = |at: u32| text[..at as usize].matches('\n').count();
    // The dash of an item may stand above it.
    let is_dash = |number: &usize| {
        text.lines().nth(*number).is_some_and(|l| l.trim_start_matches(['\u{feff}', ' ']).starts_with('-'))
    };
    let dash = |below: usize| (0..below).rev().find(is_dash);
    for change in changes {
        let (mut here, mut from, mut above) = (root, root.span().start, root.span().start);
        let mut whole = true;
        for segment in change.path().segments() {
            let Some(next) = here.step(segment) else {
                whole = false;
                break;
            };
            above = from;
            from = match segment {
                Segment::Key(key) => here.key(key).unwrap().span().start,
                Segment::Index(_) => next.span().start,
            };
            here = next;
        }
        let is_flow = text[here.span().range()].starts_with(['{', '[']) || here.span().is_empty();
        let grows = matches!(change, Change::Append { .. }) && here.kind() == Kind::List;
        if whole && !grows || is_flow || here.kind() == Kind::Null {
            lines.extend(line(from)..=line(here.span().end.max(from)));
            lines.extend(dash(line(from)));
        }
        if matches!(change, Change::Remove { .. }) {
            lines.insert(line(above));
            lines.extend(dash(line(above)));
            // Between brackets the comma before it may go.
            let around = change.path().parent().and_then(|parent| root.at(&parent));
            if let Some(around) = around.filter(|around| text[around.span().range()].starts_with(['{', '[']))
            {
                lines.extend(line(around.span().start)..=line(around.span().end));
            }
        }
    }
    lines
}

fn parsed(text: &str) -> Option<Document> {
    (yaml::parse(&text.into(), &Limits::default()).len() == 1).then(|| parsed_at(text, 1)).flatten()
}

fn parsed_at(text: &str, number: u32) -> Option<Document> {
    let documents = yaml::parse(&text.into(), &Limits::default());
    documents.into_iter().nth(number as usize - 1)?.document.ok().flatten()
}

/// What a line says, wherever it is moved to: behind a dash when what stood there goes away.
fn said(line: &str) -> &str {
    line.trim_start_matches([' ', '-', '\u{feff}']).trim_end()
}

/// The number of the document and the whole text: alone, before another, behind another.
fn texts(text: &str) -> Vec<(u32, String)> {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let mut texts = vec![(1, text.to_owned()), (1, format!("{text}{end}---\nother: [x] # y\n"))];
    if !text.starts_with('\u{feff}') {
        let start = if text.contains("---") { "" } else { "--- # next\n" };
        texts.push((2, format!("other: [x] # y\n{start}{text}")));
    }
    texts
}

/// With anchors an edit may be refused; what is not refused is as planned.
fn run_anchored(seed: u64) -> Result<bool, TestCaseError> {
    let text = document(seed, true);
    let Some(before) = parsed(&text) else {
        return Err(TestCaseError::fail(format!("the generator wrote no YAML:\n{text}")));
    };
    let changes = plan(&mut Random(seed ^ 0x5EED), before.root());
    let mut planned = before.root().to_json();
    let whole = Text::new(&text.as_str().into(), Limits::default());
    if apply(&mut planned, in_order(&changes)).is_some() {
        return Ok(false);
    }
    match whole.edit(1, &changes) {
        Ok(edited) => {
            prop_assert_eq!(
                value_of_yaml(&edited.as_str().into(), &Limits::default()),
                Ok(planned),
                "{}",
                text
            );
            Ok(true)
        }
        Err(Refusal::Shared) => {
            prop_assert!(text.contains('&'), "{:?}\n{}", changes, text);
            Ok(false)
        }
        Err(refusal) => Err(TestCaseError::fail(format!("{refusal}\n{changes:?}\n{text}"))),
    }
}

fn run(seed: u64) -> Result<(), TestCaseError> {
    let text = document(seed, false);
    let Some(before) = parsed(&text) else {
        return Err(TestCaseError::fail(format!("the generator wrote no YAML:\n{text}")));
    };
    let changes = plan(&mut Random(seed ^ 0x5EED), before.root());
    let mut planned = before.root().to_json();
    if let Some(path) = apply(&mut planned, in_order(&changes)) {
        let refused = Text::new(&text.as_str().into(), Limits::default()).edit(1, &changes);
        prop_assert_eq!(refused, Err(Refusal::NoPlace { path }));
        return Ok(());
    }
    let texts = texts(&text);
    for (number, (at, text)) in texts.into_iter().enumerate() {
        let whole = Text::new(&text.as_str().into(), Limits::default());
        let edited = match whole.edit(at, &changes) {
            Ok(edited) => edited,
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal}\n{changes:?}\n{text}"))),
        };
        let new = whole.join(&BTreeMap::from([(at, edited)]));
        prop_assert!(new.is_ok(), "{:?}\n{}", changes, text);
        let new = new.unwrap();
        let value = yaml::parse(&new.as_str().into(), &Limits::default()).remove(at as usize - 1).document;
        let value = value.ok().flatten().map(|document| document.root().to_json());
        prop_assert_eq!(value.as_ref(), Some(&planned), "{}\n{}", text, new);
        // What stands before and behind the document is there byte by byte.
        if at == 2 {
            prop_assert!(new.starts_with("other: [x] # y\n"), "{}", new);
        } else if number == 1 {
            prop_assert!(new.ends_with("---\nother: [x] # y\n"), "{}", new);
        }
        // Lines that nothing was planned for are there, in their order.
        let Some(now) = parsed_at(&text, at) else { return Err(TestCaseError::fail("not read")) };
        let touched = touched(&text, now.root(), &changes);
        let mut rest = new.lines();
        let kept = text.lines().enumerate().filter(|(number, _)| !touched.contains(number));
        // A dash alone is part of the item below it. A blank line goes where something moves up to a dash,
        // where the last line break of the text was its own, and where it was content.
        let removes = changes.iter().any(|change| matches!(change, Change::Remove { .. }));
        let replaces =
            changes.iter().any(|change| matches!(change, Change::Set { value: Json::Object(_), .. }));
        let passes = |line: &str| match line.trim() {
            "-" => true,
            "" => removes || !text.ends_with('\n') || text.contains("|+"),
            // It would become part of a block scalar above, or everything around it goes.
            "# - note" => removes || replaces,
            _ => false,
        };
        for (_, line) in kept.filter(|(_, line)| !passes(line)) {
            let found = rest.any(|new| said(new) == said(line));
            prop_assert!(found, "lost {:?}\n{:?}\n{}\n=====\n{}", line, changes, text, new);
        }
        if text.contains("\r\n") {
            prop_assert!(number >= 1 || !new.replace("\r\n", "").contains('\n'), "{:?}", new);
        }
        // A second run changes nothing, but for positions that mean something else now.
        let positions = changes
            .iter()
            .any(|change| matches!(change, Change::Remove { path } if path.to_string().contains('[')));
        if !positions {
            let again = Text::new(&new.as_str().into(), Limits::default());
            let twice =
                again.edit(at, &changes).and_then(|document| again.join(&BTreeMap::from([(at, document)])));
            prop_assert_eq!(twice.as_ref(), Ok(&new), "{:?}", changes);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_planned_comes_about_and_nothing_else(seed: u64) {
        run(seed)?;
    }

    #[test]
    fn what_an_anchor_shares_is_refused_or_as_planned(seed: u64) {
        run_anchored(seed)?;
    }
}

/// The generator writes what the properties speak of.
#[test]
fn every_class_of_document_is_generated() {
    let documents: Vec<String> = (0..2000).map(|seed| document(seed * 7919, seed % 2 == 1)).collect();
    for class in [
        "{}", "[]", "{ ", ": &a", " *a", "- &a", "- - ", "|\n", "|+", ">-", "\r\n", "\u{feff}", "--- #",
        "# - note", "# c: [x]", "ü", ":\n", ": ~", "'s'", "\"q\"", ",}", ",]", "\n-\n", "yes: ",
    ] {
        let count = documents.iter().filter(|text| text.contains(class)).count();
        assert!(count >= 10, "{class:?} only {count} times");
    }
    assert!(documents.iter().any(|text| !text.ends_with('\n')));
    // Both outcomes come about.
    let edited = (0..300).filter(|seed| run_anchored(seed * 31).unwrap()).count();
    assert!((50..290).contains(&edited), "{edited} of 300 edits with anchors go through");
}
