//! Arguments of `net` and its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ReadingArgs;

/// Arguments of `net`.
#[derive(Debug, Args)]
pub struct NetArgs {
    /// What to ask.
    #[command(subcommand)]
    pub command: NetCommand,
}

/// The questions.
#[derive(Debug, Subcommand)]
pub enum NetCommand {
    /// List who can open which connections to whom.
    List(Box<ListArgs>),
}

/// What is looked at, and what is taken for granted.
#[derive(Debug, Args)]
pub struct NetTargetArgs {
    /// Files, folders, snapshots (`watertight snapshot`), or - for standard input. Repeatable.
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    pub target: Vec<PathBuf>,
    /// How they are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Whether the network plugin enforces policies; auto looks for the agents of known plugins and takes policies as
    /// enforced where there are none.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub policies_enforced: Enforced,
    /// Where pods and nodes have their addresses, when these are not in view: blocks of policies may stand for them.
    /// Repeatable. Without it, private addresses.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub pod_cidr: Vec<watertight_netpol::Cidr>,
    /// Do not exit with 3 when something could not be read that could change the answer.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// Whether policies are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Enforced {
    /// They are.
    Yes,
    /// They are not: everything is open.
    No,
    /// As the network plugins in view do.
    Auto,
}

/// Arguments of `net list`.
#[derive(Debug, Args)]
#[command(
    after_help = "Workloads of a namespace that reach the same and are reached by the same are told as one, unless \
--expand. What is not known (rules that a pod's path or host name decides, namespaces that are not in view) stands in \
a column of its own. Connections between a pod and its own node are always let through and are not listed.\n\n\
Exit codes: 0 listed · 2 wrong usage · 3 something could not be read that could change the answer (see \
--allow-incomplete)"
)]
pub struct ListArgs {
    /// What is looked at.
    #[command(flatten)]
    pub target: NetTargetArgs,
    /// Only connections from or to these: a workload (web, deployment/web, shop/web), a namespace (ns/shop), a label
    /// selector (app=web). Repeatable.
    #[arg(long, value_name = "WHO")]
    pub focus: Vec<String>,
    /// Only what the outside and pods without labels in namespaces to come can reach.
    #[arg(long)]
    pub exposed: bool,
    /// A line for each pair of workloads.
    #[arg(long)]
    pub expand: bool,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: NetFormat,
}

/// How to show rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetFormat {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
    /// For pages and comments.
    #[value(alias = "md")]
    Markdown,
    /// One line per connection, as netpol-analyzer prints them.
    #[value(alias = "txt")]
    Text,
    /// For Graphviz.
    Dot,
}
