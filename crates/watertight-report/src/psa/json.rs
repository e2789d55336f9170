//! Pod Security for machines: `docs/schema/psa-check.v1.json` and `docs/schema/psa-label.v1.json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use watertight_facts::pod_security::labels::{Because, Decision, Leave, Plan};
use watertight_facts::pod_security::{Declared, Meets, NamespaceSecurity, Violation, WorkloadSecurity};
use watertight_model::{Gap, Identity};
use watertight_podsecurity::{Level, Remedy};

use super::{PsaReport, fix};

/// The versions of the forms; they change when a field changes its meaning or goes away.
const CHECK: &str = "watertight.psa-check/v1";
const LABEL: &str = "watertight.psa-label/v1";

/// Writes what each namespace meets and what stands in the way.
///
/// # Errors
/// When the writer fails.
pub fn check(report: &PsaReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let namespaces = &report.security.namespaces;
    document(report, CHECK, namespaces.iter().map(|namespace| check_row(report, namespace)).collect(), out)
}

/// Writes what each namespace is to be labelled.
///
/// # Errors
/// When the writer fails.
pub fn label(report: &PsaReport<'_>, plans: &[Plan<'_>], out: &mut dyn Write) -> io::Result<()> {
    document(report, LABEL, plans.iter().map(label_row).collect(), out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a, T> {
    schema: &'static str,
    tool: Tool<'a>,
    kubernetes_version: String,
    /// The version of the standards as it was asked for, and what it means.
    version: String,
    judged_as: String,
    level: Option<&'static str>,
    complete: bool,
    gaps: Vec<GapRow<'a>>,
    namespaces: Vec<T>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct GapRow<'a> {
    what: &'a str,
    why: &'a str,
    affects: &'a [String],
}

fn document<T: Serialize>(
    report: &PsaReport<'_>,
    schema: &'static str,
    namespaces: Vec<T>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let security = report.security;
    let document = Document {
        schema,
        tool: Tool { name: "watertight", version: report.tool_version },
        kubernetes_version: report.settings.target.to_string(),
        version: security.version.to_string(),
        judged_as: format!("v1.{}", security.minor),
        level: report.level.map(Level::as_str),
        complete: !security.is_incomplete(),
        gaps: gaps(&security.gaps),
        namespaces,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn gaps(gaps: &[Gap]) -> Vec<GapRow<'_>> {
    gaps.iter().map(|gap| GapRow { what: &gap.what, why: &gap.why, affects: &gap.affects }).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckRow<'a> {
    /// Null for workloads that name no namespace.
    name: Option<&'a str>,
    meets: Option<&'static str>,
    at_most: Option<&'static str>,
    workloads: usize,
    platform: bool,
    exempt: bool,
    exempt_workloads: usize,
    labels: LabelsRow<'a>,
    hidden: Vec<GapRow<'a>>,
    in_the_way: Option<InTheWay<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LabelsRow<'a> {
    state: &'static str,
    set: BTreeMap<&'a str, &'a str>,
    invalid: Vec<InvalidRow<'a>>,
    in_force: InForce,
    violated: Violated<'a>,
}

#[derive(Serialize)]
struct InvalidRow<'a> {
    label: &'static str,
    value: &'a str,
    why: String,
}

#[derive(Serialize)]
struct InForce {
    enforce: String,
    audit: String,
    warn: String,
}

#[derive(Serialize)]
struct Violated<'a> {
    enforce: Vec<ObjectRow<'a>>,
    audit: Vec<ObjectRow<'a>>,
    warn: Vec<ObjectRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectRow<'a> {
    api_version: String,
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct InTheWay<'a> {
    level: &'static str,
    workloads: Vec<WorkloadRow<'a>>,
}

#[derive(Serialize)]
struct WorkloadRow<'a> {
    object: ObjectRow<'a>,
    violations: Vec<ViolationRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ViolationRow<'a> {
    check: &'static str,
    /// Only when a pod shows it that differs from its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_by: Option<ObjectRow<'a>>,
    container: Option<&'a str>,
    field: &'a str,
    path: String,
    location: LocationRow,
    value: &'a str,
    fix: FixRow,
}

#[derive(Serialize)]
struct LocationRow {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct FixRow {
    op: &'static str,
    value: Option<&'static str>,
    text: String,
}

fn object(identity: &Identity) -> ObjectRow<'_> {
    ObjectRow { api_version: identity.api_version(), kind: &identity.kind, name: &identity.name }
}

