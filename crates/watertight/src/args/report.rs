//! Arguments of `report`.

use std::path::PathBuf;

use clap::Args;

use super::{GraphArgs, JudgeArgs};

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 written · 2 wrong usage or an internal error · 3 written, and something could not be read \
or judged (see --allow-incomplete)"
)]
#[command(mut_arg("direct", |arg| arg.hide(true)))]
pub struct ReportArgs {
    /// Files, folders (with all below them, honouring .gitignore), snapshots (`watertight snapshot`), or - for
    /// standard input.
    #[arg(required = true, value_name = "PATH")]
    pub target: Vec<PathBuf>,
    /// How they are read, and what is taken for granted.
    #[command(flatten)]
    pub graph: GraphArgs,
    /// Where the page is written; - for standard output.
    #[arg(short, long, value_name = "FILE", default_value = "watertight-report.html")]
    pub output: PathBuf,
    /// How many steps the plan has; 0 for no plan, which saves the time to price changes.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// What is judged, and by what.
    #[command(flatten)]
    pub judge: JudgeArgs,
}
