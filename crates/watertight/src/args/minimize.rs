//! Arguments of `rbac minimize`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::ReadingArgs;

/// Arguments of `rbac minimize`.
#[derive(Debug, Args)]
#[command(
    after_help = "Only requests that were allowed count, each once whatever its stages. A request that was made as \
someone else is that one's, and whoever made it gets the verb impersonate. What the Node authorizer or the membership \
of system:masters allowed is listed and not granted; denied requests and dry runs are neither. Roles leave out what \
Kubernetes lets everyone do. Reads that the audit policy of the log drops are not in the roles: see `watertight audit \
policy`.\n\n\
Exit codes: 0 done · 2 wrong usage or an internal error · 3 something of a log or of a target could not be read (see \
--allow-incomplete)"
)]
#[command(mut_arg("namespace", |arg| arg.help("Only requests in this namespace, which is also that of objects that name none")))]
pub struct MinimizeArgs {
    /// Audit logs as JSON, also compressed with gzip, or - for standard input. Folders, manifests (.yaml,
    /// .yml, .json) and snapshots (.wt) are targets.
    #[arg(value_name = "LOG|TARGET", required = true)]
    pub paths: Vec<PathBuf>,
    /// What grants there are: files, folders or snapshots, whatever their names. Says which were never used.
    #[arg(short, long, value_name = "PATH")]
    pub target: Vec<PathBuf>,
    /// Only the requests of this user, or of this service account (NAMESPACE:NAME).
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// Go beyond what was seen: `names[=N]` grants all names where more than N were seen (0), `namespaces[=N]`
    /// everywhere what was seen in more than N namespaces (1).
    #[arg(long, value_name = "WHAT[=N]", value_delimiter = ',')]
    pub generalize: Vec<Generalization>,
    /// What the names of roles and bindings begin with.
    #[arg(long, value_name = "PREFIX", default_value = "minimized:")]
    pub prefix: String,
    /// Longest event: bytes, or with K, M, G (powers of 1024). A longer one is counted and left out.
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = super::target::size)]
    pub max_event_size: u64,
    /// Do not exit with 3 when something could not be read.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// How targets are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Output format.
    #[arg(short, long, value_name = "FORMAT", default_value = "yaml")]
    pub output: MinimizeFormat,
}

/// How roles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MinimizeFormat {
    /// Manifests, with what they were made of as comments.
    Yaml,
    /// A line for each subject, and what is not granted or not used.
    Table,
    /// For machines.
    Json,
}

/// How far to go beyond what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generalization {
    /// All names where more than this many were seen.
    Names(usize),
    /// Everywhere what was seen in more than this many namespaces.
    Namespaces(usize),
}

impl FromStr for Generalization {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, count) = match text.split_once('=') {
            Some((what, count)) => {
                (what, Some(count.parse().map_err(|_| format!("`{count}` is no number"))?))
            }
            None => (text, None),
        };
        match what {
            "names" => Ok(Self::Names(count.unwrap_or(0))),
            "namespaces" => Ok(Self::Namespaces(count.unwrap_or(1))),
            _ => Err("expected names or namespaces, with or without =N".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generalizations() {
        assert_eq!("names".parse(), Ok(Generalization::Names(0)));
        assert_eq!("names=7".parse(), Ok(Generalization::Names(7)));
        assert_eq!("namespaces".parse(), Ok(Generalization::Namespaces(1)));
        assert!("name".parse::<Generalization>().is_err() && "names=x".parse::<Generalization>().is_err());
    }
}
