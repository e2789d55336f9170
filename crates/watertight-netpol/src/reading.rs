//! What the readers of custom resources have in common: fields that nobody knows, problems, strict blocks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::cidr::Cidr;
use crate::policy::{Effect, Problem};
use crate::selector::Selector;

/// The fields of an object that its type does not name. Newer versions of an API may give them a meaning.
pub(crate) type Rest = BTreeMap<String, IgnoredAny>;

/// A selector as it is written. An older `namespaces` of AdminNetworkPolicy had other fields in its place: these
/// must not be read as a selector of everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Wanted {
    pub(crate) match_labels: Option<BTreeMap<String, String>>,
    pub(crate) match_expressions: Option<Vec<LabelSelectorRequirement>>,
    #[serde(flatten)]
    pub(crate) rest: Rest,
}

impl Wanted {
    /// What it selects; what cannot be read is noted, and [`Selector::Unknown`].
    pub(crate) fn selector(&self, path: &str, notes: &mut Notes) -> Selector {
        if !self.is_readable(path, notes) {
            return Selector::Unknown;
        }
        let (match_labels, match_expressions) = (self.match_labels.clone(), self.match_expressions.clone());
        Selector::of(&LabelSelector { match_labels, match_expressions })
    }

    /// Whether all of it can be read; what cannot is noted.
    pub(crate) fn is_readable(&self, path: &str, notes: &mut Notes) -> bool {
        let mut readable = !notes.unknown_fields(path, &self.rest);
        for (index, wanted) in self.match_expressions.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{index}]");
            let values = wanted.values.as_ref().is_some_and(|values| !values.is_empty());
            let why = match wanted.operator.as_str() {
                "In" | "NotIn" if values => continue,
                "Exists" | "DoesNotExist" if !values => continue,
                "In" | "NotIn" => "has no values; give one at least",
                "Exists" | "DoesNotExist" => "has values, which this operator cannot have; remove them",
                _ => "has an operator that is none of In, NotIn, Exists and DoesNotExist",
            };
            notes.not_modelled(path, why);
            readable = false;
        }
        readable
    }
}

/// The problems of one object, gathered while it is read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) problems: Vec<Problem>,
}

impl Notes {
    pub(crate) fn refused(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::Refused);
    }

    pub(crate) fn not_modelled(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::NotModelled);
    }

    pub(crate) fn without_effect(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::WithoutEffect);
    }

    fn add(&mut self, path: String, why: String, effect: Effect) {
        self.problems.push(Problem { path, why, effect });
    }

    /// Notes each field that is not known, and tells whether there is one.
    pub(crate) fn unknown_fields(&mut self, path: &str, rest: &Rest) -> bool {
        for field in rest.keys() {
            self.unknown_field(path, field);
        }
        !rest.is_empty()
    }

    pub(crate) fn unknown_field(&mut self, path: &str, field: &str) {
        self.not_modelled(
            format!("{path}.{field}"),
            "is not a field that is known here; what it would do is not known either",
        );
    }

    /// Whether the API refuses the object.
    pub(crate) fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.effect == Effect::Refused)
    }
}

/// A block as `netip.ParsePrefix` of Go reads it: no number begins with a zero.
pub(crate) fn strict_block(text: &str) -> Option<Cidr> {
    let (address, length) = text.split_once('/')?;
    address.parse::<IpAddr>().ok()?;
    let plain = length == "0" || !length.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_the_newer_fields_read_them() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/8", "fd00::/8", "::/0"] {
            assert!(strict_block(text).is_some(), "{text}");
        }
        for text in ["010.0.0.0/8", "10.0.0.0/08", "10.0.0.0", "10.0.0.0/33", "fe80::%1/64", "a/8", "::/00"] {
            assert!(strict_block(text).is_none(), "{text}");
        }
    }
}
