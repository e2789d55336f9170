//! Arguments of `fix`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{JudgeArgs, TargetArgs};

/// Arguments of `fix`.
#[derive(Debug, Args)]
#[command(
    after_help = "Standard input (-) is printed fixed. Values that may be secret are masked in differences; \
files get what is written there.\n\nExit codes: 0 done, or nothing to do · 1 with --check, something would change \
· 2 wrong usage or an internal error · 3 something could not be read or written (see --allow-incomplete)"
)]
pub struct FixArgs {
    /// What to fix.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Edit the files in place. Without it, the difference is shown and nothing is written.
    #[arg(short, long)]
    pub write: bool,
    /// Also fix what may change how a workload behaves: look at it before you apply it.
    #[arg(long)]
    pub review: bool,
    /// Exit with 1 when something would be changed.
    #[arg(long, conflicts_with = "write")]
    pub check: bool,
    /// Show the difference for standard input too, instead of the fixed text.
    #[arg(long, conflicts_with = "write")]
    pub diff: bool,
    /// The file for objects that are missing (an account, a policy); they are added to what it holds. By
    /// default each goes to a file of its own, beside the object that lacks it.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What is printed.
    #[arg(short = 'o', long, value_name = "FORMAT", default_value = "diff")]
    pub format: FixFormat,
    /// Do not exit with 3 when something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// What is judged, and with what.
    #[command(flatten)]
    pub judge: JudgeArgs,
}

/// How a fix is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixFormat {
    /// For people: the differences and a summary.
    Diff,
    /// For machines.
    Json,
}
