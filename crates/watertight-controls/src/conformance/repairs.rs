//! What a fix leaves passes the outside check that failed before.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use watertight_engine::fix::{Existing, RepairOptions, repair};
use watertight_engine::run;
use watertight_facts::{World, implied};
use watertight_syntax::Limits;

use super::cases::{Case, polaris};
use super::{TABLES, crosswalk, folder_of};

/// Checks whose fix is not ours to give: what a container needs, and where it tells that it is well, is not
/// in a manifest. Polaris writes amounts and a probe of its own, with a comment to change them.
const NOBODY_ELSE_KNOWS: &[&str] =
    &["cpuRequestsMissing", "livenessProbeMissing", "memoryRequestsMissing", "readinessProbeMissing"];

/// Where polaris has a result of its own fix (`mutated`), ours passes the same check.
#[test]
fn what_polaris_mutates_we_fix() {
    let Some(suite) = folder_of("posture-polaris") else { return };
    let tables = TABLES.iter().filter(|table| table.suite == "posture-polaris");
    let rules = tables.flat_map(|table| crosswalk::read(table.rows).unwrap());
    let (mut fixed, mut wrong) = (0, Vec::new());
    for rule in rules {
        let cases = polaris(&suite, &rule.name);
        if !cases.iter().any(|case| case.name.starts_with("mutated")) {
            continue;
        }
        let controls: Vec<_> = rule.controls.iter().map(|mapped| mapped.control).collect();
        for case in cases.iter().filter(|case| case.fails) {
            let name = format!("{}/{}", rule.name, case.name);
            match open_after_fix(case, &controls) {
                // Nothing was found: the verdict is compared elsewhere.
                None => {}
                Some(open) if open.is_empty() => fixed += 1,
                Some(_) if NOBODY_ELSE_KNOWS.contains(&rule.name.as_str()) => {
                    eprintln!("explained {name}: nobody but its author knows what it needs");
                }
                Some(open) => wrong.push(format!("{name}: {open:?}")),
            }
        }
    }
    eprintln!("polaris: {fixed} failing files pass after the fix");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fixed > 0, "nothing was fixed");
}

/// What the controls say after all fixes, those to be reviewed included; nothing when they said nothing before.
fn open_after_fix(case: &Case, controls: &[&'static watertight_engine::Control]) -> Option<Vec<String>> {
    let snapshot = case.snapshot();
    if run(&World::new(&snapshot, &case.settings), controls).findings.is_empty() {
        return None;
    }
    let all: Vec<_> = crate::all().collect();
    let options = RepairOptions {
        review: true,
        limits: Limits::default(),
        namespace: Some("default"),
        new_objects: None,
        existing: &|_: &FilePath| Existing::Absent,
    };
    let repaired = repair(&snapshot, &case.settings, &|world| run(world, &all), &options);
    let texts: BTreeMap<_, _> =
        repaired.files.iter().map(|(path, text)| (path.clone(), text.after.clone())).collect();
    let next = implied::complete(
        snapshot.with_texts(&texts, Limits::default(), Some("default")),
        case.settings.target,
    );
    let outcome = run(&World::new(&next, &case.settings), controls);
    let left = |control: &str| {
        let reason = repaired.left.iter().find(|(told, _)| told.control == control);
        reason.map_or(String::new(), |(_, left)| left.to_string())
    };
    Some(
        outcome
            .findings
            .iter()
            .map(|finding| format!("{}: {} ({})", finding.control, finding.message, left(finding.control)))
            .collect(),
    )
}
