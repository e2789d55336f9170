//! Arguments of `audit lint`, `audit explain`, `audit simulate` and `audit policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use watertight_audit::LogVolume;

use super::ListFormat;
use super::scan::{Threshold, threshold};

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// The commands below `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Say what is wrong with an audit policy: rules that never match, secrets that it logs, events that it
    /// misses, noise that it keeps.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 nothing at or above --fail-on · 1 findings at or above it · 2 wrong usage, or a policy \
that the API server refuses"
    )]
    Lint(LintArgs),
    /// Say how a request is logged, which rule decides, and why those before it do not match.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 done · 2 wrong usage, or a policy that the API server refuses"
    )]
    Explain(AuditExplainArgs),
    /// Say what a policy would have kept of audit logs: events and bytes by level, rule and user.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 done · 2 wrong usage, or a policy that the API server refuses · 3 something of a log \
could not be read (see --allow-incomplete)"
    )]
    Simulate(SimulateArgs),
    /// Write an audit policy to begin with: it keeps what detection and least privilege need, and drops known
    /// noise. Every rule says why it is there.
    #[command(disable_version_flag = true)]
    Policy(PolicyArgs),
}

/// Arguments of `audit lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The file with the policy, or - for standard input.
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,
    /// Exit with 1 when something is found at or above this severity.
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = threshold)]
    pub fail_on: Threshold,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: ListFormat,
}

/// Arguments of `audit explain`.
#[derive(Debug, Args)]
pub struct AuditExplainArgs {
    /// The file with the policy, or - for standard input.
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,
    /// The verb, as `get`, `create` or `deletecollection`; for a URL the HTTP method in lower case.
    #[arg(long, value_name = "VERB")]
    pub verb: String,
    /// The resource, with its API group and subresource: `pods/exec`, `deployments.apps`, `deployments.apps/scale`.
    #[arg(long, value_name = "RESOURCE", required_unless_present = "url", conflicts_with = "url")]
    pub resource: Option<String>,
    /// The API group; empty for the core group. Without it, the group of Kubernetes that has the resource.
    #[arg(long, value_name = "GROUP", requires = "resource")]
    pub api_group: Option<String>,
    /// The subresource.
    #[arg(long, value_name = "SUBRESOURCE", requires = "resource")]
    pub subresource: Option<String>,
    /// The namespace; without it the request is at cluster scope or over all namespaces.
    #[arg(short, long, value_name = "NAMESPACE", requires = "resource")]
    pub namespace: Option<String>,
    /// The object's name.
    #[arg(long, value_name = "NAME", requires = "resource")]
    pub name: Option<String>,
    /// The path of a URL outside the resources, as `/healthz`.
    #[arg(long, value_name = "PATH")]
    pub url: Option<String>,
    /// Who asks. Without it a user whom no rule names.
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// A group of the user, besides those that come with the name (`system:authenticated`, and those of
    /// service accounts). Repeatable.
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub group: Vec<String>,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: ListFormat,
}

/// Arguments of `audit simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The file with the policy.
    #[arg(value_name = "POLICY")]
    pub policy: PathBuf,
    /// Audit logs as JSON, also compressed with gzip: lines of the log backend, batches of the webhook
    /// backend; - for standard input.
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
    /// Compare with this policy instead of with what was logged.
    #[arg(long, value_name = "POLICY")]
    pub against: Option<PathBuf>,
    /// How many users to show.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub top: usize,
    /// Longest event: bytes, or with K, M, G (powers of 1024). A longer one is counted and left out.
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = super::target::size)]
    pub max_event_size: u64,
    /// Do not exit with 3 when something of a log could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: ListFormat,
}

/// Arguments of `audit policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// How much is logged.
    #[arg(long, value_name = "VOLUME", default_value = "medium")]
    pub volume: VolumeName,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub output: PolicyFormat,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VolumeName {
    /// Writes, reads of secrets, and whatever is not authenticated. Too little to derive least privilege from.
    Low,
    /// Besides that, who read what, but for the control plane. Least privilege can be derived from it.
    Medium,
    /// Besides that, the body of every write that holds no known secret.
    High,
}

impl From<VolumeName> for LogVolume {
    fn from(name: VolumeName) -> Self {
        match name {
            VolumeName::Low => Self::Low,
            VolumeName::Medium => Self::Medium,
            VolumeName::High => Self::High,
        }
    }
}

/// How a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    /// A manifest with the reason of each rule.
    Yaml,
    /// A manifest for machines.
    Json,
}
