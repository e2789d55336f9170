//! `cargo xtask test`: every test, with what is at hand.

use crate::Outcome;
use crate::steps::{step, works};
use crate::workspace::{cargo, suites};

/// Runs the tests, then the doctests. Further arguments go to the runner of the tests.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !works("cc", &["--version"]) {
        return Err(
            "Rust links with a C compiler and there is none; on Debian: apt-get install gcc libc6-dev"
                .to_owned(),
        );
    }
    let suites = suites();
    if !suites.join("suites").is_dir() {
        eprintln!("note: no conformance suites at {}; their tests are skipped", suites.display());
    }
    if works("cargo", &["nextest", "--version"]) {
        step("tests", cargo().args(["nextest", "run", "--workspace"]).args(arguments))?;
    } else {
        eprintln!("note: cargo-nextest is not installed; `cargo test` runs the same tests, slower");
        step("tests", cargo().args(["test", "--workspace", "--all-targets"]).args(arguments))?;
    }
    step("doctests", cargo().args(["test", "--doc", "--workspace", "--quiet"]))
}
