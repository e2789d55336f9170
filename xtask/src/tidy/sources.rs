//! What sources may name, and what no file of the project holds.

use std::path::Path;

use super::code::{before_tests, code_only, paths};
use super::crates::ROOF;
use super::{files, none};
use crate::workspace::root;

/// Modules and crates that only the roof may name.
const ROOF_ONLY: &[&str] =
    &["std::fs", "std::process", "std::env", "std::os::unix::net", "tokio", "kube", "axum"];

/// Types that only the roof may name, however they were imported: sockets and clocks.
const ROOF_ONLY_TYPES: &[&str] =
    &["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "SystemTime", "Instant"];

const LONGEST: usize = 600;

fn read(file: &Path) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(file)).ok()?).ok()
}

fn rust_files() -> impl Iterator<Item = (String, String)> {
    let rust = files().into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    rust.filter_map(|file| Some((file.to_string_lossy().into_owned(), read(&file)?)))
}

/// Files that are compiled into tests only: they may read suites and measure.
fn is_test_file(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or_default();
    name.ends_with("tests.rs")
        || name == "examples.rs"
        || name.starts_with("conformance")
        || file.contains("/conformance")
        || file.contains("/tests/")
        || file.contains("_tests/")
}

fn in_the_roof(file: &str) -> bool {
    let room = file.strip_prefix("crates/").unwrap_or(file).split('/').next().unwrap_or_default();
    ROOF.contains(&room) || room == "fuzz"
}

fn is_roof_only(path: &str) -> bool {
    let below = |module: &str| {
        path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    ROOF_ONLY.iter().any(|module| below(module))
        || path.split("::").any(|word| ROOF_ONLY_TYPES.contains(&word))
}

#[test]
fn only_the_roof_does_input_and_output() {
    let mut wrong = Vec::new();
    for (file, source) in rust_files().filter(|(file, _)| !in_the_roof(file) && !is_test_file(file)) {
        let code = code_only(&source);
        for (line, path) in paths(before_tests(&code)) {
            if is_roof_only(&path) {
                wrong.push(format!("{file}:{line}: names {path}, which only the roof may"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn what_only_the_roof_may_name() {
    for path in [
        "std::fs",
        "std::fs::read",
        "time::Instant",
        "std::time::SystemTime::now",
        "std::net::TcpStream",
        "kube::Api",
    ] {
        assert!(is_roof_only(path), "{path}");
    }
    for path in ["std::fmt", "std::time::Duration", "core::net::IpAddr", "fs", "kubelet::x", "std::fs_like"] {
        assert!(!is_roof_only(path), "{path}");
    }
}

#[test]
fn files_are_short_or_say_why_not() {
    let mut wrong = Vec::new();
    for (file, source) in rust_files() {
        let lines = source.lines().count();
        let says_why = source
            .lines()
            .take(5)
            .any(|line| line.strip_prefix("// long: ").is_some_and(|why| !why.trim().is_empty()));
        if lines > LONGEST && !says_why {
            wrong.push(format!("{file}: {lines} lines; split it, or begin it with `// long: reason`"));
        }
    }
    none(&wrong);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let mut wrong = Vec::new();
    for (file, source) in rust_files() {
        for (line, code) in (1..).zip(code_only(&source).lines()) {
            let code = code.replace(' ', "");
            if code.contains("#[allow(") || code.contains("#![allow(") {
                wrong.push(format!("{file}:{line}: use `#[expect(lint, reason = \"…\")]`"));
            }
        }
    }
    none(&wrong);
}

/// The project is built by anyone, anywhere, from any mirror.
#[test]
fn no_file_names_a_machine_or_a_registry_host() {
    // Put together here, so that this file does not hold them.
    let hosts = [
        concat!("crates", ".io"),
        concat!("pypi", ".org"),
        concat!("npmjs", ".com"),
        concat!("npmjs", ".org"),
        concat!("proxy.golang", ".org"),
    ];
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    let mut wrong = Vec::new();
    for file in files() {
        let name = file.to_string_lossy().into_owned();
        // The lock files name the registry by design.
        let Some(content) = read(&file).filter(|_| !name.ends_with("Cargo.lock")) else { continue };
        // Paths inside containers and on nodes are what controls and examples are about.
        let speaks_of_nodes = [
            "crates/watertight-controls/",
            "crates/watertight-facts/src/host_path.rs",
            "crates/watertight-graph/",
            "docs/controls/",
            "docs/edges/",
            "examples/",
        ]
        .iter()
        .any(|folder| name.starts_with(folder));
        for (line, text) in (1..).zip(content.lines()) {
            for host in hosts.iter().filter(|host| text.contains(**host)) {
                wrong.push(format!("{name}:{line}: names the registry host {host}"));
            }
            for folder in folders.iter().filter(|folder| !speaks_of_nodes && begins_a_path(text, folder)) {
                wrong.push(format!("{name}:{line}: names a folder of one machine, {folder}"));
            }
        }
    }
    none(&wrong);
}

/// Whether the text holds the folder as the start of an absolute path, not inside a longer one.
fn begins_a_path(text: &str, folder: &str) -> bool {
    text.match_indices(folder).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '}' | '*'))
    })
}
