//! Which level each namespace meets, and what stands in the way: for people. For machines see
//! [`json`].

use std::io::{self, Write};

use watertight_facts::pod_security::{Declared, Meets, NamespaceSecurity, Violation, WorkloadSecurity};
use watertight_podsecurity::{Level, LevelVersion};

use super::{PsaReport, fix, labels_cell, name, short};
use crate::style::Clean;
use crate::style::plural;
use crate::{Style, Table};

pub use super::json::check as json;

/// How many names one line holds.
const NAMES: usize = 5;

/// Writes the table of namespaces, then for each what is wrong with its labels and what stands in the
/// way. `wide` adds the check, the file with its line, and the whole path.
///
/// # Errors
/// When the writer fails.
pub fn table(report: &PsaReport<'_>, wide: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&["NAMESPACE", "MEETS", "LABELS", "WORKLOADS", "IN THE WAY"]);
    for namespace in &report.security.namespaces {
        table.row([
            name(namespace).to_owned(),
            meets(namespace),
            labels_cell(namespace),
            namespace.workloads.len().to_string(),
            in_the_way(report, namespace),
        ]);
    }
    if !table.is_empty() {
        table.write(style, out)?;
    }
    for namespace in &report.security.namespaces {
        let mut lines = Vec::new();
        remarks(report, namespace, &mut lines);
        let shown = violations(report, namespace, wide, style)?;
        if lines.is_empty() && shown.is_empty() {
            continue;
        }
        writeln!(out)?;
        for line in lines {
            writeln!(out, "{}: {}", style.strong(name(namespace)), Clean(line))?;
        }
        out.write_all(&shown)?;
    }
    footer(report, style, out)
}

fn meets(namespace: &NamespaceSecurity) -> String {
    let level = match namespace.meets() {
        Meets::Level(level) => level.to_string(),
        Meets::AtMost(level) => format!("unknown (at most {level})"),
        Meets::Nothing if namespace.workloads.is_empty() => "no workload in view".to_owned(),
        Meets::Nothing => "all workloads are exempt".to_owned(),
    };
    match (namespace.exempt, namespace.platform) {
        (true, _) => format!("{level}, exempt"),
        (false, true) => format!("{level}, platform"),
        (false, false) => level,
    }
}

fn in_the_way(report: &PsaReport<'_>, namespace: &NamespaceSecurity) -> String {
    let Some(level) = report.shown_level(namespace) else { return String::new() };
    match namespace.in_the_way_of(level).count() {
        0 => String::new(),
        count => format!("{level}: {} of {}", count, plural(namespace.workloads.len(), "workload")),
    }
}

/// What is to be said of a namespace beside its level.
fn remarks(report: &PsaReport<'_>, namespace: &NamespaceSecurity, lines: &mut Vec<String>) {
    if namespace.namespace.name().is_none() {
        lines.push("these workloads name no namespace; say with -n which one they are for".to_owned());
    }
    match &namespace.declared {
        Declared::Labels { invalid, .. } => {
            for label in invalid {
                let closed = if label.label.contains("/enforce") { "restricted" } else { "privileged" };
                let then = if label.label.ends_with("-version") { "latest" } else { closed };
                lines.push(format!(
                    "label {}: \"{}\" {}; a new namespace is refused with it, and on one that has it {then} is in force",
                    label.label, label.value, label.why
                ));
            }
        }
        Declared::Unreadable(what) => lines.push(format!("its labels are not known: {what}")),
        Declared::Ambiguous => {
            lines.push("it is declared several times with different labels: they are not known".to_owned());
        }
        Declared::NotInView => {}
    }
    if namespace.exempt {
        lines.push("the configuration exempts it: nothing in it is asked".to_owned());
        return;
    }
    let exempt = namespace.workloads.iter().filter(|workload| workload.exempt).count();
    if exempt > 0 {
        lines.push(format!("{} not asked: the runtime class is exempt", plural(exempt, "workload")));
    }
    violated(report, namespace, lines);
}

/// Who violates what is in force. Modes that ask the same are told together.
fn violated(report: &PsaReport<'_>, namespace: &NamespaceSecurity, lines: &mut Vec<String>) {
    type Violates = fn(&WorkloadSecurity) -> bool;
    let in_force = namespace.policy;
    let modes: [(&str, LevelVersion, Violates, &str); 3] = [
        ("enforce", in_force.enforce, |workload| workload.refused, "pods are refused"),
        ("audit", in_force.audit, |workload| workload.audited, "the audit log notes it"),
        ("warn", in_force.warn, |workload| workload.warned, "clients are warned"),
    ];
    let mut told = Vec::new();
    for (_, policy, violates, _) in modes {
        let violators: Vec<&WorkloadSecurity> =
            namespace.asked().filter(|workload| violates(workload)).collect();
        if violators.is_empty() || told.contains(&policy) {
            continue;
        }
        told.push(policy);
        let alike = || modes.iter().filter(|(_, other, ..)| *other == policy);
        let names_of_modes: Vec<&str> = alike().map(|(mode, ..)| *mode).collect();
        let then: Vec<&str> = alike().map(|(.., then)| *then).collect();
        let count = plural(violators.len(), "workload");
        let verb = if violators.len() == 1 { "violates" } else { "violate" };
        lines.push(format!(
            "{count} {verb} {}={policy} ({}): {}",
            names_of_modes.join(" and "),
            then.join(", "),
            names(report, &violators)
        ));
    }
}

