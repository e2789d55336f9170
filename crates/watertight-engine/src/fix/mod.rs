//! Closing what was found: fixes to edited texts, proven before anybody sees them.
//!
//! [`repair`] goes in rounds. In each, the fixes of a document become one plan, one edit and one proof
//! (`plan.rs`); objects that are missing go to files of their own (`objects.rs`). Then the edited world
//! is judged by the same controls, in memory (`verify.rs`): a fix whose finding is still there, or that
//! brings a new one, is left out, and one that others make needless is not carried out (`needless.rs`). What is
//! left at the end has a reason. No I/O: the caller writes.

mod folders;
mod needless;
mod objects;
mod plan;
mod verify;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use watertight_facts::{Settings, World, implied};
use watertight_model::{Conflict, Finding, Fingerprint, Rendered, Renderer, Safety, Severity, Snapshot};
use watertight_syntax::edit::Refusal;
use watertight_syntax::{Limits, Path};

use crate::outcome::Outcome;
use folders::Folders;
pub use folders::is_chart_template;

/// How often fixes may make room for further fixes. Each round closes something, so the bound is only
/// there for what nobody thought of.
const ROUNDS: usize = 16;

/// What is asked for.
pub struct RepairOptions<'a> {
    /// Also fixes that may change how a workload behaves.
    pub review: bool,
    /// The limits that the snapshot was read with.
    pub limits: Limits,
    /// The namespace of objects that name none, as the snapshot was read with.
    pub namespace: Option<&'a str>,
    /// The file that new objects go to; by default a file of their own beside the object that lacks them.
    pub new_objects: Option<&'a FilePath>,
    /// What stands in a file that was not read.
    pub existing: &'a dyn Fn(&FilePath) -> Existing,
}

/// What stands in a file that was not read.
pub enum Existing {
    /// There is no such file.
    Absent,
    /// Its text.
    Text(Arc<str>),
    /// It is there and cannot be read, for this reason.
    Unreadable(String),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Repair {
    /// The texts that change, by path.
    pub files: BTreeMap<PathBuf, EditedText>,
    /// What is closed by that, in the order it was found.
    pub fixed: Vec<Told>,
    /// What stays open, worst first, and why.
    pub left: Vec<(Told, Left)>,
    /// What the user still has to do so that new files count.
    pub notes: Vec<String>,
}

/// One text that changes. May hold secrets.
pub struct EditedText {
    /// What stood there; nothing for a new file.
    pub before: Option<Arc<str>>,
    /// What is to stand there.
    pub after: Arc<str>,
}

impl fmt::Debug for EditedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditedText").field("bytes", &self.after.len()).finish_non_exhaustive()
    }
}

/// A finding as it is told of after its world has changed.
#[derive(Debug, Clone)]
pub struct Told {
    /// The control's name.
    pub control: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The object it belongs to.
    pub object: String,
    /// The file that shows it; nothing for what belongs to the cluster.
    pub file: Option<PathBuf>,
    /// The line in that file, from 1.
    pub line: u32,
    /// The field.
    pub path: Path,
    /// What is open.
    pub message: String,
    /// Its identity.
    pub fingerprint: Fingerprint,
    /// Whether its fix is safe; nothing without a fix.
    pub safety: Option<Safety>,
}

/// Why something stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The control knows no fix that is right for nearly everyone; here for this reason.
    NoFix(Option<&'static str>),
    /// The fix may change how the workload behaves, and was not asked for.
    Review,
    /// Two fixes want different things of one field.
    Conflict(Conflict),
    /// The text cannot be edited so that exactly the fix comes of it.
    Refused(Refusal),
    /// The object is in a snapshot file.
    Snapshot,
    /// The file is one of a chart's templates.
    Template,
    /// The object was rendered; the template has to change.
    Rendered(Rendered),
    /// The object stands in a text of another one, which has to change.
    Embedded(String),
    /// The new object is there already: another of this name, or in a file that was not read.
    ObjectExists(String),
    /// The file for the new object cannot be read or edited.
    ObjectFile(String),
    /// With the fix the control would still find it.
    StillFound,
    /// With the fix another control would find something.
    BringsUp(&'static str),
}

impl Left {
    /// The reason as one word, for machines.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoFix(_) => "no-fix",
            Self::Review => "review",
            Self::Conflict(_) => "conflict",
            Self::Refused(refusal) => refusal.name(),
            Self::Snapshot => "snapshot",
            Self::Template => "template",
            Self::Rendered(_) => "rendered",
            Self::Embedded(_) => "embedded",
            Self::ObjectExists(_) => "object-exists",
            Self::ObjectFile(_) => "object-file",
            Self::StillFound => "still-found",
            Self::BringsUp(_) => "brings-up",
        }
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFix(None) => f.write_str("no fix is known that is right for nearly everyone"),
            Self::NoFix(Some(why)) => f.write_str(why),
            Self::Review => f.write_str("its fix may change how the workload behaves: --review includes it"),
            Self::Conflict(conflict) => conflict.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Snapshot => f.write_str("the object is in a snapshot file: fix the files it was taken of"),
            Self::Embedded(place) => write!(f, "it stands {place}: texts within texts are not edited"),
            Self::Template => {
                f.write_str("the file is a template of a chart: what helm makes of it is not known")
            }
            Self::Rendered(rendered) => {
                write!(f, "the object is {rendered}: what it is made from has to change")?;
                match rendered.by {
                    Renderer::Kustomize => f.write_str("; --no-render fixes its resource files as they are"),
                    Renderer::Helm => Ok(()),
                }
            }
            Self::ObjectExists(why) | Self::ObjectFile(why) => f.write_str(why),
            Self::StillFound => f.write_str("with its fix the control would still find it"),
            Self::BringsUp(control) => write!(f, "with its fix `{control}` would find something"),
        }
    }
}

