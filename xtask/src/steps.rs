//! Commands that say how long they took.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Outcome;

/// Runs a command to its end and prints its seconds to standard error.
pub(crate) fn step(name: &str, command: &mut Command) -> Outcome {
    let begun = Instant::now();
    let status = command.status().map_err(|error| format!("{name}: cannot start: {error}"))?;
    eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("{name}: ended with {status}")) }
}

/// Whether a command can be started and succeeds.
pub(crate) fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
