//! Arguments of `baseline`.

use std::path::PathBuf;

use clap::Args;

use super::{JudgeArgs, TargetArgs};

/// Arguments of `baseline`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 written · 2 wrong usage or an internal error · 3 written, and something could not be read \
or judged (see --allow-incomplete)"
)]
#[command(mut_arg("baseline", |arg| arg.hide(true)), mut_arg("no_baseline", |arg| arg.hide(true)))]
pub struct BaselineArgs {
    /// What is known.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Where it is written; - for standard output. By default what the settings name, or else
    /// watertight-baseline.json.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Do not exit with 3 when something could not be read or judged.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// What is judged, and by what.
    #[command(flatten)]
    pub judge: JudgeArgs,
}
