//! Where a label calls a credential what opens nothing.

use watertight_credentials::{Content, content, names_a_secret};
use watertight_syntax::{Path, Value};

use super::{Case, Judged};

/// Why we are silent where a label says that there is a credential, when every object that it names is
/// accounted for.
pub(super) fn explain(judged: &Judged<'_>) -> Option<&'static str> {
    if judged.speaks() || !judged.case.fails {
        return None;
    }
    match judged.case.rule.as_str() {
        "sensitiveConfigmapContent" => data(judged)
            .iter()
            .any(|(name, value)| names_a_secret(name) && content(name, value) == Content::Placeholder)
            .then_some("one letter, repeated, is a placeholder: nothing is opened with it"),
        _ => None,
    }
}

fn data(judged: &Judged<'_>) -> Vec<(String, String)> {
    let mut data = Vec::new();
    for (_, object) in judged.snapshot().objects().filter(|(_, object)| !object.is_implied()) {
        let Ok(body) = object.body() else { continue };
        for (key, value) in body.root().at(&Path::root().key("data")).into_iter().flat_map(Value::entries) {
            data.extend(value.as_str().map(|text| (key.to_owned(), text.to_owned())));
        }
    }
    data
}

/// A disagreement explains what it is about, and nothing that is merely near.
#[test]
fn only_what_is_meant_is_explained() {
    let map =
        |data: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c}}, data: {{{data}}}}}");
    let in_map = ("sensitiveConfigmapContent", "credential-in-config-map");
    for ((rule, controls), text, explained) in [
        (in_map, map("DB_PASSWORD: xxxx"), true),
        (in_map, map("name: xxxx"), false),
        (in_map, map("DB_PASSWORD: ''"), false),
    ] {
        let case = Case::of_text(rule, true, &text);
        let rows = super::crosswalk::read(&format!("rule\tcontrols\tnote\n{rule}\t{controls}\t")).unwrap();
        let snapshot = case.snapshot();
        let world = watertight_facts::World::new(&snapshot, &case.settings);
        let judged = Judged::of(&case, &rows[0], &world);
        assert!(!judged.speaks(), "{text}: no disagreement");
        assert_eq!(explain(&judged).is_some(), explained, "{text}");
    }
}
