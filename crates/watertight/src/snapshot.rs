//! `watertight snapshot`: what was seen, without secret values, in one file.

use std::process::ExitCode;

use crate::args::SnapshotArgs;
use crate::config::Config;
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::load::load;
use crate::output::{to_file, to_stdout};

/// Reads and writes. What could not be read is in the file and on standard error.
pub fn run(arguments: &SnapshotArgs) -> Result<ExitCode, Failure> {
    let config = Config::find(&arguments.target.reading, &arguments.target.paths)?;
    let snapshot = load(&arguments.target, &config)?;
    let write = |out: &mut dyn std::io::Write| {
        watertight_load::write_snapshot(&snapshot, env!("CARGO_PKG_VERSION"), out)
    };
    match arguments.output.as_os_str() == "-" {
        true => to_stdout(write)?,
        false => to_file(&arguments.output, write)?,
    }
    if !arguments.target.reading.quiet {
        let counted =
            |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let objects = counted(snapshot.len() - snapshot.implied(), "object");
        eprintln!("{objects}, {}", counted(snapshot.gaps().len(), "gap"));
        for gap in snapshot.gaps() {
            eprintln!("  {}: {}", gap.what.escape_debug(), gap.why);
        }
    }
    let incomplete = !snapshot.gaps().is_empty() && !arguments.allow_incomplete;
    Ok(ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN }))
}
