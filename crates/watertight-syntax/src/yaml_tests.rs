//! What YAML text means to Kubernetes, from both sides: what it is, and what it only looks like.

use serde_json::{Value as Json, json};

use super::*;
use crate::{Kind, Path};

fn all(text: &str) -> Vec<Parsed> {
    parse(&text.into(), &Limits::default())
}

fn one(text: &str) -> Document {
    let mut documents = all(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).document.unwrap().unwrap()
}

fn json_of(text: &str) -> Json {
    one(text).root().to_json()
}

fn error_of(text: &str) -> SyntaxError {
    all(text).into_iter().find_map(|parsed| parsed.document.err()).expect("an error")
}

fn slice(text: &str, path: &str) -> String {
    let document = one(text);
    let path: Path = path.parse().unwrap();
    text[document.root().at(&path).unwrap().span().range()].to_owned()
}

#[test]
fn scalars_resolve_as_kubectl_does() {
    // Each line was checked with `kubectl label --local -f F x=y -o json` (1.32).
    let cases = [
        ("yes", json!(true)),
        ("y", json!(true)),
        ("on", json!(true)),
        ("NO", json!(false)),
        ("0755", json!(493)),
        ("0o755", json!(493)),
        ("1e3", json!(1000)),
        ("22:22", json!("22:22")),
        ("2001-01-01", json!("2001-01-01")),
        ("~", json!(null)),
        ("\"yes\"", json!("yes")),
        ("'yes'", json!("yes")),
        ("08", json!(8)),
        ("1_000", json!(1000)),
        (".5", json!(0.5)),
        ("0b11", json!(3)),
        ("-0x1F", json!(-31)),
        ("1.0", json!(1)),
        ("+12", json!(12)),
        ("12345678901234567890", json!(12_345_678_901_234_567_890_u64)),
        (".inf2", json!(".inf2")),
        ("!!str 12", json!("12")),
        ("!!int \"12\"", json!(12)),
        ("!foo 12", json!("12")),
        ("=", json!("=")),
        ("0x", json!("0x")),
        ("1e400", json!("1e400")),
        ("!!binary aGVsbG8=", json!("hello")),
        ("", json!(null)),
        ("\"\"", json!("")),
        ("|-\n  yes", json!("yes")),
        (">-\n  a\n  b", json!("a b")),
        ("\"a\\tb\"", json!("a\tb")),
    ];
    for (written, meant) in cases {
        assert_eq!(json_of(&format!("v: {written}\n")), json!({ "v": meant }), "{written}");
    }
}

#[test]
fn keys_become_strings() {
    assert_eq!(
        json_of("1: a\ntrue: b\n1.5: c\nno: d\n0x10: e\n"),
        json!({"1": "a", "true": "b", "1.5": "c", "false": "d", "16": "e"})
    );
    assert!(error_of("~: 1\n").message.contains("null"));
    assert!(error_of("? {a: b}\n: 1\n").message.contains("key"));
    assert!(error_of("x: {{ .Values.x }}\n").message.contains("key"));
}

#[test]
fn infinite_numbers_are_refused() {
    for written in [".nan", ".inf", "-.inf"] {
        assert!(error_of(&format!("v: {written}")).message.contains("no infinite"), "{written}");
    }
}

#[test]
fn anchors_aliases_and_merges() {
    assert_eq!(json_of("a: &x {k: 1}\nb: *x\n"), json!({"a": {"k": 1}, "b": {"k": 1}}));
    // yaml.v2: what comes later wins, also a merge key after a plain one.
    assert_eq!(json_of("d: {x: 2, <<: {x: 1, z: 1}}\n"), json!({"d": {"x": 1, "z": 1}}));
    assert_eq!(json_of("d: {<<: {x: 1, z: 1}, x: 2}\n"), json!({"d": {"x": 2, "z": 1}}));
    assert_eq!(json_of("<<: [{x: 1}, {x: 2, z: 3}]\n"), json!({"x": 1, "z": 3}));
    assert_eq!(json_of("\"<<\": {x: 1}\n"), json!({"<<": {"x": 1}}));
    assert!(error_of("<<: 3\n").message.contains("merge key"));
    assert!(error_of("a: &a [*a]\n").message.contains("itself"));
    assert!(error_of("a: *hunter2\n").message.contains("quote"));
    assert!(!error_of("a: *hunter2\n").message.contains("hunter2"));
    assert!(!error_of("a: !hunter2!x y\n").message.contains("hunter2"));
}

