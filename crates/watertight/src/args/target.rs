//! What a command looks at: the arguments that all commands over manifests and snapshots share.

use std::path::PathBuf;

use clap::Args;
use watertight_model::KubernetesVersion;

use crate::exit::Failure;

/// Paths and how they are read.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// Files, folders (with all below them, honouring .gitignore), snapshots (`watertight snapshot`), or - for
    /// standard input.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How they are read.
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// Paths of a command that is asked about something else: an option, and the folder where one is by default.
#[derive(Debug, Args)]
pub struct TargetOptionArgs {
    /// Files, folders, snapshots (`watertight snapshot`), or - for standard input. Repeatable.
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    pub target: Vec<PathBuf>,
}

/// Two looks that are compared.
#[derive(Debug, Args)]
pub struct BetweenArgs {
    /// What was before: a file, a folder, a snapshot.
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// What is now.
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
}

impl BetweenArgs {
    /// The paths of either look, for what reads several.
    ///
    /// # Errors
    /// When both are standard input.
    pub fn paths(&self) -> Result<[&[PathBuf]; 2], Failure> {
        let both = [&self.before, &self.after];
        if both.iter().all(|path| path.as_os_str() == "-") {
            return Err(Failure::new("standard input can be one of the two, not both"));
        }
        Ok(both.map(std::slice::from_ref))
    }
}

/// How targets are read.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// The Kubernetes version that defaults, removals and version-dependent rules are judged by. The newest
    /// that this build knows by default.
    #[arg(long, value_name = "VERSION")]
    pub kubernetes_version: Option<KubernetesVersion>,
    /// The namespace of objects that name none, as for `kubectl apply -n`.
    #[arg(short, long, value_name = "NAMESPACE", value_parser = namespace)]
    pub namespace: Option<String>,
    /// Take what is read for the whole cluster: what is not there is absent, not merely out of view.
    #[arg(long)]
    pub assume_complete: bool,
    /// Also read files that .gitignore and .ignore name.
    #[arg(long)]
    pub no_ignore: bool,
    /// Also read hidden files and folders.
    #[arg(long)]
    pub hidden: bool,
    /// The settings file. By default `watertight.yaml` in the folder of the target or in one above it, up to
    /// the root of the repository.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no settings file.
    #[arg(long)]
    pub no_config: bool,
    /// How Kustomize folders and charts are rendered.
    #[command(flatten)]
    pub render: RenderArgs,
    /// Limits on what is read.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Say nothing on standard error but errors.
    #[arg(short, long)]
    pub quiet: bool,
}

/// How Kustomize folders and charts are rendered: with `kustomize` or `kubectl kustomize`, and `helm template`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// Read the files of Kustomize folders and charts as they are, and run no tool.
    #[arg(long, help_heading = "Rendering")]
    pub no_render: bool,
    /// A file of values for every chart, as for `helm template --values`. Repeatable; later ones win.
    #[arg(short = 'f', long, help_heading = "Rendering", value_name = "FILE")]
    pub values: Vec<PathBuf>,
    /// A value for every chart, as for `helm template --set`. Repeatable.
    #[arg(long, help_heading = "Rendering", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// A value for every chart that is always text, as for `helm template --set-string`. Repeatable.
    #[arg(long, help_heading = "Rendering", value_name = "KEY=VALUE")]
    pub set_string: Vec<String>,
    /// The name of the release that charts are rendered as; without it, that of each chart.
    #[arg(long, help_heading = "Rendering", value_name = "NAME", value_parser = release)]
    pub release_name: Option<String>,
    /// Seconds that rendering one folder may take.
    #[arg(long, help_heading = "Rendering", value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub render_timeout: u32,
}

/// A name that helm takes for a release: a DNS name of at most 53 characters.
fn release(text: &str) -> Result<String, String> {
    let fits = text.len() <= 53 && text.split('.').all(|label| namespace(label).is_ok());
    if fits {
        Ok(text.to_owned())
    } else {
        Err("expected at most 53 lower-case letters, digits, `-` and `.`".to_owned())
    }
}

/// Limits on what is read: each protects against small inputs that grow.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Largest file: bytes, or with K, M, G (powers of 1024).
    #[arg(long, help_heading = "Limits", value_name = "SIZE", default_value = "512M", value_parser = size)]
    pub max_file_size: u64,
    /// Largest document: bytes, or with K, M, G (powers of 1024).
    #[arg(long, help_heading = "Limits", value_name = "SIZE", default_value = "256M", value_parser = size)]
    pub max_document_size: u64,
    /// Deepest nesting of maps and lists.
    #[arg(long, help_heading = "Limits", value_name = "LEVELS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=250))]
    pub max_depth: u16,
    /// Most values that YAML aliases may add to a document.
    #[arg(long, help_heading = "Limits", value_name = "COUNT", default_value_t = 1_000_000)]
    pub max_alias_nodes: u64,
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

pub(super) fn size(text: &str) -> Result<u64, String> {
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

    #[test]
    fn sizes_are_read() {
        assert_eq!((size("10"), size("2K"), size("1GiB")), (Ok(10), Ok(2048), Ok(1 << 30)));
        assert!(size("x").is_err() && size("0").is_err() && size("99999999999G").is_err());
    }
}
