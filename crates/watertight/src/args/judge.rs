//! What is judged, and by what: the arguments that all commands that run controls share. Each wins over the
//! same setting of `watertight.yaml`, a list as a whole.

use std::path::PathBuf;

use clap::Args;
use watertight_facts::{Bound, NamePattern, TrustClass};
use watertight_model::Date;

/// Which controls are run, and what the user knows that no manifest says.
#[derive(Debug, Default, Args)]
pub struct JudgeArgs {
    /// Run only these controls or layers.
    #[arg(long, value_name = "CONTROL|LAYER", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave out these controls or layers.
    #[arg(long, value_name = "CONTROL|LAYER", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// A registry that images may come from, with or without a path. Repeatable; without any, no
    /// image is judged by its registry.
    #[arg(long, value_name = "REGISTRY", value_delimiter = ',')]
    pub trusted_registry: Vec<String>,
    /// A registry that images must not come from. Repeatable.
    #[arg(long, value_name = "REGISTRY", value_delimiter = ',')]
    pub blocked_registry: Vec<String>,
    /// A tag that is moved to new content on purpose, beside `latest` (such as `dev`). Repeatable.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub moving_tag: Vec<String>,
    /// A bound on what each container asks for, in quotes: 'limits.memory<=4Gi', 'requests.cpu>=50m'.
    /// Repeatable; without any, no container is judged by its amounts.
    #[arg(long, value_name = "BOUND", value_delimiter = ',')]
    pub resource_bound: Vec<Bound>,
    /// A namespace of the platform, where workloads may need more than applications do, beside kube-system,
    /// kube-public and kube-node-lease; `*` stands for any text. Repeatable.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub platform_namespace: Vec<NamePattern>,
    /// A namespace that is production, beside those that a label (`environment: production`) or a word of
    /// their name says so of; `*` stands for any text. Repeatable.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub production_namespace: Vec<NamePattern>,
    /// A namespace for development, which is never taken for production by a word of its name; `*` stands for
    /// any text. Repeatable.
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',')]
    pub development_namespace: Vec<NamePattern>,
    /// The day that expiries are judged by, YYYY-MM-DD. Today by default.
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
    /// Do not honour the ignore marks of other tools (`checkov:skip=…`, `kube-score/ignore`, .trivyignore, …).
    #[arg(long)]
    pub no_peer_waivers: bool,
    /// A file that `watertight baseline` wrote: what it knows is not counted, only what is new or became worse.
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Count everything, whatever baseline the settings name.
    #[arg(long)]
    pub no_baseline: bool,
    /// Workloads that must not share a namespace with others, by their labels:
    /// 'sensitive=app in (payment, vault)'. Repeatable; without any, nobody is judged by it.
    #[arg(long, value_name = "NAME=SELECTOR")]
    pub trust_class: Vec<TrustClass>,
}
