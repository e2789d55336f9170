//! `watertight plan --write-dir`: the files apply, and what is left is what was promised.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Run, folder, root, run_with};

/// A copy of a folder or of a file, below `cluster` of a folder of its own.
fn copy(of: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("cluster");
    match of.is_dir() {
        true => copy_folder(of, &to),
        false => {
            std::fs::create_dir(&to).unwrap();
            std::fs::copy(of, to.join("it.yaml")).unwrap();
        }
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => {
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}

/// Every file below a folder, by name.
fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path().is_dir() {
            true => found.extend(texts(&entry.path())),
            false => {
                found.insert(entry.path(), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn plan(home: &Path, more: &[&str]) -> Run {
    run_with(home, &[&["plan", "cluster", "--write-dir", "out", "-o", "json"], more].concat(), b"")
}

fn files(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home.join("out")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The exposure of the cluster as it is now, in both readings.
fn exposure(home: &Path) -> [String; 2] {
    let told = run_with(home, &["blast", "-t", "cluster", "-o", "json", "--allow-incomplete"], b"").json();
    ["exposure", "exposureDirect"].map(|key| told[key].as_str().unwrap().to_owned())
}

/// Applies a patch with `git`, and says what it says when it does not go.
fn apply(home: &Path, name: &str) {
    let patch = home.join("out").join(name);
    let done = Command::new("git")
        .args(["apply", "--unidiff-zero"])
        .arg(&patch)
        .current_dir(home.join("cluster"))
        .env("GIT_CEILING_DIRECTORIES", home)
        .output()
        .unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The steps whose exposure is not what the plan said, once all patches up to them are applied. Panics when a patch does
/// not go, and when a step is no patch.
fn broken_promises(of: &Path) -> Vec<(u64, [String; 2], [String; 2])> {
    let home = copy(of);
    let run = plan(home.path(), &["--allow-incomplete"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let names = files(home.path());
    let mut broken = Vec::new();
    for step in run.json()["steps"].as_array().unwrap() {
        let number = step["step"].as_u64().unwrap();
        let own = names.iter().find(|name| name.starts_with(&format!("{number:02}-")));
        let name = own.unwrap_or_else(|| panic!("{}: step {number} has no file: {step}", of.display()));
        apply(home.path(), name);
        let promised = ["exposure", "exposureDirect"].map(|key| step[key].as_str().unwrap().to_owned());
        let is = exposure(home.path());
        if promised != is {
            broken.push((number, promised, is));
        }
    }
    broken
}

#[test]
fn the_patches_of_the_example_do_what_the_plan_promises() {
    let home = copy(&root().join("examples/shop"));
    let before = texts(&home.path().join("cluster"));
    let run = plan(home.path(), &["--top", "5"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(texts(&home.path().join("cluster")), before, "nothing but the folder is written");
    assert_eq!(broken_promises_of(&home, &run), []);
    let readme = std::fs::read_to_string(home.path().join("out/README.md")).unwrap();
    for step in run.json()["steps"].as_array().unwrap() {
        let (flaws, direct) = (step["exposure"].as_str().unwrap(), step["exposureDirect"].as_str().unwrap());
        let row = format!("| {flaws} | {direct} | {flaws} | {direct} |");
        assert!(readme.contains(&row), "{row}: {readme}");
    }
}

fn broken_promises_of(home: &tempfile::TempDir, run: &Run) -> Vec<String> {
    let names = files(home.path());
    let mut broken = Vec::new();
    for step in run.json()["steps"].as_array().unwrap() {
        let number = format!("{:02}-", step["step"].as_u64().unwrap());
        apply(home.path(), names.iter().find(|name| name.starts_with(&number)).unwrap());
        let promised = ["exposure", "exposureDirect"].map(|key| step[key].as_str().unwrap().to_owned());
        let is = exposure(home.path());
        if promised != is {
            broken.push(format!("{number}: {promised:?} {is:?}"));
        }
    }
    broken
}
