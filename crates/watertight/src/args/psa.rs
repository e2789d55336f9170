//! Arguments of `psa check` and `psa label`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use watertight_facts::NamePattern;
use watertight_facts::pod_security::labels::Mode;
use watertight_podsecurity::{Level, Standards, Version};

use super::TargetArgs;

/// Arguments of `psa`.
#[derive(Debug, Args)]
pub struct PsaArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PsaCommand,
}

/// The commands below `psa`.
#[derive(Debug, Subcommand)]
pub enum PsaCommand {
    /// Say which level each namespace meets, and what stands in the way of the next: workload, container,
    /// field and fix.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 done, or with --level all namespaces meet it · 1 with --level, some workload fails \
it · 2 wrong usage or an internal error · 3 something could not be read or judged (see --allow-incomplete); it makes \
the level of every namespace where it may hide pods unknown"
    )]
    Check(Box<CheckArgs>),
    /// Print the labels that each namespace can have: never stricter than what passes unless --force, and
    /// never looser than what is there.
    #[command(
        disable_version_flag = true,
        after_help = "Exit codes: 0 done · 2 wrong usage or an internal error · 3 something could not be read or judged \
(see --allow-incomplete); a namespace whose level is unknown is not labelled"
    )]
    Label(Box<LabelArgs>),
}

/// What both commands judge by.
#[derive(Debug, Args)]
pub struct StandardsArgs {
    /// The version of the Pod Security Standards: `v1.N`, or `latest`, which is that of
    /// --kubernetes-version.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub version: Option<Version>,
    /// A file with a PodSecurityConfiguration (or an AdmissionConfiguration that holds one): its defaults
    /// are in force where a namespace has no label, and what it exempts is not asked.
    #[arg(long, value_name = "FILE")]
    pub admission_config: Option<PathBuf>,
    /// A namespace of the platform, which stays privileged, beside kube-system, kube-public and
    /// kube-node-lease; `*` stands for any text. Repeatable.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub platform_namespace: Vec<NamePattern>,
    /// Do not exit with 3 when something could not be read or judged.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// Arguments of `psa check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What to look at.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What to judge by.
    #[command(flatten)]
    pub standards: StandardsArgs,
    /// Show what fails this level, in all namespaces, and exit with 1 when something does.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub level: Option<Level>,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: CheckFormat,
}

/// Arguments of `psa label`.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// What to look at.
    #[command(flatten)]
    pub target: TargetArgs,
    /// What to judge by.
    #[command(flatten)]
    pub standards: StandardsArgs,
    /// At most this level; with --force, exactly this one.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub level: Option<Level>,
    /// Label with --level also where workloads fail it: their pods will be refused. Namespaces that
    /// Kubernetes itself runs in stay privileged.
    #[arg(long, requires = "level")]
    pub force: bool,
    /// Which modes to label. Repeatable.
    #[arg(long, value_name = "MODE", value_delimiter = ',', default_value = "enforce")]
    pub mode: Vec<ModeName>,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "kubectl")]
    pub output: LabelFormat,
}

/// How `psa check` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Table,
    /// For people, with checks, files and whole paths.
    Wide,
    /// For machines.
    Json,
}

/// How `psa label` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LabelFormat {
    /// Commands for a shell.
    Kubectl,
    /// YAML documents for `kubectl apply --server-side` and Kustomize.
    Patch,
    /// For machines.
    Json,
}

/// The modes of Pod Security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeName {
    /// Refuse pods.
    Enforce,
    /// Note violations in the audit log.
    Audit,
    /// Warn whoever applies a workload.
    Warn,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Enforce => Self::Enforce,
            ModeName::Audit => Self::Audit,
            ModeName::Warn => Self::Warn,
        }
    }
}

fn level(text: &str) -> Result<Level, String> {
    text.parse().map_err(|_| "expected privileged, baseline or restricted".to_owned())
}

fn version(text: &str) -> Result<Version, String> {
    // Labels want the `v`; on the command line it is often left out.
    let labelled = if text.starts_with("1.") { format!("v{text}") } else { text.to_owned() };
    match labelled.parse() {
        Ok(Version::Minor(minor)) if minor > Standards::NEWEST => {
            Err(format!("newer than this build knows (up to v1.{})", Standards::NEWEST))
        }
        Ok(version) => Ok(version),
        Err(_) => Err("expected latest, or something like v1.30".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_labels() {
        assert_eq!(version("v1.30"), Ok(Version::Minor(30)));
        assert_eq!(version("1.30"), Ok(Version::Minor(30)));
        assert_eq!(version("latest"), Ok(Version::Latest));
        for text in ["v1.99", "1", "v2.1", "v1.30.2", ""] {
            assert!(version(text).is_err(), "{text}");
        }
        assert!(level("restricted").is_ok() && level("Restricted").is_err());
    }
}
