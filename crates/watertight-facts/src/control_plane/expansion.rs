//! `$(NAME)` in commands and arguments, as the kubelet replaces it.

use std::collections::BTreeMap;

use watertight_syntax::Value;

/// The environment of a container, as far as the manifest tells it.
#[derive(Debug, Default)]
pub(super) struct Environment<'a> {
    /// Names with their value; `None` when it comes from elsewhere.
    names: BTreeMap<&'a str, Option<&'a str>>,
    /// Whether whole objects are taken in, so that a name that is not listed may have a value.
    is_open: bool,
}

/// A text after replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Where in the text the first value stands that is not known.
    pub(super) unknown_from: Option<usize>,
}

impl<'a> Environment<'a> {
    /// The environment that a container declares.
    pub(super) fn of(container: Value<'a>) -> Self {
        let mut names = BTreeMap::new();
        for entry in container.get("env").into_iter().flat_map(Value::items) {
            let Some(name) = entry.get("name").and_then(Value::as_str) else { continue };
            let literal = match entry.get("valueFrom").filter(|from| !from.is_null()) {
                Some(_) => None,
                None => Some(entry.get("value").and_then(Value::as_str).unwrap_or_default()),
            };
            // A value that refers to others is not followed: it is rare, and unknown is no lie.
            names.insert(name, literal.filter(|value| !value.contains("$(")));
        }
        let is_open = container.get("envFrom").is_some_and(|from| from.items().len() > 0);
        Self { names, is_open }
    }

    /// The variables by name, those of unknown value as `None`.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        self.names.iter().map(|(name, value)| (*name, *value))
    }

    /// Replaces what refers to a variable (`Expand` in `third_party/forked/golang/expansion/expand.go`):
    /// `$$` is a dollar sign, and a reference to a variable that does not exist stays as it is.
    pub(super) fn expand(&self, text: &str) -> Expanded {
        let mut expanded = Expanded { text: String::with_capacity(text.len()), unknown_from: None };
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                expanded.text.push('$');
                rest = after;
            } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'))
            {
                match self.names.get(name) {
                    Some(Some(value)) => expanded.text.push_str(value),
                    None if !self.is_open && !is_of_a_service(name) => {
                        expanded.text.push_str("$(");
                        expanded.text.push_str(name);
                        expanded.text.push(')');
                    }
                    Some(None) | None => {
                        expanded.unknown_from.get_or_insert(expanded.text.len());
                    }
                }
                rest = after;
            } else {
                expanded.text.push('$');
            }
        }
        expanded.text.push_str(rest);
        expanded
    }
}

/// Whether the kubelet may set this variable for a Service.
fn is_of_a_service(name: &str) -> bool {
    name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_PORT_")
}
