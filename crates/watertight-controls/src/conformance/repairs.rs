//! What a fix leaves passes the outside check that failed before.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use watertight_engine::fix::{Existing, RepairOptions, repair};
use watertight_engine::{Outcome, run};
use watertight_facts::{World, implied};
use watertight_syntax::Limits;

use super::cases::{Case, polaris};
use super::{TABLES, crosswalk, folder_of};

/// Whether the container that a finding speaks of declares no TCP port: then nothing in the manifest tells what a
/// probe could ask. (Polaris writes a probe that reads a file of its own example.)
fn has_no_port(outcome: &Outcome) -> bool {
    outcome.findings.iter().all(|finding| finding.no_fix == Some(crate::starts::NO_PORT))
}

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
                Some(open) if open.findings.is_empty() => fixed += 1,
                Some(open) if has_no_port(&open) => eprintln!("explained {name}: {}", crate::starts::NO_PORT),
                Some(open) => wrong.push(format!("{name}: {}", told(&open))),
            }
        }
    }
    eprintln!("polaris: {fixed} failing files pass after the fix");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fixed > 0, "nothing was fixed");
}

/// What the controls say after all fixes, those to be reviewed included; nothing when they said nothing before.
fn open_after_fix(case: &Case, controls: &[&'static watertight_engine::Control]) -> Option<Outcome> {
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
    Some(run(&World::new(&next, &case.settings), controls))
}

fn told(outcome: &Outcome) -> String {
    let findings = outcome.findings.iter();
    findings.map(|finding| format!("{}: {}; ", finding.control, finding.message)).collect()
}
