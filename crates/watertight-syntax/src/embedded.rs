//! Documents that are a text within another document: the YAML in a ConfigMap.
//!
//! A literal block (`|`) is the inner text with blanks before each line, so that its values have places in the
//! outer text. Any other way of writing hides the inner lines behind escapes or folds: then every value stands
//! where the text begins. Which of both holds is not argued but compared: both readings have to be equal.
//! Start reading at [`parse`].

use std::sync::Arc;

use crate::document::{Data, Document};
use crate::span::offset;
use crate::yaml::{self, Parsed};
use crate::{Limits, Span, SyntaxError};

/// Reads the documents of an inner text; empty ones are left out. `value` is the text, and `written` where it
/// stands in `outer`. Places, also those of errors, are places of `outer`.
///
/// ```
/// use watertight_syntax::{Limits, embedded, yaml};
/// let outer: std::sync::Arc<str> = "data:\n  a: |\n    kind: Pod\n    x: {z: 1}\n".into();
/// let parsed = yaml::parse(&outer, &Limits::default()).remove(0).document.unwrap().unwrap();
/// let text = parsed.root().at(&".data.a".parse().unwrap()).unwrap();
/// let inner = embedded::parse(text.as_str().unwrap(), text.span(), &outer, &Limits::default()).remove(0);
/// let inner = inner.document.unwrap().unwrap();
/// let z = inner.root().at(&".x.z".parse().unwrap()).unwrap();
/// assert_eq!(&outer[z.span().range()], "1");
/// ```
#[must_use]
pub fn parse(value: &str, written: Span, outer: &Arc<str>, limits: &Limits) -> Vec<Parsed> {
    let text: Arc<str> = value.into();
    let mut plain = yaml::parse(&text, limits);
    plain.retain(is_something);
    if let Some(placed) = placed(written, outer, limits).filter(|placed| are_equal(placed, &plain)) {
        return placed;
    }
    let at = Span { start: written.start, end: written.start };
    plain.into_iter().map(|parsed| without_places(parsed, at)).collect()
}

fn is_something(parsed: &Parsed) -> bool {
    !matches!(parsed.document, Ok(None))
}

/// The documents of a literal block. `None` for what is written in another way.
fn placed(written: Span, outer: &Arc<str>, limits: &Limits) -> Option<Vec<Parsed>> {
    let block = outer.get(written.range()).filter(|block| block.starts_with('|'))?;
    let first = block.find('\n')? + 1;
    let filled = block[first..].lines().find(|line| !line.trim().is_empty())?;
    let indent = filled.len() - filled.trim_start_matches(' ').len();
    let mut pieces = vec![Span::new(first, first)];
    let mut end = first;
    for line in block[first..].split_inclusive('\n') {
        end += line.len();
        match line.get(indent..).is_some_and(|inner| inner.trim_end() == "---") {
            true => pieces.push(Span::new(end, end)),
            false => pieces.last_mut()?.end = offset(end),
        }
    }
    let mut all = Vec::new();
    for piece in pieces {
        let text: Arc<str> = block[piece.range()].into();
        let by = written.start + piece.start;
        let parsed = yaml::parse(&text, limits);
        all.extend(parsed.into_iter().filter(is_something).map(|parsed| moved(parsed, by, outer)));
    }
    Some(all)
}

fn are_equal(placed: &[Parsed], plain: &[Parsed]) -> bool {
    let same = |(one, other): (&Parsed, &Parsed)| match (&one.document, &other.document) {
        (Ok(Some(one)), Ok(Some(other))) => one.root().to_json() == other.root().to_json(),
        (Err(_), Err(_)) => true,
        _ => false,
    };
    placed.len() == plain.len() && placed.iter().zip(plain).all(same)
}

/// A document that was read from a part of `outer`, with the places of the whole.
fn moved(parsed: Parsed, by: u32, outer: &Arc<str>) -> Parsed {
    let to = |span: Span| Span { start: span.start.saturating_add(by), end: span.end.saturating_add(by) };
    Parsed {
        span: to(parsed.span),
        document: match parsed.document {
            Ok(document) => Ok(document.map(|mut document| {
                each_place(&mut document, to);
                for node in &mut document.nodes {
                    if let Data::Source(span) = node.data {
                        node.data = Data::Source(to(span));
                    }
                }
                document.text = Arc::clone(outer);
                document
            })),
            Err(error) => {
                Err(SyntaxError { message: error.message, offset: error.offset.saturating_add(by) })
            }
        },
    }
}

