//! Arguments of `config`.

use clap::{Args, Subcommand, ValueEnum};

use super::ScanArgs;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands below `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show the settings that a scan of the same arguments has, each with where it comes from: default, file
    /// and line, or flag. Reads no manifest.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 shown · 2 wrong usage, or a settings file that cannot be used"
    )]
    Show(Box<ConfigShowArgs>),
}

/// Arguments of `config show`.
#[derive(Debug, Args)]
#[command(mut_arg("paths", |arg| arg.required(false).default_value(".").help("What would be scanned")))]
#[command(mut_arg("output", |arg| arg.hide(true).short(None).long("scan-output")))]
pub struct ConfigShowArgs {
    /// The arguments of the scan.
    #[command(flatten)]
    pub scan: ScanArgs,
    /// Output format.
    #[arg(id = "shown_as", short = 'o', long = "output", value_name = "FORMAT", default_value = "table")]
    pub shown_as: ConfigFormat,
}

/// How settings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfigFormat {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// As a settings file, with the source of each as a comment.
    Yaml,
}
