//! Arguments of `explain`, `controls` and `completions`.

use clap::{Args, ValueEnum};

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The name of a control, as in `error[NAME]`, or of an edge of the attack graph, as `watertight paths` shows it.
    pub name: String,
}

/// Arguments of `controls`.
#[derive(Debug, Args)]
pub struct ControlsArgs {
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: ListFormat,
}

/// How to list controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    pub shell: clap_complete::Shell,
}
