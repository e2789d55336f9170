//! Arguments of `scan`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use watertight_model::Severity;

use super::{JudgeArgs, TargetArgs};

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// What to scan.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Output format, optionally into a file (`sarif=out.sarif`): `table` or `concise` for people, `json`, `sarif`,
    /// `junit`, `markdown`, `github` (annotations), `gitlab` (code quality), or `html`, a page. Repeatable; one of
    /// them may go to standard output.
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_delimiter = ',')]
    pub output: Vec<Output>,
    /// Exit with 1 when something is found at or above this severity; `none` for never. [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = threshold)]
    pub fail_on: Option<Threshold>,
    /// Show only findings at or above this severity. Does not change the exit code. [default: info]
    #[arg(long, value_name = "SEVERITY")]
    pub min_severity: Option<Severity>,
    /// Do not exit with 3 when something could not be read or judged.
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Do not work out which findings stand on a way to a goal, as cluster-admin; they are then ranked by severity alone.
    #[arg(long)]
    pub no_paths: bool,
    /// What is judged, and by what.
    #[command(flatten)]
    pub judge: JudgeArgs,
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
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For those who show test results.
    Junit,
    /// For comments and job summaries.
    Markdown,
    /// For GitHub Actions: annotations.
    Github,
    /// For GitLab: a code quality report.
    Gitlab,
    /// For people: a page.
    Html,
}

impl Format {
    /// All, as they are named.
    pub const ALL: [(&'static str, Self); 9] = [
        ("table", Self::Table),
        ("concise", Self::Concise),
        ("json", Self::Json),
        ("sarif", Self::Sarif),
        ("junit", Self::Junit),
        ("markdown", Self::Markdown),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("html", Self::Html),
    ];

    /// Other names that people know a format by.
    const OTHER_NAMES: [(&'static str, Self); 7] = [
        ("full", Self::Table),
        ("text", Self::Table),
        ("junit-xml", Self::Junit),
        ("junitxml", Self::Junit),
        ("md", Self::Markdown),
        ("codequality", Self::Gitlab),
        ("codeclimate", Self::Gitlab),
    ];

    fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter().chain(Self::OTHER_NAMES);
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, format)| format)
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::named(name).ok_or_else(|| unknown_format(name))?;
        Ok(Self { format, file })
    }
}

/// What is said of a name that is no format: the format that it looks like, or that its ending stands for.
fn unknown_format(name: &str) -> String {
    let names = || Format::ALL.into_iter().map(|(name, _)| name);
    let all = names().collect::<Vec<_>>().join(", ");
    let ending = name.rsplit('.').next().filter(|ending| *ending != name);
    match ending {
        Some(ending) => {
            let format = match ending {
                "xml" => "junit",
                "md" => "markdown",
                "htm" => "html",
                _ => names().find(|name| *name == ending).unwrap_or("json"),
            };
            format!("`{name}` is no format; to write a file, name both: `{format}={name}`")
        }
        None => match watertight_engine::nearest(name, names()) {
            Some(nearest) => format!("did you mean {nearest}? The formats are {all}"),
            None => format!("the formats are {all}"),
        },
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

pub(super) fn threshold(text: &str) -> Result<Threshold, String> {
    if text.eq_ignore_ascii_case("none") || text.eq_ignore_ascii_case("never") {
        return Ok(Threshold::Never);
    }
    text.parse().map(Threshold::At).map_err(|error: String| format!("{error}, or none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_read() {
        let json = Output { format: Format::Json, file: Some("a=b.json".into()) };
        assert_eq!("json=a=b.json".parse(), Ok(json));
        assert!("json=".parse::<Output>().is_err() && "xml".parse::<Output>().is_err());
        for (name, format) in Format::ALL {
            assert_eq!(name.parse::<Output>().map(|output| output.format), Ok(format));
        }
    }
}