/// A document whose inner places are not known. Places are empty: what is shown of one shows nothing.
fn without_places(parsed: Parsed, at: Span) -> Parsed {
    Parsed {
        span: at,
        document: match parsed.document {
            Ok(document) => Ok(document.map(|mut document| {
                each_place(&mut document, |_| at);
                document.comments.clear();
                document
            })),
            Err(error) => Err(SyntaxError { message: error.message, offset: at.start }),
        },
    }
}

fn each_place(document: &mut Document, to: impl Fn(Span) -> Span) {
    document.nodes.iter_mut().for_each(|node| node.span = to(node.span));
    document.comments.iter_mut().for_each(|comment| *comment = to(*comment));
    for twin in &mut document.duplicates {
        (twin.overruled, twin.winner) = (to(twin.overruled), to(twin.winner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    /// The inner values that are written `x: VALUE`, each with what stands at its place.
    fn read(outer: &str) -> Vec<Result<(serde_json::Value, String), u32>> {
        let outer: Arc<str> = outer.into();
        let limits = Limits::default();
        let document = yaml::parse(&outer, &limits).remove(0).document.unwrap().unwrap();
        let text = document.root().get("a").unwrap();
        let shown = |value: Option<Value<'_>>| {
            let x = value.unwrap();
            (x.to_json(), outer[x.span().range()].to_owned())
        };
        parse(text.as_str().unwrap(), text.span(), &outer, &limits)
            .into_iter()
            .map(|parsed| match parsed.document {
                Ok(document) => Ok(shown(document.unwrap().root().get("x"))),
                Err(error) => Err(error.offset),
            })
            .collect()
    }

    fn placed(outer: &str) -> bool {
        read(outer).iter().all(|read| {
            let (value, shown) = read.as_ref().unwrap();
            value.as_str().map_or_else(|| value.to_string(), str::to_owned) == *shown
        })
    }

    #[test]
    fn a_literal_block_has_places() {
        for outer in [
            "a: |\n  x: 1\n",
            "a: |-\n    # why\n\n    x: yes-sir\n",
            "a: |+\n  x: 1\n\n\n",
            "a: |\r\n  x: 1\r\n",
            "a: |2\n  x: 1\n",
            "a: |\n  ---\n  x: 1\n  ---\n  x: 2\n",
            "a: |\n  {\"x\": 1}\n",
            "a: |\n  x: 1\nb: 2\n---\na: 3\n",
            "ü: ü\na: |\n  ü: ö\n  x: ä\n",
        ] {
            assert!(placed(outer) && !read(outer).is_empty(), "{outer:?}: {:?}", read(outer));
        }
        let anchored = "a: |\n  b: &b {x: 1}\n  <<: *b\n";
        assert_eq!(read(anchored), [Ok((1.into(), "1".to_owned()))]);
    }

    #[test]
    fn what_is_written_in_another_way_is_read_without_places() {
        for outer in [
            "a: \"x: 1\\ny: 2\\n\"\n",
            "a: 'x: 1'\n",
            "a: >\n  x: 1\n\n  y: 2\n",
            "a: >-\n  {x: 1,\n  y: 2}\n",
            "a: |\n  --- # first\n  x: 1\n",
            "a: |\n  --- {x: 1}\n",
            "{a: '{\"x\": 1}'}",
        ] {
            let read = read(outer);
            assert_eq!(read.len(), 1, "{outer:?}");
            let (value, shown) = read[0].as_ref().unwrap();
            assert_eq!(*value, 1, "{outer:?}");
            assert!(shown.is_empty() || shown == "1", "{outer:?} {shown:?}");
        }
    }

    #[test]
    fn errors_have_places_of_the_outer_text() {
        let outer = "a: |\n  x: 1\n  ---\n  x: [\n";
        let all = read(outer);
        assert_eq!(all.len(), 2);
        assert!(all[1].clone().unwrap_err() as usize > outer.find("---").unwrap());
        assert!(read("a: |\n  # nothing\n").is_empty());
        assert!(read("a: ''\n").is_empty());
    }
}
