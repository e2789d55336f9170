//! The target `edit`: plans made up from the text itself, carried out on every document.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use watertight_syntax::edit::{Change, Text, apply};
use watertight_syntax::{Kind, Path, Segment, Value, yaml};

/// Text and a plan to an edited text: either it is refused, or it means what was planned, the other
/// documents mean what they meant, and a second run changes nothing.
pub fn edit(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text: Arc<str> = text.into();
    let whole = Text::new(&text, super::limits());
    let mut turn = bytes.iter().fold(1u32, |turn, byte| turn.wrapping_mul(31).wrapping_add((*byte).into()));
    for (number, parsed) in (1u32..).zip(yaml::parse(&text, &super::limits())).take(4) {
        let Ok(Some(document)) = parsed.document else { continue };
        if document.len() > 2_000 {
            continue;
        }
        let changes: Vec<Change> = (0..3).filter_map(|_| change(document.root(), &mut turn)).collect();
        let apart = |one: &Change, other: &Change| {
            !one.path().covers(other.path()) && !other.path().covers(one.path())
        };
        let contradict =
            (1..changes.len()).any(|at| changes[..at].iter().any(|one| !apart(one, &changes[at])));
        if contradict {
            continue;
        }
        let comments = changes.iter().filter(|change| matches!(change, Change::Set { .. }));
        let comments: Vec<Change> =
            comments.map(|set| Change::Comment { path: set.path().clone(), text: "why: {" }).collect();
        let changes = [changes, comments].concat();
        let Ok(edited) = whole.edit(number, &changes) else { continue };
        let Ok(joined) = whole.join(&BTreeMap::from([(number, edited)])) else { continue };
        let mut planned = document.root().to_json();
        let (removed, mut ordered): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| matches!(change, Change::Remove { .. }));
        let mut removed = removed;
        removed.sort_by(|one, other| other.path().cmp(one.path()));
        let positions =
            removed.iter().any(|change| matches!(change.path().segments().last(), Some(Segment::Index(_))));
        ordered.extend(removed);
        assert_eq!(apply(&mut planned, ordered), None, "an edit without a place to go");
        let joined: Arc<str> = joined.as_str().into();
        let after = yaml::parse(&joined, &super::limits());
        let values: Vec<Json> =
            after.into_iter().filter_map(|parsed| Some(parsed.document.ok()??.root().to_json())).collect();
        assert!(values.contains(&planned), "the edited text means something else");
        if !positions {
            let again = Text::new(&joined, super::limits());
            if again.len() == whole.len()
                && let Ok(twice) = again.edit(number, &changes)
                && let Ok(twice) = again.join(&BTreeMap::from([(number, twice)]))
            {
                assert_eq!(twice.trim(), joined.trim(), "a second run changes something");
            }
        }
    }
}

/// A change somewhere in a value; `turn` decides.
fn change(root: Value<'_>, turn: &mut u32) -> Option<Change> {
    let mut next = |bound: usize| {
        *turn = turn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(*turn >> 8).unwrap_or(0) % bound.max(1)
    };
    let (mut path, mut here) = (Path::root(), root);
    for _ in 0..8 {
        let below: Option<Segment> = match here.kind() {
            Kind::Map => {
                let at = next(8);
                here.entries().nth(at).map(|(key, _)| Segment::Key(key.to_owned().into()))
            }
            Kind::List => Some(next(4)).filter(|at| *at < here.items().len()).map(Segment::Index),
            _ => break,
        };
        let Some(segment) = below else { break };
        here = here.step(&segment)?;
        path = path.join(&[segment].into_iter().collect());
        if next(4) == 0 {
            break;
        }
    }
    if here.kind() == Kind::Map && next(2) == 0 {
        path = path.key(["new", "yes", "a b"][next(3)]).key("k");
    }
    let value = [json!(true), json!("no"), json!({"a": [1, "x"]}), json!([]), json!(null)][next(5)].clone();
    (!path.is_root()).then(|| match next(3) {
        0 => Change::Remove { path },
        1 if here.kind() == Kind::List => Change::Append { path, value },
        _ => Change::Set { path, value },
    })
}
