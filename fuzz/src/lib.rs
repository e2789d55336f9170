//! What the fuzz targets run. The same file is compiled into the tests of `xtask`, which replay
//! `fuzz/seeds`, so it holds no unsafe code and needs no fuzzer.
//!
//! Start reading at [`TARGETS`].

mod audit;
mod edit;
mod netpol;
mod podsecurity;
mod rbac;
mod snapshot;

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodSpec;
use watertight_engine::run;
use watertight_facts::{Settings, World, implied};
use watertight_model::Snapshot;
use watertight_syntax::{Document, Kind, Limits, Path, Value, de, json, yaml};

pub use audit::audit;
pub use edit::edit;
pub use netpol::netpol;
pub use podsecurity::podsecurity;
pub use rbac::rbac;
pub use snapshot::snapshot;

/// A target: takes any bytes, panics when something is wrong.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("audit", audit),
    ("edit", edit),
    ("netpol", netpol),
    ("parse", parse),
    ("podsecurity", podsecurity),
    ("rbac", rbac),
    ("resolve", resolve),
    ("scan", scan),
    ("snapshot", snapshot),
];

/// Small enough that a slow input shows as slow and not as out of memory.
fn limits() -> Limits {
    Limits { file_bytes: 1 << 20, document_bytes: 1 << 20, depth: 100, alias_nodes: 10_000 }
}

/// YAML text to documents: none of it panics, documents lie one after the other inside the text,
/// an error points into the text.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text: Arc<str> = text.into();
    let mut end = 0;
    for parsed in yaml::parse(&text, &limits()) {
        assert!(parsed.span.start <= parsed.span.end, "a document ends before it begins");
        assert!(parsed.span.start >= end, "documents overlap");
        assert!(parsed.span.end as usize <= text.len(), "a document ends past the text");
        end = parsed.span.end;
        match parsed.document {
            Ok(Some(document)) => {
                for comment in document.comments() {
                    let comment = text.get(comment.range());
                    assert!(comment.is_some_and(|c| c.starts_with('#')), "a comment begins with `#`");
                }
                for duplicate in document.duplicates() {
                    assert!(text.get(duplicate.overruled.range()).is_some(), "a duplicate outside the text");
                    assert!(text.get(duplicate.winner.range()).is_some(), "a duplicate outside the text");
                }
            }
            Ok(None) => {}
            Err(error) => assert!(error.offset as usize <= text.len(), "an error past the text"),
        }
    }
    if let Ok(values) = json::split(&text) {
        for value in values {
            assert!(text.get(value.range()).is_some(), "a JSON value outside the text");
        }
    }
}

/// What documents hold: values lie inside the text, have a path and are found by it, become JSON,
/// and decode into a type without a panic. JSON text means the same read as JSON and as YAML.
pub fn resolve(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text: Arc<str> = text.into();
    let mut trees = Vec::new();
    for document in yaml::parse(&text, &limits()).into_iter().filter_map(|parsed| parsed.document.ok()?) {
        let mut budget = 20_000;
        walk(document.root(), &text, &mut budget);
        typed(&document);
        trees.push(document.root().to_json());
    }
    let Ok(values) = json::split(&text) else { return };
    for &at in &values {
        let Ok(document) = json::decode(&text, at) else { continue };
        // Both readers agree on what a document of JSON means, where YAML takes it at all.
        if values.len() == 1 && trees.len() == 1 && plain_json(&text) {
            assert_eq!(document.root().to_json(), trees[0], "JSON and YAML disagree");
        }
        typed(&document);
        let nowhere: Path = [watertight_syntax::Segment::Key("nothing".into())].into_iter().collect();
        assert!(text.get(json::locate(&text, at, &nowhere).0.range()).is_some(), "a place outside the text");
    }
}

/// JSON on one line whose strings hold nothing that YAML would read as an escape or a merge key, and
/// whose numbers are short enough for both readers to be exact.
fn plain_json(text: &str) -> bool {
    let mut digits = 0;
    text.chars().all(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        let plain = c.is_ascii_alphanumeric() || matches!(c, '{' | '}' | '[' | ']' | ' ' | '"' | ',' | ':');
        digits < 15 && plain
    })
}

fn walk(value: Value<'_>, text: &str, budget: &mut u32) {
    if *budget == 0 {
        return;
    }
    *budget -= 1;
    let span = value.span();
    assert!(span.start <= span.end, "a value ends before it begins");
    assert!(text.get(span.range()).is_some(), "a value outside the text, or inside a character");
    assert_eq!(value.kind() == Kind::String, value.as_str().is_some(), "a string has text");
    for (key, below) in value.pairs() {
        assert!(text.get(key.span().range()).is_some(), "a key outside the text");
        let name = key.as_str().expect("a key is a string");
        let found = value.get(name).expect("a key finds its value");
        assert_eq!(found.id(), below.id(), "a key stands twice in a map");
        walk(below, text, budget);
    }
    for below in value.items() {
        walk(below, text, budget);
    }
}

fn typed(document: &Document) {
    // What is left out and not known belongs to the document.
    if let Ok(read) = de::read::<PodSpec>(document.root()) {
        for node in read.mismatches.iter().map(|m| m.node).chain(read.unknown) {
            let path = document.path_to(document.root(), node).expect("a node of this document has a path");
            assert!(document.root().at(&path).is_some(), "a path that leads nowhere");
        }
    }
}

/// The whole way: text to findings. The controls of this build see whatever the text makes of them.
pub fn scan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut builder = Snapshot::builder(limits());
    builder.text("input.yaml", text);
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let controls: Vec<_> = watertight_controls::all().collect();
    let outcome = run(&world, &controls);
    for finding in &outcome.findings {
        let place = finding.shown(&snapshot).map(|object| object.place(&finding.path));
        assert!(
            place.is_none_or(|place| place.span.end as usize <= text.len()),
            "a finding outside the text"
        );
        assert!(!finding.message.is_empty(), "a finding says nothing");
    }
    assert!(!outcome.gaps.iter().any(|gap| gap.why.contains("is a bug")), "a control panicked");
    // What was there is judged or is a gap, never neither.
    for &pod in snapshot.of_kind("Pod") {
        let body = snapshot.object(pod).body();
        assert!(body.is_ok() || !outcome.gaps.is_empty(), "an object passes unseen");
    }
}
