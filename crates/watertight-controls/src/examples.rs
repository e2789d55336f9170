//! Runs every control's page: `fail` fails, its fix gives `fixed`, `fixed` and `pass` are silent.

use serde_json::Value as Json;
use watertight_engine::{Check, Control, ExampleKind, Outcome, run};
use watertight_facts::{Settings, World, implied};
use watertight_model::{FixPlan, Object, ObjectId, Snapshot, Verdict, apply};
use watertight_syntax::Limits;

/// What examples are judged with: one trusted registry, one blocked, one moving tag, two bounds, a day.
fn settings() -> Settings {
    Settings {
        trusted_registries: vec!["registry.example.com".into()],
        blocked_registries: vec!["blocked.example.com".into()],
        moving_tags: vec!["dev".into()],
        trust_classes: vec!["sensitive=trust=sensitive".parse().unwrap()],
        bounds: ["limits.memory<=4Gi", "requests.cpu>=50m"].map(|bound| bound.parse().unwrap()).into(),
        today: Some("2026-03-01".parse().unwrap()),
        ..Settings::default()
    }
}

/// The objects of an example. One about the cluster as a whole shows all of it.
fn snapshot(control: &Control, yaml: &str) -> Snapshot {
    let whole = matches!(control.check, Check::Cluster(_));
    let mut builder = Snapshot::builder(Limits::default()).assume_complete(whole);
    builder.text("example.yaml", yaml);
    implied::complete(builder.finish(), settings().target)
}

fn judge(snapshot: &Snapshot, control: &'static Control) -> Outcome {
    let settings = settings();
    let world = World::new(snapshot, &settings);
    run(&world, &[control])
}

fn failures(outcome: &Outcome) -> usize {
    outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count()
}

/// The objects of the example itself.
fn written(snapshot: &Snapshot) -> impl Iterator<Item = (ObjectId, &Object)> {
    snapshot.objects().filter(|(_, object)| !object.is_implied())
}

/// The objects as plain values, after the fixes of an outcome, then those that the fixes create.
fn fixed(snapshot: &Snapshot, outcome: &Outcome) -> Vec<Json> {
    let mut created: Vec<Json> = Vec::new();
    for fix in outcome.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        for object in &fix.objects {
            if !created.contains(object) {
                created.push(object.clone());
            }
        }
    }
    written(snapshot)
        .map(|(id, object)| {
            let mut value = object.body().unwrap().root().to_json();
            let mut plan = FixPlan::default();
            for finding in outcome.findings.iter().filter(|finding| finding.shown_by == Some(id)) {
                if let Some(fix) = &finding.fix {
                    plan.add(fix).unwrap();
                }
            }
            let changes = plan.changes_for(&value);
            assert_eq!(apply(&mut value, &changes), None, "a change has no place to go");
            value
        })
        .chain(created)
        .collect()
}

fn check_page(control: &'static Control) {
    let name = control.name;
    let docs = control.docs();
    assert!(!docs.why.is_empty(), "{name}: say why it matters");
    assert!(!docs.remedy.is_empty(), "{name}: say what to do under `## Remedy`");
    let kinds: Vec<_> = docs.examples.iter().map(|example| example.kind).collect();
    assert!(kinds.contains(&ExampleKind::Fail), "{name}: needs a `yaml,fail` example");
    assert!(kinds.contains(&ExampleKind::Pass), "{name}: needs a `yaml,pass` example");
    let mut before: Option<(Snapshot, Outcome)> = None;
    for example in docs.examples {
        let snapshot = snapshot(control, &example.yaml);
        assert!(written(&snapshot).count() > 0, "{name}: an example holds no object\n{}", example.yaml);
        let outcome = judge(&snapshot, control);
        match example.kind {
            ExampleKind::Fail => {
                assert!(failures(&outcome) > 0, "{name}: does not fail\n{}", example.yaml);
                assert!(outcome.gaps.is_empty(), "{name}: {:?}\n{}", outcome.gaps, example.yaml);
                before = Some((snapshot, outcome));
            }
            ExampleKind::Fixed => {
                let (failing, found) = before.take().expect("`yaml,fixed` stands after a `yaml,fail`");
                let wanted: Vec<Json> =
                    written(&snapshot).map(|(_, object)| object.body().unwrap().root().to_json()).collect();
                assert_eq!(fixed(&failing, &found), wanted, "{name}: the fix gives something else");
                assert_eq!(
                    failures(&outcome),
                    0,
                    "{name}: still fails after its fix: {:?}",
                    outcome.findings
                );
            }
            ExampleKind::Pass => {
                assert_eq!(outcome.findings.len(), 0, "{name}: {:?}\n{}", outcome.findings, example.yaml);
            }
        }
    }
}

#[test]
fn every_page_is_true() {
    let mut wrong = Vec::new();
    for control in crate::all() {
        let checked = std::panic::catch_unwind(|| check_page(control));
        if checked.is_err() {
            wrong.push(control.name);
        }
    }
    assert!(wrong.is_empty(), "see above: {wrong:?}");
}

/// A fix without a `fixed` example is a claim that nothing checks.
#[test]
fn every_fix_is_shown() {
    for control in crate::all() {
        let docs = control.docs();
        for example in docs.examples.iter().filter(|example| example.kind == ExampleKind::Fail) {
            let snapshot = snapshot(control, &example.yaml);
            let fixes =
                judge(&snapshot, control).findings.iter().filter(|finding| finding.fix.is_some()).count();
            let shown = docs.examples.iter().any(|example| example.kind == ExampleKind::Fixed);
            assert!(fixes == 0 || shown, "{}: offers a fix and shows no `yaml,fixed`", control.name);
        }
    }
}

#[test]
fn the_registries_hold_what_the_folders_hold() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (folder, all) in [
        ("image", crate::image::ALL),
        ("pod", crate::pod::ALL),
        ("identity", crate::identity::ALL),
        ("rbac", crate::rbac::ALL),
        ("network", crate::network::ALL),
        ("control_plane", crate::control_plane::ALL),
        ("secrets", crate::secrets::ALL),
        ("node", crate::node::ALL),
        ("supply_chain", crate::supply_chain::ALL),
        ("availability", crate::availability::ALL),
    ] {
        let mut files: Vec<String> = std::fs::read_dir(source.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "mod.rs")
            .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
            .collect();
        files.sort();
        let registered: Vec<&str> = all.iter().map(|control| control.name).collect();
        assert_eq!(registered, files, "{folder}/mod.rs");
        assert!(
            all.iter().all(|control| control.layer.name().replace('-', "_") == folder),
            "{folder}: layers"
        );
    }
}

#[test]
fn names_are_unique() {
    let mut seen = std::collections::BTreeSet::new();
    for control in crate::all() {
        for name in [control.name].iter().chain(control.formerly) {
            assert!(seen.insert(*name), "{name} is there twice");
        }
        assert!(!control.title.ends_with('.') && !control.title.is_empty(), "{}", control.name);
    }
}

/// JSON that splits into values but does not decode must not pass in silence.
#[test]
fn json_that_does_not_decode_is_a_gap() {
    for text in [
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"x":1e999,"containers":[{"name":"c","image":"x","securityContext":{"privileged":true}}]}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","annotations":{"x":"\ud800"}},"spec":{"containers":[{"name":"c","image":"x","securityContext":{"privileged":true}}]}}"#,
    ] {
        let control = &crate::pod::PRIVILEGED_CONTAINER;
        let snapshot = snapshot(control, text);
        let outcome = judge(&snapshot, control);
        assert_eq!(outcome.gaps.len(), 1, "{outcome:?}");
    }
}
