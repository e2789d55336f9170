//! Reading a policy from the value of a manifest, as strictly as the API server does.
//!
//! [`Policy::decode`] follows `LoadPolicyFromBytes` of `pkg/audit/policy/reader.go` and
//! `pkg/apis/audit/validation/validation.go`: a wrong type, version, level, stage, URL or group
//! refuses the policy; a field that nobody knows is left out with a warning, and what is left is in
//! force. Two differences, both for the reader: every problem is told and not the first kind of
//! them only, and paths name the position in `resources` too.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::field::FieldPath;
use crate::policy::{GroupResources, Level, Policy, Rule, Stage, Stages};
use crate::words::GROUP_VERSION;

/// Something wrong with one place of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The place.
    pub path: FieldPath,
    /// What is wrong there and what would be right.
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.segments() {
            [] => f.write_str(&self.message),
            _ => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// The API server would not start with this policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Invalid {
    /// Everything that is wrong, in the order of the rules. Never empty.
    pub problems: Vec<Problem>,
}

/// A policy that the API server takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The policy that is in force.
    pub policy: Policy,
    /// What the API server leaves out, with a warning in its own log: fields that do not exist. A
    /// rule that loses a condition this way matches more than its author wrote.
    pub ignored: Vec<Problem>,
}

impl Policy {
    /// Reads the policy that the value describes.
    ///
    /// Keys that stand twice in a text are not in the value any more: who parses the text tells them.
    ///
    /// # Errors
    ///
    /// [`Invalid`] with all problems when the API server would refuse the policy.
    pub fn decode(value: &Value) -> Result<Decoded, Invalid> {
        let mut reading = Reading::default();
        let policy = reading.policy(value);
        match policy {
            Some(policy) if reading.problems.is_empty() => Ok(Decoded { policy, ignored: reading.ignored }),
            _ => Err(Invalid { problems: reading.problems }),
        }
    }
}

/// What came up while reading.
#[derive(Default)]
struct Reading {
    problems: Vec<Problem>,
    ignored: Vec<Problem>,
}

