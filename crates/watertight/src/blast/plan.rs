//! `watertight plan`.

use std::process::ExitCode;

use watertight_graph::thing::Thing;
use watertight_graph::{Change, Fix, Reading, Score};
use watertight_model::{ObjectId, Safety};
use watertight_report::blast::plan::{Plan, StepRow};
use watertight_syntax::Path;

use super::Scene;
use crate::args::{ColorWhen, DiffBlastFormat, PlanArgs};
use crate::exit::Failure;
use crate::output::{style, to_stdout};
use crate::written::origin;

/// Tells what to do first.
pub fn run(scene: &Scene<'_, '_>, arguments: &PlanArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let told = answer(scene, arguments.top, arguments.budget);
    let about = scene.about();
    let code = scene.tell(&about);
    to_stdout(|out| match arguments.output {
        DiffBlastFormat::Json => told.json(&about, out),
        DiffBlastFormat::Markdown => told.markdown(&about, out),
        DiffBlastFormat::Table => told.table(&about, style(color), out),
    })?;
    Ok(code)
}

/// Up to so many steps, within so much effort.
pub fn answer(scene: &Scene<'_, '_>, steps: usize, budget: Option<u32>) -> Plan {
    let fixes = scene.graph.fixes();
    let plan = scene.measure.plan(&fixes, steps, budget);
    let mut before = plan.before.clone();
    let mut steps = Vec::new();
    for (number, step) in plan.steps.iter().enumerate() {
        let fix = &fixes[step.fix];
        let (change, how, at) = told(scene, fix);
        let value = |reading: usize| {
            Score(before[reading].score.0.saturating_sub(step.after[reading].score.0)).shown()
        };
        let snapshot = scene.graph.scene.world.snapshot();
        steps.push(StepRow {
            step: number + 1,
            change,
            how,
            safety: match fix.safety {
                Safety::Safe => "safe",
                Safety::Review => "review",
            },
            effort: fix.effort,
            origin: at.map(|(object, path)| origin(snapshot.object(object), &path)),
            exposure: step.after[0].score.shown(),
            exposure_direct: step.after[1].score.shown(),
            value: value(0),
            value_direct: value(1),
            cuts: step.cuts.map(|goal| scene.graph.label(Thing::Goal(goal))),
        });
        before = step.after.clone();
    }
    Plan {
        exposure: scene.measure.exposure(Reading::Flaws).score.shown(),
        exposure_direct: scene.measure.exposure(Reading::Direct).score.shown(),
        candidates: fixes.len(),
        steps,
        guide: super::guide::rows(scene, &fixes),
    }
}

/// What a fix changes, how, and where.
pub fn told(scene: &Scene<'_, '_>, fix: &Fix) -> (String, String, Option<(ObjectId, Path)>) {
    let graph = scene.graph;
    let world = graph.scene.world;
    let policy = world.identities().policy();
    let snapshot = world.snapshot();
    match &fix.change {
        Change::Unbind(binding) => {
            let view = policy.binding(*binding);
            let what = format!("remove {view}, which gives {} {}", view.role_kind(), view.role_name());
            let how =
                "delete it, or bind a role with only what is used (`watertight rbac minimize`)".to_owned();
            (what, how, Some((ObjectId(view.tag()), Path::root())))
        }
        Change::DropRule(role, rule) => {
            let view = policy.role(*role);
            let rule = *rule as usize;
            let says = view.rules().get(rule).map(watertight_rbac::describe_rule).unwrap_or_default();
            let how = format!("take out {says}, or narrow it by verbs and resourceNames");
            let at = (ObjectId(view.tag()), Path::root().key("rules").index(rule));
            (format!("drop rule {} of {view}", rule + 1), how, Some(at))
        }
        Change::Field(object, path) => {
            let identity = snapshot.object(*object).identity();
            let how = how_to_set(path, fix, scene);
            (format!("change {path} of {identity}"), how, Some((*object, path.clone())))
        }
        Change::Harden(place) => {
            let load = &graph.scene.workloads[*place as usize];
            let what = format!("harden {}", graph.label(Thing::Workload(*place)));
            let how = "take out everything that gives its node away: privileged, host namespaces, added capabilities, \
folders of the node"
                .to_owned();
            (what, how, Some((load.object, Path::root())))
        }
        Change::Remove(object) => {
            let identity = snapshot.object(*object).identity();
            (
                format!("remove {identity}"),
                "delete it, if nothing needs it".to_owned(),
                Some((*object, Path::root())),
            )
        }
        Change::Enforce(namespace) => {
            let at = graph.namespace_object(namespace).map(|own| (own, Path::root().at("metadata.labels")));
            let how = format!(
                "label the namespace pod-security.kubernetes.io/enforce=baseline (`watertight psa label` says what stands in the way): kubectl label namespace {namespace} pod-security.kubernetes.io/enforce=baseline"
            );
            (format!("enforce Pod Security in the namespace {namespace}"), how, at)
        }
        Change::Isolate(namespace) => {
            let how = format!(
                "deny all ingress by default and let through what is needed (worth this at most: what is let through stays \
open): watertight net generate -n {namespace}"
            );
            (format!("default-deny network policies in the namespace {namespace}"), how, None)
        }
    }
}

/// What to write into a field.
fn how_to_set(path: &Path, fix: &Fix, scene: &Scene<'_, '_>) -> String {
    let text = path.to_string();
    let entries = fix.edges.iter().filter_map(|edge| {
        let kind = scene.graph.edges[*edge as usize].kind;
        scene.graph.entry(kind).map(|entry| entry.removed_by)
    });
    if text.ends_with("automountServiceAccountToken") {
        return "automountServiceAccountToken: false, or a service account of its own with only what it uses"
            .to_owned();
    }
    let mut removed: Vec<&str> = entries.flatten().copied().collect();
    removed.dedup();
    removed.truncate(3);
    removed.join(", or ")
}
