//! For machines: one versioned document, `docs/schema/scan.v1.json`.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use watertight_engine::{CoverageNote, Remark};
use watertight_model::{Change, Finding, Fix, Gap, GroupKind, Rendered, Severity, Standing, Verdict, Waiver};

use watertight_syntax::Path;

use crate::{Report, Way};

/// The version of the form; it changes when a field changes its meaning or goes away.
pub const SCHEMA: &str = "watertight.scan/v1";

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(report))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    kubernetes_version: String,
    summary: Numbers,
    coverage: CoverageNumbers<'a>,
    gaps: Vec<GapRow<'a>>,
    not_in_view: Vec<NoteRow<'a>>,
    remarks: Vec<RemarkRow<'a>>,
    findings: Vec<FindingRow<'a>>,
}

#[derive(Serialize)]
pub(crate) struct Tool<'a> {
    pub(crate) name: &'static str,
    pub(crate) version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    findings: usize,
    by_severity: BTreeMap<&'static str, usize>,
    by_layer: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    passed: u64,
    unknown: usize,
    waived: usize,
    /// How many of the waived nobody decided about: a baseline knows them.
    known: usize,
    not_applicable: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CoverageNumbers<'a> {
    complete: bool,
    files: u32,
    objects: usize,
    workloads: u32,
    passed_over: u32,
    kinds: BTreeMap<&'a str, usize>,
}

/// A gap, as every answer shows it.
#[derive(Serialize)]
pub(crate) struct GapRow<'a> {
    what: &'a str,
    why: &'a str,
    affects: &'a [String],
}

impl<'a> GapRow<'a> {
    pub(crate) fn of(gap: &'a Gap) -> Self {
        Self { what: &gap.what, why: &gap.why, affects: &gap.affects }
    }
}

/// What the input does not hold and controls would have needed.
#[derive(Serialize)]
struct NoteRow<'a> {
    kind: String,
    controls: Vec<&'a str>,
    subjects: u32,
}

fn note_row<'a>((kind, note): (&GroupKind, &'a CoverageNote)) -> NoteRow<'a> {
    let controls = note.controls.iter().copied().collect();
    NoteRow { kind: kind.to_string(), controls, subjects: note.subjects }
}

/// Something odd about what steered the run.
#[derive(Serialize)]
struct RemarkRow<'a> {
    place: &'a str,
    message: &'a str,
}

fn remark_row(remark: &Remark) -> RemarkRow<'_> {
    RemarkRow { place: &remark.place, message: &remark.message }
}

/// Who let a finding be, and why.
#[derive(Serialize)]
struct WaiverRow<'a> {
    given: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

fn waiver_row(waiver: &Waiver) -> WaiverRow<'_> {
    WaiverRow {
        given: &waiver.given,
        reason: &waiver.reason,
        owner: waiver.owner.as_deref(),
        until: waiver.until.map(|until| until.to_string()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingRow<'a> {
    control: &'static str,
    title: &'static str,
    layer: &'static str,
    severity: &'static str,
    verdict: &'static str,
    /// Who let it be; only for waived findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverRow<'a>>,
    /// Null for what belongs to the cluster as a whole.
    object: Option<ObjectRow<'a>>,
    /// Only when an instance shows it that differs from its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_by: Option<ObjectRow<'a>>,
    instances: u32,
    path: String,
    message: &'a str,
    location: Option<LocationRow>,
    fingerprint: &'a str,
    /// Only where the object is on a way to a goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<Way>,
    fix: Option<FixRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectRow<'a> {
    api_version: String,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize)]
struct LocationRow {
    file: String,
    line: u32,
    column: u32,
    /// Only for an object of a snapshot file: where it was read before.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<RecordedRow>,
    /// Only for what a tool rendered: then nobody knows the line of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    rendered: Option<RenderedRow>,
}

#[derive(Serialize)]
struct RenderedRow {
    #[serde(flatten)]
    rendered: Rendered,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct RecordedRow {
    file: String,
    line: u32,
}

#[derive(Serialize)]
struct FixRow<'a> {
    safety: &'static str,
    changes: Vec<ChangeRow<'a>>,
    /// Objects to add.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    objects: &'a [serde_json::Value],
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum ChangeRow<'a> {
    Set {
        path: String,
        value: &'a serde_json::Value,
        /// What is written behind it.
        #[serde(skip_serializing_if = "Option::is_none")]
        comment: Option<&'static str>,
    },
    Remove {
        path: String,
    },
    Append {
        path: String,
        value: &'a serde_json::Value,
    },
}

