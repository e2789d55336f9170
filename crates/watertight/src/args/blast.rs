//! Arguments of `blast` and `paths`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{BetweenArgs, ReadingArgs, TargetOptionArgs};

/// How things are written.
const THINGS: &str = "A THING is internet, user/NAME, group/NAME, sa/NAMESPACE/NAME, deployment/NAMESPACE/NAME (or any \
other kind of workload, pod/NAMESPACE/NAME too), node/NAME, image/REFERENCE, registry/HOST, secret/NAMESPACE/NAME, \
namespace/NAME, cloud/IDENTITY, or goal/NAME: cluster-admin, node-root, all-nodes, all-secrets, kube-system, \
cloud-account.\n\nExit codes: 0 answered · 1 something gained reach (blast diff --fail-on-gain) · 2 wrong usage · 3 \
something could not be read that could change the answer (see --allow-incomplete)";

/// Arguments of `blast`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = THINGS)]
pub struct BlastArgs {
    /// Compare two looks.
    #[command(subcommand)]
    pub command: Option<BlastCommand>,
    /// What is taken to have fallen; without it, how exposed the cluster is, and the worst of all.
    #[arg(value_name = "THING")]
    pub thing: Option<String>,
    /// Ask the other way round: everything that can get there.
    #[arg(long, value_name = "GOAL|THING", conflicts_with = "thing")]
    pub to: Option<String>,
    /// How many things are listed.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// What is looked at.
    #[command(flatten)]
    pub target: GraphTargetArgs,
    /// What to print.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: BlastFormat,
}

/// What `blast` does beside.
#[derive(Debug, Subcommand)]
pub enum BlastCommand {
    /// Say what a change opens and closes.
    Diff(BlastDiffArgs),
}

/// Arguments of `blast diff`.
#[derive(Debug, Args)]
pub struct BlastDiffArgs {
    /// What is compared.
    #[command(flatten)]
    pub between: BetweenArgs,
    /// How they are read.
    #[command(flatten)]
    pub graph: GraphArgs,
    /// Exit with 1 when anything gains reach.
    #[arg(long)]
    pub fail_on_gain: bool,
    /// What to print.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: DiffBlastFormat,
}

/// Arguments of `paths`.
#[derive(Debug, Args)]
#[command(after_help = THINGS)]
pub struct PathsArgs {
    /// What is taken to have fallen.
    #[arg(value_name = "FROM")]
    pub from: String,
    /// What it may lead to.
    #[arg(value_name = "TO")]
    pub to: String,
    /// How many ways that really differ are told, the shortest first.
    #[arg(short, value_name = "K", default_value_t = 5)]
    pub k: usize,
    /// What is looked at.
    #[command(flatten)]
    pub target: GraphTargetArgs,
    /// What to print.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: BlastFormat,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Files, folders, snapshots (`watertight snapshot`), or - for standard input.
    #[arg(value_name = "TARGET", default_value = ".")]
    pub target: Vec<PathBuf>,
    /// How they are read, and what is taken for granted.
    #[command(flatten)]
    pub graph: GraphArgs,
    /// How many steps are told.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// How much effort all steps together may be: 1 is a field of an object, 2 a rule, a binding or a label, 4 policies
    /// for a namespace.
    #[arg(long, value_name = "EFFORT")]
    pub budget: Option<u32>,
    /// Also write each step as a file into this folder, which must be empty or not be there: patches in order, manifests
    /// and JSON patches for what is in no file, and a README.md that says what each does and how it is applied.
    #[arg(long, value_name = "DIR")]
    pub write_dir: Option<PathBuf>,
    /// What to print.
    #[arg(short, long, visible_alias = "format", value_name = "FORMAT", default_value = "table")]
    pub output: DiffBlastFormat,
}

/// What is looked at, and what is taken for granted.
#[derive(Debug, Args)]
pub struct GraphTargetArgs {
    /// What is read.
    #[command(flatten)]
    pub paths: TargetOptionArgs,
    /// How, and what is taken for granted.
    #[command(flatten)]
    pub graph: GraphArgs,
}

/// How targets are read, and what is taken for granted.
#[derive(Debug, Args)]
#[command(mut_arg("namespace", |arg| arg.help("The namespace of objects that name none [default: default]")))]
pub struct GraphArgs {
    /// How they are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Count only what needs no flaw in any software; without it, also one flaw per hop through the network. Both are
    /// shown.
    #[arg(long)]
    pub direct: bool,
    /// The control plane is somebody else's, as in a managed cluster: no pod runs on its nodes.
    #[arg(long)]
    pub managed_control_plane: bool,
    /// Do not exit with 3 when something could not be read that could change the answer.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// The forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BlastFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// The ways, for Graphviz.
    Dot,
}

/// The forms of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffBlastFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For a comment on a change.
    Markdown,
}
