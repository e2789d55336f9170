//! Malformed, hostile and odd inputs: none panics, none passes in silence, each message names file and place.
//!
//! A table for each topic. [`Case`] is for what is not a manifest by itself; whoever adds a command or a kind of
//! file adds a table beside the others and a line to [`there_are_enough`].

mod commands;
mod files;
mod manifests;
mod rendering;

use crate::{folder, run_with};

/// The word that stands for a secret in the files of a case: no answer may hold it.
const CANARY: &str = "C4N4RY";

/// One input that is not a manifest by itself, and what has to come of it.
pub struct Case {
    /// What is wrong or odd.
    name: &'static str,
    /// Files by name, in the folder that the command runs in.
    files: Vec<(&'static str, String)>,
    /// The command line.
    arguments: Vec<&'static str>,
    /// The exit code.
    code: i32,
    /// What the answer says: the place, and what to do.
    says: Vec<&'static str>,
}

/// Files of a case.
fn with(files: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
}

/// Runs every case of a table and tells all that are answered otherwise.
fn answer(cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let files: Vec<(&str, &str)> = case.files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let files = folder(&files);
        let run = run_with(files.path(), &case.arguments, b"");
        let said = run.all();
        let panicked = said.contains("panicked") || said.contains("internal error");
        let silent = case.says.iter().find(|words| !said.contains(**words));
        if run.code != case.code || silent.is_some() || panicked || said.contains(CANARY) {
            wrong.push(format!(
                "{}: {} instead of {}, without {silent:?}: {said}",
                case.name, run.code, case.code
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough() {
    let all =
        [manifests::inputs().len(), commands::cases().len(), files::cases().len(), rendering::cases().len()];
    let count: usize = all.iter().sum();
    assert!(count >= 200, "{count}: {all:?}");
}
