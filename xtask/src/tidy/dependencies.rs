//! What may be depended on. `deny.toml` is the one list; `cargo deny` reads it too where it is installed.

use std::collections::BTreeSet;

use super::{licences, list, members, metadata, none, text};
use crate::workspace::root;

fn table(file: &str) -> toml::Table {
    std::fs::read_to_string(root().join(file)).unwrap().parse().unwrap()
}

/// The words of a list of texts, or of tables with a key of that name.
fn words(value: Option<&toml::Value>, key: &str) -> BTreeSet<String> {
    let items = value.and_then(toml::Value::as_array);
    let word = |item: &toml::Value| item.as_str().or_else(|| item.get(key)?.as_str()).map(str::to_owned);
    items.into_iter().flatten().filter_map(word).collect()
}

#[test]
fn bans_hold() {
    let deny = table("deny.toml");
    let banned = words(deny["bans"].get("deny"), "crate");
    assert!(banned.len() >= 5, "deny.toml bans too little to be read right");
    let resolved = resolved();
    let wrong: Vec<String> = list(&metadata()["packages"])
        .iter()
        .filter(|package| resolved.contains(text(&package["id"])) && banned.contains(text(&package["name"])))
        .map(|package| format!("{} is banned by deny.toml", text(&package["name"])))
        .collect();
    none(&wrong);
}

#[test]
fn licences_are_allowed() {
    let deny = table("deny.toml");
    let allowed = words(deny["licenses"].get("allow"), "");
    let resolved = resolved();
    let mut wrong = Vec::new();
    for package in list(&metadata()["packages"]).iter().filter(|p| resolved.contains(text(&p["id"]))) {
        let licence = text(&package["license"]);
        if !licences::allows(licence, &|id| allowed.contains(id)) {
            wrong.push(format!(
                "{}: the licence `{licence}` is not allowed by deny.toml",
                text(&package["name"])
            ));
        }
    }
    none(&wrong);
}

/// Ids of the packages that this platform builds.
fn resolved() -> BTreeSet<&'static str> {
    list(&metadata()["resolve"]["nodes"]).iter().map(|node| text(&node["id"])).collect()
}

/// Cargo unites the features of all users of a crate: one of them would change what numbers and the
/// order of keys mean for everybody.
#[test]
fn serde_json_reads_as_we_expect() {
    let metadata = metadata();
    let package = list(&metadata["packages"]).iter().find(|package| package["name"] == "serde_json");
    let id = &package.expect("serde_json is used")["id"];
    let node = list(&metadata["resolve"]["nodes"]).iter().find(|node| node["id"] == *id);
    let features: Vec<&str> =
        list(&node.expect("serde_json is resolved")["features"]).iter().map(text).collect();
    for feature in ["arbitrary_precision", "preserve_order"] {
        assert!(!features.contains(&feature), "serde_json has the feature {feature}");
    }
    assert!(features.contains(&"float_roundtrip"), "JSON and YAML must read floats alike");
}

#[test]
fn dependencies_have_a_reason() {
    let manifest = table("Cargo.toml");
    let reasons = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let named = |name: &str| reasons.lines().any(|line| line.starts_with(&format!("| `{name}` |")));
    let own: BTreeSet<&str> = members().map(|package| text(&package["name"])).collect();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let mut wrong: Vec<String> = dependencies
        .keys()
        .filter(|name| !own.contains(name.as_str()) && !named(name))
        .map(|name| format!("docs/dependencies.md: no line for {name}"))
        .collect();
    for line in reasons.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = line.split('`').next().unwrap_or_default();
        if !dependencies.contains_key(name) {
            wrong.push(format!("docs/dependencies.md: {name} is no dependency of the workspace"));
        }
    }
    none(&wrong);
}
