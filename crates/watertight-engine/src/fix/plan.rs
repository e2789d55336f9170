//! Which fixes go together: one plan, one edit and one proof for each document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;
use watertight_model::{Finding, Fingerprint, Fix, FixPlan, ObjectId, Safety, Snapshot, Standing, Verdict};
use watertight_syntax::Path;
use watertight_syntax::edit::{Change, Refusal, Text};

use super::folders::NewFile;
use super::objects::{self, NewObjects};
use super::{EditedText, Left, Numbers, Round};

/// The fixes of one round. Findings are named by their number in the outcome.
pub(super) struct Plan {
    /// Those that are closed by it: their fixes are carried out, or others make them needless.
    pub(super) accepted: Vec<usize>,
    pub(super) left: Vec<(usize, Left)>,
    pub(super) files: BTreeMap<PathBuf, EditedText>,
    /// Files that objects were added to, some of them new.
    pub(super) new: Vec<NewFile>,
}

/// A fix with its paths as seen from the top of its document.
struct Candidate<'f> {
    number: usize,
    /// Where in the document its object is.
    within: Path,
    object: ObjectId,
    fix: &'f Fix,
}

/// Plans a round: what was ruled out stays out, what is needless counts as closed and is not carried out.
pub(super) fn of(
    round: &Round<'_>,
    before: &BTreeMap<PathBuf, EditedText>,
    ruled_out: &BTreeMap<Fingerprint, Left>,
    needless: &Numbers,
) -> Plan {
    let findings = &round.outcome.findings;
    let mut left: BTreeMap<usize, Left> = BTreeMap::new();
    let mut documents: BTreeMap<PathBuf, BTreeMap<u32, Vec<usize>>> = BTreeMap::new();
    let mut new = NewObjects::of(round, before);
    let mut alone: Vec<usize> = Vec::new();
    for (number, finding) in findings.iter().enumerate() {
        if finding.verdict != Verdict::Fail {
            continue;
        }
        if needless.contains(&number) {
            alone.push(number);
            continue;
        }
        let reason = ruled_out.get(&finding.fingerprint).cloned().or_else(|| unfit(round, finding));
        let reason = reason.or_else(|| new.want(number, finding).err());
        match (reason, finding.shown(round.current)) {
            (Some(reason), _) => {
                left.insert(number, reason);
            }
            (None, Some(object)) if has_changes(finding) => {
                let origin = object.origin();
                let file = documents.entry(origin.source.path().to_owned()).or_default();
                file.entry(origin.document).or_default().push(number);
            }
            (None, _) => alone.push(number),
        }
    }
    let mut accepted: Numbers = alone.into_iter().collect();
    let mut texts: BTreeMap<PathBuf, Arc<str>> = BTreeMap::new();
    for (path, documents) in documents {
        match file(round, documents, &mut left) {
            Ok((text, numbers)) => {
                accepted.extend(numbers);
                texts.extend(text.map(|text| (path, text)));
            }
            Err(numbers) => {
                left.extend(numbers.into_iter().map(|number| (number, Left::Refused(Refusal::Unproven))));
            }
        }
    }
    let new = objects::write(new, &mut accepted, &mut left, &mut texts);
    Plan {
        accepted: accepted.into_iter().collect(),
        left: left.into_iter().collect(),
        files: merged(round, before, texts),
        new,
    }
}

fn has_changes(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|fix| !fix.changes.is_empty())
}

/// Why a finding has no fix to be planned.
fn unfit(round: &Round<'_>, finding: &Finding) -> Option<Left> {
    let Some(fix) = &finding.fix else { return Some(Left::NoFix(finding.no_fix)) };
    if fix.changes.is_empty() && fix.objects.is_empty() {
        return Some(Left::NoFix(None));
    }
    if let Some(object) = finding.shown(round.current) {
        if let Some(within) = object.within().filter(|_| has_changes(finding)) {
            return Some(Left::Embedded(within.to_string()));
        }
        match &object.origin().standing {
            Standing::Read if round.folders.is_template(object.origin().source.path()) => {
                return Some(Left::Template);
            }
            Standing::Read => {}
            Standing::Recorded(_) => return Some(Left::Snapshot),
            Standing::Rendered(rendered) => return Some(Left::Rendered((**rendered).clone())),
            Standing::Implied => return Some(Left::NoFix(None)),
        }
    } else if has_changes(finding) {
        return Some(Left::NoFix(None));
    }
    (fix.safety == Safety::Review && !round.options.review).then_some(Left::Review)
}

/// The new text of a file, when it changes, and the numbers of the findings whose fixes were accepted.
type EditedFile = (Option<Arc<str>>, Vec<usize>);