fn check_row<'a>(report: &'a PsaReport<'_>, namespace: &'a NamespaceSecurity) -> CheckRow<'a> {
    let (meets, at_most) = match namespace.meets() {
        Meets::Level(level) => (Some(level), None),
        Meets::AtMost(level) => (None, Some(level)),
        Meets::Nothing => (None, None),
    };
    CheckRow {
        name: namespace.namespace.name(),
        meets: meets.map(Level::as_str),
        at_most: at_most.map(Level::as_str),
        workloads: namespace.workloads.len(),
        platform: namespace.platform,
        exempt: namespace.exempt,
        exempt_workloads: namespace.workloads.iter().filter(|workload| workload.exempt).count(),
        labels: labels(report, namespace),
        hidden: gaps(&namespace.hidden),
        in_the_way: report.shown_level(namespace).map(|level| InTheWay {
            level: level.as_str(),
            workloads: namespace
                .in_the_way_of(level)
                .map(|workload| WorkloadRow {
                    object: object(report.snapshot.object(workload.object).identity()),
                    violations: workload
                        .violations(level)
                        .iter()
                        .map(|violation| violation_row(report, workload, violation))
                        .collect(),
                })
                .collect(),
        }),
    }
}

fn labels<'a>(report: &'a PsaReport<'_>, namespace: &'a NamespaceSecurity) -> LabelsRow<'a> {
    let nobody = BTreeMap::new();
    let (state, set, invalid) = match &namespace.declared {
        Declared::NotInView => ("not-in-view", None, &[][..]),
        Declared::Unreadable(_) => ("unreadable", None, &[][..]),
        Declared::Ambiguous => ("ambiguous", None, &[][..]),
        Declared::Labels { set, invalid } => ("read", Some(set), &invalid[..]),
    };
    let violators = |violates: fn(&WorkloadSecurity) -> bool| {
        let asked = namespace.asked().filter(|workload| !namespace.exempt && violates(workload));
        asked.map(|workload| object(report.snapshot.object(workload.object).identity())).collect()
    };
    LabelsRow {
        state,
        set: set.map_or(nobody, |set| set.iter().map(|(key, value)| (&**key, &**value)).collect()),
        invalid: invalid
            .iter()
            .map(|label| InvalidRow { label: label.label, value: &label.value, why: label.why.to_string() })
            .collect(),
        in_force: InForce {
            enforce: namespace.policy.enforce.to_string(),
            audit: namespace.policy.audit.to_string(),
            warn: namespace.policy.warn.to_string(),
        },
        violated: Violated {
            enforce: violators(|workload| workload.refused),
            audit: violators(|workload| workload.audited),
            warn: violators(|workload| workload.warned),
        },
    }
}

fn violation_row<'a>(
    report: &'a PsaReport<'_>,
    workload: &'a WorkloadSecurity,
    violation: &'a Violation,
) -> ViolationRow<'a> {
    let shown = report.snapshot.object(violation.shown_by);
    let place = shown.place(&violation.path);
    let (op, value) = match violation.remedy {
        Remedy::Remove => ("remove", None),
        Remedy::Set(value) => ("set", Some(value)),
        Remedy::Append(value) => ("append", Some(value)),
        Remedy::Replace(_) => ("replace", None),
    };
    ViolationRow {
        check: violation.check.id,
        shown_by: (violation.shown_by != workload.object).then(|| object(shown.identity())),
        container: violation.container.as_deref(),
        field: &violation.field,
        path: violation.path.to_string(),
        location: LocationRow {
            file: place.source.name(),
            line: shown.position_in_file(&place).line,
            column: shown.position_in_file(&place).column,
        },
        value: &violation.value,
        fix: FixRow { op, value, text: fix(violation) },
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LabelRow<'a> {
    name: Option<&'a str>,
    action: &'static str,
    level: Option<&'static str>,
    because: &'static str,
    /// A JSON merge patch of the namespace.
    patch: Option<Patch<'a>>,
}

#[derive(Serialize)]
struct Patch<'a> {
    metadata: PatchMetadata<'a>,
}

#[derive(Serialize)]
struct PatchMetadata<'a> {
    labels: &'a BTreeMap<&'static str, String>,
}

fn label_row<'a>(plan: &'a Plan<'_>) -> LabelRow<'a> {
    let name = plan.security.namespace.name();
    match &plan.decision {
        Decision::Label { level, labels, because } => LabelRow {
            name,
            action: "label",
            level: Some(level.as_str()),
            because: match because {
                Because::AllMeetIt => "all-meet-it",
                Because::Platform => "platform",
                Because::NeedsPrivileged => "needs-privileged",
                Because::Forced => "forced",
            },
            patch: Some(Patch { metadata: PatchMetadata { labels } }),
        },
        Decision::Leave(leave) => LabelRow {
            name,
            action: "leave",
            level: None,
            because: match leave {
                Leave::Unspecified => "unspecified",
                Leave::NoName => "no-name",
                Leave::Exempt => "exempt",
                Leave::NoWorkload => "no-workload",
                Leave::Unknown => "unknown",
                Leave::LabelsUnknown => "labels-unknown",
                Leave::AlreadySo => "already-so",
                Leave::Stricter => "stricter",
            },
            patch: None,
        },
    }
}
