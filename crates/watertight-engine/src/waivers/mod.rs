//! What is let be, and why: rules from the settings file, from comments and from annotations, and the one
//! place that applies them.
//!
//! Pure: today is an input. The order of rules does not matter. Start reading at [`apply`].

mod glob;
mod marks;
pub mod peers;
mod phrase;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

pub use glob::FileGlob;
pub use marks::{ANNOTATION, Marks};
pub use rule::{Concerns, PathPattern, Reach, Selector, WaiverRule};
use watertight_facts::World;
use watertight_model::{Date, Finding, Object, ObjectId, Verdict, merge_key_path};

use crate::{Control, Outcome, Remark};

/// What applying rules needs beside them.
pub struct Terms<'a> {
    /// The day that expiries are judged by. Without one, nothing expires.
    pub today: Option<Date>,
    /// The controls that were run: a rule for others is not unused.
    pub controls: &'a [&'static Control],
    /// Whether everything that the settings file is for was looked at: a rule that selects nothing then has
    /// lost its object, instead of having it elsewhere.
    pub whole: bool,
    /// The path of a text relative to the folder of the settings file, by its name.
    pub relative: &'a dyn Fn(&str) -> Option<String>,
}

/// Applies rules to the failures of an outcome. A finding that a rule in force fits is waived; one that only
/// expired rules fit says so. Rules of our own that fit nothing are told in the outcome's remarks. What could
/// not be judged stays so: nobody knows what would be waived.
pub fn apply(outcome: &mut Outcome, world: &World<'_>, rules: &[WaiverRule], terms: &Terms<'_>) {
    let index = Index::of(rules);
    let mut used = vec![false; rules.len()];
    for finding in &mut outcome.findings {
        if finding.verdict != Verdict::Fail {
            continue;
        }
        let subject = Subject::of(finding, world);
        let fitting: Vec<usize> = index
            .candidates(finding)
            .filter(|&at| rules[at].concerns.covers(finding.control, finding.layer))
            .filter(|&at| subject.is_reached(&rules[at].reach, terms))
            .collect();
        fitting.iter().for_each(|&at| used[at] = true);
        let Some(best) = fitting.into_iter().map(|at| &rules[at]).max_by_key(|rule| rank(rule, terms.today))
        else {
            continue;
        };
        match best.waiver.until.filter(|_| is_expired(best, terms.today)) {
            Some(until) => {
                let given = &best.waiver.given;
                finding.message.push_str(&format!(" (the waiver in {given} expired after {until})"));
            }
            None => finding.verdict = Verdict::Waived(Box::new(best.waiver.clone())),
        }
    }
    let unused = rules.iter().zip(used).filter(|(_, used)| !used).map(|(rule, _)| rule);
    let instances: BTreeSet<ObjectId> =
        world.workloads().iter().flat_map(|entry| entry.instances.iter().copied()).collect();
    outcome.remarks.extend(unused.filter(|rule| is_told(rule, world, &instances, terms)).map(|rule| {
        Remark {
            place: rule.waiver.given.clone(),
            message: format!("the waiver of {} waives nothing: remove it", rule.concerns),
        }
    }));
    outcome.remarks.sort();
    outcome.remarks.dedup();
}

fn is_expired(rule: &WaiverRule, today: Option<Date>) -> bool {
    matches!((rule.waiver.until, today), (Some(until), Some(today)) if until < today)
}

/// The order among rules that fit one finding: in force, of our own, for longer, and then any fixed order.
fn rank<'r>(rule: &'r WaiverRule, today: Option<Date>) -> impl Ord + 'r {
    let until = rule.waiver.until;
    (!is_expired(rule, today), !rule.peer, until.is_none(), until, std::cmp::Reverse(&rule.waiver))
}

/// Whether it is worth saying that a rule fits nothing.
fn is_told(rule: &WaiverRule, world: &World<'_>, instances: &BTreeSet<ObjectId>, terms: &Terms<'_>) -> bool {
    let ran = terms.controls.iter().any(|control| rule.concerns.covers(control.name, control.layer));
    let snapshot = world.snapshot();
    let in_view = || match &rule.reach {
        Reach::Selected(selector) => {
            let mut objects = snapshot.objects().filter(|(_, object)| !object.is_implied());
            terms.whole || objects.any(|(_, object)| selector.fits(object, terms.relative))
        }
        // A pod carries the annotations of its template, and what it shows is told of its owner.
        Reach::Object(id) | Reach::Below { object: id, .. } => !instances.contains(id),
    };
    !rule.peer && ran && in_view()
}

/// Rules by the object that they are bound to, so that many objects with a rule each stay cheap.
struct Index {
    bound: BTreeMap<ObjectId, Vec<usize>>,
    free: Vec<usize>,
}

impl Index {
    fn of(rules: &[WaiverRule]) -> Self {
        let mut index = Self { bound: BTreeMap::new(), free: Vec::new() };
        for (at, rule) in rules.iter().enumerate() {
            match rule.reach {
                Reach::Selected(_) => index.free.push(at),
                Reach::Object(id) | Reach::Below { object: id, .. } => {
                    index.bound.entry(id).or_default().push(at);
                }
            }
        }
        index
    }

    fn candidates(&self, finding: &Finding) -> impl Iterator<Item = usize> {
        let second = finding.shown_by.filter(|_| finding.shown_by != finding.object);
        let bound =
            [finding.object, second].into_iter().flatten().filter_map(|id| self.bound.get(&id)).flatten();
        bound.chain(&self.free).copied()
    }
}

/// A finding with what rules ask of it, looked up when a rule asks.
struct Subject<'a> {
    finding: &'a Finding,
    /// The object it belongs to, and the one that shows it.
    objects: Vec<&'a Object>,
    shown: Option<&'a Object>,
}

impl<'a> Subject<'a> {
    fn of(finding: &'a Finding, world: &'a World<'_>) -> Self {
        let object = |id: ObjectId| world.snapshot().object(id);
        let objects = [finding.object, finding.shown_by].into_iter().flatten().map(object).collect();
        Self { finding, objects, shown: finding.shown_by.map(object) }
    }

    fn is_reached(&self, reach: &Reach, terms: &Terms<'_>) -> bool {
        match reach {
            // Candidates are of this object already.
            Reach::Object(_) => true,
            Reach::Below { object, path, line } => {
                let shows = self.finding.shown_by == Some(*object);
                shows && (path.covers(&self.finding.path) || self.line() == Some(*line))
            }
            Reach::Selected(selector) => {
                let known = selector.fingerprints.is_empty()
                    || selector.fingerprints.contains(self.finding.fingerprint.as_str());
                known && self.is_selected(selector, terms) && selector.fits_path(&self.paths(selector))
            }
        }
    }

    fn is_selected(&self, selector: &Selector, terms: &Terms<'_>) -> bool {
        if self.objects.is_empty() {
            let identity = watertight_model::Identity::cluster();
            return selector.files.is_empty()
                && selector.labels.is_empty()
                && selector.fits_identity(&identity);
        }
        self.objects.iter().any(|object| selector.fits(object, terms.relative))
    }

    fn line(&self) -> Option<u32> {
        self.shown.map(|object| object.place(&self.finding.path).position.line)
    }

    /// The path by position and by merge keys; none when the selector does not ask.
    fn paths(&self, selector: &Selector) -> Vec<String> {
        if selector.paths.is_empty() {
            return Vec::new();
        }
        let mut forms = vec![self.finding.path.to_string()];
        if let Some(body) = self.shown.and_then(|object| object.body().ok()) {
            forms.push(merge_key_path(body.root(), &self.finding.path));
        }
        forms
    }
}
