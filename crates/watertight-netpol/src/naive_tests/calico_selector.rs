//! Calico's language of selectors, after the table in its documentation ("Selectors", in
//! `calico_versioned_docs/*/reference/resources/globalnetworkpolicy.mdx`): read into a tree, and asked of labels.

/// What a selector says.
#[derive(Debug)]
pub(super) enum Selector {
    All,
    Global,
    Has(String),
    Equals(String, String),
    Differs(String, String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Contains(String, String),
    StartsWith(String, String),
    EndsWith(String, String),
    Not(Box<Selector>),
    And(Box<Selector>, Box<Selector>),
    Or(Box<Selector>, Box<Selector>),
}

/// What labels are looked up in.
pub(super) trait Things {
    fn label(&mut self, key: &str) -> Option<String>;
    fn has_namespace(&self) -> bool;
}

impl Selector {
    pub(super) fn read(text: &str) -> Self {
        let mut rest = text;
        let found = either(&mut rest);
        assert!(rest.trim_start().is_empty(), "{text}: {rest} is left");
        found
    }

    /// Whether it selects what has these labels. `prefix` goes before each key: a `namespaceSelector` looks at the
    /// labels that begin with `pcns.`, one of service accounts at those with `pcsa.`
    /// (`libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go`).
    pub(super) fn selects(&self, prefix: &str, things: &mut dyn Things) -> bool {
        let mut label = |key: &String| things.label(&format!("{prefix}{key}"));
        match self {
            // "all()" in a `namespaceSelector` is everything that has a namespace, "global()" what has none.
            Self::All => prefix != "pcns." || things.has_namespace(),
            Self::Global => !things.has_namespace(),
            Self::Has(key) => label(key).is_some(),
            Self::Equals(key, value) => label(key).is_some_and(|found| found == *value),
            // "Matches any resource without a label k with value v", also one without the label.
            Self::Differs(key, value) => label(key).is_none_or(|found| found != *value),
            Self::In(key, values) => label(key).is_some_and(|found| values.contains(&found)),
            Self::NotIn(key, values) => label(key).is_none_or(|found| !values.contains(&found)),
            Self::Contains(key, text) => label(key).is_some_and(|found| found.contains(text.as_str())),
            Self::StartsWith(key, text) => label(key).is_some_and(|found| found.starts_with(text.as_str())),
            Self::EndsWith(key, text) => label(key).is_some_and(|found| found.ends_with(text.as_str())),
            Self::Not(inner) => !inner.selects(prefix, things),
            Self::And(one, other) => one.selects(prefix, things) && other.selects(prefix, things),
            Self::Or(one, other) => one.selects(prefix, things) || other.selects(prefix, things),
        }
    }
}

fn takes(rest: &mut &str, wanted: &str) -> bool {
    let found = rest.trim_start().strip_prefix(wanted);
    *rest = found.unwrap_or(rest);
    found.is_some()
}

fn expects(rest: &mut &str, wanted: &str) {
    assert!(takes(rest, wanted), "{wanted} is expected before {rest}");
}

/// "||" binds less than "&&".
fn either(rest: &mut &str) -> Selector {
    let mut found = both(rest);
    while takes(rest, "||") {
        found = Selector::Or(found.into(), both(rest).into());
    }
    found
}

fn both(rest: &mut &str) -> Selector {
    let mut found = one(rest);
    while takes(rest, "&&") {
        found = Selector::And(found.into(), one(rest).into());
    }
    found
}

fn one(rest: &mut &str) -> Selector {
    if takes(rest, "!") {
        return Selector::Not(one(rest).into());
    }
    if takes(rest, "(") {
        let found = either(rest);
        expects(rest, ")");
        return found;
    }
    if takes(rest, "all()") {
        return Selector::All;
    }
    if takes(rest, "global()") {
        return Selector::Global;
    }
    if takes(rest, "has(") {
        let key = word(rest);
        expects(rest, ")");
        return Selector::Has(key);
    }
    let key = word(rest);
    for (operator, found) in [
        ("==", Selector::Equals as fn(String, String) -> Selector),
        ("!=", Selector::Differs),
        ("contains", Selector::Contains),
        ("starts with", Selector::StartsWith),
        ("ends with", Selector::EndsWith),
    ] {
        if takes(rest, operator) {
            return found(key, quoted(rest));
        }
    }
    if takes(rest, "not in") {
        return Selector::NotIn(key, set(rest));
    }
    expects(rest, "in");
    Selector::In(key, set(rest))
}

fn word(rest: &mut &str) -> String {
    let text = rest.trim_start();
    let end = text.find([' ', ')']).unwrap_or(text.len());
    *rest = &text[end..];
    text[..end].to_owned()
}

fn quoted(rest: &mut &str) -> String {
    expects(rest, "'");
    let (found, left) = rest.split_once('\'').unwrap();
    *rest = left;
    found.to_owned()
}

fn set(rest: &mut &str) -> Vec<String> {
    expects(rest, "{");
    let mut all = vec![quoted(rest)];
    while takes(rest, ",") {
        all.push(quoted(rest));
    }
    expects(rest, "}");
    all
}
