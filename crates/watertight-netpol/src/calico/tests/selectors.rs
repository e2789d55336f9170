//! The grammar of selectors.

use crate::calico::{Expression, SyntaxError};
use crate::selector::Selector;

use Expression::{All, Global};

fn has(key: &str) -> Expression {
    Expression::Label(Selector::Has(key.into()))
}

fn is(key: &str, value: &str) -> Expression {
    one_of(key, &[value])
}

fn one_of(key: &str, values: &[&str]) -> Expression {
    Expression::Label(Selector::In(key.into(), values.iter().map(|value| (*value).to_owned()).collect()))
}

fn not(inner: Expression) -> Expression {
    Expression::Not(Box::new(inner))
}

fn and<const N: usize>(parts: [Expression; N]) -> Expression {
    Expression::And(parts.into())
}

fn or<const N: usize>(parts: [Expression; N]) -> Expression {
    Expression::Or(parts.into())
}

#[test]
fn selectors_are_read_as_calico_reads_them() {
    let contains = |key: &str, text: &str| Expression::Label(Selector::Contains(key.into(), text.into()));
    let starts = |key: &str, text: &str| Expression::Label(Selector::StartsWith(key.into(), text.into()));
    let ends = |key: &str, text: &str| Expression::Label(Selector::EndsWith(key.into(), text.into()));
    for (text, wanted) in [
        ("", All),
        (" \t ", All),
        ("all()", All),
        ("all( \t)", All),
        ("global()", Global),
        ("has(a)", has("a")),
        ("has( a.b/c-d_E0 )", has("a.b/c-d_E0")),
        ("!has(a)", not(has("a"))),
        ("! !has(a)", has("a")),
        ("!!!has(a)", not(has("a"))),
        ("a == 'b'", is("a", "b")),
        ("a=='b'", is("a", "b")),
        ("a == \"it's\"", is("a", "it's")),
        ("a == 'say \"b\"'", is("a", "say \"b\"")),
        ("a == ''", is("a", "")),
        ("a == 'grün\n'", is("a", "grün\n")),
        ("a != 'b'", not(is("a", "b"))),
        ("!a != 'b'", not(not(is("a", "b")))),
        ("a in {'b', \"c\"}", one_of("a", &["b", "c"])),
        ("a in{'b',}", one_of("a", &["b"])),
        ("a in {}", one_of("a", &[])),
        ("a not in {'b'}", not(one_of("a", &["b"]))),
        ("a notin {'b'}", not(one_of("a", &["b"]))),
        ("a contains 'b'", contains("a", "b")),
        ("a starts with 'b'", starts("a", "b")),
        ("a startswith'b'", starts("a", "b")),
        ("a ends \t with \"b\"", ends("a", "b")),
        ("a == 'b' && has(c)", and([is("a", "b"), has("c")])),
        ("has(a) || has(b) && has(c)", or([has("a"), and([has("b"), has("c")])])),
        ("has(a) && has(b) || has(c)", or([and([has("a"), has("b")]), has("c")])),
        ("(has(a) || has(b)) && has(c)", and([or([has("a"), has("b")]), has("c")])),
        ("!(has(a)||has(b))", not(or([has("a"), has("b")]))),
        ("((all()))", All),
        ("!all() || global()", or([not(All), Global])),
        // Words are only special where they have to be.
        ("in in {'in'}", one_of("in", &["in"])),
        ("not == 'a'", is("not", "a")),
        ("contains contains 'a'", contains("contains", "a")),
        ("all == 'a'", is("all", "a")),
        ("has != 'a'", not(is("has", "a"))),
        ("-/. == 'a'", is("-/.", "a")),
    ] {
        assert_eq!(Expression::parse(text), Ok(wanted), "{text}");
    }
}

#[test]
fn what_calico_refuses_is_refused_with_its_place() {
    let long = format!("has({})", "a".repeat(513));
    let deep = format!("{}all(){}", "(".repeat(5_000), ")".repeat(5_000));
    for (text, at, why) in [
        ("a", 2, "an operator is expected"),
        ("a b", 3, "an operator is expected"),
        ("a = 'b'", 3, "`==` is expected"),
        ("a === 'b'", 5, "`==` is expected"),
        ("a == b", 6, "a text in quotes is expected"),
        ("a ==", 5, "a text in quotes is expected"),
        ("a == 'b", 6, "the closing quote is missing"),
        ("a == \"b'", 6, "the closing quote is missing"),
        ("'b' == a", 1, "a label"),
        ("a == 'b' c == 'd'", 10, "`&&`, `||` or the end"),
        ("a == 'ü' c", 10, "`&&`, `||` or the end"),
        ("a == 'b' & has(c)", 10, "`&&` is expected"),
        ("a == 'b' | has(c)", 10, "`||` is expected"),
        ("a == 'b' &&", 12, "a label"),
        ("|| has(a)", 1, "a label"),
        ("a in 'b'", 6, "`{` is expected"),
        ("a in {'b'", 10, "`}` is expected"),
        ("a in {,}", 7, "`}` is expected"),
        ("a in {b}", 7, "`}` is expected"),
        ("a in {'b' 'c'}", 11, "`}` is expected"),
        ("a inb {'b'}", 3, "an operator is expected"),
        ("a not {'b'}", 3, "an operator is expected"),
        ("a starts 'b'", 3, "an operator is expected"),
        ("a starts withb 'b'", 3, "an operator is expected"),
        ("a Contains 'b'", 3, "an operator is expected"),
        ("a AND b", 3, "an operator is expected"),
        ("has()", 1, "a label is expected in `has()`"),
        ("has('a')", 1, "a label is expected in `has()`"),
        ("has(a", 1, "`)` is expected"),
        ("all(a)", 1, "`)` is expected"),
        ("global(", 1, "`)` is expected"),
        ("has (a)", 5, "an operator is expected"),
        ("(has(a)", 8, "`)` is expected"),
        ("has(a))", 7, "`&&`, `||` or the end"),
        ("()", 2, "a label"),
        ("!", 2, "a label"),
        // A line break is no blank.
        ("has(a)\n", 7, "a label"),
        ("has(a) &&\nhas(b)", 10, "a label"),
        ("grün == 'a'", 3, "an operator is expected"),
        ("ä == 'a'", 1, "a label"),
        ("{}", 1, "a label"),
        (&long, 1, "a label is expected in `has()`"),
        (&deep, 201, "nested too deep"),
    ] {
        let error = Expression::parse(text).expect_err(text);
        assert!(error.at == at && error.why.contains(why), "{text}: {error}");
    }
    let error = SyntaxError { at: 3, why: "`==` is expected" };
    assert_eq!(error.to_string(), "at character 3: `==` is expected");
}
