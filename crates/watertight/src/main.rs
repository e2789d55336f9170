//! The binary: arguments in, exit code out. Everything that judges lives in the crates below.

mod args;
mod audit;
mod baseline;
mod blast;
mod catalogue;
mod config;
mod exit;
mod fix;
mod judge;
mod load;
mod net;
mod output;
mod psa;
mod rbac;
mod report;
mod scan;
mod snapshot;
mod standing;
mod written;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    // A panic's payload may quote what was being read: only its place is told. Panics in controls
    // are caught by the engine and become gaps.
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            eprintln!("watertight: internal error at {}:{}", place.file(), place.line());
        }
    }));
    let cli = Cli::parse();
    cli.color.write_global();
    let done = std::panic::catch_unwind(|| run(&cli));
    match done {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => failure.report(),
        Err(_) => Failure::internal().report(),
    }
}

fn run(cli: &Cli) -> Result<ExitCode, Failure> {
    match &cli.command {
        Command::Scan(arguments) => scan::run(arguments, cli.color),
        Command::Fix(arguments) => fix::run(arguments, cli.color),
        Command::Snapshot(arguments) => snapshot::run(arguments),
        Command::Psa(arguments) => psa::run(arguments, cli.color),
        Command::Audit(arguments) => audit::run(arguments, cli.color),
        Command::Rbac(arguments) => rbac::run(arguments, cli.color),
        Command::Net(arguments) => net::run(arguments, cli.color),
        Command::Blast(arguments) => blast::run(arguments, cli.color),
        Command::Paths(arguments) => blast::paths(arguments, cli.color),
        Command::Plan(arguments) => blast::plan(arguments, cli.color),
        Command::Report(arguments) => report::run(arguments),
        Command::Baseline(arguments) => baseline::run(arguments),
        Command::Config(arguments) => config::run(arguments, cli.color),
        Command::Explain(arguments) => catalogue::explain(arguments, cli.color),
        Command::Controls(arguments) => catalogue::list(arguments, cli.color),
        Command::Completions(arguments) => catalogue::completions(arguments),
        Command::Man => catalogue::man(),
    }
}
