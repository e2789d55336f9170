use std::collections::BTreeMap;

use watertight_engine::CoverageNote;
use watertight_model::{Excerpt, Finding, GroupKind, Object, Standing, Verdict, Waiver};

use crate::style::plural;
use crate::terminal::{first_sentence, fix_of};
use crate::{Report, Summary, Way};

/// What is told of a finding wherever there is room: place, source lines, why, what to do. Texts from outside are
/// as they are; each format escapes them in its own way.
pub(crate) struct Told<'r> {
    /// The place, and the source lines, masked; nothing for what belongs to the cluster as a whole.
    pub(crate) shown: Option<(String, Excerpt)>,
    /// How many instances show it, when that is worth a word.
    pub(crate) seen: Option<String>,
    /// The way that its object is on.
    pub(crate) way: Option<String>,
    /// The first sentence of the control's page.
    pub(crate) why: Option<&'r str>,
    /// How to close it.
    pub(crate) fix: Option<String>,
}

impl<'r> Told<'r> {
    pub(crate) fn of(report: &'r Report<'_>, finding: &Finding) -> Self {
        let object = finding.shown(report.snapshot);
        let docs = report.docs(finding.control);
        let seen = object.filter(|_| finding.instances > 1 || finding.shown_by != finding.object);
        Self {
            shown: object.map(|object| {
                let place = object.place(&finding.path);
                (place_text(object, finding), object.excerpt(&finding.path, &place))
            }),
            seen: seen.map(|object| {
                let count = plural(finding.instances as usize, "object");
                format!("in {count}, first in {}", object.identity())
            }),
            way: finding.object.and_then(|object| report.ways.get(&object)).map(Way::text),
            why: docs.map(|docs| first_sentence(&docs.why)),
            fix: docs.map(|docs| fix_of(finding, docs)),
        }
    }

    /// Seen, way, why and fix, as far as they are known, each with its name.
    pub(crate) fn notes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let notes = [
            ("seen", self.seen.as_deref()),
            ("way", self.way.as_deref()),
            ("why", self.why),
            ("fix", self.fix.as_deref()),
        ];
        notes.into_iter().filter_map(|(name, text)| Some((name, text?)))
    }
}

/// What could not be judged for one reason: a chart that could not be rendered leaves questions of many controls
/// open at many objects.
pub(crate) struct Open<'r> {
    pub(crate) why: &'r str,
    /// In order.
    pub(crate) controls: Vec<&'r str>,
    pub(crate) first: &'r Finding,
    pub(crate) count: usize,
}

impl<'r> Open<'r> {
    /// Every open question, by reason.
    pub(crate) fn all(report: &'r Report<'_>) -> Vec<Self> {
        let mut all: BTreeMap<&str, Self> = BTreeMap::new();
        for first in report.outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown) {
            let why = first.message.as_str();
            let open = all.entry(why).or_insert(Self { why, controls: Vec::new(), first, count: 0 });
            open.count += 1;
            open.controls.push(first.control);
        }
        let mut all: Vec<Self> = all.into_values().collect();
        for open in &mut all {
            open.controls.sort_unstable();
            open.controls.dedup();
        }
        all
    }

    /// The controls; of many the first ones.
    pub(crate) fn asked_by(&self) -> String {
        const MOST: usize = 3;
        let shown = &self.controls[..self.controls.len().min(MOST)];
        match self.controls.len() - shown.len() {
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }

    /// The object, or how many verdicts.
    pub(crate) fn of(&self, report: &Report<'_>) -> String {
        match self.count {
            1 => self.first.identity(report.snapshot).to_string(),
            count => plural(count, "verdict"),
        }
    }
}

/// `FILE:LINE:COLUMN`, and what has to be said beside it. The line of an object that was rendered is not known
/// in its template.
pub(crate) fn place_text(object: &Object, finding: &Finding) -> String {
    let place = object.place(&finding.path);
    let (file, beside) = (place.source.name(), object.beside(&place));
    match object.origin().standing {
        Standing::Rendered(_) => format!("{file}{beside}"),
        _ => format!("{file}:{}:{}{beside}", place.position.line, place.position.column),
    }
}

/// Why a finding is let be, in one line.
pub(crate) fn waiver_text(waiver: &Waiver) -> String {
    let mut text =
        if waiver.reason.is_empty() { "no reason given".to_owned() } else { waiver.reason.clone() };
    if let Some(owner) = &waiver.owner {
        text.push_str(&format!(", by {owner}"));
    }
    if let Some(until) = waiver.until {
        text.push_str(&format!(", until {until}"));
    }
    if !waiver.given.is_empty() {
        text.push_str(&format!(" ({})", waiver.given));
    }
    text
}

/// How many findings are let be, as it follows the number of those that are not; what a baseline knows nobody
/// decided about.
pub(crate) fn waived_text(summary: &Summary) -> String {
    let decided = summary.waived - summary.known;
    let parts = [(decided, "waived"), (summary.known, "known in the baseline")];
    parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}")).collect()
}

/// The findings that somebody decided to let be. What a baseline knows is counted and not listed.
pub(crate) fn decided<'r>(report: &'r Report<'_>) -> impl Iterator<Item = (&'r Finding, &'r Waiver)> {
    report.outcome.findings.iter().filter_map(|finding| match &finding.verdict {
        Verdict::Waived(waiver) if !waiver.is_baseline() => Some((finding, &**waiver)),
        Verdict::Waived(_) | Verdict::Fail | Verdict::Unknown => None,
    })
}

/// What the input does not hold and who needs it, in one line.
pub(crate) fn note_text(kind: &GroupKind, note: &CoverageNote) -> String {
    let controls: Vec<&str> = note.controls.iter().copied().collect();
    let stay = if note.subjects == 1 { "stays" } else { "stay" };
    let subjects = plural(note.subjects as usize, "question");
    let what = match note.partly {
        true => format!("other {kind} objects may be out of view"),
        false => format!("no {kind} in view"),
    };
    format!("{what}, so {subjects} {stay} open: {}", controls.join(", "))
}

/// What to do about what is out of view.
pub(crate) const ASSUME_COMPLETE: &str = "`--assume-complete` takes the input for the whole cluster";

/// What was looked at, in one line.
pub(crate) fn judged_text(report: &Report<'_>) -> String {
    let snapshot = report.snapshot;
    let passed_over = match snapshot.passed_over() {
        0 => String::new(),
        count => format!("; {} not for Kubernetes passed over", plural(count as usize, "document")),
    };
    format!(
        "{} in {}, {} judged against Kubernetes {}{passed_over}",
        plural(snapshot.len() - snapshot.implied(), "object"),
        plural(snapshot.texts() as usize, "file"),
        plural(report.outcome.workloads as usize, "workload"),
        report.settings.target,
    )
}

/// What came of it, in a few words, and whether all of it is good.
pub(crate) fn verdict_text(report: &Report<'_>, summary: &Summary) -> (String, bool) {
    let hidden = report.outcome.gaps.len() + summary.unknown > 0;
    match summary.failures {
        0 if hidden => ("nothing open in what was seen".to_owned(), false),
        0 if !report.outcome.notes.is_empty() => ("nothing open in what is in view".to_owned(), true),
        0 => ("nothing open".to_owned(), true),
        failures => (plural(failures, "finding"), false),
    }
}
