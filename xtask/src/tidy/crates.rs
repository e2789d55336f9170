//! Which crate may use which.

use super::{files, list, members, none, text};
use crate::workspace::root;

/// The rooms from the ground up; a crate may use those of lower floors only.
const FLOORS: &[&[&str]] = &[
    &[
        "watertight-syntax",
        "watertight-podsecurity",
        "watertight-rbac",
        "watertight-netpol",
        "watertight-audit",
        "watertight-credentials",
    ],
    &["watertight-model"],
    &["watertight-facts"],
    &["watertight-graph"],
    &["watertight-engine"],
    &["watertight-controls", "watertight-policy"],
    &["watertight-report"],
    &["watertight-load", "watertight-cluster", "watertight-server"],
    &["watertight"],
    &["xtask"],
];

/// Crates that may do I/O, read clocks and be asynchronous.
pub(super) const ROOF: &[&str] =
    &["watertight", "watertight-load", "watertight-cluster", "watertight-server", "xtask"];

/// Packages that bring I/O or asynchrony with them.
const ROOF_ONLY: &[&str] = &[
    "async-std",
    "axum",
    "clap",
    "futures",
    "hyper",
    "ignore",
    "kube",
    "kube-client",
    "kube-runtime",
    "mio",
    "reqwest",
    "rustix",
    "smol",
    "tokio",
    "ureq",
];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn a_crate_uses_only_those_below_it() {
    let mut wrong = Vec::new();
    for package in members() {
        let name = text(&package["name"]);
        let Some(own) = floor(name) else {
            wrong.push(format!("{name}: has no floor; give it one in xtask/src/tidy/crates.rs"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let used = text(&dependency["name"]);
            match floor(used) {
                Some(other) if other >= own => {
                    wrong.push(format!("{name} uses {used}, which is not below it"));
                }
                None if ROOF_ONLY.contains(&used) && !ROOF.contains(&name) => {
                    wrong.push(format!("{name} uses {used}, which only the roof may"));
                }
                _ => {}
            }
        }
    }
    none(&wrong);
}

#[test]
fn crates_inherit_what_the_workspace_says() {
    let mut wrong = Vec::new();
    for package in members() {
        let name = text(&package["name"]);
        let file = text(&package["manifest_path"]);
        let manifest: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
        let inherits = |value: Option<&toml::Value>| {
            value.and_then(|v| v.get("workspace")).and_then(toml::Value::as_bool)
        };
        if inherits(manifest.get("lints")) != Some(true) {
            wrong.push(format!("{name}: needs `[lints] workspace = true`"));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if inherits(manifest["package"].get(key)) != Some(true) {
                wrong.push(format!("{name}: `{key}` is not the workspace's"));
            }
        }
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = manifest.get(table).and_then(toml::Value::as_table);
            for (dependency, value) in dependencies.into_iter().flatten() {
                if inherits(Some(value)) != Some(true) {
                    wrong.push(format!("{name}: `{dependency}` is not taken from [workspace.dependencies]"));
                }
            }
        }
        if table_of_features(&manifest) && !ROOF.contains(&name) {
            wrong.push(format!("{name}: pure crates have no features"));
        }
    }
    none(&wrong);
}

fn table_of_features(manifest: &toml::Table) -> bool {
    manifest.get("features").and_then(toml::Value::as_table).is_some_and(|features| !features.is_empty())
}

#[test]
fn folders_hold_the_crate_of_their_name() {
    let mut folders: Vec<String> = files()
        .iter()
        .filter_map(|file| {
            let below = file.strip_prefix("crates").ok()?;
            Some(below.components().next()?.as_os_str().to_string_lossy().into_owned())
        })
        .collect();
    folders.dedup();
    let mut wrong = Vec::new();
    for folder in folders {
        let manifest = root().join("crates").join(&folder).join("Cargo.toml");
        if !members().any(|package| {
            *text(&package["name"]) == folder && manifest.as_os_str() == text(&package["manifest_path"])
        }) {
            wrong.push(format!("crates/{folder}: does not hold the crate {folder}"));
        }
    }
    none(&wrong);
}
