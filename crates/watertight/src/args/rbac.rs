//! Arguments of `rbac` and its commands.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use watertight_rbac::Authorizer;

use super::{BetweenArgs, MinimizeArgs, ReadingArgs, TargetOptionArgs};

/// Arguments of `rbac`.
#[derive(Debug, Args)]
pub struct RbacArgs {
    /// What to ask.
    #[command(subcommand)]
    pub command: RbacCommand,
}

/// The questions.
#[derive(Debug, Subcommand)]
pub enum RbacCommand {
    /// Who can do something, through which binding and role.
    WhoCan(Box<WhoCanArgs>),
    /// Whether someone can do something, through what, and what could change the answer.
    CanI(Box<CanIArgs>),
    /// What someone can do with every resource, or who can do what with one.
    Matrix(Box<MatrixArgs>),
    /// The roles that subjects are bound to.
    Lookup(Box<LookupArgs>),
    /// What subjects can escalate to by RBAC alone, worst first.
    Risks(Box<RisksArgs>),
    /// Which subjects gain or lose what between two looks.
    Diff(Box<RbacDiffArgs>),
    /// Make least-privilege roles and bindings of what audit logs show to be used, for every subject at once.
    Minimize(Box<MinimizeArgs>),
}

/// What is looked at, and how the answer is shown.
#[derive(Debug, Args)]
pub struct RbacTargetArgs {
    /// What is read.
    #[command(flatten)]
    pub paths: TargetOptionArgs,
    /// How they are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// How the answer is shown.
    #[command(flatten)]
    pub output: RbacOutputArgs,
}

/// How an answer is shown.
#[derive(Debug, Args)]
pub struct RbacOutputArgs {
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: RbacFormat,
    /// Do not exit with 3 when something could not be read that could change the answer.
    #[arg(long)]
    pub allow_incomplete: bool,
}

/// How to show an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RbacFormat {
    /// For people.
    Table,
    /// For people with a wide terminal: also rules, and where roles and bindings are written.
    Wide,
    /// For machines.
    Json,
}

/// How the API server authorizes.
#[derive(Debug, Args)]
pub struct AuthorizerArgs {
    /// The authorizers that the API server asks, in its order (`--authorization-mode`), as in Node,RBAC.
    /// Without it they are not known, which every answer then says.
    #[arg(long, value_name = "AUTHORIZER", value_delimiter = ',', value_parser = authorizer)]
    pub authorizers: Vec<Authorizer>,
}

fn authorizer(text: &str) -> Result<Authorizer, String> {
    Authorizer::named(text)
        .ok_or_else(|| "expected Node, RBAC, Webhook, ABAC, AlwaysAllow or AlwaysDeny".to_owned())
}

/// What is to be done.
#[derive(Debug, Args)]
pub struct ActionArgs {
    /// The verb, as in get, list, create, impersonate; for a URL the HTTP method in lower case; '*' for all.
    #[arg(value_name = "VERB")]
    pub verb: Option<String>,
    /// A resource as kubectl takes it (pods, po, deployments.apps, secrets/tls), '*' for every resource of
    /// every API group, or a URL as in /metrics.
    #[arg(value_name = "RESOURCE[.GROUP][/NAME]|URL")]
    pub on: Option<String>,
    /// The name of the object, when RESOURCE does not say it.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The subresource, as in log, exec, scale: `pods/log` means the pod that is called log.
    #[arg(long, value_name = "SUBRESOURCE")]
    pub subresource: Option<String>,
}

/// Arguments of `rbac who-can`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without -n, bindings of every namespace are listed with the namespace that they are for. With -n, \
those of that namespace and of the cluster; objects that name no namespace are then taken to be in it.\n\n\
Exit codes: 0 answered, also when nobody can · 2 wrong usage · 3 something could not be read that could change the \
answer (see --allow-incomplete)"
)]
#[command(mut_arg("namespace", |arg| arg.help("The namespace asked about, which is also that of objects that name none")))]
pub struct WhoCanArgs {
    /// What is to be done.
    #[command(flatten)]
    pub action: ActionArgs,
    /// Ask about every namespace. This is the default.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// List the service accounts in view that the groups among the subjects stand for.
    #[arg(long)]
    pub expand: bool,
    /// How the API server authorizes.
    #[command(flatten)]
    pub authorizers: AuthorizerArgs,
    /// What is looked at.
    #[command(flatten)]
    pub target: RbacTargetArgs,
}

/// Arguments of `rbac can-i`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without -n, a resource is asked for in the namespace of objects that name none, as kubectl asks in \
the current one; namespaces in which the answer is another one are named.\n\n\
Exit codes: 0 yes · 1 no · 2 wrong usage · 3 no, unless something that could not be seen allows it (see \
--allow-incomplete); a list: 0, or 3. That the authorizers are not known is said and does not change the code. With \
--quiet only the code tells."
)]
#[command(mut_arg("namespace", |arg| arg.help("The namespace asked about, which is also that of objects that name none")))]
pub struct CanIArgs {
    /// What is to be done.
    #[command(flatten)]
    pub action: ActionArgs,
    /// List the rules that they have, in place of a yes or no.
    #[arg(long, conflicts_with_all = ["verb", "subresource"])]
    pub list: bool,
    /// Who.
    #[command(flatten)]
    pub who: WhoArgs,
    /// Ask about every namespace at once, as `kubectl auth can-i -A`.
    #[arg(short = 'A', long, conflicts_with = "namespace")]
    pub all_namespaces: bool,
    /// How the API server authorizes.
    #[command(flatten)]
    pub authorizers: AuthorizerArgs,
    /// What is looked at.
    #[command(flatten)]
    pub target: RbacTargetArgs,
}

