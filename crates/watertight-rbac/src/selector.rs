//! Label selectors, as `aggregationRule` uses them.
//!
//! Upstream: `k8s.io/apimachinery` `pkg/apis/meta/v1/helpers.go` (`LabelSelectorAsSelector`),
//! `pkg/labels/selector.go` (`NewRequirement`, `Requirement.Matches`).

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// A selector that was checked. All of its requirements have to hold; none selects everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
}

/// Why a selector is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SelectorError {
    /// The operator is none of `In`, `NotIn`, `Exists`, `DoesNotExist`.
    #[error("{0:?} is no operator of a label selector (In, NotIn, Exists, DoesNotExist)")]
    Operator(String),
    /// `In` and `NotIn` need values.
    #[error("{0} needs at least one value")]
    NoValues(String),
    /// `Exists` and `DoesNotExist` take none.
    #[error("{0} takes no values")]
    Values(String),
    /// No label can have this key.
    #[error("{0:?} cannot be the key of a label")]
    Key(String),
    /// No label can have this value.
    #[error("{0:?} cannot be the value of a label")]
    Value(String),
}

impl Selector {
    /// Checks a selector.
    ///
    /// # Errors
    /// When the controller could not use it either.
    pub fn new(selector: &LabelSelector) -> Result<Self, SelectorError> {
        let mut requirements = Vec::new();
        for (key, value) in selector.match_labels.iter().flatten() {
            requirements.push(Requirement::In(checked_key(key)?, vec![checked_value(value)?]));
        }
        for expression in selector.match_expressions.iter().flatten() {
            let key = checked_key(&expression.key)?;
            let operator = expression.operator.as_str();
            let values = expression.values.as_deref().unwrap_or_default();
            let checked: Vec<String> = values.iter().map(|v| checked_value(v)).collect::<Result<_, _>>()?;
            requirements.push(match (operator, values.is_empty()) {
                ("In", false) => Requirement::In(key, checked),
                ("NotIn", false) => Requirement::NotIn(key, checked),
                ("Exists", true) => Requirement::Exists(key),
                ("DoesNotExist", true) => Requirement::DoesNotExist(key),
                ("In" | "NotIn", true) => return Err(SelectorError::NoValues(operator.to_owned())),
                ("Exists" | "DoesNotExist", false) => {
                    return Err(SelectorError::Values(operator.to_owned()));
                }
                _ => return Err(SelectorError::Operator(operator.to_owned())),
            });
        }
        Ok(Self(requirements))
    }

    /// Whether an object with these labels is selected.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => !labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::DoesNotExist(key) => !labels.contains_key(key),
        })
    }
}

/// `IsQualifiedName`: an optional DNS subdomain and `/`, then a name of at most 63 characters.
fn checked_key(key: &str) -> Result<String, SelectorError> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let valid = is_name(name) && prefix.is_none_or(crate::subject::is_subdomain);
    if valid { Ok(key.to_owned()) } else { Err(SelectorError::Key(key.to_owned())) }
}

/// `IsValidLabelValue`: empty, or as the name of a key.
fn checked_value(value: &str) -> Result<String, SelectorError> {
    if value.is_empty() || is_name(value) {
        Ok(value.to_owned())
    } else {
        Err(SelectorError::Value(value.to_owned()))
    }
}

fn is_name(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    text.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}
