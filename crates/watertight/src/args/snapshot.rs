//! Arguments of `snapshot`.

use std::path::PathBuf;

use clap::Args;

use super::TargetArgs;

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// What to take in.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The file to write, by custom with the ending .wt; - for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Do not exit with 3 when something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
}
