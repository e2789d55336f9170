//! Which labels to write: as commands for a shell, as patches, and for machines ([`json`]).

use std::io::{self, Write};

use watertight_facts::pod_security::labels::{Because, Decision, Leave, Plan};
use watertight_podsecurity::Level;

use super::{PsaReport, name, short};
use crate::style::Clean;
use crate::style::plural;

pub use super::json::label as json;

/// Writes `kubectl label` commands; what is not labelled is a comment that says why.
///
/// # Errors
/// When the writer fails.
pub fn kubectl(report: &PsaReport<'_>, plans: &[Plan<'_>], out: &mut dyn Write) -> io::Result<()> {
    for plan in plans {
        comment(report, plan, out)?;
        if let Decision::Label { labels, .. } = &plan.decision {
            write!(out, "kubectl label --overwrite namespace {}", name(plan.security))?;
            for (key, value) in labels {
                write!(out, " {key}={value}")?;
            }
            writeln!(out)?;
        }
    }
    closing(report, plans, out)
}

/// Writes a YAML document for each namespace with its name and the labels alone, as
/// `kubectl apply --server-side` and Kustomize's patches take it; what is not labelled is a comment.
///
/// # Errors
/// When the writer fails.
pub fn patch(report: &PsaReport<'_>, plans: &[Plan<'_>], out: &mut dyn Write) -> io::Result<()> {
    for plan in plans {
        if let Decision::Label { labels, .. } = &plan.decision {
            writeln!(out, "---")?;
            comment(report, plan, out)?;
            // Levels and versions are words that YAML takes for texts; a name of digits would be none.
            writeln!(out, "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: \"{}\"", name(plan.security))?;
            writeln!(out, "  labels:")?;
            for (key, value) in labels {
                writeln!(out, "    {key}: {value}")?;
            }
        } else {
            comment(report, plan, out)?;
        }
    }
    closing(report, plans, out)
}

/// Why a namespace gets its labels, or none.
fn comment(report: &PsaReport<'_>, plan: &Plan<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = match &plan.decision {
        Decision::Label { level, because, .. } => why(report, plan, *level, *because),
        Decision::Leave(leave) => format!("not labelled: {}", left(plan, *leave)),
    };
    writeln!(out, "# {}: {}", Clean(name(plan.security)), Clean(text))
}

fn why(report: &PsaReport<'_>, plan: &Plan<'_>, level: Level, because: Because) -> String {
    let blocking = |level: Level| {
        let names = plan.security.in_the_way_of(level);
        let names: Vec<String> =
            names.map(|workload| short(report.snapshot.object(workload.object).identity())).collect();
        match names.len() {
            0..=3 => names.join(", "),
            more => format!("{} and {} more", names[..3].join(", "), more - 3),
        }
    };
    match because {
        Because::AllMeetIt => {
            let workloads = plan.security.workloads.len();
            let next =
                plan.security.next_level().map(|next| format!("; in the way of {next}: {}", blocking(next)));
            let meet = if workloads == 1 { "meets" } else { "meet" };
            format!("{} {meet} {level}{}", plural(workloads, "workload"), next.unwrap_or_default())
        }
        Because::Platform => "Kubernetes itself runs here; stays privileged".to_owned(),
        Because::NeedsPrivileged => {
            format!("stays privileged; in the way of baseline: {}", blocking(Level::Baseline))
        }
        Because::Forced => match blocking(level) {
            names if names.is_empty() => format!("FORCED to {level}, which not everything is known to meet"),
            names => format!("FORCED to {level}, whose pods will be refused: {names}"),
        },
    }
}

fn left(plan: &Plan<'_>, leave: Leave) -> String {
    match leave {
        Leave::Unspecified => {
            let count = plural(plan.security.workloads.len(), "workload");
            format!("{count} without a namespace; say with -n which one they are for")
        }
        Leave::NoName => "this is no name that a namespace can have".to_owned(),
        Leave::Exempt => "the configuration exempts it, and labels are without effect".to_owned(),
        Leave::NoWorkload => "no workload in view that could be judged".to_owned(),
        Leave::Unknown => {
            let gap = plan.security.hidden.first().map(|gap| format!(": {}", gap.what));
            format!("its level is unknown, something could not be seen{}", gap.unwrap_or_default())
        }
        Leave::LabelsUnknown => "which labels it has is unknown, and they may be stricter".to_owned(),
        Leave::AlreadySo => "it is labelled so already".to_owned(),
        Leave::Stricter => {
            "what is in force is stricter than what its workloads meet; see `watertight psa check`".to_owned()
        }
    }
}

fn closing(report: &PsaReport<'_>, plans: &[Plan<'_>], out: &mut dyn Write) -> io::Result<()> {
    if plans.is_empty() {
        return writeln!(out, "# no workload and no namespace found");
    }
    for gap in &report.security.gaps {
        writeln!(out, "# not seen: {}: {}", Clean(&gap.what), Clean(&gap.why))?;
    }
    Ok(())
}