#[test]
fn the_last_of_equal_keys_wins_and_is_noted() {
    let text = "a: 1\nb: 2\na: 3\n";
    let document = one(text);
    assert_eq!(document.root().to_json(), json!({"a": 3, "b": 2}));
    let [twin] = document.duplicates() else { panic!("one key stands twice") };
    assert_eq!((twin.overruled, twin.winner), (Span::new(0, 1), Span::new(10, 11)));
    assert_eq!(document.value(twin.key).span(), twin.winner);
    let many: String = (0..40).map(|n| format!("k{}: {n}\n", n % 39)).collect();
    assert_eq!(one(&many).duplicates().len(), 1);
}

#[test]
fn documents_are_split() {
    let count =
        |text: &str| all(text).into_iter().filter(|parsed| matches!(parsed.document, Ok(Some(_)))).count();
    assert_eq!(count("---\na: 1\n---\nb: 2\n"), 2);
    assert_eq!(count("a: 1\n...\nb: 2\n"), 2);
    assert_eq!(count("---\n---\n# only a comment\n---\n"), 0);
    assert_eq!(count(""), 0);
    assert_eq!(count("--- # with a comment\na: 1\n"), 1);
    assert_eq!(count("%YAML 1.2\n---\na: 1\n"), 1);
    assert_eq!(count("\u{feff}a: 1\n"), 1);
}

#[test]
fn a_broken_document_costs_itself_only() {
    let text = "a: 1\n---\nb: [1\nc: }\n---\nd: 4\n";
    let documents = all(text);
    let read: Vec<_> = documents.iter().map(|parsed| parsed.document.is_ok()).collect();
    assert_eq!(read, [true, false, true]);
    assert_eq!(&text[documents[1].span.range()], "---\nb: [1\nc: }\n");
}

#[test]
fn spans_cover_what_is_written() {
    let text = "a:\n  b: \"q\\n\"\n  c: |-\n    one\n    two\n\n  d: [1, 2]\n  e:\n  - x\n  - y: z\n# end\n";
    assert_eq!(slice(text, ".a.b"), "\"q\\n\"");
    assert_eq!(slice(text, ".a.c"), "|-\n    one\n    two");
    assert_eq!(slice(text, ".a.d"), "[1, 2]");
    assert_eq!(slice(text, ".a.e"), "- x\n  - y: z");
    assert_eq!(slice(text, ".a.e[1]"), "y: z");
    assert_eq!(slice("k: !!str 12\n", ".k"), "!!str 12");
    assert_eq!(slice("k:\nl: 1\n", ".k"), "");
    let document = one(text);
    assert_eq!(document.comments().len(), 1);
}

#[test]
fn crlf_and_tabs() {
    assert_eq!(json_of("a: 1\r\nb: yes\r\n"), json!({"a": 1, "b": true}));
    assert_eq!(json_of("a: |\r\n  x\r\n  y\r\n"), json!({"a": "x\ny\n"}));
    assert_eq!(json_of("a:\t1\n"), json!({"a": 1}));
    assert!(all("a:\n\t- 1\n")[0].document.is_err());
}

#[test]
fn bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let below = format!("*a{},", level - 1).repeat(10);
        bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    assert!(error_of(&bomb).message.contains("aliases expand"));
    for deep in ["[".repeat(3000), "{a: ".repeat(3000), "- ".repeat(3000)] {
        assert!(all(&deep)[0].document.is_err());
    }
    let limits = Limits { document_bytes: 10, ..Limits::default() };
    assert!(parse(&"abc: defghijkl\n".into(), &limits)[0].document.is_err());
}

#[test]
fn types_are_json_s() {
    let document = one("a: 1\nb: {}\nc: []\nd: x\ne: yes\nf:\n");
    let kinds: Vec<_> = document.root().entries().map(|(_, value)| value.kind()).collect();
    assert_eq!(kinds, [Kind::Number, Kind::Map, Kind::List, Kind::String, Kind::Bool, Kind::Null]);
}

#[test]
fn reading_leaves_out_what_does_not_fit() {
    #[derive(serde::Deserialize, Debug, Default)]
    #[serde(default)]
    struct Inner {
        name: String,
        flag: Option<bool>,
        list: Vec<String>,
    }
    let document = one("name: null\nflag: hunter2\nlist: [a, 1, null]\nnope: 3\n");
    let read = crate::de::read::<Inner>(document.root()).unwrap();
    assert_eq!(read.value.name, "");
    assert_eq!(read.value.flag, None);
    assert_eq!(read.value.list, ["a", "", ""]);
    let messages: Vec<_> = read.mismatches.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(messages, ["expected a boolean, found a string", "expected a string, found a number"]);
    let path = document.path_to(document.root(), read.unknown[0]).unwrap();
    assert_eq!(path.to_string(), ".nope");
}
