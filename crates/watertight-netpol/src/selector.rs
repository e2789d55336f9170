//! Which labels somebody wants.
//!
//! One language for the selectors of every kind of policy. Labels that are not known make an answer
//! [`Truth::Maybe`]: a pod of a template gets some labels later, a namespace that is not in view may have any.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Yes, no, or not known (Kleene's logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// It does not hold.
    No,
    /// Not known.
    Maybe,
    /// It holds.
    Yes,
}

impl Truth {
    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// It does not hold.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// The labels of something, and which of them are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels {
    /// The labels that are known.
    pub known: BTreeMap<String, String>,
    /// What may be there beside them.
    pub unknown: Unknown,
}

/// Which labels may be there that nobody has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unknown {
    /// None: the known ones are all.
    #[default]
    Nothing,
    /// Those of these keys.
    Keys(BTreeSet<String>),
    /// Any.
    Anything,
}

/// A label of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label<'a> {
    /// It has this value.
    Value(&'a str),
    /// It is not there.
    Absent,
    /// It may be there, with any value.
    Unknown,
}

impl Labels {
    /// Labels that are all known.
    #[must_use]
    pub fn of(known: BTreeMap<String, String>) -> Self {
        Self { known, unknown: Unknown::Nothing }
    }

    /// The label of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Label<'_> {
        match (self.known.get(key), &self.unknown) {
            (Some(value), _) => Label::Value(value),
            (None, Unknown::Nothing) => Label::Absent,
            (None, Unknown::Keys(keys)) if !keys.contains(key) => Label::Absent,
            (None, _) => Label::Unknown,
        }
    }
}

/// What is wanted of labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Selector {
    /// The label has one of these values.
    In(String, Vec<String>),
    /// The label is there, whatever its value.
    Has(String),
    /// The label's value begins with a text.
    StartsWith(String, String),
    /// The label's value ends with a text.
    EndsWith(String, String),
    /// The label's value contains a text.
    Contains(String, String),
    /// The opposite.
    Not(Box<Selector>),
    /// All of these; none at all selects everything.
    All(Vec<Selector>),
    /// One of these; none at all selects nothing.
    Any(Vec<Selector>),
    /// What could not be read: nobody knows what it selects.
    Unknown,
}

impl Default for Selector {
    fn default() -> Self {
        Self::EVERYTHING
    }
}

impl Selector {
    /// Selects everything.
    pub const EVERYTHING: Self = Self::All(Vec::new());
    /// Selects nothing.
    pub const NOTHING: Self = Self::Any(Vec::new());

    /// A label with one value.
    #[must_use]
    pub fn equals(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::In(key.into(), vec![value.into()])
    }

    /// The selector that wants each of these labels, as in a Service.
    #[must_use]
    pub fn of_map(labels: &BTreeMap<String, String>) -> Self {
        Self::all(labels.iter().map(|(key, value)| Self::equals(key, value)).collect())
    }

    /// All of several.
    #[must_use]
    pub fn all(mut parts: Vec<Self>) -> Self {
        match parts.len() {
            1 => parts.remove(0),
            _ => Self::All(parts),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// The selector of an object: `LabelSelectorAsSelector` in
    /// `k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go`. `In` and `NotIn` without values, and operators that
    /// nobody knows, are refused by the API server; here they are [`Selector::Unknown`].
    #[must_use]
    pub fn of(selector: &LabelSelector) -> Self {
        Self::of_keys(selector, |key| Some(key.to_owned()))
    }

    /// The same with other keys; what stands at a key for which there is none is [`Selector::Unknown`].
    #[must_use]
    pub fn of_keys(selector: &LabelSelector, rename: impl Fn(&str) -> Option<String>) -> Self {
        let labels = selector.match_labels.iter().flatten();
        let mut parts: Vec<Self> = labels
            .map(|(key, value)| rename(key).map_or(Self::Unknown, |key| Self::equals(key, value)))
            .collect();
        for expression in selector.match_expressions.iter().flatten() {
            let Some(key) = rename(&expression.key) else {
                parts.push(Self::Unknown);
                continue;
            };
            let values = expression.values.clone().unwrap_or_default();
            parts.push(match expression.operator.as_str() {
                "In" if !values.is_empty() => Self::In(key, values),
                // Also holds where the key is absent.
                "NotIn" if !values.is_empty() => Self::In(key, values).negated(),
                "Exists" => Self::Has(key),
                "DoesNotExist" => Self::Has(key).negated(),
                _ => Self::Unknown,
            });
        }
        Self::all(parts)
    }

    /// Whether it selects everything, whatever the labels.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(Self::is_everything),
            Self::Any(parts) => parts.iter().any(Self::is_everything),
            _ => false,
        }
    }

