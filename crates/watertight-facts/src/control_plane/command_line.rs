//! Flags from words, as the components parse them.
//!
//! Kubernetes' own components parse with `github.com/spf13/pflag` and take `_` for `-` in names
//! (`WordSepNormalizeFunc`, `k8s.io/component-base/cli/flag/flags.go`). etcd parses with Go's package
//! `flag`, where one dash is enough and the first word that is no flag ends them.

use std::collections::BTreeMap;

use watertight_syntax::Path;

use super::Component;
use super::defaults::{self, Kind};

/// A word of a command line, after replacement of variables.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    /// Where in the text the first part stands that is not known.
    pub(super) unknown_from: Option<usize>,
    /// The list item that it is, or the script that it is in.
    pub(super) path: Path,
}

/// The flags that an object gives a component.
#[derive(Debug, Clone, Default)]
pub(super) struct Flags {
    /// By name without dashes; several when it is given several times, in order.
    pub(super) given: BTreeMap<String, Vec<Given>>,
    /// Why there may be more flags than these, or others.
    pub(super) opaque: Option<String>,
}

/// One flag, once.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) value: Option<String>,
    /// The place of the flag: of its list item, entry or field.
    pub(super) path: Path,
    pub(super) written: Written,
}

/// How it is written, which is what an edit has to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// `--name=value`, or `--name` alone: one list item.
    Joined,
    /// `--name` and `value`: two list items, the value at this path.
    Apart(Path),
    /// A value of its own at the place: an entry of a map, a field, the `value` of an item.
    Field,
    /// Somewhere that cannot be edited: a script, an environment variable.
    Fixed,
}

impl Flags {
    /// Adds an occurrence of a flag.
    pub(super) fn add(&mut self, name: &str, given: Given) {
        self.given.entry(name.to_owned()).or_default().push(given);
    }
}

/// Reads the flags of a component from the words after its name.
pub(super) fn parse(component: Component, words: &[Word], editable: bool) -> Flags {
    let mut flags = Flags::default();
    let is_etcd = component == Component::Etcd;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let text = word.text.as_str();
        let dashes = text.len() - text.trim_start_matches('-').len();
        if word.unknown_from.is_some_and(|unknown| unknown <= text.find('=').unwrap_or(text.len())) {
            flags.opaque.get_or_insert_with(|| "an argument comes from a variable".to_owned());
            continue;
        }
        if text == "--" || (is_etcd && (dashes == 0 || dashes > 2 || text == "-")) {
            break;
        }
        if dashes != 2 && !(is_etcd && dashes == 1) {
            // A shorthand: `-v 2` takes the next word, `-v=2` and `-v2` do not. Other words are none
            // of a component's business: it refuses them.
            at += usize::from(text == "-v");
            continue;
        }
        let (name, value) = match text[dashes..].split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (&text[dashes..], None),
        };
        let name = if is_etcd { name.to_owned() } else { name.replace('_', "-") };
        let fixed = |written| if editable { written } else { Written::Fixed };
        let given = match value {
            Some(value) => Given {
                value: word.unknown_from.is_none().then(|| value.to_owned()),
                path: word.path.clone(),
                written: fixed(Written::Joined),
            },
            None => match value_apart(component, &name, words.get(at)) {
                Some(next) => {
                    at += 1;
                    Given {
                        value: next.unknown_from.is_none().then(|| next.text.clone()),
                        path: word.path.clone(),
                        written: fixed(Written::Apart(next.path.clone())),
                    }
                }
                None => Given {
                    value: Some("true".to_owned()),
                    path: word.path.clone(),
                    written: fixed(Written::Joined),
                },
            },
        };
        flags.add(&name, given);
    }
    flags
}

/// The next word, when it is the value of a flag without `=`. A boolean never takes one
/// (`NoOptDefVal`). Of a flag that is not known here only what does not look like a flag is a value.
fn value_apart<'w>(component: Component, name: &str, next: Option<&'w Word>) -> Option<&'w Word> {
    match defaults::row(component, name) {
        Some(row) if row.kind == Kind::Bool => None,
        Some(_) => next,
        None => next.filter(|word| !word.text.starts_with('-')),
    }
}
