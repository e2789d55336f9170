//! `watertight blast diff`.

use std::process::ExitCode;

use watertight_graph::{Reading, shifts};
use watertight_report::blast::diff::{Diff, ShiftRow};

use super::{Scene, ask};
use crate::args::{BlastDiffArgs, ColorWhen, DiffBlastFormat};
use crate::exit::{FINDINGS, Failure};
use crate::output::{style, to_stdout};

/// Tells what a change opens and closes.
pub fn run(arguments: &BlastDiffArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let [before, after] = arguments.between.paths()?;
    ask(before, &arguments.graph, |before| {
        ask(after, &arguments.graph, |after| compare(before, after, arguments, color))
    })
}

fn compare(
    before: &Scene<'_, '_>,
    after: &Scene<'_, '_>,
    arguments: &BlastDiffArgs,
    color: ColorWhen,
) -> Result<ExitCode, Failure> {
    let mut changes: Vec<ShiftRow> = shifts(before.measure, after.measure, after.reading)
        .into_iter()
        .map(|shift| ShiftRow {
            path: shift.gained_goals.first().or(shift.gained.first()).and_then(|to| {
                let (from, to) = (after.graph.find(&shift.thing).ok()?, after.graph.find(to).ok()?);
                let targets = after.graph.meant_as_target(to);
                let found = after.measure.paths(&[after.graph.vertex(from)?], &targets, after.reading, 1);
                found.first().map(|path| after.path_row(path))
            }),
            thing: shift.thing,
            state: match shift.there {
                [false, _] => "new",
                [true, false] => "gone",
                [true, true] => "changed",
            },
            gained_goals: shift.gained_goals,
            gained: shift.gained,
            lost_goals: shift.lost_goals,
            lost: shift.lost,
        })
        .collect();
    let count = |list: &Vec<String>| std::cmp::Reverse(list.len());
    changes.sort_by_key(|row| (count(&row.gained_goals), count(&row.gained), row.thing.clone()));
    let exposure =
        |reading: Reading| [before, after].map(|scene| scene.measure.exposure(reading).score.shown());
    let loses = |row: &&ShiftRow| !row.lost_goals.is_empty() || !row.lost.is_empty();
    let diff = Diff {
        exposure: exposure(Reading::Flaws),
        exposure_direct: exposure(Reading::Direct),
        gains: changes.iter().filter(|row| row.gains()).count(),
        losses: changes.iter().filter(loses).count(),
        changes,
    };
    let mut about = after.about();
    about.gaps.extend(before.gaps());
    about.gaps.sort();
    about.gaps.dedup();
    let code = after.tell(&about);
    to_stdout(|out| match arguments.output {
        DiffBlastFormat::Json => diff.json(&about, out),
        DiffBlastFormat::Markdown => diff.markdown(&about, out),
        DiffBlastFormat::Table => diff.table(&about, style(color), out),
    })?;
    let fails = arguments.fail_on_gain && diff.gains > 0;
    Ok(if fails { ExitCode::from(FINDINGS) } else { code })
}
