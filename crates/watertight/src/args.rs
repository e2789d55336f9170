//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use watertight_facts::Bound;
use watertight_model::{KubernetesVersion, Severity};

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
    /// Show the page of a control: why, remedy, examples.
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

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Files, folders (with all below them, honouring .gitignore), or - for standard input.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Output format, optionally into a file: `table`, `concise`, `json`, `json=out.json`. Repeatable;
    /// one of them may go to standard output.
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_delimiter = ',')]
    pub output: Vec<Output>,
    /// Exit with 1 when something is found at or above this severity.
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = threshold)]
    pub fail_on: Threshold,
    /// Show only findings at or above this severity. Does not change the exit code.
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    pub min_severity: Severity,
    /// Do not exit with 3 when something could not be read or judged.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Run only these controls or layers.
    #[arg(long, value_name = "CONTROL|LAYER", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Leave out these controls or layers.
    #[arg(long, value_name = "CONTROL|LAYER", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// The Kubernetes version that defaults, removals and version-dependent rules are judged by.
    #[arg(long, value_name = "VERSION", default_value_t = KubernetesVersion::NEWEST)]
    pub kubernetes_version: KubernetesVersion,
    /// The namespace of objects that name none, as for `kubectl apply -n`.
    #[arg(short, long, value_name = "NAMESPACE", value_parser = namespace)]
    pub namespace: Option<String>,
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
    /// Also read files that .gitignore and .ignore name.
    #[arg(long)]
    pub no_ignore: bool,
    /// Also read hidden files and folders.
    #[arg(long)]
    pub hidden: bool,
    /// Limits on what is read.
    #[command(flatten, next_help_heading = "Limits")]
    pub limits: LimitArgs,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Limits on what is read: each protects against small inputs that grow.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Largest file: bytes, or with K, M, G (powers of 1024).
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = size)]
    pub max_file_size: u64,
    /// Largest document: bytes, or with K, M, G (powers of 1024).
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = size)]
    pub max_document_size: u64,
    /// Deepest nesting of maps and lists.
    #[arg(long, value_name = "LEVELS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=250))]
    pub max_depth: u16,
    /// Most values that YAML aliases may add to a document.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub max_alias_nodes: u64,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The control's name, as in `error[NAME]`.
    pub control: String,
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

/// One `-o`: a format, and the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; standard output when none is named.
    pub file: Option<PathBuf>,
}

/// How a scan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: source lines, why, fix.
    Table,
    /// One line per finding.
    Concise,
    /// For machines.
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = match format {
            "table" | "full" => Format::Table,
            "concise" => Format::Concise,
            "json" => Format::Json,
            _ => return Err("expected table, concise or json".to_owned()),
        };
        Ok(Self { format, file })
    }
}

/// When to exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// From this severity on.
    At(Severity),
    /// Never.
    Never,
}

fn threshold(text: &str) -> Result<Threshold, String> {
    if text.eq_ignore_ascii_case("none") || text.eq_ignore_ascii_case("never") {
        return Ok(Threshold::Never);
    }
    text.parse().map(Threshold::At).map_err(|error: String| format!("{error}, or none"))
}

/// A DNS label, as the API server demands of a namespace.
fn namespace(text: &str) -> Result<String, String> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits { Ok(text.to_owned()) } else { Err("expected lower-case letters, digits and `-`".to_owned()) }
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KI" | "KIB" | "KB" => 10,
        "M" | "MI" | "MIB" | "MB" => 20,
        "G" | "GI" | "GIB" | "GB" => 30,
        _ => return Err("expected bytes, or a number with K, M or G".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "expected bytes, or a number with K, M or G".to_owned())?;
    number
        .checked_shl(shift)
        .filter(|size| size >> shift == number && *size > 0)
        .ok_or_else(|| "out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_and_outputs_are_read() {
        assert_eq!((size("10"), size("2K"), size("1GiB")), (Ok(10), Ok(2048), Ok(1 << 30)));
        assert!(size("x").is_err() && size("0").is_err() && size("99999999999G").is_err());
        let json = Output { format: Format::Json, file: Some("a=b.json".into()) };
        assert_eq!("json=a=b.json".parse(), Ok(json));
        assert!("json=".parse::<Output>().is_err() && "xml".parse::<Output>().is_err());
    }
}
