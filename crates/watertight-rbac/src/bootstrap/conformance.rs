//! Compares the policy of 1.36 with upstream's own fixtures, object for object.
//!
//! The fixtures lie in `suites/rbac-bootstrap` of the folder named by `WATERTIGHT_SUITES`, or of
//! `shared` beside the checkout. They come in two makes: those of kubernetes/kubernetes, and those of
//! openshift/kubernetes, which hold what that fork adds. Which it is shows in a role that only the
//! fork has; either must be met exactly.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::{Bootstrap, Distribution, policy_of};

/// The version that the fixtures are of.
const MINOR: u32 = 36;

/// The folder with the suite, or `None`, which is loud, and a failure when suites are required.
fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("suites/rbac-bootstrap");
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with rbac-bootstrap: there is no {}", folder.display());
    None
}

#[test]
fn conformance_policy_of_1_36() {
    let Some(folder) = folder() else { return };
    let wanted = objects(&folder, |name| !name.contains("featuregates"));
    let ours = ours(&policy_of(distribution(&wanted), MINOR));
    let mut wrong = Vec::new();
    for (key, object) in &wanted {
        match ours.get(key) {
            None => wrong.push(format!("{key:?}: we do not have it")),
            Some(own) if own != object => {
                wrong.push(format!("{key:?}:\n  upstream {object}\n  ours     {own}"));
            }
            Some(_) => {}
        }
    }
    wrong.extend(
        ours.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("{key:?}: only we have it")),
    );
    println!("rbac-bootstrap: {} objects compared, {} wrong", wanted.len(), wrong.len());
    assert!(wanted.len() > 100, "{} objects are no policy", wanted.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// With every gate on, upstream only adds: what we have without them is in there.
#[test]
fn conformance_gates_only_add() {
    let Some(folder) = folder() else { return };
    let with_gates = objects(&folder, |name| name.contains("cluster-roles-featuregates"));
    let ours = ours(&policy_of(distribution(&objects(&folder, |_| true)), MINOR));
    let mut compared = 0;
    for ((kind, namespace, name), own) in ours
        .iter()
        .filter(|((kind, _, name), _)| kind == "ClusterRole" && !name.starts_with("system:controller:"))
    {
        let key = (kind.clone(), namespace.clone(), name.clone());
        let gated = with_gates.get(&key).unwrap_or_else(|| panic!("{name} is not in the gated fixture"));
        for rule in own["rules"].as_array().into_iter().flatten() {
            assert!(gated["rules"].as_array().is_some_and(|all| all.contains(rule)), "{name}: {rule}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} rules are no policy");
}

type Key = (String, String, String);

/// The fork's fixtures hold what only the fork has.
fn distribution(objects: &BTreeMap<Key, Value>) -> Distribution {
    let forked = objects.keys().any(|(_, _, name)| name == "system:openshift:public-info-viewer");
    if forked { Distribution::OpenShift } else { Distribution::Kubernetes }
}

/// Our objects as JSON, in the form in which objects are compared.
fn ours(policy: &Bootstrap) -> BTreeMap<Key, Value> {
    let json = |object: serde_json::Result<Value>| keyed(object.unwrap());
    let roles = policy.cluster_roles.iter().map(|object| json(serde_json::to_value(object)));
    let bindings = policy.cluster_role_bindings.iter().map(|object| json(serde_json::to_value(object)));
    let namespaced = policy.roles.iter().map(|object| json(serde_json::to_value(object)));
    let more = policy.role_bindings.iter().map(|object| json(serde_json::to_value(object)));
    roles.chain(bindings).chain(namespaced).chain(more).collect()
}

fn objects(folder: &Path, wanted: impl Fn(&str) -> bool) -> BTreeMap<Key, Value> {
    let mut all = BTreeMap::new();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| wanted(&file.file_name().unwrap().to_string_lossy())) {
        let Value::Object(mut list) = yaml(&std::fs::read_to_string(file).unwrap()) else {
            panic!("{} holds no list", file.display());
        };
        let Some(Value::Array(items)) = list.remove("items") else { panic!("{}: no items", file.display()) };
        all.extend(items.into_iter().map(keyed));
    }
    all
}

/// Kind, namespace and name, and the object with all that has no order sorted and all that is empty
/// left out: rules are a set, and so are their words and a binding's subjects.
fn keyed(object: Value) -> (Key, Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let key =
        (text(&object["kind"]), text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
    (key, unordered(object))
}

fn unordered(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let items: BTreeMap<String, Value> =
                items.into_iter().map(unordered).map(|item| (item.to_string(), item)).collect();
            items.into_values().collect()
        }
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(key, value)| (key, unordered(value)));
            Value::Object(kept.filter(|(_, value)| !value.is_null()).collect())
        }
        other => other,
    }
}

/// The fixtures' YAML: maps, lists, texts and nulls. Anything else is a failure, not a guess.
fn yaml(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    assert!(matches!(events.next(), Some(Event::StreamStart)));
    assert!(matches!(events.next(), Some(Event::DocumentStart(..))));
    let first = events.next().unwrap();
    node(first, &mut events)
}

fn node<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) if text == "null" || text == "~" => Value::Null,
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Value::Array(items),
                    item => items.push(node(item, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut fields = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return Value::Object(fields),
                    Event::Scalar(key, ..) => {
                        let value = events.next().unwrap();
                        fields.insert(key.into_owned(), node(value, events));
                    }
                    other => panic!("not a key: {other:?}"),
                }
            }
        }
        other => panic!("not in these fixtures: {other:?}"),
    }
}

/// Sorting must not hide that two rules of one role are the same.
#[test]
fn no_role_has_a_rule_twice() {
    for minor in super::OLDEST..=super::NEWEST {
        for distribution in [Distribution::Kubernetes, Distribution::OpenShift] {
            for role in &policy_of(distribution, minor).cluster_roles {
                let rules: Vec<String> =
                    role.rules.iter().flatten().map(|rule| serde_json::to_string(rule).unwrap()).collect();
                let different: BTreeSet<&String> = rules.iter().collect();
                assert_eq!(different.len(), rules.len(), "1.{minor} {:?}", role.metadata.name);
            }
        }
    }
}