/// Someone, as the API server knows them. The groups that everyone has come of themselves.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub struct WhoArgs {
    /// The user, as in alice or system:serviceaccount:shop:web.
    #[arg(long = "as", value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// The service account; without a namespace that of -n.
    #[arg(long, value_name = "[NAMESPACE:]NAME", conflicts_with = "user")]
    pub sa: Option<String>,
    /// A group of the user. Repeatable.
    #[arg(long = "as-group", value_name = "GROUP", value_delimiter = ',')]
    pub groups: Vec<String>,
}

/// Arguments of `rbac matrix`.
#[derive(Debug, Args)]
#[command(
    after_help = "With a subject, rows are resources; with `resource R`, rows are subjects; with neither, rows are all \
subjects, and cells say on how many resources they can do it.\n\n\
Exit codes: 0 answered · 2 wrong usage · 3 something could not be read that could change the answer (see \
--allow-incomplete)"
)]
#[command(mut_arg("namespace", |arg| arg.help("The namespace asked about, which is also that of objects that name none")))]
pub struct MatrixArgs {
    /// The table of one resource: who can do what with it.
    #[arg(value_names = ["resource", "RESOURCE[.GROUP]"], num_args = 2, conflicts_with_all = ["sa", "user", "group"])]
    pub resource: Vec<String>,
    /// The table of a service account; without a namespace that of -n.
    #[arg(long, value_name = "[NAMESPACE:]NAME", group = "whose")]
    pub sa: Option<String>,
    /// The table of a user.
    #[arg(long, visible_alias = "as", value_name = "USER", group = "whose")]
    pub user: Option<String>,
    /// The table of the members of a group.
    #[arg(long, visible_alias = "as-group", value_name = "GROUP", group = "whose")]
    pub group: Option<String>,
    /// The verbs, or `all` for all eight. Also with -o wide.
    #[arg(long, value_name = "VERB", value_delimiter = ',', default_value = "list,create,update,delete")]
    pub verbs: Vec<String>,
    /// The subresource, with `resource R`.
    #[arg(long, value_name = "SUBRESOURCE", requires = "resource")]
    pub subresource: Option<String>,
    /// Show Kubernetes' own subjects too, where rows are subjects.
    #[arg(long)]
    pub system: bool,
    /// How the API server authorizes.
    #[command(flatten)]
    pub authorizers: AuthorizerArgs,
    /// What is looked at.
    #[command(flatten)]
    pub target: RbacTargetArgs,
}

/// Arguments of `rbac lookup`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 answered, also when there is none · 2 wrong usage · 3 something could not be read that \
could change the answer (see --allow-incomplete)"
)]
pub struct LookupArgs {
    /// A part of the subject's name, in whatever case; of a service account also NAMESPACE:NAME. Without
    /// it, every subject but those of Kubernetes itself.
    #[arg(value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// Only subjects of this kind.
    #[arg(short, long, value_name = "KIND")]
    pub kind: Option<SubjectKind>,
    /// Only subjects whose whole name this is.
    #[arg(long, requires = "subject")]
    pub exact: bool,
    /// Show Kubernetes' own subjects too. They are shown whenever a SUBJECT is given.
    #[arg(long)]
    pub system: bool,
    /// What is looked at.
    #[command(flatten)]
    pub target: RbacTargetArgs,
}

/// A kind of subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SubjectKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A service account.
    #[value(name = "serviceaccount", alias = "service-account", alias = "sa")]
    ServiceAccount,
}

/// Arguments of `rbac risks`.
#[derive(Debug, Args)]
#[command(
    after_help = "By RBAC alone: what pods run, what admission refuses, and what the network lets through is not \
looked at.\n\n\
Exit codes: 0 answered · 2 wrong usage · 3 something could not be read that could change the answer (see \
--allow-incomplete)"
)]
pub struct RisksArgs {
    /// What is looked at, in place of --target.
    #[arg(value_name = "PATH", conflicts_with = "target")]
    pub paths: Vec<PathBuf>,
    /// Show Kubernetes' own subjects too, and those that the settings count among the platform.
    #[arg(long)]
    pub system: bool,
    /// What the API server asks beside RBAC.
    #[command(flatten)]
    pub authorizers: AuthorizerArgs,
    /// What is looked at.
    #[command(flatten)]
    pub target: RbacTargetArgs,
}

/// Arguments of `rbac diff`.
#[derive(Debug, Args)]
#[command(after_help = "Rules that are written otherwise, or moved to another role, are no difference.\n\n\
Exit codes: 0 answered · 1 somebody gains something, with --fail-on-gain · 2 wrong usage · 3 something could not be \
read that could change the answer (see --allow-incomplete); 1 wins over 3")]
pub struct RbacDiffArgs {
    /// What is compared.
    #[command(flatten)]
    pub between: BetweenArgs,
    /// Exit with 1 when a subject gains something.
    #[arg(long)]
    pub fail_on_gain: bool,
    /// How they are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// How the answer is shown.
    #[command(flatten)]
    pub output: RbacOutputArgs,
}
