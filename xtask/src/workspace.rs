//! Where things are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// The top folder of the checkout.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// The cargo that runs this, so that a `+toolchain` holds for what it starts.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The folder with conformance suites and the corpus: `WATERTIGHT_SUITES`, or `shared` beside the
/// checkout.
pub(crate) fn suites() -> PathBuf {
    std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| root().parent().unwrap_or(root()).join("shared"), PathBuf::from)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Every file below a folder, sorted; symbolic links are not followed.
pub(crate) fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
            let kind = entry.file_type().map_err(|error| format!("{}: {error}", entry.path().display()))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file's name ends like a manifest's.
pub(crate) fn is_manifest(file: &Path) -> bool {
    file.extension().and_then(|end| end.to_str()).is_some_and(|end| matches!(end, "yaml" | "yml" | "json"))
}

/// Builds the release binary and gives its place.
pub(crate) fn release_binary() -> Outcome<PathBuf> {
    crate::steps::step("build", cargo().args(["build", "--release", "--quiet", "--package", "watertight"]))?;
    Ok(target().join("release").join(format!("watertight{}", std::env::consts::EXE_SUFFIX)))
}
