//! Rules of the house that no compiler knows, as tests: `ARCHITECTURE.md` states them, these enforce them.
//!
//! - `crates`: which crate may use which, and what only the roof may depend on.
//! - `sources`: what code may name, how long files are, what no tracked file holds.
//! - `dependencies`: bans and licences of `deny.toml`, reasons, features that change meaning.

mod code;
mod crates;
mod dependencies;
mod licences;
mod sources;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::workspace::{cargo, root};

/// What cargo knows of the workspace and of everything that this platform builds of it.
fn metadata() -> &'static Json {
    static METADATA: OnceLock<Json> = OnceLock::new();
    METADATA.get_or_init(|| {
        let host = Command::new("rustc").arg("-vV").output().expect("rustc starts").stdout;
        let host = String::from_utf8(host).expect("rustc prints text");
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
        let output = cargo()
            .args(["metadata", "--format-version", "1", "--filter-platform", host])
            .output()
            .expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
    })
}

/// The items of a list in the metadata.
fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text in the metadata; empty when there is none.
fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The packages of the workspace.
fn members() -> impl Iterator<Item = &'static Json> {
    let metadata = metadata();
    let ids = list(&metadata["workspace_members"]);
    list(&metadata["packages"]).iter().filter(move |package| ids.contains(&package["id"]))
}

/// Every file that belongs to the project, relative to its top: tracked, or new and not ignored.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let mut files: Vec<PathBuf> = match listed {
        Ok(output) if output.status.success() => {
            let names = String::from_utf8(output.stdout).expect("names are UTF-8");
            names
                .split_terminator('\0')
                .map(PathBuf::from)
                .filter(|file| root().join(file).is_file())
                .collect()
        }
        // A copy of the sources without their history.
        _ => crate::workspace::files_below(root())
            .expect("the checkout can be read")
            .into_iter()
            .filter_map(|file| Some(file.strip_prefix(root()).ok()?.to_owned()))
            .filter(|file| {
                !file.iter().any(|part| part == "target" || part == ".git" || part == "corpus-found")
            })
            .collect(),
    };
    files.sort();
    files
}

/// Fails with everything that is wrong, one line each.
#[track_caller]
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