fn names(report: &PsaReport<'_>, workloads: &[&WorkloadSecurity]) -> String {
    let name = |workload: &&WorkloadSecurity| short(report.snapshot.object(workload.object).identity());
    let mut names: Vec<String> = workloads.iter().take(NAMES).map(name).collect();
    if workloads.len() > NAMES {
        names.push(format!("{} more", workloads.len() - NAMES));
    }
    names.join(", ")
}

/// The fields that stand in the way, indented, or nothing.
fn violations(
    report: &PsaReport<'_>,
    namespace: &NamespaceSecurity,
    wide: bool,
    style: Style,
) -> io::Result<Vec<u8>> {
    let Some(level) = report.shown_level(namespace) else { return Ok(Vec::new()) };
    let header: &[&str] = match wide {
        true => &["WORKLOAD", "CONTAINER", "FIELD", "IS", "FIX", "CHECK", "WHERE", "PATH"],
        false => &["WORKLOAD", "CONTAINER", "FIELD", "IS", "FIX"],
    };
    let mut table = Table::new(header);
    for workload in namespace.in_the_way_of(level) {
        for violation in workload.violations(level) {
            let mut row = row(report, workload, violation);
            if wide {
                let shown = report.snapshot.object(violation.shown_by);
                let place = shown.place(&violation.path);
                row.push(violation.check.id.to_owned());
                row.push(format!("{}:{}", place.source.name(), shown.position_in_file(&place).line));
                row.push(violation.path.to_string());
            }
            table.row(row);
        }
    }
    let mut out = Vec::new();
    if !table.is_empty() {
        let count = plural(namespace.in_the_way_of(level).count(), "workload");
        let verb = if count.starts_with("1 ") { "stands" } else { "stand" };
        let title = format!("{}: {count} {verb} in the way of {level}", name(namespace));
        writeln!(out, "{}", style.strong(title))?;
        let mut lines = Vec::new();
        table.write(style, &mut lines)?;
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            out.extend_from_slice(b"  ");
            out.extend_from_slice(line);
        }
    }
    Ok(out)
}

fn row(report: &PsaReport<'_>, workload: &WorkloadSecurity, violation: &Violation) -> Vec<String> {
    let owner = report.snapshot.object(workload.object).identity();
    let shown = report.snapshot.object(violation.shown_by).identity();
    let who = match violation.shown_by == workload.object {
        true => short(owner),
        // The pod differs from its owner's template.
        false => format!("{} ({})", short(owner), short(shown)),
    };
    vec![
        who,
        violation.container.clone().unwrap_or_else(|| "(pod)".to_owned()),
        violation.field.clone(),
        violation.value.clone(),
        fix(violation),
    ]
}

fn footer(report: &PsaReport<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let security = report.security;
    if !security.gaps.is_empty() {
        writeln!(out)?;
        let count = plural(security.gaps.len(), "gap");
        writeln!(out, "{}", style.warning(format!("not seen: {count}; what it may hide is not claimed")))?;
        for gap in &security.gaps {
            writeln!(out, "  {}: {}", style.strong(&gap.what), Clean(&gap.why))?;
        }
    }
    let users = security.configuration.exemptions.usernames.len();
    if users > 0 {
        writeln!(out)?;
        writeln!(out, "{} exempt: what they create is not asked", plural(users, "user"))?;
    }
    if security.namespaces.is_empty() {
        return writeln!(out, "no workload and no namespace found");
    }
    writeln!(out)?;
    let judged = format!("judged by the Pod Security Standards v1.{}", security.minor);
    match report.level {
        Some(level) => writeln!(out, "{}; {judged}", tally(report, level)),
        None => writeln!(out, "{}, {judged}", plural(security.namespaces.len(), "namespace")),
    }
}

/// How many namespaces pass and fail a level.
fn tally(report: &PsaReport<'_>, level: Level) -> String {
    let (mut pass, mut fail, mut unknown, mut empty) = (0, 0, 0, 0);
    for namespace in &report.security.namespaces {
        if namespace.exempt {
            empty += 1;
            continue;
        }
        let fails = namespace.in_the_way_of(level).next().is_some();
        match namespace.meets() {
            _ if fails => fail += 1,
            Meets::AtMost(_) if level > Level::Privileged => unknown += 1,
            Meets::Nothing => empty += 1,
            Meets::Level(_) | Meets::AtMost(_) => pass += 1,
        }
    }
    let verb = |count: usize, one: &str, several: &str| {
        format!("{count} {}", if count == 1 { one } else { several })
    };
    // How many fail is what was asked for, also when it is none.
    let mut parts = vec![format!("{} {level}", verb(fail, "namespace fails", "namespaces fail"))];
    let others = [
        (pass, "meets it", "meet it"),
        (unknown, "cannot be told", "cannot be told"),
        (empty, "holds nothing that is asked", "hold nothing that is asked"),
    ];
    parts.extend(
        others
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, several)| verb(count, one, several)),
    );
    parts.join(", ")
}
