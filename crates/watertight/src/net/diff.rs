//! `watertight net diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::process::ExitCode;

use watertight_facts::reachability::{Party, Reachability};
use watertight_netpol::{AddressRange, Cidr, Connections, Family};
use watertight_report::net::diff::{ChangeRow, DiffWriter};

use super::{Scene, ask_of, parties};
use crate::args::{ColorWhen, DiffNetArgs};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::output::{style, to_stdout};

/// Shows connections gained and lost.
pub fn run(arguments: &DiffNetArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let ([before, after], asked) = (arguments.between.paths()?, &arguments.assumed);
    ask_of(before, asked, color, false, |before| {
        ask_of(after, asked, color, false, |after| compare(before, after, arguments))
    })
}

/// What is let through for certain, and what may be.
type Verdict = (Connections, Connections);

/// An end, known again in another look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Named(String),
    Addresses(AddressRange),
}

impl Key {
    fn shown(&self, ipv6: bool) -> String {
        match self {
            Self::Named(name) => name.clone(),
            Self::Addresses(range) => parties::ranges(&[*range], ipv6),
        }
    }

    /// Every address of a family.
    fn is_all_of(&self, family: Family) -> bool {
        matches!(self, Self::Addresses(range) if *range == Cidr::every(family).range())
    }
}

type Looked = BTreeMap<(Key, Key), Verdict>;

/// The connections of a look; those with addresses of IPv6 where one of the two looks speaks of such.
fn connections(reach: &Reachability, ipv6: bool) -> Looked {
    let key = |party: &Party<'_>| match party {
        Party::Addresses(range) => Key::Addresses(*range),
        other => Key::Named(parties::party(other, ipv6).to_string()),
    };
    let mut all = Looked::new();
    reach.connections_beside(ipv6, &|_, _| true, &mut |connection| {
        let (sure, may) = all.entry((key(&connection.from), key(&connection.to))).or_default();
        *sure = sure.union(&connection.sure);
        *may = may.union(&connection.may);
    });
    all
}

/// A look with the outside cut where either look cuts it: or one range would be told as lost and its halves as gained.
fn cut(look: Looked, pieces: &[AddressRange]) -> Looked {
    let parts = |key: &Key| -> Vec<Key> {
        match key {
            Key::Addresses(range) => pieces
                .iter()
                .filter(|piece| range.covers(**piece))
                .map(|piece| Key::Addresses(*piece))
                .collect(),
            named => vec![named.clone()],
        }
    };
    let mut found = Looked::new();
    for ((from, to), verdict) in look {
        for from in parts(&from) {
            for to in parts(&to) {
                found.insert((from.clone(), to), verdict.clone());
            }
        }
    }
    found
}

/// Two ends, and what is gained, lost, may be gained and may be lost between them.
type Change = ((Key, Key), [Connections; 4]);

/// What changes alike with every address of IPv4 and with every one of IPv6, as one.
fn of_both_families(changes: Vec<Change>) -> Vec<Change> {
    let every = || Key::Named("any address outside".to_owned());
    let with = |key: &Key, family: Family| if key.is_all_of(family) { every() } else { key.clone() };
    let joins = |(from, to): &(Key, Key), family: Family| (with(from, family), with(to, family));
    let of_v6: BTreeSet<_> = changes
        .iter()
        .filter(|((from, to), _)| from.is_all_of(Family::V6) || to.is_all_of(Family::V6))
        .map(|(ends, change)| (joins(ends, Family::V6), change.clone()))
        .collect();
    let mut found: Vec<Change> = Vec::new();
    let mut joined: BTreeSet<Change> = BTreeSet::new();
    for (ends, change) in changes {
        let one = (joins(&ends, Family::V4), change.clone());
        let other = (joins(&ends, Family::V6), change.clone());
        if one.0 != ends && of_v6.contains(&one) {
            joined.insert(one.clone());
            found.push(one);
        } else if !joined.contains(&other) {
            found.push((ends, change));
        }
    }
    found
}

