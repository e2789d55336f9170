//! Logs in all their forms, whole and broken.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn line(id: &str) -> String {
    format!(
        r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"{id}","stage":"ResponseComplete","requestURI":"/api/v1/pods?x={{[\"","verb":"list","user":{{"username":"alice"}},"objectRef":{{"resource":"pods"}},"requestObject":{{"items":[{{"a":"}}]"}}]}}}}"#
    )
}

fn pretty(text: &str) -> String {
    serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
}

fn list(ids: &[&str]) -> String {
    let items: Vec<String> = ids.iter().map(|id| line(id)).collect();
    format!(
        r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{{}},"items":[{}]}}"#,
        items.join(",")
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Ids with their lines, and what came of it.
fn read_with(bytes: &[u8], limits: &LogLimits) -> (Vec<(String, u64)>, Tally) {
    let mut seen = Vec::new();
    let tally = read_log(bytes, limits, |logged| {
        assert!(logged.bytes > 0);
        seen.push((logged.event.audit_id.to_string(), logged.line));
    });
    assert_eq!(tally.events, seen.len() as u64);
    (seen, tally)
}

fn read(bytes: impl AsRef<[u8]>) -> (Vec<(String, u64)>, Tally) {
    read_with(bytes.as_ref(), &LogLimits::default())
}

fn ids(found: &[(String, u64)]) -> Vec<&str> {
    found.iter().map(|(id, _)| id.as_str()).collect()
}

fn skipped(tally: &Tally) -> Vec<(u64, Unreadable)> {
    tally.places.iter().map(|place| (place.line, place.reason)).collect()
}

#[test]
fn lines_of_the_log_backend() {
    let (seen, tally) = read(format!("{}\n\n{}\r\n{}", line("a"), line("b"), line("c")));
    assert_eq!(seen, [("a".into(), 1), ("b".into(), 3), ("c".into(), 4)]);
    assert!(tally.is_complete());
    assert_eq!(tally.lines, 4);
    let (_, tally) = read("");
    assert_eq!((tally.events, tally.lines, tally.is_complete()), (0, 0, true));
}

#[test]
fn sizes_are_those_of_the_log_backend() {
    let mut sizes = Vec::new();
    let log = format!("{}\n{}\n{}", line("a"), pretty(&line("a")), pretty(&list(&["a", "a"])));
    read_log(log.as_bytes(), &LogLimits::default(), |logged| sizes.push((logged.bytes, logged.compact)));
    let size = line("a").len() as u64 + 1;
    assert_eq!(sizes, [(size, true), (size, false), (size, false), (size, false)]);
}

#[test]
fn lists_of_the_webhook_backend() {
    for text in [
        format!("{}\n{}", list(&["a", "b"]), list(&["c"])),
        format!("{}\n{}", pretty(&list(&["a", "b"])), pretty(&list(&["c"]))),
        format!("{}{}\n", list(&["a", "b"]), pretty(&list(&["c"]))),
        format!("{}{}", list(&["a", "b"]), list(&["c"])),
        format!("[{},\n{},{}]", line("a"), line("b"), line("c")),
        format!("[{},{}]\n[]\n{}", line("a"), line("b"), line("c")),
        pretty(&format!("[{},{},{}]", line("a"), line("b"), line("c"))),
        format!("\u{feff}{}\n{}", list(&["a", "b"]), pretty(&line("c"))),
    ] {
        let (seen, tally) = read(&text);
        assert_eq!(ids(&seen), ["a", "b", "c"], "{text}: {tally:?}");
        assert!(tally.is_complete() || text.contains("}{"), "{text}: {tally:?}");
    }
}

#[test]
fn what_is_no_event_is_counted_with_its_line() {
    let legacy = r#"2026-01-01T00:00:00Z AUDIT: id="1" stage="ResponseComplete" ip="10.0.0.1" method="get" user="alice""#;
    let old = line("x").replace("k8s.io/v1", "k8s.io/v1beta1");
    let cut = &line("x")[..80];
    let text = [
        line("a").as_str(),
        legacy,
        "I0101 starting",
        r#"{"kind":"Pod","apiVersion":"v1"}"#,
        &old,
        cut,
        &line("b"),
        r#"{"kind":"Event","user":"x"}"#,
        "[1,{},2]",
        "{]",
        "\"text\"",
        &line("c"),
    ]
    .join("\n");
    let (seen, tally) = read(&text);
    assert_eq!(seen, [("a".into(), 1), ("b".into(), 7), ("c".into(), 12)]);
    let expected = [
        (2, Unreadable::Legacy),
        (3, Unreadable::NotJson),
        (4, Unreadable::NotAnEvent),
        (5, Unreadable::OtherVersion),
        (6, Unreadable::CutOff),
        (8, Unreadable::NotAnEvent),
        (9, Unreadable::NotAnEvent),
        (9, Unreadable::NotAnEvent),
        (9, Unreadable::NotAnEvent),
        (10, Unreadable::NotJson),
        (11, Unreadable::NotJson),
    ];
    assert_eq!(skipped(&tally), expected);
    assert_eq!(tally.unread_total(), 11);
    let (_, tally) = read(b"\xff\xfe\n{\"a\":\"\xff\"}\n");
    assert_eq!(skipped(&tally), [(1, Unreadable::NotJson), (2, Unreadable::NotJson)]);
}

/// A line that lost its end must not take the next lines with it.
#[test]
fn a_cut_line_costs_itself_only() {
    let whole = line("x");
    for length in 1..whole.len() {
        let text = format!("{}\n{}\n{}\n{}", line("a"), &whole[..length], line("b"), line("c"));
        let (seen, tally) = read(&text);
        assert_eq!(ids(&seen), ["a", "b", "c"], "cut after {}", &whole[..length]);
        assert_eq!(skipped(&tally), [(2, Unreadable::CutOff)], "cut after {}", &whole[..length]);
    }
}

