//! Fixes that others make needless: who drops `ALL` does not drop `NET_RAW` as well.
//!
//! That one fix closes what another is for cannot be seen from their changes; it is tried. Of fixes that
//! change one place ([`rivals`]) one after the other is left out, the last first, and stays out when the
//! controls are silent all the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use watertight_model::{Fingerprint, ObjectId};
use watertight_syntax::edit::Change;

use super::{EditedText, Left, Numbers, Round, Trial};

/// The proven trial without the fixes that it does not need.
pub(super) fn left_out(
    round: &Round<'_>,
    files: &BTreeMap<PathBuf, EditedText>,
    ruled_out: &BTreeMap<Fingerprint, Left>,
    mut proven: Trial,
) -> Trial {
    let mut needless = Numbers::new();
    let mut groups = rivals(round, &proven.plan.accepted);
    loop {
        // One of each group at a time: what is fixed at different places is judged together.
        let mut tried: Numbers = groups.iter_mut().filter_map(Group::next).collect();
        if tried.is_empty() {
            return proven;
        }
        while !tried.is_empty() {
            let without = needless.union(&tried).copied().collect();
            let Some(trial) = Trial::of(round, files, ruled_out, &without) else { break };
            // Left out may be what made room for another.
            let closes_less = trial.plan.accepted != proven.plan.accepted;
            let wrong = trial.wrong(round);
            if wrong.is_empty() && !closes_less {
                needless = without;
                proven = trial;
                break;
            }
            let needed: Numbers = tried.iter().copied().filter(|number| wrong.contains_key(number)).collect();
            if needed.is_empty() {
                break;
            }
            tried.retain(|number| !needed.contains(number));
        }
        groups.iter_mut().for_each(|group| group.settle(&needless));
    }
}

/// Fixes that change one place.
struct Group {
    /// Those that were not tried yet, the last to be tried next.
    untried: Vec<usize>,
    /// How many of all are carried out.
    applied: usize,
    tried: Option<usize>,
}

impl Group {
    /// The fix to be left out next. The only one that is carried out is needed.
    fn next(&mut self) -> Option<usize> {
        self.tried = if self.applied > 1 { self.untried.pop() } else { None };
        self.tried
    }

    fn settle(&mut self, needless: &Numbers) {
        if self.tried.take().is_some_and(|number| needless.contains(&number)) {
            self.applied -= 1;
        }
    }
}

/// The groups of accepted fixes of which each changes a place that another changes otherwise, in the order
/// they were found.
fn rivals(round: &Round<'_>, accepted: &[usize]) -> Vec<Group> {
    let mut of_object: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
    for &number in accepted {
        if let Some(object) = round.outcome.findings[number].shown_by {
            of_object.entry(object).or_default().push(number);
        }
    }
    let mut groups = Vec::new();
    for numbers in of_object.into_values() {
        let mut of_one_object: Vec<Vec<usize>> = Vec::new();
        for number in numbers {
            let (meets, apart): (Vec<_>, Vec<_>) = of_one_object
                .into_iter()
                .partition(|group| group.iter().any(|&other| are_rivals(round, number, other)));
            let mut group: Vec<usize> = meets.into_iter().flatten().collect();
            group.push(number);
            of_one_object = apart;
            of_one_object.push(group);
        }
        groups.extend(of_one_object.into_iter().filter(|group| group.len() > 1));
    }
    let as_group = |mut untried: Vec<usize>| {
        untried.sort_unstable();
        Group { applied: untried.len(), untried, tried: None }
    };
    groups.into_iter().map(as_group).collect()
}

/// Whether two fixes change one place, each in a way of its own.
fn are_rivals(round: &Round<'_>, one: usize, other: usize) -> bool {
    let changes = |number: usize| {
        let fix = round.outcome.findings[number].fix.as_ref();
        fix.into_iter()
            .flat_map(|fix| &fix.changes)
            .filter(|change| !matches!(change, Change::Comment { .. }))
    };
    changes(one).any(|change| {
        changes(other).any(|rival| {
            change != rival && (change.path().covers(rival.path()) || rival.path().covers(change.path()))
        })
    })
}
