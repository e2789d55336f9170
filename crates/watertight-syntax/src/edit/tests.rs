use super::*;

fn set(path: &str, value: impl Into<Json>) -> Change {
    Change::Set { path: path.parse().unwrap(), value: value.into() }
}

fn remove(path: &str) -> Change {
    Change::Remove { path: path.parse().unwrap() }
}

fn append(path: &str, value: impl Into<Json>) -> Change {
    Change::Append { path: path.parse().unwrap(), value: value.into() }
}

/// Edits the first document, proves the whole, and edits again, which must change nothing.
fn edited(text: &str, changes: &[Change]) -> Result<String, Refusal> {
    let text = Text::new(&text.into(), Limits::default());
    let document = text.edit(1, changes)?;
    let whole = text.join(&BTreeMap::from([(1, document)]))?;
    if !changes
        .iter()
        .any(|change| change.path().to_string().contains('[') && matches!(change, Change::Remove { .. }))
    {
        let again = Text::new(&whole.as_str().into(), Limits::default());
        assert_eq!(
            again.edit(1, changes).as_ref(),
            Ok(&again.document(1).unwrap().to_owned()),
            "a second run changes something"
        );
    }
    Ok(whole)
}

#[track_caller]
fn check(before: &str, changes: &[Change], after: &str) {
    match edited(before, changes) {
        Ok(text) => assert_eq!(text, after, "\n--- got\n{text}\n--- wanted\n{after}"),
        Err(refusal) => panic!("refused: {refusal}"),
    }
}

#[test]
fn block_values_are_set_in_place() {
    check(
        "a: 1 # one\nb: 'x'\nc: \"y\"\n",
        &[set(".a", 2), set(".b", "z's"), set(".c", "n")],
        "a: 2 # one\nb: 'z''s'\nc: \"n\"\n",
    );
    check("a: x\n", &[set(".a", "yes")], "a: \"yes\"\n");
    check("a:\nb: 1\n", &[set(".a", true)], "a: true\nb: 1\n");
    check("a: # why\nb: 1\n", &[set(".a", true)], "a: true # why\nb: 1\n");
    check("a: |\n  x\n  y\nb: 1\n", &[set(".a", 1)], "a: 1\nb: 1\n");
    check("a:\n  b: 1\n  c: 2\nd: 1\n", &[set(".a", 1)], "a: 1\nd: 1\n");
    check("a:\n- b: 1\n  c: 2\nd: 1\n", &[set(".a[0]", "x")], "a:\n- x\nd: 1\n");
    check("- 1\n-\n- 3\n", &[set("[1]", 2)], "- 1\n- 2\n- 3\n");
}

#[test]
fn block_entries_are_added_in_the_style_around() {
    let nested = [set(".spec.a.b", true), set(".spec.a.c", "x")];
    check("spec:\n  x: 1\n", &nested, "spec:\n  x: 1\n  a:\n    b: true\n    c: x\n");
    check("spec:\n    x: 1", &nested, "spec:\n    x: 1\n    a:\n        b: true\n        c: x");
    check("spec:\r\n  x: 1\r\n", &nested, "spec:\r\n  x: 1\r\n  a:\r\n    b: true\r\n    c: x\r\n");
    check("spec:\n", &nested, "spec:\n  a:\n    b: true\n    c: x\n");
    check("spec: {}  # c\nx: 1\n", &nested, "spec:  # c\n  a:\n    b: true\n    c: x\nx: 1\n");
    check("spec: ~\n", &nested, "spec:\n  a:\n    b: true\n    c: x\n");
    check("x: 1\n---\ny: 1\n", &nested, "x: 1\nspec:\n  a:\n    b: true\n    c: x\n---\ny: 1\n");
    check("\u{feff}x: 1\n...\n", &[set(".z", 1)], "\u{feff}x: 1\nz: 1\n...\n");
    check("---\nx: |+\n  a\n\n\n", &[set(".z", 1)], "---\nx: |+\n  a\n\n\nz: 1\n");
    check(
        "- name: a\n  image: b\n\n# second\n- name: c\n",
        &[set("[0].x", 1)],
        "- name: a\n  image: b\n  x: 1\n\n# second\n- name: c\n",
    );
    check("a: 1\nc: 1\nd: 1\n", &[set(".b", 2), set(".e", 2)], "a: 1\nb: 2\nc: 1\nd: 1\ne: 2\n");
    check("b:\n  k: 'v'\n", &[set(".b.l", "w")], "b:\n  k: 'v'\n  l: 'w'\n");
    check(
        "a:\n  b:\n    c: 1\nd: 1\n",
        &[set(".a.b.x", 1), set(".a.x", 2), set(".x", 3)],
        "a:\n  b:\n    c: 1\n    x: 1\n  x: 2\nd: 1\nx: 3\n",
    );
}