    /// Whether all of it could be read.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Not(inner) => inner.is_readable(),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_readable),
            _ => true,
        }
    }

    /// Whether labels that are all known are selected; what could not be read selects nothing for certain.
    #[must_use]
    pub fn selects_known(&self, labels: &BTreeMap<String, String>) -> bool {
        let label = |key: &str| labels.get(key).map_or(Label::Absent, |value| Label::Value(value));
        self.holds(&label) == Truth::Yes
    }

    /// Whether labels are selected.
    #[must_use]
    pub fn selects(&self, labels: &Labels) -> Truth {
        self.holds(&|key| labels.get(key))
    }

    /// Whether it selects something with these labels.
    #[must_use]
    pub fn holds<'a>(&self, label: &impl Fn(&str) -> Label<'a>) -> Truth {
        let value = |key: &str, wants: &dyn Fn(&str) -> bool| match label(key) {
            Label::Value(value) => Truth::from(wants(value)),
            Label::Absent => Truth::No,
            Label::Unknown => Truth::Maybe,
        };
        match self {
            Self::In(key, values) => value(key, &|value| values.iter().any(|wanted| wanted == value)),
            Self::Has(key) => value(key, &|_| true),
            Self::StartsWith(key, text) => value(key, &|value| value.starts_with(text)),
            Self::EndsWith(key, text) => value(key, &|value| value.ends_with(text)),
            Self::Contains(key, text) => value(key, &|value| value.contains(text)),
            Self::Not(inner) => inner.holds(label).negated(),
            Self::All(parts) => parts.iter().fold(Truth::Yes, |all, part| all.and(part.holds(label))),
            Self::Any(parts) => parts.iter().fold(Truth::No, |any, part| any.or(part.holds(label))),
            Self::Unknown => Truth::Maybe,
        }
    }

    /// Hands on each key of a label that it looks at.
    pub fn keys<'s>(&'s self, each: &mut impl FnMut(&'s str)) {
        match self {
            Self::In(key, _)
            | Self::Has(key)
            | Self::StartsWith(key, _)
            | Self::EndsWith(key, _)
            | Self::Contains(key, _) => each(key),
            Self::Not(inner) => inner.keys(each),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.keys(each)),
            Self::Unknown => {}
        }
    }
}

/// Whether a text may be the key of a label: `IsQualifiedName` in `k8s.io/apimachinery/pkg/util/validation/validation.go`.
#[must_use]
pub fn is_label_key(key: &str) -> bool {
    let is_part = |part: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = part.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    match key.split_once('/') {
        Some((prefix, name)) => prefix.len() <= 253 && prefix.split('.').all(is_part) && is_name(name),
        None => is_name(key),
    }
}

/// Whether a text may be the value of a label: `IsValidLabelValue`, the same file.
#[must_use]
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

fn is_name(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn labels(labels: &[(&str, &str)], unknown: Unknown) -> Labels {
        let known = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Labels { known, unknown }
    }

    fn selector(value: serde_json::Value) -> Selector {
        Selector::of(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn selectors_mean_what_they_mean_to_the_api_server() {
        let web = labels(&[("app", "web"), ("tier", "front")], Unknown::Nothing);
        let expression = |operator: &str, key: &str, values: &[&str]| {
            selector(json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]}))
        };
        for (wanted, selector) in [
            (Truth::Yes, selector(json!({}))),
            (Truth::Yes, selector(json!({"matchLabels": {"app": "web"}}))),
            (Truth::Yes, expression("In", "app", &["db", "web"])),
            (Truth::Yes, expression("NotIn", "app", &["db"])),
            (Truth::Yes, expression("NotIn", "zone", &["a"])),
            (Truth::Yes, expression("Exists", "tier", &[])),
            (Truth::Yes, expression("DoesNotExist", "zone", &[])),
            (Truth::No, selector(json!({"matchLabels": {"app": "web", "tier": "back"}}))),
            (Truth::No, expression("In", "zone", &["a"])),
            (Truth::No, expression("NotIn", "app", &["web"])),
            (Truth::No, expression("Exists", "zone", &[])),
            (Truth::No, expression("DoesNotExist", "app", &[])),
            (Truth::Maybe, expression("Like", "app", &["web"])),
            (Truth::Maybe, expression("In", "app", &[])),
        ] {
            assert_eq!(selector.selects(&web), wanted, "{selector:?}");
        }
    }

    #[test]
    fn what_is_not_known_makes_a_maybe() {
        let hash = || Unknown::Keys(["hash".to_owned()].into());
        let wants_hash = Selector::equals("hash", "x");
        assert_eq!(wants_hash.selects(&labels(&[], hash())), Truth::Maybe);
        assert_eq!(wants_hash.clone().negated().selects(&labels(&[], hash())), Truth::Maybe);
        assert_eq!(wants_hash.selects(&labels(&[("hash", "y")], hash())), Truth::No);
        assert_eq!(Selector::equals("app", "x").selects(&labels(&[], hash())), Truth::No);
        assert_eq!(Selector::equals("app", "x").selects(&labels(&[], Unknown::Anything)), Truth::Maybe);
        let both = Selector::all(vec![Selector::Has("app".into()), wants_hash]);
        assert_eq!(both.selects(&labels(&[], hash())), Truth::No);
        assert_eq!(Selector::NOTHING.selects(&Labels::default()), Truth::No);
    }
}
