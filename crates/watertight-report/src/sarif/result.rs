use std::collections::BTreeMap;

use serde::Serialize;
use watertight_model::{Finding, Object, Verdict};

use super::Text;
use super::rule::{level, score};
use crate::Report;
use crate::at::At;
use crate::root::FileName;
use crate::style::plural;
use crate::terminal::fix_of;
use crate::told::waiver_text;

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row<'r> {
    rule_id: &'static str,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints<'r>,
    /// Of all results or of none, as the standard demands.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression>>,
    properties: Properties,
}

/// A `suppression`.
#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
struct Fingerprints<'r> {
    /// The finding's identity: no line, and a file only where one identity occurs twice.
    #[serde(rename = "watertight/v1")]
    finding: &'r str,
}

#[derive(Serialize)]
struct Properties {
    severity: &'static str,
    #[serde(rename = "security-severity")]
    score: &'static str,
    layer: &'static str,
    instances: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'static str>,
}

/// A `location`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

/// The result of a finding; `rules` are the numbers of the rules by name, `waivers` says whether any result is waived.
pub(super) fn of<'r>(
    report: &'r Report<'_>,
    finding: &'r Finding,
    rules: &BTreeMap<&str, usize>,
    waivers: bool,
) -> Row<'r> {
    let at = At::of(report, finding);
    let fingerprint = finding.fingerprint.as_str();
    Row {
        rule_id: finding.control,
        rule_index: rules.get(finding.control).copied().unwrap_or_default(),
        kind: "fail",
        level: level(finding.severity),
        message: message(report, finding, &at),
        related_locations: at
            .owner
            .zip(at.shown_by)
            .map(|pair| related(report, pair, finding))
            .into_iter()
            .collect(),
        locations: [location(&at, &finding.shown_path())],
        partial_fingerprints: Fingerprints {
            finding: fingerprint.strip_prefix("v1:").unwrap_or(fingerprint),
        },
        suppressions: waivers.then(|| suppressions(&finding.verdict)),
        properties: Properties {
            severity: finding.severity.name(),
            score: score(finding.severity),
            layer: finding.layer.name(),
            instances: finding.instances,
            fix: finding.fix.as_ref().map(|fix| fix.safety.name()),
        },
    }
}

/// A waiver stands in a settings file, a comment or an annotation: in what is scanned, or beside it.
fn suppressions(verdict: &Verdict) -> Vec<Suppression> {
    let Verdict::Waived(waiver) = verdict else { return Vec::new() };
    let justification = crate::clean(&waiver_text(waiver));
    vec![Suppression { kind: "external", status: "accepted", justification }]
}

/// The first sentence says what is open: readers with little room show it alone.
fn message(report: &Report<'_>, finding: &Finding, at: &At<'_>) -> Text {
    let mut text = Text::new(&format!("{}{}: {}.", at.who(), at.rendered, finding.message));
    if let Some(docs) = report.docs(finding.control) {
        text.text.push_str("\nFix: ");
        text.text.push_str(&super::literal(&fix_of(finding, docs)));
    }
    text
}

fn location(at: &At<'_>, path: &str) -> Location {
    let identity = at.stands();
    let who = crate::clean(&identity.to_string());
    let name = if identity.name.is_empty() { who.clone() } else { crate::clean(&identity.name) };
    let mut logical_locations = vec![Logical { name, fully_qualified_name: who.clone(), kind: "resource" }];
    if path != "." {
        let path = crate::clean(path);
        let fully_qualified_name = format!("{who} {path}");
        logical_locations.push(Logical { name: path, fully_qualified_name, kind: "property" });
    }
    let region = Region {
        start_line: at.line,
        start_column: at.column,
        end_line: at.end_column.map(|_| at.line),
        end_column: at.end_column,
    };
    Location { id: None, physical_location: physical(&at.file, region), logical_locations, message: None }
}

/// The object that shows it, when it is an instance that differs from its owner: the result stands there, so
/// this is the owner.
fn related(report: &Report<'_>, (owner, shown_by): (&Object, &Object), finding: &Finding) -> Location {
    let owner = At::of_object(report, owner);
    let text = format!(
        "{} owns {}, which shows it; seen in {}",
        owner.who(),
        shown_by.identity(),
        plural(finding.instances as usize, "object")
    );
    Location { id: Some(0), message: Some(Text::new(&text)), ..location(&owner, ".") }
}

/// A line of a file, for notifications.
pub(super) fn line_of(file: &FileName, line: u32) -> Location {
    let region = Region { start_line: line, start_column: None, end_line: None, end_column: None };
    Location {
        id: None,
        physical_location: physical(file, region),
        logical_locations: Vec::new(),
        message: None,
    }
}

/// The place of a finding, for notifications.
pub(super) fn place_of(report: &Report<'_>, finding: &Finding) -> Location {
    location(&At::of(report, finding), &finding.shown_path())
}

fn physical(file: &FileName, region: Region) -> Physical {
    let description = match file {
        FileName::Stdin => Some(Text::new("standard input")),
        FileName::Inside(_) | FileName::Outside(_) => None,
    };
    let uri_base_id = matches!(file, FileName::Inside(_)).then_some("%SRCROOT%");
    Physical { artifact_location: Artifact { uri: file.uri(), uri_base_id, description }, region }
}