#[test]
fn block_lists_grow_in_their_own_indentation() {
    check("a:\n- x\nb: 1\n", &[append(".a", "v")], "a:\n- x\n- v\nb: 1\n");
    check("a:\n  -   x\nb: 1\n", &[append(".a", "no")], "a:\n  -   x\n  -   \"no\"\nb: 1\n");
    check("a:\n  - x\n", &[append(".b.c", "v")], "a:\n  - x\nb:\n  c:\n    - v\n");
    check("a: []\n", &[append(".a", "v")], "a:\n- v\n");
    check("a:\n", &[append(".a", serde_json::json!({"k": 1, "l": [1]}))], "a:\n- k: 1\n  l:\n  - 1\n");
    check("- - 1\n  - 2\n- 3\n", &[append("[0]", 9)], "- - 1\n  - 2\n  - 9\n- 3\n");
    check("a:\n- x\n", &[append(".a", "x")], "a:\n- x\n");
}

#[test]
fn block_entries_are_removed_with_their_lines() {
    check("a: 1\nb: 2 # c\nc: 3\n", &[remove(".b")], "a: 1\nc: 3\n");
    check("a: 1\nb:\n  - x: |\n      y\n\n  - z\n# d\nc: 3\n", &[remove(".b")], "a: 1\n# d\nc: 3\n");
    check("- a: 1\n  b: 2\n  c: 3\n", &[remove("[0].a")], "- b: 2\n  c: 3\n");
    check("- a: 1\n  b: 2\n  c: 3\n", &[remove("[0].a"), remove("[0].b")], "- c: 3\n");
    check("- a: 1 # x\n\n  # y\n  b: 2\n", &[remove("[0].a")], "- # y\n  b: 2\n");
    check("- a: 1\n- b\n", &[remove("[0].a")], "- {}\n- b\n");
    check("x:\n  a: 1\n  b: 2\ny: 1\n", &[remove(".x.a"), remove(".x.b")], "x: {}\ny: 1\n");
    check("x:\n- a\n- b\n", &[remove(".x[1]"), remove(".x[0]")], "x: []\n");
    check("x:\n- a\n- b\n- c", &[remove(".x[1]"), remove(".x[2]")], "x:\n- a\n");
    check("a: 1\n", &[remove(".a")], "{}\n");
    check("a: 1\nb: 2", &[remove(".b"), set(".c", 3)], "a: 1\nc: 3\n");
    check("a:\n - - |+\n     t\n\n - z\n\nb: 1\n", &[remove(".a[1]")], "a:\n - - |+\n     t\n\nb: 1\n");
    check("a:\n - - x\n - z", &[remove(".a[1]"), set(".k", 1)], "a:\n - - x\nk: 1");
    check("a: 1\n", &[remove(".x.y"), remove(".a.b"), remove(".z[0]")], "a: 1\n");
}

