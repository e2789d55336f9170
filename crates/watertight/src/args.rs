//! The command line. Each command has its arguments in a file of its own below `args/`.

mod audit;
mod baseline;
mod blast;
mod catalogue;
mod config;
mod fix;
mod judge;
mod minimize;
mod net;
mod psa;
mod rbac;
mod scan;
mod snapshot;
mod target;

use clap::{Parser, Subcommand, ValueEnum};

pub use audit::{
    AuditArgs, AuditCommand, AuditExplainArgs, LintArgs, PolicyArgs, PolicyFormat, SimulateArgs,
};
pub use baseline::BaselineArgs;
pub use blast::{
    BlastArgs, BlastCommand, BlastDiffArgs, BlastFormat, DiffBlastFormat, GraphArgs, PathsArgs, PlanArgs,
};
pub use catalogue::{CompletionsArgs, ControlsArgs, ExplainArgs, ListFormat};
pub use config::{ConfigArgs, ConfigCommand, ConfigFormat, ConfigShowArgs};
pub use fix::{FixArgs, FixFormat};
pub use judge::JudgeArgs;
pub use minimize::{Generalization, MinimizeArgs, MinimizeFormat};
pub use net::{
    AssumedArgs, CheckNetArgs, DiffNetArgs, Enforced, Flavor, GenerateArgs, GenerateFormat, ListArgs,
    MapArgs, MapFormat, NetArgs, NetCheckFormat, NetCommand, NetFormat, NetTargetArgs, NewNamespaces,
};
pub use psa::{CheckArgs, CheckFormat, LabelArgs, LabelFormat, PsaArgs, PsaCommand, StandardsArgs};
pub use rbac::{
    ActionArgs, AuthorizerArgs, CanIArgs, LookupArgs, MatrixArgs, RbacArgs, RbacCommand, RbacDiffArgs,
    RbacFormat, RbacOutputArgs, RbacTargetArgs, RisksArgs, SubjectKind, WhoCanArgs,
};
pub use scan::{Format, Output, ScanArgs, Threshold};
pub use snapshot::SnapshotArgs;
pub use target::{BetweenArgs, ReadingArgs, TargetArgs, TargetOptionArgs};

/// Hardens Kubernetes: says exactly what is open, where, and how to close it.
#[derive(Debug, Parser)]
#[command(name = "watertight", version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 nothing at or above --fail-on · 1 findings at or above it · 2 wrong usage or an \
internal error · 3 something could not be read or judged (see \
--allow-incomplete)"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// When to color: NO_COLOR and TERM=dumb are honoured by `auto`.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scan manifests: say what is open, where, why it matters and how to close it.
    Scan(Box<ScanArgs>),
    /// Close what a scan finds: show the differences, or edit the files in place.
    Fix(Box<FixArgs>),
    /// Save what was seen, without secret values, in a file that every command takes in place of a path.
    Snapshot(Box<SnapshotArgs>),
    /// Pod Security by namespace: which level its workloads meet, what stands in the way, which labels fit.
    Psa(Box<PsaArgs>),
    /// Audit policies and audit logs: what a policy misses, how it decides, what it would keep.
    Audit(Box<AuditArgs>),
    /// Say who may do what: who can, can someone, tables, risks and differences.
    Rbac(Box<RbacArgs>),
    /// Say who reaches whom over the network: connections, reasons, pictures, and policies that close it.
    Net(Box<NetArgs>),
    /// Say what falls when one thing falls, and how far the cluster is open to it.
    Blast(Box<BlastArgs>),
    /// Show the ways from one thing to another, step by step, with evidence.
    Paths(Box<PathsArgs>),
    /// Rank the changes that buy the most safety, and say what is left after each.
    Plan(Box<PlanArgs>),
    /// Write what is found into a file, so that a scan with --baseline fails only on what is new.
    Baseline(Box<BaselineArgs>),
    /// Settings: what is in force, and where each comes from.
    Config(Box<ConfigArgs>),
    /// Show the page of a control or of an edge of the attack graph: why, remedy, examples.
    Explain(ExplainArgs),
    /// List the controls.
    Controls(ControlsArgs),
    /// Print a shell completion script.
    Completions(CompletionsArgs),
    /// Print the man page.
    Man,
}

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorWhen {
    /// Makes it hold for standard error too, where errors are printed.
    pub fn write_global(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