/// Closes what can be closed. `judge` says what is open in a world: it runs the controls and applies waivers;
/// what is waived is let be.
///
/// Deterministic, and done when it is done: what it gives, read and repaired again, does not change.
#[must_use]
pub fn repair(
    snapshot: &Snapshot,
    settings: &Settings,
    judge: &dyn Fn(&World<'_>) -> Outcome,
    options: &RepairOptions<'_>,
) -> Repair {
    let mut repair = Repair::default();
    let mut ruled_out: BTreeMap<Fingerprint, Left> = BTreeMap::new();
    let mut edited: Option<Snapshot> = None;
    let mut outcome = judge(&World::new(snapshot, settings));
    let folders = Folders::of(options.existing);
    let mut new: Vec<folders::NewFile> = Vec::new();
    // What is ruled out is ruled out beside the other fixes of its round: when they are done it is tried again,
    // as the next run would.
    let mut is_tried_again = true;
    for _ in 0..ROUNDS {
        let current = edited.as_ref().unwrap_or(snapshot);
        let this =
            Round { base: snapshot, current, outcome: &outcome, settings, judge, options, folders: &folders };
        let Some(proven) = round(&this, &repair.files, &mut ruled_out) else {
            if std::mem::replace(&mut is_tried_again, true) || ruled_out.is_empty() {
                break;
            }
            ruled_out.clear();
            continue;
        };
        is_tried_again = false;
        let Trial { plan, next, after } = needless::left_out(&this, &repair.files, &ruled_out, proven);
        let told = |number: &usize| told(current, &outcome.findings[*number]);
        repair.fixed.extend(plan.accepted.iter().map(told));
        repair.files = plan.files;
        new.extend(plan.new);
        edited = Some(next);
        outcome = after;
    }
    let current = edited.as_ref().unwrap_or(snapshot);
    let last =
        Round { base: snapshot, current, outcome: &outcome, settings, judge, options, folders: &folders };
    let plan = plan::of(&last, &repair.files, &ruled_out, &Numbers::new());
    repair.left = plan
        .left
        .into_iter()
        .map(|(number, left)| (told(current, &outcome.findings[number]), left))
        .collect();
    new.retain(|new| repair.files.get(&new.file).is_some_and(|text| text.before.is_none()));
    repair.notes = folders::list_in_kustomizations(&new, &mut repair.files, options.existing, options.limits);
    repair
}

/// What one round starts from.
struct Round<'a> {
    /// The snapshot that was read.
    base: &'a Snapshot,
    /// It, with the edits of earlier rounds.
    current: &'a Snapshot,
    outcome: &'a Outcome,
    settings: &'a Settings,
    judge: &'a dyn Fn(&World<'_>) -> Outcome,
    options: &'a RepairOptions<'a>,
    folders: &'a Folders<'a>,
}

/// A plan, and the world that comes of it.
struct Trial {
    plan: plan::Plan,
    next: Snapshot,
    after: Outcome,
}

impl Trial {
    /// Plans a round and judges the edited world. `None` when nothing is to be done.
    fn of(
        round: &Round<'_>,
        files: &BTreeMap<PathBuf, EditedText>,
        ruled_out: &BTreeMap<Fingerprint, Left>,
        needless: &Numbers,
    ) -> Option<Self> {
        let plan = plan::of(round, files, ruled_out, needless);
        if plan.accepted.is_empty() {
            return None;
        }
        let texts = plan.files.iter().map(|(path, text)| (path.clone(), Arc::clone(&text.after))).collect();
        let next = round.base.with_texts(&texts, round.options.limits, round.options.namespace);
        let next = implied::complete(next, round.settings.target);
        let after = (round.judge)(&World::new(&next, round.settings));
        Some(Self { plan, next, after })
    }

    /// The fixes that do not do what they should.
    fn wrong(&self, round: &Round<'_>) -> BTreeMap<usize, Left> {
        verify::wrong(round, &self.plan.accepted, &self.next, &self.after)
    }
}

/// Plans, judges the edited world, and plans again without what it shows to be wrong. `None` when
/// nothing is left to do.
fn round(
    round: &Round<'_>,
    files: &BTreeMap<PathBuf, EditedText>,
    ruled_out: &mut BTreeMap<Fingerprint, Left>,
) -> Option<Trial> {
    loop {
        let trial = Trial::of(round, files, ruled_out, &Numbers::new())?;
        let wrong = trial.wrong(round);
        if wrong.is_empty() {
            return Some(trial);
        }
        // Each turn rules out at least one fix, so this ends.
        for (number, left) in wrong {
            ruled_out.insert(round.outcome.findings[number].fingerprint.clone(), left);
        }
    }
}

fn told(snapshot: &Snapshot, finding: &Finding) -> Told {
    let shown = finding.shown(snapshot);
    let line = shown.map_or(0, |object| object.position_in_file(&object.place(&finding.path)).line);
    Told {
        control: finding.control,
        severity: finding.severity,
        object: finding.identity(snapshot).to_string(),
        file: shown.map(|object| object.origin().source.path().to_owned()),
        line,
        path: finding.path.clone(),
        message: finding.message.clone(),
        fingerprint: finding.fingerprint.clone(),
        safety: finding.fix.as_ref().map(|fix| fix.safety),
    }
}

/// The numbers of findings, of a set that stays small.
type Numbers = BTreeSet<usize>;

#[cfg(test)]
mod tests;