#[test]
fn flow_style_stays_flow_style() {
    check("a: {b: 1}\n", &[set(".a.c", "x"), set(".a.b", 2)], "a: {b: 2, c: x}\n");
    check("a: { b: 1 }\n", &[set(".a.c.d", true)], "a: { b: 1, c: { d: true } }\n");
    check("a: [x, y]\n", &[append(".a", "z"), remove(".a[0]")], "a: [y, z]\n");
    check("a: {b: 1, c: 2, d: 3}\n", &[remove(".a.c")], "a: {b: 1, d: 3}\n");
    check("a: {b: 1, c: 2, d: 3}\n", &[remove(".a.c"), remove(".a.d")], "a: {b: 1}\n");
    check("a: {b: 1, c: 2,}\n", &[remove(".a.c"), set(".a.x", 1)], "a: {b: 1, x: 1,}\n");
    check("a: {b: 1}\n", &[remove(".a.b")], "a: {}\n");
    check("a: {b: 1}\n", &[remove(".a.b"), set(".a.c", 1)], "a: {c: 1}\n");
    check("a: {b: }\n", &[set(".a.b", 1)], "a: {b: 1 }\n");
    check("a: {b: {}}\n", &[set(".a.b.c", "nginx:1")], "a: {b: {c: \"nginx:1\"}}\n");
    check("a: [\n  x, # one\n  y # two\n]\n", &[append(".a", "z")], "a: [\n  x, # one\n  y, # two\n  z\n]\n");
    check("a: {\n  b: 1,\n  c: 2,\n}\n", &[set(".a.d", 3), remove(".a.b")], "a: {\n  c: 2,\n  d: 3,\n}\n");
    check("a: {\n  b: 1,\n  c: 2\n}\n", &[remove(".a.c")], "a: {\n  b: 1\n}\n");
    check("a: {b: 1, d: 1, e: 1}\n", &[set(".a.c", 1)], "a: {b: 1, c: 1, d: 1, e: 1}\n");
}

