//! `watertight scan`.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use watertight_engine::Outcome;
use watertight_facts::World;
use watertight_model::Verdict;
use watertight_report::{Report, Root, Style};

use crate::args::{ColorWhen, Format, Output, ScanArgs, Threshold};
use crate::config::Exits;
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::judge::Judge;
use crate::load::load;
use crate::output::{style, to_file, to_stdout};
use crate::standing;

/// Scans, reports, and says by the exit code what came of it.
pub fn run(arguments: &ScanArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let outputs = outputs(&arguments.output)?;
    let judge = Judge::of(&arguments.target.reading, &arguments.judge, &arguments.target.paths)?;
    let exits = Exits::of(&judge.config, arguments);
    let snapshot = load(&arguments.target, &judge.config)?;
    let world = World::new(&snapshot, &judge.settings);
    let mut outcome = judge.outcome(&world);
    let code = exit_code(&exits, &outcome);
    let stands = if arguments.no_paths { BTreeMap::new() } else { standing::of(&world, &outcome) };
    standing::rank(&mut outcome, &stands);
    // What could not be judged is no finding that may be too small to show.
    outcome.findings.retain(|finding| {
        finding.verdict == Verdict::Unknown || finding.severity >= exits.min_severity.value
    });
    let report =
        Report::new(&snapshot, &outcome, &judge.settings, &judge.controls, env!("CARGO_PKG_VERSION"))
            .over(standing::told(&stands))
            .rooted(repository());
    // Files first: when standard output is closed early, they are there all the same.
    for output in &outputs {
        if let Some(file) = &output.file {
            to_file(file, |out| write(output.format, &report, Style::Plain, out))?;
        }
    }
    for output in outputs.iter().filter(|output| output.file.is_none()) {
        match to_stdout(|out| write(output.format, &report, style(color), out)) {
            Ok(()) => {}
            // The findings are what they are, whether or not somebody reads to the end.
            Err(failure) if failure.is_closed_pipe() => break,
            Err(failure) => return Err(failure),
        }
    }
    Ok(ExitCode::from(code))
}

/// What files are relative to in formats for continuous integration: the folder that holds `.git`, else the
/// current folder.
fn repository() -> Root {
    let Ok(current) = std::env::current_dir() else { return Root::default() };
    let root = current.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&current);
    Root::new(root, &current)
}

fn exit_code(exits: &Exits, outcome: &Outcome) -> u8 {
    let failing = match exits.fail_on.value {
        Threshold::At(severity) => outcome.failures(severity) > 0,
        Threshold::Never => false,
    };
    let unjudged = outcome.findings.iter().any(|finding| finding.verdict == Verdict::Unknown);
    let incomplete = unjudged || !outcome.gaps.is_empty();
    match (failing, incomplete && !exits.allow_incomplete.value) {
        (true, _) => FINDINGS,
        (false, true) => INCOMPLETE,
        (false, false) => CLEAN,
    }
}

/// The outputs asked for; the table on standard output when none goes there and none was named.
fn outputs(asked: &[Output]) -> Result<Vec<Output>, Failure> {
    if asked.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(Failure::new("two formats cannot share standard output")
            .help("give all but one a file: `-o json=out.json -o table`"));
    }
    let mut files: Vec<_> = asked.iter().filter_map(|output| output.file.as_ref()).collect();
    files.sort();
    if let Some(pair) = files.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Failure::new(format!("two formats cannot share the file `{}`", pair[0].display())));
    }
    if asked.is_empty() {
        return Ok(vec![Output { format: Format::Table, file: None }]);
    }
    Ok(asked.to_vec())
}

fn write(format: Format, report: &Report<'_>, style: Style, out: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Table => watertight_report::terminal::write(report, style, out),
        Format::Concise => watertight_report::concise::write(report, style, out),
        Format::Json => watertight_report::json::write(report, out),
        Format::Sarif => watertight_report::sarif::write(report, out),
        Format::Junit => watertight_report::junit::write(report, out),
        Format::Markdown => watertight_report::markdown::write(report, out),
        Format::Github => watertight_report::github::write(report, out),
        Format::Gitlab => watertight_report::gitlab::write(report, out),
        Format::Html => watertight_report::html::write(report, out),
    }
}
