//! Whether the edited world is what was meant: each fixed finding gone, and none brought up that is as bad as
//! what was closed.

use std::collections::{BTreeMap, BTreeSet};

use watertight_model::{Finding, Snapshot, Verdict};
use watertight_syntax::{Path, Segment};

use super::{Left, Round};
use crate::outcome::Outcome;

/// A control and an object, whatever its API version: a fix may change that.
type Subject = (&'static str, String);

/// The fixes that do not do what they should, by the number of their finding.
///
/// Findings are counted for each control and object: when one item of a list goes away the paths of
/// those behind it, and so their fingerprints, are other ones.
pub(super) fn wrong(
    round: &Round<'_>,
    accepted: &[usize],
    next: &Snapshot,
    after: &Outcome,
) -> BTreeMap<usize, Left> {
    let before = &round.outcome.findings;
    let old = failures(round.current, before);
    let new = failures(next, &after.findings);
    let mut fixed: BTreeMap<Subject, Vec<usize>> = BTreeMap::new();
    for &number in accepted {
        fixed.entry(subject(round.current, &before[number])).or_default().push(number);
    }
    let known: BTreeSet<_> = before.iter().map(|finding| &finding.fingerprint).collect();
    let mut wrong = BTreeMap::new();
    for (subject, found) in &new {
        let fixed = fixed.get(subject).map_or(&[][..], Vec::as_slice);
        let expected = old.get(subject).map_or(0, Vec::len).saturating_sub(fixed.len());
        if found.len() <= expected {
            continue;
        }
        let still =
            |number: &&usize| found.iter().any(|finding| is_still(round, &before[**number], next, finding));
        let mut blamed: Vec<usize> = fixed.iter().filter(still).copied().collect();
        let unknown = found.iter().filter(|finding| !known.contains(&finding.fingerprint));
        let mut reason = Left::StillFound;
        if blamed.is_empty()
            && let Some(finding) = unknown.clone().next()
        {
            let opens = fixed.is_empty();
            let suspects = if opens { culprits(round, accepted, next, finding) } else { fixed.to_vec() };
            // What a worse opening hid, or what comes with closing one, is told; it does not keep the worse
            // one open. Nor does what nobody could see before: the first policy brings the kind into view.
            let was_out_of_view =
                round.outcome.notes.values().any(|note| note.controls.contains(finding.control));
            let outweighed = opens
                && (was_out_of_view
                    || suspects.iter().any(|number| before[*number].severity > finding.severity));
            if !outweighed {
                blamed = suspects;
                reason = if opens { Left::BringsUp(finding.control) } else { Left::StillFound };
            }
        }
        wrong.extend(blamed.into_iter().map(|number| (number, reason.clone())));
    }
    wrong
}

fn failures<'o>(snapshot: &Snapshot, findings: &'o [Finding]) -> BTreeMap<Subject, Vec<&'o Finding>> {
    let mut by_subject: BTreeMap<Subject, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
        by_subject.entry(subject(snapshot, finding)).or_default().push(finding);
    }
    by_subject
}

fn subject(snapshot: &Snapshot, finding: &Finding) -> Subject {
    (finding.control, finding.identity(snapshot).to_string())
}

/// Whether a finding after the fix is the one before it, shown by the same object: an instance that
/// differs from its owner has a fix of its own, in the next round.
fn is_still(round: &Round<'_>, before: &Finding, next: &Snapshot, after: &Finding) -> bool {
    let shown = |snapshot: &Snapshot, finding: &Finding| {
        finding.shown(snapshot).map(|object| (object.identity().to_string(), object.origin().name()))
    };
    before.fingerprint == after.fingerprint && shown(round.current, before) == shown(next, after)
}

/// The fixes that may have brought up a finding: those that changed the fields it speaks of, else those
/// of its object, else those of its file, else all.
fn culprits(round: &Round<'_>, accepted: &[usize], next: &Snapshot, finding: &Finding) -> Vec<usize> {
    let before = &round.outcome.findings;
    let name = finding.identity(next).to_string();
    let file = finding.shown(next).map(|object| object.origin().name());
    let of_object = |number: &usize| before[*number].identity(round.current).to_string() == name;
    let of_file = |number: &usize| before[*number].shown(round.current).map(|o| o.origin().name()) == file;
    let near = |number: &usize| {
        // A finding of the object as a whole speaks of no field.
        of_object(number)
            && !finding.path.is_root()
            && before[*number].fix.iter().flat_map(|fix| &fix.changes).any(|change| {
                let path = change.path();
                path.covers(&finding.path) || finding.path.covers(path) || beside(path, &finding.path)
            })
    };
    let pick = |fits: &dyn Fn(&usize) -> bool| -> Vec<usize> {
        accepted.iter().filter(|number| fits(number)).copied().collect()
    };
    [pick(&near), pick(&of_object), pick(&of_file)]
        .into_iter()
        .find(|picked| !picked.is_empty())
        .unwrap_or_else(|| accepted.to_vec())
}

/// Whether two paths lead into the same map, or the same item of a list.
fn beside(one: &Path, other: &Path) -> bool {
    let around = |path: &Path| -> Vec<Segment> {
        let segments = path.segments();
        segments[..segments.len().saturating_sub(1)].to_vec()
    };
    around(one) == around(other)
}
