//! Inputs of a few megabytes that once took time by the square of their size. There is no clock here:
//! by the square, each of these would take minutes.

use std::sync::Arc;

use crate::{Limits, NodeId, de, json, yaml};

fn many(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect()
}

#[test]
fn a_json_map_of_many_keys() {
    let text: Arc<str> = format!("{{{}\"last\":1}}", many(200_000, |at| format!("\"k{at}\":0,"))).into();
    let map = json::decode(&text, json::split(&text).unwrap()[0]).unwrap();
    assert_eq!(map.root().entries().count(), 200_001);
}

#[test]
fn many_anchors_and_aliases() {
    let (anchors, aliases) =
        (many(200_000, |at| format!("- &a{at} x\n")), many(200_000, |at| format!("- *a{at}\n")));
    let text: Arc<str> = [anchors, aliases].concat().into();
    let list = yaml::parse(&text, &Limits::default()).remove(0).document.unwrap().unwrap();
    assert_eq!(list.root().items().len(), 400_000);
}

#[test]
fn many_unknown_fields() {
    let text: Arc<str> = many(100_000, |at| format!("k{at}: v\n")).into();
    let map = yaml::parse(&text, &Limits::default()).remove(0).document.unwrap().unwrap();
    let unknown = de::read::<NoField>(map.root()).unwrap().unknown;
    let paths = map.paths_to(map.root(), &unknown);
    assert_eq!(paths.len(), 100_000);
    let last: &NodeId = unknown.last().unwrap();
    assert_eq!(paths[last], map.path_to(map.root(), *last).unwrap());
}

#[derive(serde::Deserialize)]
struct NoField {}
