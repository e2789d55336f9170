use serde::Serialize;
use watertight_engine::Remark;
use watertight_model::{Finding, Gap, Verdict};

use super::result::{Location, line_of, place_of};
use super::{Results, Text};
use crate::Report;
use crate::at::{of_gap, of_text};
use crate::told::{ASSUME_COMPLETE, note_text};

/// A kind of notification, as a `reportingDescriptor`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    id: &'static str,
    short_description: Text,
}

/// The kinds of notifications, each with what it says.
#[derive(Clone, Copy)]
enum Kind {
    Gap,
    Unknown,
    NotInView,
    Cut,
    Settings,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Gap, Self::Unknown, Self::NotInView, Self::Cut, Self::Settings];

    fn id(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Unknown => "unknown",
            Self::NotInView => "not-in-view",
            Self::Cut => "cut",
            Self::Settings => "settings",
        }
    }

    fn says(self) -> &'static str {
        match self {
            Self::Gap => "Something was there and could not be read or judged: the results are incomplete",
            Self::Unknown => "A rule could not judge an object: something that it needs was not seen",
            Self::NotInView => "The input holds no object of a kind that rules need",
            Self::Settings => "Something about settings or waivers is not as it was meant",
            Self::Cut => "There are more results than fit",
        }
    }

    fn level(self) -> &'static str {
        match self {
            Self::Gap => "error",
            Self::Unknown | Self::Cut | Self::Settings => "warning",
            Self::NotInView => "note",
        }
    }
}

/// Every kind of notification.
pub(super) fn descriptors() -> Vec<Descriptor> {
    let descriptor = |kind: Kind| Descriptor { id: kind.id(), short_description: Text::new(kind.says()) };
    Kind::ALL.into_iter().map(descriptor).collect()
}

/// A `notification`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    descriptor: Reference,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Rule>,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
}

#[derive(Serialize)]
struct Reference {
    id: &'static str,
    index: usize,
}

#[derive(Serialize)]
struct Rule {
    id: &'static str,
}

impl Notification {
    fn new(kind: Kind, message: &str) -> Self {
        Self {
            descriptor: Reference { id: kind.id(), index: kind as usize },
            associated_rule: None,
            level: kind.level(),
            message: Text::new(message),
            locations: Vec::new(),
        }
    }
}

/// What was not seen, what could not be judged, and what does not fit.
pub(super) fn all(report: &Report<'_>, results: &Results<'_>) -> Vec<Notification> {
    let outcome = report.outcome;
    let mut all: Vec<Notification> = outcome.gaps.iter().map(|gap| of_a_gap(report, gap)).collect();
    let unknown = outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
    all.extend(unknown.map(|finding| of_unknown(report, finding)));
    all.extend(outcome.notes.iter().map(|(kind, note)| {
        Notification::new(Kind::NotInView, &format!("{}; {ASSUME_COMPLETE}", note_text(kind, note)))
    }));
    if results.left_out > 0 {
        let text = format!(
            "{} results of the least severity are left out: {} are shown, the most that GitHub takes; \
             `-o json` has all",
            results.left_out,
            results.shown.len()
        );
        all.push(Notification::new(Kind::Cut, &text));
    }
    all
}

/// What is odd about settings and waivers.
pub(super) fn of_settings(report: &Report<'_>) -> Vec<Notification> {
    let of_remark = |remark: &Remark| {
        let locations = of_text(report, &remark.place).map(|(file, line)| line_of(&file, line));
        Notification {
            locations: locations.into_iter().collect(),
            ..Notification::new(Kind::Settings, &format!("{}: {}", remark.place, remark.message))
        }
    };
    report.outcome.remarks.iter().map(of_remark).collect()
}

fn of_a_gap(report: &Report<'_>, gap: &Gap) -> Notification {
    let locations = of_gap(report, gap).map(|(file, line)| line_of(&file, line)).into_iter().collect();
    Notification { locations, ..Notification::new(Kind::Gap, &format!("{}: {}", gap.what, gap.why)) }
}

fn of_unknown(report: &Report<'_>, finding: &Finding) -> Notification {
    let who = finding.identity(report.snapshot);
    Notification {
        associated_rule: Some(Rule { id: finding.control }),
        locations: vec![place_of(report, finding)],
        ..Notification::new(Kind::Unknown, &format!("{who}: {}", finding.message))
    }
}