#[test]
fn json_stays_json() {
    check(r#"{"a":{"b":1,"c":"x"}}"#, &[set(".a.d.e", "yes")], r#"{"a":{"b":1,"c":"x","d":{"e":"yes"}}}"#);
    check(
        "{\n  \"a\": {\n    \"b\": 1\n  },\n  \"l\": [],\n  \"m\": {}\n}\n",
        &[set(".a.c.d", "x"), append(".l", "ALL"), set(".m.x", 1)],
        "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": {\n      \"d\": \"x\"\n    }\n  },\n  \"l\": [\n    \"ALL\"\n  ],\n  \"m\": {\n    \"x\": 1\n  }\n}\n",
    );
    check(
        "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t1,\n\t\t2\n\t]\n}",
        &[remove(".a"), remove(".b[1]")],
        "{\n\t\"b\": [\n\t\t1\n\t]\n}",
    );
    check(
        r#"{"a": "\ud83d\ude00", "b": null} {"c": 1}"#,
        &[set(".b.c", 1)],
        r#"{"a": "\ud83d\ude00", "b": {"c": 1}} {"c": 1}"#,
    );
}

#[test]
fn what_counts_elsewhere_too_is_refused_unless_all_of_it_is_meant() {
    let anchored = "a: &x\n  k: 1\nb: *x\n";
    assert_eq!(edited(anchored, &[set(".a.k", 2)]), Err(Refusal::Shared));
    assert_eq!(edited(anchored, &[set(".b.k", 2)]), Err(Refusal::Shared));
    check(anchored, &[set(".a.k", 2), set(".b.k", 2)], "a: &x\n  k: 2\nb: *x\n");
    assert_eq!(edited(anchored, &[remove(".a")]), Err(Refusal::Shared));
    check(anchored, &[remove(".b"), set(".c", 1)], "a: &x\n  k: 1\nc: 1\n");
    let merged = "a: &x {k: 1, m: {n: 1}}\nb:\n  <<: *x\n  l: 1\n";
    check(merged, &[set(".b.k", 2)], "a: &x {k: 1, m: {n: 1}}\nb:\n  <<: *x\n  l: 1\n  k: 2\n");
    assert_eq!(edited(merged, &[set(".b.m.o", 2)]), Err(Refusal::Shared));
    assert_eq!(edited(merged, &[remove(".b.k")]), Err(Refusal::Shared));
    check("a: &x\n  k: 1\n", &[set(".a.l", 2), set(".b", 1)], "a: &x\n  k: 1\n  l: 2\nb: 1\n");
}

#[test]
fn what_is_ambiguous_is_refused_with_a_reason() {
    let refusal = |text: &str, change: Change| edited(text, &[change]).unwrap_err().name();
    assert_eq!(refusal("a: 1\na: 2\n", set(".a", 3)), "duplicate-key");
    assert_eq!(refusal("? a\n: 1\n", set(".a", 3)), "style");
    assert_eq!(refusal("a: !!str 1\n", set(".a", "2")), "tag");
    assert_eq!(refusal("a: [b: 1]\n", set(".a[0].c", "2")), "style");
    assert_eq!(refusal("a: [b]\n", set(".a.c", "2")), "no-place");
    assert_eq!(refusal("a: [b]\n", set(".a[1]", "2")), "no-place");
    assert_eq!(refusal("a: [b\n", set(".a[1]", "2")), "unreadable");
    assert_eq!(refusal("# nothing\n", set(".a", "2")), "unreadable");
}

fn comment(path: &str) -> Change {
    Change::Comment { path: path.parse().unwrap(), text: "why" }
}

#[test]
fn comments_stand_behind_what_is_written() {
    check(
        "a:\n  b: 1\nc: 2\n",
        &[set(".a.d.e", "x"), comment(".a.d.e")],
        "a:\n  b: 1\n  d:\n    e: x # why\nc: 2\n",
    );
    check("a: 1\r\n", &[set(".b", 2), comment(".b")], "a: 1\r\nb: 2 # why\r\n");
    check("a: 1", &[set(".b", 2), comment(".b")], "a: 1\nb: 2 # why");
    check("a: {b: 1}\n", &[set(".a.c", 2), comment(".a.c")], "a: {b: 1, c: 2} # why\n");
    check("a: {\n  b: 1,\n}\n", &[set(".a.c", 2), comment(".a.c")], "a: {\n  b: 1,\n  c: 2, # why\n}\n");
    let both = [set(".a.b", 1), set(".a.c", 2), comment(".a.b"), comment(".a.c")];
    check("a: {}\n", &both, "a:\n  b: 1 # why\n  c: 2 # why\n");
    check("x: {a: {}}\n", &[set(".x.a.b", 1), comment(".x.a.b")], "x: {a: {b: 1}} # why\n");
    check("- a\n- b: 1\n- c\n", &[remove("[0]"), set("[1].b", 2), comment("[1].b")], "- b: 2 # why\n- c\n");
    // There is a comment already, or no room for one.
    check("a: 1 # c\n", &[set(".a", 2), comment(".a")], "a: 2 # c\n");
    check("a: {b: 1, c: 2}\n", &[set(".a.b", 2), comment(".a.b")], "a: {b: 2, c: 2}\n");
    check("{\"a\": 1}\n", &[set(".b", 2), comment(".b")], "{\"a\": 1, \"b\": 2}\n");
    check("a: 1\n", &[set(".a", "x\ny"), comment(".a")], "a: \"x\\ny\" # why\n");
    // What is there is nobody's to comment on.
    check("a: 1\n", &[set(".a", 1), comment(".a"), comment(".b")], "a: 1\n");
}

#[test]
fn documents_are_removed_and_nothing_else() {
    let without = |text: &str, removed: &[u32]| {
        let removed = removed.iter().copied().collect();
        Text::new(&text.into(), Limits::default()).without(&removed)
    };
    let text = "# the first\na: 1\n---\n# the second\na: 2 # two\n---\na: 3\n";
    assert_eq!(without(text, &[2]).unwrap(), "# the first\na: 1\n---\na: 3\n");
    assert_eq!(without(text, &[3]).unwrap(), "# the first\na: 1\n---\n# the second\na: 2 # two\n");
    assert_eq!(without(text, &[1, 3]).unwrap(), "---\n# the second\na: 2 # two\n");
    assert_eq!(without(text, &[]).unwrap(), text);
    assert_eq!(without(text, &[9]).unwrap(), text);
    assert_eq!(without("{\"a\": 1}\n{\"a\": 2}\n", &[1]).unwrap().trim(), "{\"a\": 2}");
    // Of a document that ends with its mark nothing else may become part of the one before.
    assert_eq!(without("a: 1\n...\n---\na: 2\n...\n", &[2]).unwrap(), "a: 1\n...\n");
}
