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
    /// Output format, optionally into a file: `table`, `concise`, `json`, `sarif`, `sarif=out.sarif`.
    /// Repeatable; one of them may go to standard output.
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
            "sarif" => Format::Sarif,
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
    }
}