/// Edits the documents of a file. Gives the new text, when it changes, and what was accepted.
///
/// # Errors
/// The fixes that were accepted for documents that do not go together.
fn file(
    round: &Round<'_>,
    documents: BTreeMap<u32, Vec<usize>>,
    left: &mut BTreeMap<usize, Left>,
) -> Result<EditedFile, Vec<usize>> {
    let findings = &round.outcome.findings;
    let first = documents.values().flatten().next().and_then(|number| findings[*number].shown(round.current));
    let Some(object) = first else { return Ok((None, Vec::new())) };
    let old: Arc<str> = object.origin().source.raw_for_edit().into();
    let text = Text::new(&old, round.options.limits);
    let (mut edited, mut accepted) = (BTreeMap::new(), Vec::new());
    for (document, numbers) in documents {
        let candidates = candidates(round, &text, document, &numbers, left);
        let mut admission = Admission {
            snapshot: round.current,
            text: &text,
            document,
            accepted: Vec::new(),
            edited: None,
            left,
        };
        let all: Vec<&Candidate<'_>> = candidates.iter().collect();
        admission.admit(&all);
        accepted.extend(admission.accepted.iter().map(|candidate| candidate.number));
        edited.extend(admission.edited.map(|text| (document, text)));
    }
    match text.join(&edited) {
        Ok(new) => Ok(((*new != *old).then(|| new.into()), accepted)),
        Err(_) => Err(accepted),
    }
}

fn candidates<'f>(
    round: &Round<'f>,
    text: &Text,
    document: u32,
    numbers: &[usize],
    left: &mut BTreeMap<usize, Left>,
) -> Vec<Candidate<'f>> {
    let findings: &'f [Finding] = &round.outcome.findings;
    let start = |number: usize| findings[number].shown(round.current).map(watertight_model::Object::start);
    let starts: BTreeSet<u32> = numbers.iter().filter_map(|number| start(*number)).collect();
    let paths = text.paths_at(document, &starts);
    let mut found = Vec::with_capacity(numbers.len());
    for &number in numbers {
        let within = start(number).and_then(|start| paths.get(&start)).cloned();
        let object = findings[number].shown_by;
        match (within, &findings[number].fix) {
            (Some(within), Some(fix)) if object.is_some() => {
                found.extend(object.map(|object| Candidate { number, within, object, fix }));
            }
            _ => {
                left.insert(number, Left::Refused(Refusal::Style { path: findings[number].path.clone() }));
            }
        }
    }
    found
}

/// Lets fixes into the plan of a document: all at once where that goes, else by halves, so that the one
/// that does not go is named.
struct Admission<'a, 'f> {
    snapshot: &'a Snapshot,
    text: &'a Text,
    document: u32,
    accepted: Vec<&'a Candidate<'f>>,
    edited: Option<String>,
    left: &'a mut BTreeMap<usize, Left>,
}

impl<'a, 'f> Admission<'a, 'f> {
    fn admit(&mut self, batch: &[&'a Candidate<'f>]) {
        if batch.is_empty() {
            return;
        }
        let together: Vec<&Candidate<'f>> = self.accepted.iter().chain(batch).copied().collect();
        let edited = changes(self.snapshot, &together)
            .and_then(|changes| self.text.edit(self.document, &changes).map_err(Left::Refused));
        match (edited, batch) {
            (Ok(text), _) => {
                self.accepted.extend(batch);
                self.edited = Some(text);
            }
            (Err(reason), [one]) => {
                self.left.insert(one.number, reason);
            }
            (Err(_), _) => {
                let (first, second) = batch.split_at(batch.len() / 2);
                self.admit(first);
                self.admit(second);
            }
        }
    }
}

/// The changes of fixes, merged for each object.
fn changes(snapshot: &Snapshot, candidates: &[&Candidate<'_>]) -> Result<Vec<Change>, Left> {
    let mut plans: BTreeMap<&Path, (ObjectId, FixPlan)> = BTreeMap::new();
    for candidate in candidates {
        let (_, plan) = plans.entry(&candidate.within).or_insert((candidate.object, FixPlan::default()));
        plan.add(candidate.fix).map_err(Left::Conflict)?;
    }
    let below = |(within, (id, plan)): (&&Path, &(ObjectId, FixPlan))| -> Vec<Change> {
        let removes = plan.changes().iter().any(|change| matches!(change, Change::Remove { .. }));
        let body = snapshot.object(*id).body().ok().filter(|_| removes);
        let object = body.map_or(Json::Null, |body| body.root().to_json());
        plan.changes_for(&object).iter().map(|change| change.below(within)).collect()
    };
    Ok(plans.iter().flat_map(below).collect())
}

/// The edits of earlier rounds with those of this one.
fn merged(
    round: &Round<'_>,
    before: &BTreeMap<PathBuf, EditedText>,
    texts: BTreeMap<PathBuf, Arc<str>>,
) -> BTreeMap<PathBuf, EditedText> {
    let mut files: BTreeMap<PathBuf, EditedText> = before
        .iter()
        .map(|(path, text)| {
            let (before, after) = (text.before.clone(), Arc::clone(&text.after));
            (path.clone(), EditedText { before, after })
        })
        .collect();
    for (path, after) in texts {
        let old = match files.remove(&path) {
            Some(text) => text.before,
            None => objects::standing(round, before, &path),
        };
        files.insert(path, EditedText { before: old, after });
    }
    files
}
