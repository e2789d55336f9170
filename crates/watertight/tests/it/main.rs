//! Runs the binary as users do: arguments and files in, streams and exit code out.

#![expect(clippy::unwrap_used, reason = "the whole crate is tests: a failed unwrap is a failed test")]

mod audit;
mod bad_input;
mod baseline;
mod blast;
mod canaries;
mod command_line;
mod coverage;
mod credentials;
mod fix;
mod fix_files;
mod formats;
mod kubeconfig;
mod kubectl;
mod net;
mod output;
mod psa;
mod rbac;
mod readme;
mod render;
mod report;
mod settings;
mod snapshot;
mod waivers;
mod workloads;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What one run gave.
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// The JSON on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// The names of the controls that failed, in order and without repetition.
    pub fn controls(&self) -> Vec<String> {
        let mut names: Vec<String> = self.json()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["verdict"] == "fail")
            .map(|finding| finding["control"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Everything that was said.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs the binary in a folder with something on standard input.
pub fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_watertight"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails on its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the binary in the repository's root.
pub fn run(arguments: &[&str]) -> Run {
    run_with(&root(), arguments, b"")
}

/// Scans a text given on standard input, as JSON.
pub fn scan(text: &str) -> Run {
    run_with(&root(), &["scan", "-", "-o", "json"], text.as_bytes())
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with files in it.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}