fn document<'a>(report: &'a Report<'_>) -> Document<'a> {
    let summary = report.summary();
    let outcome = report.outcome;
    let by_severity =
        Severity::ALL.into_iter().map(|severity| (severity.name(), summary.of_severity(severity)));
    let row = |row: &BTreeMap<Severity, usize>| row.iter().map(|(s, count)| (s.name(), *count)).collect();
    Document {
        schema: SCHEMA,
        tool: Tool { name: "watertight", version: report.tool_version },
        kubernetes_version: report.settings.target.to_string(),
        summary: Numbers {
            findings: summary.failures,
            by_severity: by_severity.collect(),
            by_layer: summary.table.iter().map(|(layer, counts)| (layer.name(), row(counts))).collect(),
            passed: summary.passed,
            unknown: summary.unknown,
            waived: summary.waived,
            known: summary.known,
            not_applicable: summary.not_applicable,
        },
        coverage: CoverageNumbers {
            complete: outcome.gaps.is_empty(),
            files: report.snapshot.texts(),
            objects: report.snapshot.len() - report.snapshot.implied(),
            workloads: outcome.workloads,
            passed_over: report.snapshot.passed_over(),
            kinds: report.snapshot.kinds().collect(),
        },
        gaps: outcome.gaps.iter().map(GapRow::of).collect(),
        not_in_view: outcome.notes.iter().map(note_row).collect(),
        remarks: outcome.remarks.iter().map(remark_row).collect(),
        findings: outcome.findings.iter().map(|finding| finding_row(report, finding)).collect(),
    }
}

fn finding_row<'a>(report: &'a Report<'_>, finding: &'a Finding) -> FindingRow<'a> {
    let object = |id| {
        let identity = report.snapshot.object(id).identity();
        ObjectRow {
            api_version: identity.api_version(),
            kind: &identity.kind,
            namespace: identity.namespace.name(),
            name: &identity.name,
        }
    };
    let location = finding.shown(report.snapshot).map(|shown| {
        let place = shown.place(&finding.path);
        let at = shown.position_in_file(&place);
        let recorded = match &shown.origin().standing {
            Standing::Recorded(recorded) => {
                Some(RecordedRow { file: recorded.file.clone(), line: recorded.line })
            }
            Standing::Read | Standing::Rendered(_) | Standing::Implied => None,
        };
        let rendered = shown.origin().rendered().map(|rendered| RenderedRow {
            rendered: rendered.clone(),
            line: place.position.line,
            column: place.position.column,
        });
        LocationRow { file: place.source.name(), line: at.line, column: at.column, recorded, rendered }
    });
    FindingRow {
        control: finding.control,
        title: report.title(finding.control),
        layer: finding.layer.name(),
        severity: finding.severity.name(),
        verdict: finding.verdict.name(),
        waiver: if let Verdict::Waived(waiver) = &finding.verdict { Some(waiver_row(waiver)) } else { None },
        object: finding.object.map(object),
        shown_by: finding.shown_by.filter(|_| finding.shown_by != finding.object).map(object),
        instances: finding.instances,
        path: finding.shown_path(),
        message: &finding.message,
        location,
        fingerprint: finding.fingerprint.as_str(),
        way: finding.object.and_then(|object| report.ways.get(&object)).copied(),
        fix: finding.fix.as_ref().map(fix_row),
    }
}

fn fix_row(fix: &Fix) -> FixRow<'_> {
    let changes = fix.changes.iter().filter_map(|change| change_row(change, fix)).collect();
    FixRow { safety: fix.safety.name(), changes, objects: &fix.objects }
}

fn change_row<'a>(change: &'a Change, fix: &Fix) -> Option<ChangeRow<'a>> {
    let comment = |of: &Path| {
        fix.changes.iter().find_map(|change| match change {
            Change::Comment { path, text } if path == of => Some(*text),
            _ => None,
        })
    };
    Some(match change {
        Change::Set { path, value } => {
            ChangeRow::Set { path: path.to_string(), value, comment: comment(path) }
        }
        Change::Remove { path } => ChangeRow::Remove { path: path.to_string() },
        Change::Append { path, value } => ChangeRow::Append { path: path.to_string(), value },
        Change::Comment { .. } => return None,
    })
}
