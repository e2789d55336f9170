//! What a namespace is for, as far as names, labels and the user tell.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::label_query::LabelQuery;
use crate::world::Settings;

/// A name with `*` for any text: `kube-*`, `*-prod`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// A pattern for names of any kind of object, which may hold capitals and other characters than those
    /// of a namespace; `None` for the empty text.
    #[must_use]
    pub fn of_any(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether a name fits.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut pieces = pieces.peekable();
        if pieces.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(piece) = pieces.next() {
            match pieces.peek() {
                None => return rest.ends_with(piece),
                Some(_) => match rest.find(piece) {
                    Some(at) => rest = &rest[at + piece.len()..],
                    None => return false,
                },
            }
        }
        true
    }
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*".contains(&byte);
        if text.is_empty() || !text.bytes().all(fits) {
            return Err("expected the name of a namespace, with `*` for any text".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which namespaces are of a class, as the user says: by name, or by label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceClass {
    /// Names. None by default.
    pub names: Vec<NamePattern>,
    /// Labels; one query that selects is enough. None by default.
    pub labels: Vec<LabelQuery>,
}

impl NamespaceClass {
    /// Whether a namespace of this name is of the class, whatever its labels.
    #[must_use]
    pub fn names(&self, namespace: &str) -> bool {
        self.names.iter().any(|pattern| pattern.fits(namespace))
    }

    /// Whether a namespace of this name and with these labels is of the class.
    #[must_use]
    pub fn holds(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        self.names(namespace) || self.labels.iter().any(|query| query.selects(labels))
    }
}

impl From<Vec<NamePattern>> for NamespaceClass {
    fn from(names: Vec<NamePattern>) -> Self {
        Self { names, labels: Vec::new() }
    }
}

/// Workloads that are trusted alike, by their labels or those of their pods: `sensitive=app in (payment, vault)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustClass {
    /// What people call it.
    pub name: String,
    /// Which workloads are of it.
    pub query: LabelQuery,
}

impl FromStr for TrustClass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, query) = text.split_once('=').ok_or("expected NAME=SELECTOR")?;
        if name.trim().is_empty() {
            return Err("expected NAME=SELECTOR; the name is missing".to_owned());
        }
        if query.trim().is_empty() {
            return Err("expected NAME=SELECTOR; the selector is missing".to_owned());
        }
        Ok(Self { name: name.trim().to_owned(), query: query.parse()? })
    }
}

/// Namespaces of the cluster's own parts, by custom: what runs there needs more than an application.
const PLATFORM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Labels by which teams tell their stages apart.
const STAGE_LABELS: [&str; 5] =
    ["environment", "env", "stage", "app.kubernetes.io/environment", "app.kubernetes.io/env"];

/// Words for the stage that people depend on.
const PRODUCTION: [&str; 4] = ["prod", "production", "prd", "live"];

impl Settings {
    /// Whether a namespace is one of the platform by its name alone: those of Kubernetes itself, and those
    /// that the user names.
    #[must_use]
    pub fn is_platform(&self, namespace: &str) -> bool {
        PLATFORM.contains(&namespace) || self.platform_namespaces.names(namespace)
    }

    /// Whether a namespace is one of the platform, by its name or its labels.
    #[must_use]
    pub fn is_platform_labelled(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        self.is_platform(namespace) || self.platform_namespaces.holds(namespace, labels)
    }

    /// Whether the user says that a namespace is for development: nobody depends on what runs there.
    #[must_use]
    pub fn is_development(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        self.development_namespaces.holds(namespace, labels)
    }

    /// Why a namespace is taken for production: the user says so of its name or labels, a usual label does,
    /// or a word of its name. `None` when nothing does, and for what the user says is for development and not
    /// for production.
    #[must_use]
    pub fn production(&self, namespace: &str, labels: &BTreeMap<String, String>) -> Option<String> {
        if self.production_namespaces.holds(namespace, labels) {
            return Some("the settings say so".to_owned());
        }
        if self.is_development(namespace, labels) {
            return None;
        }
        let is_word = |word: &str| PRODUCTION.iter().any(|known| word.eq_ignore_ascii_case(known));
        let mut labelled = STAGE_LABELS.iter().filter_map(|key| Some((key, labels.get(*key)?)));
        if let Some((key, value)) = labelled.find(|(_, value)| is_word(value)) {
            return Some(format!("the label `{key}: {value}`"));
        }
        namespace.split('-').find(|word| is_word(word)).map(|word| format!("`{word}` in its name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let fits = |pattern: &str, name| pattern.parse::<NamePattern>().unwrap().fits(name);
        for (pattern, name) in
            [("a", "a"), ("kube-*", "kube-system"), ("*-prod", "a-prod"), ("*", "x"), ("a*b*c", "abbc")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("kube-*", "my-kube-x"), ("*-prod", "a-prod-b"), ("a*b", "acbd")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
        assert!("".parse::<NamePattern>().is_err() && "A".parse::<NamePattern>().is_err());
    }

    #[test]
    fn production_is_told_by_settings_labels_and_names() {
        let settings = Settings {
            production_namespaces: NamespaceClass {
                names: vec!["shop".parse().unwrap()],
                labels: vec!["tier=gold".parse().unwrap()],
            },
            development_namespaces: NamespaceClass {
                names: vec!["live-demo".parse().unwrap()],
                labels: vec!["purpose=test".parse().unwrap()],
            },
            ..Settings::default()
        };
        let why = |name: &str, key: &str, value: &str| {
            settings.production(name, &BTreeMap::from([(key.to_owned(), value.to_owned())]))
        };
        assert!(why("shop", "", "").is_some() && why("web-prod", "", "").is_some());
        assert!(why("web", "env", "Production").is_some());
        assert_eq!(why("products", "env", "staging"), None);
        assert!(why("web", "tier", "gold").is_some());
        assert_eq!(why("live-demo", "env", "prod"), None, "the settings say that it is for development");
        assert_eq!(why("web-prod", "purpose", "test"), None);
        assert!(why("shop", "purpose", "test").is_some(), "production wins where both are said");
    }

    #[test]
    fn a_trust_class_is_a_name_and_a_selector() {
        let class: TrustClass = "sensitive=app in (payment, vault)".parse().unwrap();
        assert_eq!(class.name, "sensitive");
        assert!(class.query.selects(&BTreeMap::from([("app".into(), "vault".into())])));
        for text in ["sensitive", "=a", "a=", "a=b c"] {
            assert!(text.parse::<TrustClass>().is_err(), "{text}");
        }
    }
}
