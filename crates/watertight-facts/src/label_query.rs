//! A label selector as people write it for kubectl: `team=payments,tier in (db, cache),!canary`.
//!
//! Grammar and meaning are those of `Parse` in `k8s.io/apimachinery/pkg/labels/selector.go`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use watertight_netpol::{Selector, is_label_key, is_label_value};

/// Requirements that all have to hold. None at all selects everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelQuery {
    requirements: Vec<Requirement>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    /// What a label selector of an object can want as well.
    Labels(Selector),
    /// The label of a key is a number above this.
    Greater(String, i64),
    /// The label of a key is a number below this.
    Less(String, i64),
}

impl LabelQuery {
    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        let number = |key: &str| labels.get(key).and_then(|value| value.parse::<i64>().ok());
        self.requirements.iter().all(|requirement| match requirement {
            Requirement::Labels(selector) => selector.selects_known(labels),
            Requirement::Greater(key, than) => number(key).is_some_and(|number| number > *than),
            Requirement::Less(key, than) => number(key).is_some_and(|number| number < *than),
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
    let has = |key: &str| Ok(Selector::Has(label_key(key)?));
    let is_in = |key: &str, values| Ok::<_, String>(Selector::In(label_key(key)?, values));
    if let Some(key) = part.strip_prefix('!') {
        return has(key).map(|selector| Requirement::Labels(selector.negated()));
    }
    // `!=` also holds where the key is absent.
    for (operator, is_negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = part.split_once(operator) {
            let selector = is_in(key, vec![label_value(value)?])?;
            return Ok(Requirement::Labels(if is_negated { selector.negated() } else { selector }));
        }
    }
    for (operator, wants) in [('>', Requirement::Greater as fn(_, _) -> _), ('<', Requirement::Less)] {
        if let Some((key, value)) = part.split_once(operator) {
            let number =
                value.trim().parse().map_err(|_| format!("`{operator}` needs a whole number after it"))?;
            return Ok(wants(label_key(key)?, number));
        }
    }
    let Some((head, list)) = part.split_once('(') else {
        return has(part).map(Requirement::Labels);
    };
    let list = list.trim_end().strip_suffix(')').ok_or("something stands after `)`")?;
    let values = list.split(',').map(label_value).collect::<Result<Vec<_>, _>>()?;
    let (key, operator) =
        head.trim().rsplit_once(char::is_whitespace).ok_or("expected `KEY in (…)` or `KEY notin (…)`")?;
    match operator {
        "in" => Ok(Requirement::Labels(is_in(key, values)?)),
        "notin" => Ok(Requirement::Labels(is_in(key, values)?.negated())),
        _ => Err(format!("`{operator}` is no operator; expected in or notin")),
    }
}

fn label_key(text: &str) -> Result<String, String> {
    let key = text.trim();
    if is_label_key(key) { Ok(key.to_owned()) } else { Err(format!("`{key}` is no key of a label")) }
}

fn label_value(text: &str) -> Result<String, String> {
    let value = text.trim();
    if is_label_value(value) {
        Ok(value.to_owned())
    } else {
        Err(format!("`{value}` is no value of a label"))
    }
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
        for text in [
            ",",
            "a,",
            "a in b",
            "a in (b",
            "a) b",
            "a like (b)",
            "-a",
            "a=b c",
            "a>x",
            "/a",
            "a in (b) c",
            "-a/b",
        ] {
            assert!(text.parse::<LabelQuery>().is_err(), "{text}");
        }
    }
}
