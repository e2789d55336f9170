//! `cargo xtask determinism`: the order in which inputs are named changes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{files_below, is_manifest, release_binary, root, suites};
use crate::{Outcome, only};

/// The outputs that are compared, each with the command that gives it.
const OUTPUTS: &[(&str, &[&str])] = &[
    ("scan", &["scan", "--color", "never"]),
    ("scan, concise", &["scan", "-o", "concise"]),
    ("scan as JSON", &["scan", "-o", "json"]),
    ("scan as SARIF", &["scan", "-o", "sarif"]),
    ("scan as JUnit", &["scan", "-o", "junit"]),
    ("scan as Markdown", &["scan", "-o", "markdown"]),
    ("scan as annotations", &["scan", "-o", "github"]),
    ("scan as code quality", &["scan", "-o", "gitlab"]),
    ("scan as a page", &["scan", "-o", "html"]),
    ("snapshot", &["snapshot", "-o", "-"]),
    ("psa check", &["psa", "check", "-o", "json"]),
    ("psa label", &["psa", "label"]),
    ("rbac risks", &["rbac", "risks", "-o", "wide"]),
    ("net list", &["net", "list", "-o", "json"]),
    ("net list, expanded", &["net", "list", "--expand", "-o", "text"]),
    ("net list, exposed", &["net", "list", "--exposed", "-o", "csv"]),
    ("net map", &["net", "map", "--title", "map"]),
    ("net map as a page", &["net", "map", "--title", "map", "-o", "html"]),
    ("net generate", &["net", "generate", "-o", "json"]),
];

/// Runs every output over every set of inputs, forwards and shuffled.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    only(arguments, &[], &[])?;
    let binary = release_binary()?;
    for (what, inputs) in input_sets()? {
        for (output, command) in OUTPUTS {
            let first = print(&binary, command, &inputs)?;
            for seed in 1..=2 {
                if print(&binary, command, &shuffled(inputs.clone(), seed))? != first {
                    return Err(format!("{what}: the {output} output depends on the order of the inputs"));
                }
            }
            eprintln!("{what}, {output}: {} bytes, the same in three orders", first.len());
        }
    }
    Ok(())
}

/// The example's files one by one, and the folders of the corpus when it is there.
fn input_sets() -> Outcome<Vec<(&'static str, Vec<PathBuf>)>> {
    // A file that is named and is no manifest is an error by design.
    let holds_objects = |file: &PathBuf| {
        is_manifest(file) && std::fs::read_to_string(file).is_ok_and(|text| text.contains("apiVersion"))
    };
    let examples = files_below(&root().join("examples"))?.into_iter().filter(holds_objects).collect();
    let mut sets = vec![("examples", examples)];
    if let Ok(entries) = std::fs::read_dir(suites().join("corpus")) {
        let mut folders: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        sets.push(("corpus", folders));
    } else {
        eprintln!("SKIPPED: no corpus in {}, only the examples are compared", suites().display());
    }
    Ok(sets)
}

fn print(binary: &Path, arguments: &[&str], inputs: &[PathBuf]) -> Outcome<Vec<u8>> {
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(root());
    for input in inputs {
        // Its positional arguments are no targets.
        if arguments.first() == Some(&"net") {
            command.arg("-t");
        }
        command.arg(input);
    }
    let output = command.output().map_err(|error| format!("{}: {error}", binary.display()))?;
    match output.status.code() {
        Some(0 | 1 | 3) if !output.stdout.is_empty() => Ok(output.stdout),
        _ => Err(format!(
            "{} ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// A fixed order that is not the given one: Fisher and Yates with a small generator.
fn shuffled(mut inputs: Vec<PathBuf>, seed: u64) -> Vec<PathBuf> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for last in (1..inputs.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let below = last as u64 + 1;
        let at = usize::try_from(state % below).unwrap_or_default();
        inputs.swap(last, at);
    }
    inputs
}
