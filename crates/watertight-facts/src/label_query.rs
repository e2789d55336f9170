//! A label selector as people write it for kubectl: `team=payments,tier in (db, cache),!canary`.
//!
//! Grammar and meaning are those of `Parse` in `k8s.io/apimachinery/pkg/labels/selector.go`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Requirements that all have to hold. None at all selects everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelQuery {
    requirements: Vec<Requirement>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    wants: Wants,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wants {
    Exists,
    Absent,
    In(Vec<String>),
    /// Also holds where the key is absent.
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

impl LabelQuery {
    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key);
            let number = || value.and_then(|value| value.parse::<i64>().ok());
            match &requirement.wants {
                Wants::Exists => value.is_some(),
                Wants::Absent => value.is_none(),
                Wants::In(values) => value.is_some_and(|value| values.contains(value)),
                Wants::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
                Wants::Greater(than) => number().is_some_and(|number| number > *than),
                Wants::Less(than) => number().is_some_and(|number| number < *than),
            }
        })
    }
}

/// As it was written.
impl fmt::Display for LabelQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for LabelQuery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for part in parts(text)? {
            requirements.push(requirement(part.trim())?);
        }
        Ok(Self { requirements, text: text.trim().to_owned() })
    }
}

/// The parts between commas that stand outside of parentheses.
fn parts(text: &str) -> Result<Vec<&str>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let (mut parts, mut start, mut open) = (Vec::new(), 0, false);
    for (at, character) in text.char_indices() {
        match character {
            '(' if open => return Err("`(` stands in `(`".to_owned()),
            '(' => open = true,
            ')' if !open => return Err("`)` without `(`".to_owned()),
            ')' => open = false,
            ',' if !open => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if open {
        return Err("`)` is missing".to_owned());
    }
    parts.push(&text[start..]);
    Ok(parts)
}

fn requirement(part: &str) -> Result<Requirement, String> {
    if part.is_empty() {
        return Err("a requirement is missing beside a comma".to_owned());
    }
    if let Some(key) = part.strip_prefix('!') {
        return Ok(Requirement { key: label_key(key)?, wants: Wants::Absent });
    }
    for (operator, wants) in [
        ("!=", (|value| Wants::NotIn(vec![value])) as fn(String) -> Wants),
        ("==", |value| Wants::In(vec![value])),
        ("=", |value| Wants::In(vec![value])),
    ] {
        if let Some((key, value)) = part.split_once(operator) {
            return Ok(Requirement { key: label_key(key)?, wants: wants(label_value(value)?) });
        }
    }
    for (operator, greater) in [('>', true), ('<', false)] {
        if let Some((key, value)) = part.split_once(operator) {
            let number =
                value.trim().parse().map_err(|_| format!("`{operator}` needs a whole number after it"))?;
            let wants = if greater { Wants::Greater(number) } else { Wants::Less(number) };
            return Ok(Requirement { key: label_key(key)?, wants });
        }
    }
    let Some((head, list)) = part.split_once('(') else {
        return Ok(Requirement { key: label_key(part)?, wants: Wants::Exists });
    };
    let list = list.trim_end().strip_suffix(')').ok_or("something stands after `)`")?;
    let values = list.split(',').map(label_value).collect::<Result<Vec<_>, _>>()?;
    let (key, operator) =
        head.trim().rsplit_once(char::is_whitespace).ok_or("expected `KEY in (…)` or `KEY notin (…)`")?;
    let wants = match operator {
        "in" => Wants::In(values),
        "notin" => Wants::NotIn(values),
        _ => return Err(format!("`{operator}` is no operator; expected in or notin")),
    };
    Ok(Requirement { key: label_key(key)?, wants })
}

/// A qualified name: `IsQualifiedName` in `k8s.io/apimachinery/pkg/util/validation`.
fn label_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let host = |prefix: &str| {
        !prefix.is_empty()
            && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
    };
    if name.is_empty() || !is_label(name) || !prefix.is_none_or(host) {
        return Err(format!("`{key}` is no key of a label"));
    }
    Ok(key.to_owned())
}

fn label_value(text: &str) -> Result<String, String> {
    let value = text.trim();
    if value.is_empty() || is_label(value) {
        Ok(value.to_owned())
    } else {
        Err(format!("`{value}` is no value of a label"))
    }
}

fn is_label(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(query: &str, labels: &[(&str, &str)]) -> bool {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        query.parse::<LabelQuery>().unwrap().selects(&labels)
    }

    #[test]
    fn selectors_mean_what_they_mean_to_kubectl() {
        let db = &[("tier", "db"), ("example.com/size", "7")];
        for query in [
            "",
            "tier",
            "tier=db",
            "tier == db",
            "tier in (cache, db)",
            "tier notin (web),!canary",
            "canary notin (x)",
            "canary!=yes",
            "example.com/size>6,example.com/size<8",
        ] {
            assert!(selects(query, db), "{query}");
        }
        for query in ["canary", "!tier", "tier=web", "tier in (web)", "tier notin (db)", "tier!=db", "tier>1"]
        {
            assert!(!selects(query, db), "{query}");
        }
        assert!(selects("tier=", &[("tier", "")]));
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in
            [",", "a,", "a in b", "a in (b", "a) b", "a like (b)", "-a", "a=b c", "a>x", "/a", "a in (b) c"]
        {
            assert!(text.parse::<LabelQuery>().is_err(), "{text}");
        }
    }
}
