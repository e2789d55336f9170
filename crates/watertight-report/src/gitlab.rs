//! GitLab's code quality report: a JSON list of issues, each at a line (`docs/schema/gitlab.v1.json`).
//!
//! GitLab shows one issue of each fingerprint, so a fingerprint that comes again gets a number. It knows nothing
//! beside issues: what was not seen is an issue too.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use watertight_engine::{CoverageNote, Remark};
use watertight_model::{Finding, Fingerprint, Gap, GroupKind, Severity, Verdict};

use crate::Report;
use crate::at::{At, of_gap, of_text};
use crate::root::FileName;
use crate::told::{note_text, waiver_text};

/// What stands for gaps where others have the name of a control.
const GAP: &str = "watertight-gap";
/// The same for what is merely out of view.
const NOTE: &str = "watertight-coverage";
/// The same for what is odd about settings and waivers.
const SETTINGS: &str = "watertight-settings";

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = serde_json::Serializer::pretty(&mut *out);
    let mut list = json.serialize_seq(None)?;
    let mut seen = Seen::default();
    for gap in &report.outcome.gaps {
        list.serialize_element(&of_a_gap(report, gap, &mut seen))?;
    }
    for (kind, note) in &report.outcome.notes {
        list.serialize_element(&of_note(report, kind, note, &mut seen))?;
    }
    for remark in &report.outcome.remarks {
        list.serialize_element(&of_remark(report, remark, &mut seen))?;
    }
    for finding in &report.outcome.findings {
        list.serialize_element(&of_finding(report, finding, &mut seen))?;
    }
    list.end()?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// How often each fingerprint was written.
#[derive(Default)]
struct Seen(BTreeMap<String, u32>);

impl Seen {
    fn unique(&mut self, fingerprint: &Fingerprint) -> String {
        let text = fingerprint.as_str();
        let text = text.strip_prefix("v1:").unwrap_or(text);
        let times = self.0.entry(text.to_owned()).or_default();
        *times += 1;
        if *times == 1 { text.to_owned() } else { format!("{text}-{times}") }
    }
}

fn of_finding<'r>(report: &'r Report<'_>, finding: &'r Finding, seen: &mut Seen) -> Issue<'r> {
    let at = At::of(report, finding);
    let waiver = match &finding.verdict {
        Verdict::Waived(waiver) => format!(" (waived: {})", waiver_text(waiver)),
        Verdict::Fail | Verdict::Unknown => String::new(),
    };
    Issue {
        description: crate::clean(&format!("{}{}: {}{waiver}", at.who(), at.rendered, finding.message)),
        check_name: finding.control,
        fingerprint: seen.unique(&finding.fingerprint),
        severity: match finding.verdict {
            Verdict::Fail => severity(finding.severity),
            // Never worse than what was found, and never left out.
            Verdict::Unknown => "minor",
            Verdict::Waived(_) => "info",
        },
        location: location(&at.file, at.line),
    }
}

fn of_a_gap<'r>(report: &'r Report<'_>, gap: &'r Gap, seen: &mut Seen) -> Issue<'r> {
    let (file, line) = of_gap(report, gap).unwrap_or_else(|| (report.anchor(), 1));
    Issue {
        description: crate::clean(&format!("could not be seen: {}: {}", gap.what, gap.why)),
        check_name: GAP,
        fingerprint: seen.unique(&Fingerprint::of_words(&["gap", &gap.what, &gap.why])),
        severity: "major",
        location: location(&file, line),
    }
}

fn of_note<'r>(report: &Report<'_>, kind: &GroupKind, note: &CoverageNote, seen: &mut Seen) -> Issue<'r> {
    let words = kind.to_string();
    Issue {
        description: note_text(kind, note),
        check_name: NOTE,
        fingerprint: seen.unique(&Fingerprint::of_words(&["not in view", &words])),
        severity: "info",
        location: location(&report.anchor(), 1),
    }
}

fn of_remark<'r>(report: &Report<'_>, remark: &Remark, seen: &mut Seen) -> Issue<'r> {
    let (file, line) = of_text(report, &remark.place).unwrap_or_else(|| (report.anchor(), 1));
    Issue {
        description: crate::clean(&format!("{}: {}", remark.place, remark.message)),
        check_name: SETTINGS,
        fingerprint: seen.unique(&Fingerprint::of_words(&["settings", &remark.place, &remark.message])),
        severity: "info",
        location: location(&file, line),
    }
}

fn location(file: &FileName, line: u32) -> Location {
    Location { path: crate::clean(file.text()), lines: Lines { begin: line } }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}
