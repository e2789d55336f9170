//! Arguments of `net` and its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{BetweenArgs, ReadingArgs, TargetOptionArgs};

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
    /// Say whether someone reaches someone, and why.
    Check(Box<CheckNetArgs>),
    /// Show which connections are gained and lost between two looks.
    Diff(Box<DiffNetArgs>),
    /// Draw who reaches whom.
    Map(Box<MapArgs>),
    /// Print policies that let through what is needed and nothing else, with their proof.
    Generate(Box<GenerateArgs>),
    /// List who can open which connections to whom.
    List(Box<ListArgs>),
}

/// What is looked at, and what is taken for granted.
#[derive(Debug, Args)]
pub struct NetTargetArgs {
    /// What is read.
    #[command(flatten)]
    pub paths: TargetOptionArgs,
    /// How they are read, and what is taken for granted.
    #[command(flatten)]
    pub assumed: AssumedArgs,
}

/// How targets are read, and what is taken for granted.
#[derive(Debug, Args)]
pub struct AssumedArgs {
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

/// Arguments of `net check`.
#[derive(Debug, Args)]
#[command(
    after_help = "FROM and TO are a workload or pod (web, deployment/web, shop/web, shop/deployment/web), a service \
(svc/web: what is behind it, after its address was replaced), a namespace (ns/shop), a label selector (app=web), an \
address or block (10.0.0.0/8), `internet` (every address that is not private) or `nodes`.\n\n\
Exit codes: 0 yes · 1 no · 2 wrong usage · 3 unknown, or something could not be read that could change the answer \
(see --allow-incomplete)"
)]
#[command(mut_arg("namespace", |arg| arg.help("The namespace of FROM and TO that name none, which is also that of objects that name none")))]
pub struct CheckNetArgs {
    /// Who opens the connection.
    #[arg(long, value_name = "WHO")]
    pub from: String,
    /// Whom they open it to.
    #[arg(long, value_name = "WHO")]
    pub to: String,
    /// The port, as in 5432, 53/UDP, 5000-6000, or a name that containers give, on any protocol unless one is said; of a
    /// service its own. Without it, any connection.
    #[arg(long, value_name = "PORT[/PROTOCOL]")]
    pub port: Option<crate::net::Port>,
    /// What is looked at.
    #[command(flatten)]
    pub target: NetTargetArgs,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: NetCheckFormat,
}

/// How to show an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetCheckFormat {
    /// For people.
    Table,
    /// For machines.
    Json,
    /// For spreadsheets.
    Csv,
    /// For pages and comments.
    #[value(alias = "md")]
    Markdown,
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
    /// Only connections from or to these, in the words of `net check`: a workload (web, deployment/web, shop/web), a
    /// namespace (ns/shop), a label selector (app=web), addresses (10.0.0.0/8), `internet`, `nodes`. Repeatable.
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

/// Arguments of `net generate`.
#[derive(Debug, Args)]
#[command(
    after_help = "For each namespace: a default-deny for both directions, DNS, then the least rules for the flows that \
are needed. These come from names and addresses of Services in environment variables, arguments, ConfigMaps; from \
Ingresses, routes, webhooks, APIServices, ServiceMonitors; from accounts that may use the API; from recordings \
(--flows); and from `network.flows` of the settings file. What cannot be attributed is listed, never guessed. The proof \
stands in the comments.\n\n\
Exit codes: 0 made · 2 wrong usage · 3 a needed flow is not resolved, or something could not be read (see \
--allow-incomplete)"
)]
pub struct GenerateArgs {
    /// What is looked at.
    #[command(flatten)]
    pub target: NetTargetArgs,
    /// The kind of policies.
    #[arg(long, value_name = "FLAVOR", default_value = "kubernetes")]
    pub flavor: Flavor,
    /// Only policies for what leaves pods: the instance metadata is closed, external destinations are told one by one.
    #[arg(long)]
    pub egress: bool,
    /// Take the place of the NetworkPolicies that are there: what their rules name stays let through, what they let
    /// through at large does not.
    #[arg(long)]
    pub replace: bool,
    /// Close only these namespaces. Repeatable. Without it, all in view but those of Kubernetes itself.
    #[arg(long, value_name = "NAMESPACE")]
    pub only: Vec<String>,
    /// Recorded flows: Hubble's or Calico's JSON, or CSV or JSON lines of one's own (docs/network.md), - for standard
    /// input. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub flows: Vec<PathBuf>,
    /// Addresses of the API servers: policies cannot select them. Repeatable.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub apiserver_cidr: Vec<watertight_netpol::Cidr>,
    /// Addresses of nodes, where they are not in view. Repeatable.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    pub node_cidr: Vec<watertight_netpol::Cidr>,
    /// The namespace of the ingress controller, where it is not in view.
    #[arg(long, value_name = "NAMESPACE")]
    pub ingress_namespace: Option<String>,
    /// Let the address of the instance metadata through where a destination covers it.
    #[arg(long)]
    pub allow_metadata: bool,
    /// Print a policy that closes each namespace to come instead.
    #[arg(long, value_name = "TOOL")]
    pub for_new_namespaces: Option<NewNamespaces>,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub output: GenerateFormat,
}

/// The kind of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Flavor {
    /// NetworkPolicy of Kubernetes.
    Kubernetes,
    /// CiliumNetworkPolicy.
    Cilium,
    /// NetworkPolicy of Calico.
    Calico,
}

/// Who closes namespaces to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NewNamespaces {
    /// Kyverno, with a generate policy.
    Kyverno,
}

/// How to print policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GenerateFormat {
    /// Manifests, with the proof as comments.
    Yaml,
    /// All of it for machines.
    Json,
}

/// Arguments of `net diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Ends are compared by namespace, kind and name. `+` is gained, `-` is lost; `?+` and `?-` may be: one of \
the looks does not tell.\n\n\
Exit codes: 0 compared · 1 with --fail-on-gain, when a connection is gained or may be · 2 wrong usage · 3 something \
could not be read that could change the answer (see --allow-incomplete)"
)]
pub struct DiffNetArgs {
    /// What is compared.
    #[command(flatten)]
    pub between: BetweenArgs,
    /// Exit with 1 when a connection is gained.
    #[arg(long)]
    pub fail_on_gain: bool,
    /// How they are read, and what is taken for granted.
    #[command(flatten)]
    pub assumed: AssumedArgs,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: NetFormat,
}

/// Arguments of `net map`.
#[derive(Debug, Args)]
#[command(
    after_help = "Namespaces are compartments with a wall for what comes in (left) and one for what goes out (right): \
closed where a default-deny stands, open where none does. Above 300 workloads, those with the same connections are one.\n\n\
Exit codes: 0 drawn · 2 wrong usage · 3 something could not be read that could change the picture (see --allow-incomplete)"
)]
pub struct MapArgs {
    /// What is looked at.
    #[command(flatten)]
    pub target: NetTargetArgs,
    /// The heading of the picture.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "svg")]
    pub output: MapFormat,
}

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MapFormat {
    /// A picture.
    Svg,
    /// A page: the picture with search, filter and a table.
    Html,
    /// For Graphviz.
    Dot,
}