/// Changes of ranges that touch and change alike, as one.
fn joined(rows: Vec<Change>) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for ((from, to), change) in rows {
        if let Some(((last_from, last_to), last)) = all.last_mut()
            && *last == change
        {
            match (&mut *last_from, &from, &mut *last_to, &to) {
                (Key::Addresses(known), Key::Addresses(next), one, other) if one == other => {
                    if let Some(both) = known.joined(*next) {
                        *known = both;
                        continue;
                    }
                }
                (one, other, Key::Addresses(known), Key::Addresses(next)) if one == other => {
                    if let Some(both) = known.joined(*next) {
                        *known = both;
                        continue;
                    }
                }
                _ => {}
            }
        }
        all.push(((from, to), change));
    }
    all
}

fn compare(before: &Scene<'_>, after: &Scene<'_>, arguments: &DiffNetArgs) -> Result<ExitCode, Failure> {
    let ipv6 = before.reach.tells_ipv6() || after.reach.tells_ipv6();
    let (old, new) = (connections(before.reach, ipv6), connections(after.reach, ipv6));
    let ends = old.keys().chain(new.keys()).flat_map(|(from, to)| [from, to]);
    let ranges = ends.filter_map(|key| match key {
        Key::Addresses(range) => Some(*range),
        Key::Named(_) => None,
    });
    let pieces = watertight_netpol::pieces_of(ranges);
    let (old, new) = (cut(old, &pieces), cut(new, &pieces));
    let none = Verdict::default();
    let ends: BTreeSet<&(Key, Key)> = old.keys().chain(new.keys()).collect();
    let changes = ends.into_iter().map(|ends| {
        let (one, other) = (old.get(ends).unwrap_or(&none), new.get(ends).unwrap_or(&none));
        let gained = other.0.difference(&one.0).difference(&one.1);
        let lost = one.0.difference(&other.1);
        // What may be open after and was closed for certain is a gain that nobody can exclude.
        let may_gain = other.1.difference(&one.1).union(&other.0.difference(&one.0)).difference(&gained);
        let may_lose = one.1.difference(&other.1).union(&one.0.difference(&other.0)).difference(&lost);
        (ends.clone(), [gained, lost, may_gain, may_lose])
    });
    let changes = changes.filter(|(_, change)| change.iter().any(|set| !set.is_empty())).collect();
    let text = |set: &Connections| if set.is_empty() { String::new() } else { set.to_string() };
    let row = |((from, to), change): &Change| {
        let [gained, lost, may_gain, may_lose] = change.each_ref().map(text);
        let [from, to] = [from, to].map(|end| end.shown(ipv6));
        ChangeRow { from, to, gained, lost, may_gain, may_lose }
    };
    let rows: Vec<ChangeRow> = of_both_families(joined(changes)).iter().map(row).collect();
    let mut about = after.about();
    about.gaps.extend(before.gaps());
    about.problems.extend(before.problems());
    about.problems.dedup();
    about.notes.extend(
        before
            .about()
            .enforcement
            .note()
            .filter(|_| before.enforcement() != after.enforcement())
            .map(|note| format!("before: {note}")),
    );
    let code = after.tell(&about);
    after.tell_assumptions(&about, arguments.output);
    let gains = rows.iter().any(|row| !row.gained.is_empty() || !row.may_gain.is_empty());
    let written = to_stdout(|out: &mut dyn io::Write| {
        let mut writer = DiffWriter::new(arguments.output.into(), style(after.color), &about, out)?;
        rows.iter().try_for_each(|row| writer.row(row))?;
        writer.end()
    });
    match written {
        Err(failure) if failure.is_closed_pipe() => {}
        written => written?,
    }
    Ok(match gains && arguments.fail_on_gain {
        true => ExitCode::from(FINDINGS),
        false if code == ExitCode::from(INCOMPLETE) => code,
        false => ExitCode::from(CLEAN),
    })
}
