//! Kustomize folders and charts: rendered by the tools that are there, and gaps where that cannot be.
//!
//! What a tool may do wrong is played by small programs of the test's own, put first in `PATH`.

mod helm;
mod kustomize;
mod tools;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::Run;

/// A deployment with one privileged container.
pub const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: web, securityContext: {privileged: true}}
";

/// A folder with a program of each name that does what the shell script says.
pub fn programs(scripts: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, script) in scripts {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

/// Runs in a folder with these programs, the shell's own and no other renderer in `PATH`.
pub fn run_beside(folder: &Path, programs: &Path, arguments: &[&str]) -> Run {
    let shell = shell_only();
    let search = std::env::join_paths([programs, shell.path()]).unwrap();
    run_in(folder, &search, arguments, &[])
}

/// Runs with a search path and further variables.
pub fn run_in(
    folder: &Path,
    search: &std::ffi::OsStr,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_watertight"))
        .args(arguments)
        .current_dir(folder)
        .env("PATH", search)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Links to what the tests' own programs need, and to no kubectl, kustomize or helm.
fn shell_only() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cat", "dd", "env", "head", "printf", "sed", "sh", "sleep", "sort", "tr", "yes"] {
        let found = ["/bin", "/usr/bin"].iter().map(|at| Path::new(at).join(name)).find(|path| path.exists());
        if let Some(program) = found {
            std::os::unix::fs::symlink(program, folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// `PATH` as it is, when it has the real thing; says loudly when it has not.
pub fn real_kustomize() -> Option<std::ffi::OsString> {
    real("kustomize", &["kustomize", "kubectl"])
}

/// As [`real_kustomize`], for helm.
pub fn real_helm() -> Option<std::ffi::OsString> {
    real("helm", &["helm"])
}

fn real(what: &str, names: &[&str]) -> Option<std::ffi::OsString> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&search).any(|at| names.iter().any(|name| at.join(name).is_file()));
    if !there {
        eprintln!(
            "SKIPPED: {what} is not installed; its part was played by a program of the test's own only"
        );
    }
    there.then_some(search)
}

/// What was not seen: what and why, one line each.
pub fn gaps(run: &Run) -> Vec<String> {
    run.json()["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| format!("{}: {}", gap["what"].as_str().unwrap(), gap["why"].as_str().unwrap()))
        .collect()
}

/// File and renderer of each finding about privileged containers.
pub fn privileged(run: &Run) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["control"] == "privileged-container")
        .map(|finding| {
            let location = &finding["location"];
            (text(&location["file"]), text(&location["rendered"]["of"]))
        })
        .collect()
}
