//! `watertight baseline`: what is known, so that only what is new counts.

use std::path::PathBuf;
use std::process::ExitCode;

use watertight_engine::baseline::Baseline;
use watertight_facts::World;
use watertight_model::Verdict;

use crate::args::BaselineArgs;
use crate::config::{Config, Effective};
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::judge::{judge, today};
use crate::load::load;
use crate::output::{to_file, to_stdout};

/// Where a baseline is written when neither a flag nor the settings say.
const FILE: &str = "watertight-baseline.json";

/// Judges as a scan does, without any baseline, and writes what fails.
pub fn run(arguments: &BaselineArgs) -> Result<ExitCode, Failure> {
    let reading = &arguments.target.reading;
    let config = Config::find(reading, &arguments.target.paths)?;
    let mut effective = Effective::of(&config, reading, &arguments.judge)?;
    let before = effective.baseline.value.take();
    let output = arguments.output.clone().or(before).unwrap_or_else(|| PathBuf::from(FILE));
    let controls = effective.controls()?;
    let settings = effective.settings(today);
    let snapshot = load(&arguments.target, &config)?;
    let world = World::new(&snapshot, &settings);
    let outcome = judge(&world, &controls, &config, &effective, &arguments.target.paths)?;
    let baseline = Baseline::of(&outcome, &snapshot);
    let text = baseline.text(env!("CARGO_PKG_VERSION"));
    match output.as_os_str() == "-" {
        true => to_stdout(|out| out.write_all(text.as_bytes()))?,
        false => to_file(&output, |out| out.write_all(text.as_bytes()))?,
    }
    let unjudged = outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown).count();
    let hidden = outcome.gaps.len() + unjudged;
    if !reading.quiet {
        let (count, file) = (baseline.len(), watertight_report::clean(&output.to_string_lossy()));
        eprintln!("{count} finding{} in {file}", if count == 1 { "" } else { "s" });
        if hidden > 0 {
            eprintln!(
                "watertight: warning: {hidden} times something was not seen or judged; `watertight scan` says what"
            );
        }
    }
    let incomplete = hidden > 0 && !arguments.allow_incomplete;
    Ok(ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN }))
}
