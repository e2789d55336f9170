//! One waiver of the file.

use watertight_facts::{LabelQuery, NamePattern};
use watertight_model::{Date, Waiver};
use watertight_syntax::Value;

use super::read::{LABELS, choice};
use super::reader::Reader;
use crate::waivers::{Concerns, FileGlob, PathPattern, Reach, Selector, WaiverRule};
use crate::{Catalogue, Choice};

/// The keys of a waiver.
pub const WAIVER_KEYS: &[&str] = &[
    "control",
    "kind",
    "namespace",
    "name",
    "labels",
    "path",
    "file",
    "fingerprint",
    "reason",
    "owner",
    "until",
];

/// Reads one waiver; `None` when something in it is wrong, which the reader was told.
pub(super) fn read<'d>(
    reader: &mut Reader<'d>,
    at: Value<'d>,
    file: &str,
    catalogue: &Catalogue,
) -> Option<WaiverRule> {
    let wrong_before = reader.problems.len();
    let mut selector = Selector::default();
    let mut controls: Option<Vec<Choice>> = None;
    let (mut any, mut reason, mut owner, mut until) = (false, None, None, None);
    for (key, value) in reader.map(at, WAIVER_KEYS) {
        if value.is_null() && key != "reason" {
            continue;
        }
        match key {
            "control" => {
                let items = reader.one_or_more(value, "controls and layers");
                let (all, named): (Vec<_>, Vec<_>) =
                    items.into_iter().partition(|item| item.as_str() == Some("*"));
                any = !all.is_empty();
                controls =
                    Some(named.into_iter().filter_map(|item| choice(reader, item, catalogue)).collect());
            }
            "kind" => selector.kinds = patterns(reader, value, "a kind").iter().map(lowered).collect(),
            "namespace" => selector.namespaces = patterns(reader, value, "the name of a namespace"),
            "name" => selector.names = patterns(reader, value, "a name"),
            "labels" => selector.labels = all::<LabelQuery>(reader, value, LABELS),
            "path" => {
                let form = "a path as findings show it: \".spec.template.spec.containers[name=web]\"";
                selector.paths = all::<PathPattern>(reader, value, form);
            }
            "file" => {
                let form = "a file as in .gitignore: \"charts/**\", \"*.yaml\", \"web/deployment.yaml\"";
                selector.files = all::<FileGlob>(reader, value, form);
            }
            "fingerprint" => {
                let items = reader.one_or_more(value, "fingerprints");
                selector.fingerprints =
                    items.into_iter().filter_map(|item| fingerprint(reader, item)).collect();
            }
            "reason" => reason = reader.text(value, "why it is let be"),
            "owner" => owner = reader.text(value, "who answers for it"),
            _ => until = reader.parsed::<Date>(value, "a day as YYYY-MM-DD that there is"),
        }
    }
    if reader.problems.len() > wrong_before {
        return None;
    }
    let Some(reason) = reason else {
        reader.wrong(at, "a waiver without a reason", "say in `reason` why it is let be");
        return None;
    };
    let concerns = match controls {
        _ if any => Concerns::Any,
        Some(controls) if !controls.is_empty() => Concerns::These(controls),
        // A fingerprint is that of one finding of one control.
        _ if !selector.fingerprints.is_empty() => Concerns::Any,
        _ => {
            reader.wrong(at, "a waiver without a control", "name it in `control`; `\"*\"` stands for all");
            return None;
        }
    };
    if concerns == Concerns::Any && selector.is_empty() {
        let help = "say of what: `kind`, `namespace`, `name`, `labels`, `path`, `file` or `fingerprint`";
        reader.wrong(at, "a waiver of everything", help);
        return None;
    }
    let given = format!("{file}:{}", reader.line(at));
    let waiver = Waiver { given, reason, owner, until };
    Some(WaiverRule { concerns, reach: Reach::Selected(selector), waiver, peer: false })
}

fn patterns<'d>(reader: &mut Reader<'d>, value: Value<'d>, expected: &str) -> Vec<NamePattern> {
    let items = reader.one_or_more(value, "texts");
    let texts = items.into_iter().filter_map(|item| reader.text(item, expected));
    texts.filter_map(|text| NamePattern::of_any(&text)).collect()
}

/// Kinds are compared without regard to capitals.
fn lowered(pattern: &NamePattern) -> NamePattern {
    NamePattern::of_any(&pattern.to_string().to_lowercase()).unwrap_or_else(|| pattern.clone())
}

fn all<'d, T: std::str::FromStr>(reader: &mut Reader<'d>, value: Value<'d>, expected: &str) -> Vec<T> {
    let items = reader.one_or_more(value, "texts");
    items.into_iter().filter_map(|item| reader.parsed(item, expected)).collect()
}

fn fingerprint<'d>(reader: &mut Reader<'d>, value: Value<'d>) -> Option<String> {
    let text = reader.text(value, "a fingerprint")?;
    let fits = text
        .strip_prefix("v1:")
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    if !fits {
        reader.wrong(value, "expected a fingerprint as `-o json` shows it: `v1:` and 32 digits", "");
    }
    fits.then_some(text)
}