const METADATA: &[&str] = &[
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

impl Reading {
    fn refuse(&mut self, path: &FieldPath, message: impl Into<String>) {
        self.problems.push(Problem { path: path.clone(), message: message.into() });
    }

    /// `None` when the value is no policy, and its fields are of no interest.
    fn policy(&mut self, value: &Value) -> Option<Policy> {
        let root = FieldPath::root();
        let Value::Object(map) = value else {
            self.refuse(&root, format!("an audit policy is an object, and this is {}", kind_of(value)));
            return None;
        };
        if !self.is_policy(map) {
            return None;
        }
        let known = ["apiVersion", "kind", "metadata", "omitManagedFields", "omitStages", "rules"];
        self.unknown(map, &root, &known);
        self.metadata(map, &root);
        let rules_path = root.key("rules");
        let rules = self.list(map, &root, "rules");
        if rules.is_empty() && self.problems.is_empty() {
            let message =
                "the policy has no rule; the API server refuses it. Add at least `- level: Metadata`";
            self.refuse(&rules_path, message);
        }
        Some(Policy {
            omit_stages: self.stages(map, &root),
            omit_managed_fields: self.boolean(map, &root, "omitManagedFields").unwrap_or_default(),
            rules: rules
                .iter()
                .enumerate()
                .map(|(index, rule)| self.rule(rule, &rules_path.index(index)))
                .collect(),
        })
    }

    /// A missing kind is taken for `Policy`, a missing version is refused: the decoder fills in the
    /// kind of what it decodes into, and a version that is not one of files.
    fn is_policy(&mut self, map: &Map<String, Value>) -> bool {
        let root = FieldPath::root();
        let before = self.problems.len();
        let kind = self.text(map, &root, "kind");
        let version = self.text(map, &root, "apiVersion");
        if self.problems.len() > before {
            return false;
        }
        if !kind.is_empty() && kind != "Policy" {
            let message = format!("{} is no audit policy; `kind: Policy` is", shown(&kind));
            self.refuse(&root.key("kind"), message);
        }
        if version != GROUP_VERSION {
            let message = match version.as_str() {
                "" => format!("is missing; audit policies have `apiVersion: {GROUP_VERSION}`"),
                "audit.k8s.io/v1beta1" | "audit.k8s.io/v1alpha1" => format!(
                    "{} was removed in Kubernetes 1.24; use {GROUP_VERSION}, which has the same fields",
                    shown(&version)
                ),
                _ => format!("{} is no version of audit policies; {GROUP_VERSION} is", shown(&version)),
            };
            self.refuse(&root.key("apiVersion"), message);
        }
        self.problems.len() == before
    }

    /// Metadata means nothing to the API server, and has to be of the right types all the same.
    fn metadata(&mut self, map: &Map<String, Value>, root: &FieldPath) {
        let path = root.key("metadata");
        let Some(metadata) = self.object(map.get("metadata"), &path) else { return };
        self.unknown(metadata, &path, METADATA);
        for (key, value) in metadata {
            let at = path.key(key.clone());
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("labels" | "annotations", Value::Object(pairs)) => {
                    for (name, value) in pairs {
                        if !matches!(value, Value::String(_) | Value::Null) {
                            self.wrong_type(&at.key(name.clone()), "text", value);
                        }
                    }
                }
                ("labels" | "annotations", _) => self.wrong_type(&at, "an object", value),
                ("finalizers" | "managedFields" | "ownerReferences", Value::Array(_)) => {}
                ("finalizers" | "managedFields" | "ownerReferences", _) => {
                    self.wrong_type(&at, "a list", value);
                }
                ("generation" | "deletionGracePeriodSeconds", value) if value.is_i64() => {}
                ("generation" | "deletionGracePeriodSeconds", _) => {
                    self.wrong_type(&at, "a whole number", value);
                }
                (known, value) if METADATA.contains(&known) && !value.is_string() => {
                    self.wrong_type(&at, "text", value);
                }
                _ => {}
            }
        }
    }

    fn rule(&mut self, value: &Value, path: &FieldPath) -> Rule {
        let empty = Map::new();
        let map = self.object(Some(value), path).unwrap_or(&empty);
        let known = [
            "level",
            "namespaces",
            "nonResourceURLs",
            "omitManagedFields",
            "omitStages",
            "resources",
            "userGroups",
            "users",
            "verbs",
        ];
        self.unknown(map, path, &known);
        let resources_path = path.key("resources");
        let resources = self.list(map, path, "resources");
        let rule = Rule {
            level: self.level(map, path),
            users: self.texts(map, path, "users"),
            user_groups: self.texts(map, path, "userGroups"),
            verbs: self.texts(map, path, "verbs"),
            namespaces: self.texts(map, path, "namespaces"),
            non_resource_urls: self.texts(map, path, "nonResourceURLs"),
            resources: resources
                .iter()
                .enumerate()
                .map(|(index, entry)| self.group_resources(entry, &resources_path.index(index)))
                .collect(),
            omit_stages: self.stages(map, path),
            omit_managed_fields: self.boolean(map, path, "omitManagedFields"),
        };
        self.urls(&rule, path);
        rule
    }

    fn level(&mut self, map: &Map<String, Value>, path: &FieldPath) -> Level {
        let path = path.key("level");
        let word = match map.get("level") {
            Some(Value::String(word)) => word.as_str(),
            None | Some(Value::Null) => "",
            Some(other) => {
                self.wrong_type(&path, "text", other);
                return Level::None;
            }
        };
        Level::from_word(word).unwrap_or_else(|| {
            let levels = "None, Metadata, Request or RequestResponse";
            let message = match word {
                "" => format!("is missing; every rule needs one of {levels}"),
                _ => format!("{} is no level; use {levels}", shown(word)),
            };
            self.refuse(&path, message);
            Level::None
        })
    }

    fn stages(&mut self, map: &Map<String, Value>, path: &FieldPath) -> Stages {
        let words = self.texts(map, path, "omitStages");
        let path = path.key("omitStages");
        let mut stages = Stages::EMPTY;
        for (index, word) in words.iter().enumerate() {
            match Stage::from_word(word) {
                Some(stage) => stages = stages.with(stage),
                None => {
                    let stages = "RequestReceived, ResponseStarted, ResponseComplete or Panic";
                    self.refuse(&path.index(index), format!("{} is no stage; use {stages}", shown(word)));
                }
            }
        }
        stages
    }

    /// Follows `validateNonResourceURLs` and the last check of `validatePolicyRule`.
    fn urls(&mut self, rule: &Rule, path: &FieldPath) {
        let path = path.key("nonResourceURLs");
        for (index, url) in rule.non_resource_urls.iter().enumerate().filter(|(_, url)| *url != "*") {
            if !url.starts_with('/') {
                self.refuse(&path.index(index), format!("{} does not begin with `/`", shown(url)));
            }
            let mut rest = url.chars();
            rest.next_back();
            if rest.as_str().contains('*') {
                let message = format!("{} has a `*` that is not its last character", shown(url));
                self.refuse(&path.index(index), message);
            }
        }
        let about_resources = !rule.resources.is_empty() || !rule.namespaces.is_empty();
        if about_resources && !rule.non_resource_urls.is_empty() {
            let message = "a rule is about resources (`resources`, `namespaces`) or about URLs outside of \
                           them, not about both; make two rules of it";
            self.refuse(&path, message);
        }
    }

    fn group_resources(&mut self, value: &Value, path: &FieldPath) -> GroupResources {
        let empty = Map::new();
        let map = self.object(Some(value), path).unwrap_or(&empty);
        self.unknown(map, path, &["group", "resourceNames", "resources"]);
        let entry = GroupResources {
            group: self.text(map, path, "group"),
            resources: self.texts(map, path, "resources"),
            resource_names: self.texts(map, path, "resourceNames"),
        };
        if !entry.group.is_empty() && entry.group != "*" && !is_dns_subdomain(&entry.group) {
            let what = shown(&entry.group);
            let message = match entry.group.split_once('/') {
                Some((group, _)) if is_dns_subdomain(group) => {
                    format!("{what} is a group with a version; write the group alone: {group}")
                }
                _ => format!("{what} is no name of an API group (lower case letters, digits, `-` and `.`)"),
            };
            self.refuse(&path.key("group"), message);
        }
        if !entry.resource_names.is_empty() && entry.resources.is_empty() {
            let message = "names of objects need at least one entry in `resources`";
            self.refuse(&path.key("resourceNames"), message);
        }
        entry
    }

    fn unknown(&mut self, map: &Map<String, Value>, path: &FieldPath, known: &[&str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let close = known.iter().find(|name| name.eq_ignore_ascii_case(key));
            let message = match close {
                Some(name) => format!("no such field; it is spelled `{name}`. The API server ignores it"),
                None => "no such field here. The API server ignores it".to_owned(),
            };
            self.ignored.push(Problem { path: path.key(key.clone()), message });
        }
    }

    fn wrong_type(&mut self, path: &FieldPath, wanted: &str, found: &Value) {
        let hint = match found {
            Value::Bool(_) | Value::Number(_) if wanted == "text" => "; put it in quotes",
            _ => "",
        };
        self.refuse(path, format!("has to be {wanted} and is {}{hint}", kind_of(found)));
    }

    fn object<'v>(&mut self, value: Option<&'v Value>, path: &FieldPath) -> Option<&'v Map<String, Value>> {
        match value {
            Some(Value::Object(map)) => Some(map),
            None | Some(Value::Null) => None,
            Some(other) => {
                self.wrong_type(path, "an object", other);
                None
            }
        }
    }

    fn list<'v>(&mut self, map: &'v Map<String, Value>, path: &FieldPath, key: &'static str) -> &'v [Value] {
        match map.get(key) {
            Some(Value::Array(items)) => items,
            None | Some(Value::Null) => &[],
            Some(other) => {
                self.wrong_type(&path.key(key), "a list", other);
                &[]
            }
        }
    }

    /// Null is the empty text, as Go's decoder reads it.
    fn texts(&mut self, map: &Map<String, Value>, path: &FieldPath, key: &'static str) -> Vec<String> {
        let items = self.list(map, path, key);
        let path = path.key(key);
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::String(text) => texts.push(text.clone()),
                Value::Null => texts.push(String::new()),
                other => self.wrong_type(&path.index(index), "text", other),
            }
        }
        texts
    }

    fn text(&mut self, map: &Map<String, Value>, path: &FieldPath, key: &'static str) -> String {
        match map.get(key) {
            Some(Value::String(text)) => text.clone(),
            None | Some(Value::Null) => String::new(),
            Some(other) => {
                self.wrong_type(&path.key(key), "text", other);
                String::new()
            }
        }
    }

    fn boolean(&mut self, map: &Map<String, Value>, path: &FieldPath, key: &'static str) -> Option<bool> {
        match map.get(key) {
            Some(Value::Bool(value)) => Some(*value),
            None | Some(Value::Null) => None,
            Some(other) => {
                self.wrong_type(&path.key(key), "true or false", other);
                None
            }
        }
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A word of the policy as a message shows it: short, and without control characters.
fn shown(word: &str) -> String {
    const LONGEST: usize = 60;
    let mut text: String = word.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if word.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    format!("`{text}`")
}

/// Follows `IsDNS1123Subdomain` of apimachinery's `pkg/util/validation/validation.go`.
fn is_dns_subdomain(name: &str) -> bool {
    const LONGEST: usize = 253;
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        label.bytes().all(inner) && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= LONGEST && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(rules: &Value) -> Vec<String> {
        let policy = json!({"apiVersion": GROUP_VERSION, "kind": "Policy", "rules": rules});
        match Policy::decode(&policy) {
            Ok(_) => Vec::new(),
            Err(invalid) => invalid.problems.iter().map(|problem| problem.path.to_string()).collect(),
        }
    }

    /// The cases of `validation_test.go`, and what else its source says.
    #[test]
    fn what_the_api_server_refuses() {
        for (rule, path) in [
            (json!({}), "level"),
            (json!({"level": null}), "level"),
            (json!({"level": "FooBar"}), "level"),
            (json!({"level": "none"}), "level"),
            (json!({"level": 1}), "level"),
            (json!({"level": "None", "namespaces": ["a"], "nonResourceURLs": ["/a"]}), "nonResourceURLs"),
            (json!({"level": "None", "resources": [{}], "nonResourceURLs": ["/a"]}), "nonResourceURLs"),
            (json!({"level": "None", "resources": [{}, {"group": "a/v1"}]}), "resources[1].group"),
            (json!({"level": "None", "resources": [{"group": "A"}]}), "resources[0].group"),
            (json!({"level": "None", "resources": [{"group": "a..b"}]}), "resources[0].group"),
            (json!({"level": "None", "nonResourceURLs": ["logs", "/a"]}), "nonResourceURLs[0]"),
            (json!({"level": "None", "nonResourceURLs": ["/a", ""]}), "nonResourceURLs[1]"),
            (json!({"level": "None", "nonResourceURLs": ["/logs/*/*"]}), "nonResourceURLs[0]"),
            (json!({"level": "None", "nonResourceURLs": ["/logs/*.log"]}), "nonResourceURLs[0]"),
            (json!({"level": "None", "resources": [{"resourceNames": ["x"]}]}), "resources[0].resourceNames"),
            (json!({"level": "None", "omitStages": ["Panic", "foo"]}), "omitStages[1]"),
            (json!({"level": "None", "users": ["a", true]}), "users[1]"),
            (json!({"level": "None", "verbs": "get"}), "verbs"),
            (json!({"level": "None", "omitManagedFields": "yes"}), "omitManagedFields"),
        ] {
            assert_eq!(problems(&json!([{"level": "None"}, rule])), [format!("rules[1].{path}")], "{rule}");
        }
        assert_eq!(problems(&json!([])), ["rules"]);
        assert_eq!(problems(&json!(null)), ["rules"]);
        assert_eq!(problems(&json!(["x"])), ["rules[0]", "rules[0].level"]);
    }

    #[test]
    fn what_the_api_server_takes() {
        for rule in [
            json!({"level": "None"}),
            json!({"level": "Request", "users": null, "resources": [null], "namespaces": [""]}),
            json!({"level": "Metadata", "nonResourceURLs": ["/logs*", "*", "/metrics"]}),
            json!({"level": "Metadata", "resources": [{"group": "*"}, {"group": "a-b.c1"}]}),
            json!({"level": "Metadata", "verbs": ["no-such-verb"], "omitStages": ["Panic", "Panic"]}),
        ] {
            assert_eq!(problems(&json!([rule])), Vec::<String>::new(), "{rule}");
        }
    }

    #[test]
    fn versions_and_kinds() {
        let decode = |version: Value, kind: Value| {
            Policy::decode(&json!({"apiVersion": version, "kind": kind, "rules": [{"level": "None"}]}))
        };
        assert!(decode(json!(GROUP_VERSION), json!("Policy")).is_ok());
        assert!(decode(json!(GROUP_VERSION), json!(null)).is_ok(), "the decoder fills in the kind");
        for (version, kind) in [
            (json!("audit.k8s.io/v1beta1"), json!("Policy")),
            (json!("audit.k8s.io/v1alpha1"), json!("Policy")),
            (json!("v1"), json!("Policy")),
            (json!(null), json!("Policy")),
            (json!(GROUP_VERSION), json!("policy")),
            (json!("v1"), json!("Secret")),
            (json!(1), json!("Policy")),
        ] {
            assert!(decode(version.clone(), kind.clone()).is_err(), "{version} {kind}");
        }
        let old = decode(json!("audit.k8s.io/v1beta1"), json!("Policy")).unwrap_err().to_string();
        assert!(old.starts_with("apiVersion: ") && old.contains("1.24"), "{old}");
        assert!(Policy::decode(&json!(null)).is_err());
        assert!(Policy::decode(&json!([])).is_err());
    }

    #[test]
    fn unknown_fields_are_left_out_and_told() {
        let read = Policy::decode(&json!({
            "apiVersion": GROUP_VERSION,
            "kind": "Policy",
            "metadata": {"name": "x", "lables": {}},
            "rules": [{
                "level": "None",
                "Verbs": ["get"],
                "resources": [{"group": "", "resources": ["leases"], "verbs": ["watch"]}],
            }],
        }))
        .unwrap();
        assert_eq!(read.policy.rules[0].verbs, [""; 0]);
        let paths: Vec<String> = read.ignored.iter().map(|problem| problem.path.to_string()).collect();
        assert_eq!(paths, ["metadata.lables", "rules[0].Verbs", "rules[0].resources[0].verbs"]);
        assert!(read.ignored[1].message.contains("`verbs`"));
    }

    #[test]
    fn metadata_has_types() {
        let read = |metadata: Value| {
            Policy::decode(
                &json!({"apiVersion": GROUP_VERSION, "metadata": metadata, "rules": [{"level": "None"}]}),
            )
        };
        assert!(read(json!({"name": "a", "labels": {"a": "b"}, "generation": 1, "uid": null})).is_ok());
        for wrong in [json!({"name": 1}), json!({"labels": {"a": 1}}), json!({"generation": "1"}), json!("x")]
        {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
