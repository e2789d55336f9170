//! The YAML of the suite as JSON values: enough to read what Kubernetes' own tests write, and loud
//! about anything else. This crate stands on the ground floor and has no reader of manifests below it.

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The only document of a file.
pub(super) fn read(text: &str) -> Value {
    let mut parser = Parser::new_from_str(text);
    let mut document = None;
    while let Some(event) = next(&mut parser) {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::Comment(..) => {}
            event => {
                assert!(document.is_none(), "a file of the suite holds one document");
                document = Some(value(event, &mut parser));
            }
        }
    }
    document.expect("a file of the suite holds a document")
}

fn next<'t>(
    parser: &mut impl Iterator<Item = Result<(Event<'t>, granit_parser::Span), granit_parser::ScanError>>,
) -> Option<Event<'t>> {
    Some(parser.next()?.expect("the suite is YAML").0)
}

fn value<'t>(
    first: Event<'t>,
    parser: &mut impl Iterator<Item = Result<(Event<'t>, granit_parser::Span), granit_parser::ScanError>>,
) -> Value {
    match first {
        Event::Scalar(text, style, _, None) => scalar(&text, style),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match next(parser).expect("a list ends") {
                    Event::SequenceEnd => return Value::Array(items),
                    event => items.push(value(event, parser)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = Map::new();
            loop {
                match next(parser).expect("a map ends") {
                    Event::MappingEnd => return Value::Object(map),
                    key => {
                        let Value::String(key) = value(key, parser) else { panic!("a key is a text") };
                        let event = next(parser).expect("a key has a value");
                        let earlier = map.insert(key, value(event, parser));
                        assert!(earlier.is_none(), "a key stands twice");
                    }
                }
            }
        }
        event => panic!("the suite uses {event:?}, which is not read here"),
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::from(text);
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "" | "~" | "null" => Value::Null,
        // YAML 1.1 takes these for something else than texts, and so does Kubernetes.
        "yes" | "no" | "on" | "off" => panic!("`{text}` is not read here"),
        _ => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    }
}