#[test]
fn a_cut_list_keeps_what_came_before() {
    let whole = pretty(&list(&["a", "b"]));
    let cut = &whole[..whole.len() - 120];
    let (seen, tally) = read(format!("{cut}\n{}\n{}", line("c"), line("d")));
    assert_eq!(ids(&seen), ["a", "c", "d"], "{tally:?}");
    assert_eq!(skipped(&tally), [(1, Unreadable::CutOff)]);
    let (seen, tally) = read(cut);
    assert_eq!((ids(&seen), skipped(&tally)), (vec!["a"], vec![(1, Unreadable::CutOff)]));
}

#[test]
fn long_lines_are_skipped_and_long_lists_are_not() {
    let limits = LogLimits { event_bytes: 1000, places: 2 };
    let long = line("x").replace("alice", &"a".repeat(5000));
    let text = format!("{}\n{long}\n{}\n{}", line("a"), "x".repeat(3000), line("b"));
    let (seen, tally) = read_with(text.as_bytes(), &limits);
    assert_eq!(seen, [("a".into(), 1), ("b".into(), 4)]);
    assert_eq!(skipped(&tally), [(2, Unreadable::TooLong), (3, Unreadable::TooLong)]);

    let many: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for text in [
        list(&many),
        pretty(&list(&many)),
        format!("[{}]", many.iter().map(|id| line(id)).collect::<Vec<_>>().join(",")),
    ] {
        let (seen, tally) = read_with(format!("{text}\n{}", line("z")).as_bytes(), &limits);
        assert_eq!(ids(&seen), [&many[..], &["z"]].concat(), "{tally:?}");
        assert!(tally.is_complete(), "{tally:?}");
    }
    let with_long =
        list(&["a", "b"]).replace("\"auditID\":\"a\",", &format!("\"auditID\":\"{}\",", "a".repeat(2000)));
    let (seen, tally) = read_with(format!("{with_long}\n{}", line("z")).as_bytes(), &limits);
    assert_eq!(ids(&seen), ["b", "z"]);
    assert_eq!(skipped(&tally), [(1, Unreadable::TooLong)]);
}

#[test]
fn places_are_bounded_and_counts_are_not() {
    let limits = LogLimits { places: 3, ..LogLimits::default() };
    let (_, tally) = read_with("noise\n".repeat(10).as_bytes(), &limits);
    assert_eq!((tally.places.len(), tally.unread_total()), (3, 10));
}

#[test]
fn gzip_in_one_or_several_members() {
    let text = format!("{}\n{}\n", line("a"), line("b"));
    let (seen, tally) = read(gzip(text.as_bytes()));
    assert_eq!(ids(&seen), ["a", "b"]);
    assert!(tally.is_complete());
    let two = [gzip(text.as_bytes()), gzip(line("c").as_bytes())].concat();
    assert_eq!(ids(&read(two).0), ["a", "b", "c"]);
}

#[test]
fn damaged_gzip_keeps_what_came_before() {
    let text: String = (0..500).map(|number| line(&format!("{number}-{:x}", number * 7919)) + "\n").collect();
    let whole = gzip(text.as_bytes());
    let (seen, tally) = read(&whole[..whole.len() / 2]);
    assert!(!seen.is_empty() && seen.len() < 500);
    assert_eq!(tally.stopped.as_deref(), Some("the gzip stream ends too early"));
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 0xff;
    let (seen, tally) = read(damaged);
    assert!(seen.len() < 500 || tally.stopped.is_some());
    assert!(!tally.is_complete());
    let (seen, tally) = read([whole, b"rest".to_vec()].concat());
    assert_eq!(seen.len(), 500);
    assert!(tally.stopped.is_some());
}

#[test]
fn errors_of_the_input_are_told() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let whole = format!("{}\n{}", line("a"), &line("b")[..50]);
    let tally = read_log(whole.as_bytes().chain(Broken), &LogLimits::default(), |_| {});
    assert_eq!(tally.stopped.as_deref(), Some("the disk is gone"));
    assert_eq!((tally.events, skipped(&tally)), (1, vec![(2, Unreadable::CutOff)]));
}

proptest! {
    /// Every event of a log of whole and broken lines is found, whatever stands between.
    #[test]
    fn no_event_is_lost(pieces in prop::collection::vec((0..5usize, 1..400usize), 0..20)) {
        let mut text = String::new();
        let mut whole = 0;
        for (kind, length) in pieces {
            let event = line(&whole.to_string());
            match kind {
                0 | 1 => { text.push_str(&event); whole += 1; }
                2 => text.push_str(&event[..length.min(event.len() - 1)]),
                3 => text.push_str("noise } ]"),
                _ => { text.push_str(&pretty(&list(&[&whole.to_string()]))); whole += 1; }
            }
            text.push('\n');
        }
        let (seen, _) = read(&text);
        let expected: Vec<String> = (0..whole).map(|number| number.to_string()).collect();
        prop_assert_eq!(ids(&seen), expected);
    }

    /// Small buffers and limits change what is kept, never panic, never loop.
    #[test]
    fn anything_is_read(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\ \nai1".to_vec()), 0..200), limit in 1..50usize) {
        let limits = LogLimits { event_bytes: limit, places: 10 };
        let tally = read_log(bytes.as_slice(), &limits, |_| {});
        prop_assert!(tally.lines <= 200);
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        prop_assert!(blank || !tally.is_complete() || bytes.starts_with(b"[") || bytes.contains(&b'['));
    }
}
