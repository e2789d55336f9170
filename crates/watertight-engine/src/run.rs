//! One pass over a world with a list of controls.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use watertight_facts::{
    BindingScope, ClusterScope, ComponentScope, NamespaceScope, Opened, RoleScope, View, Workload, World,
};
use watertight_model::{
    Body, Finding, Fingerprint, Fix, Gap, GroupKind, Identity, Namespace, Object, ObjectId, Snapshot,
    Verdict, apply, merge_key_path,
};
use watertight_syntax::Path;

use crate::control::{Check, Control};
use crate::instances::{Variant, variants};
use crate::outcome::Outcome;
use crate::sink::{Draft, ObjectView, Sink};

/// Runs every control over every subject that it speaks of.
///
/// Deterministic: the same world and controls give the same outcome, whatever the order of files.
#[must_use]
pub fn run(world: &World<'_>, controls: &[&'static Control]) -> Outcome {
    let snapshot = world.snapshot();
    let mut run = Run {
        world,
        outcome: Outcome { gaps: [snapshot.gaps(), world.gaps()].concat(), ..Outcome::default() },
        twins: twins(snapshot),
    };
    for control in controls {
        run.outcome.counts.entry(control.name).or_default();
    }
    run.objects(controls);
    run.undeclared_namespaces(controls);
    run.workloads(controls);
    run.cluster(controls);
    run.finish()
}

/// A control with its subject, ready to be called.
type Call<'w> = Box<dyn FnOnce(&mut Sink<'_>) + 'w>;

/// The call of a control for one object; `None` when it does not speak of objects of this kind.
fn call<'w>(
    world: &'w World<'w>,
    control: &'static Control,
    id: ObjectId,
    view: View<'w>,
) -> Option<Call<'w>> {
    Some(match control.check {
        Check::Workload(_) | Check::Cluster(_) => return None,
        Check::Object(check) => Box::new(move |sink| check(ObjectView { id, view }, sink)),
        Check::Kinds(kinds, check) => {
            if !kinds.iter().any(|kind| kind.is(world.snapshot().object(id).identity())) {
                return None;
            }
            Box::new(move |sink| check(ObjectView { id, view }, sink))
        }
        Check::Namespace(check) => {
            let scope = NamespaceScope::of(world, id, view)?;
            Box::new(move |sink| check(scope, sink))
        }
        Check::Binding(check) => {
            let scope = BindingScope::of(world, id, view)?;
            Box::new(move |sink| check(scope, sink))
        }
        Check::Role(check) => {
            let scope = RoleScope::of(world, id, view)?;
            Box::new(move |sink| check(scope, sink))
        }
        Check::Component(components, check) => {
            let scopes = ComponentScope::all(world, id, view, components);
            if scopes.is_empty() {
                return None;
            }
            Box::new(move |sink| scopes.into_iter().for_each(|scope| check(scope, sink)))
        }
    })
}

/// What one call of a control gave.
struct Said {
    drafts: Vec<Draft>,
    verdict: Heard,
}

enum Heard {
    Judged,
    Unknown(String),
    NotInView(BTreeSet<GroupKind>),
    NotApplicable,
    Panicked,
}

struct Run<'w> {
    world: &'w World<'w>,
    outcome: Outcome,
    /// Identities that occur twice: their files go into the fingerprint.
    twins: BTreeSet<Identity>,
}

fn twins(snapshot: &Snapshot) -> BTreeSet<Identity> {
    let mut seen = BTreeSet::new();
    let identities = snapshot.objects().map(|(_, object)| object.identity());
    identities.filter(|identity| !seen.insert(*identity)).cloned().collect()
}

impl Run<'_> {
    fn objects(&mut self, controls: &[&'static Control]) {
        // Nobody wrote what is implied, so nobody can be told to change it.
        for (id, object) in self.world.snapshot().objects().filter(|(_, object)| !object.is_implied()) {
            for control in controls {
                let view = View::new(self.world, control.reads);
                let Some(call) = call(self.world, control, id, view) else { continue };
                let hidden = view.hidden(&object.identity().namespace);
                let said = hear(control, hidden, call);
                let failed = self.note(control, Some(id), &said);
                let keys = MergeKeys::of(object);
                for draft in said.drafts {
                    let path = keys.path(&draft.path);
                    self.finding(control, Some((id, id)), 1, &path, draft);
                }
                self.count(control, &said.verdict, failed);
            }
        }
    }

    /// Namespaces that workloads are in and that no object declares. A folder that holds no namespace
    /// cannot show what theirs demand: a note. In a whole cluster they are there without labels, and what
    /// is found belongs to the cluster, since there is no object to show it at.
    fn undeclared_namespaces(&mut self, controls: &[&'static Control]) {
        let world = self.world;
        let snapshot = world.snapshot();
        let spoken_of: BTreeSet<&Namespace> = world
            .workloads()
            .iter()
            .map(|entry| &snapshot.object(entry.object).identity().namespace)
            .filter(|namespace| **namespace != Namespace::Cluster)
            .collect();
        let whole = snapshot.is_complete(NAMESPACE.group, NAMESPACE.kind);
        let in_view = snapshot.is_in_view(NAMESPACE);
        let implied: Vec<ObjectId> = world
            .namespaces()
            .filter(|(name, _)| spoken_of.iter().any(|namespace| namespace.name() == Some(name)))
            .filter(|(_, objects)| objects.iter().all(|&id| snapshot.object(id).is_implied()))
            .filter_map(|(_, objects)| objects.first().copied())
            .collect();
        for control in controls {
            let Check::Namespace(check) = control.check else { continue };
            if !in_view && !spoken_of.is_empty() {
                let subjects = u32::try_from(spoken_of.len()).unwrap_or(u32::MAX);
                let note = self.outcome.notes.entry(NAMESPACE).or_default();
                note.controls.insert(control.name);
                note.subjects += subjects;
                self.outcome.counts.entry(control.name).or_default().not_in_view += subjects;
            }
            for &id in implied.iter().filter(|_| whole) {
                self.implied_namespace(control, check, id);
            }
        }
    }

    fn implied_namespace(
        &mut self,
        control: &'static Control,
        check: fn(NamespaceScope<'_>, &mut Sink<'_>),
        id: ObjectId,
    ) {
        let view = View::new(self.world, control.reads);
        let Some(scope) = NamespaceScope::of(self.world, id, view) else { return };
        let said = hear(control, view.hidden(&scope.namespace()), |sink| check(scope, sink));
        let failed = self.note(control, None, &said);
        let name = scope.name();
        for mut draft in said.drafts {
            draft.message = format!("namespace `{name}`, which no object declares: {}", draft.message);
            draft.path = Path::root();
            draft.discriminator = format!("{name} {}", draft.discriminator);
            draft.fix = draft.fix.map(|fix| declaring(name, &fix));
            let path = draft.path.to_string();
            self.finding(control, None, 1, &path, draft);
        }
        self.count(control, &said.verdict, failed);
    }

    fn workloads(&mut self, controls: &[&'static Control]) {
        let world = self.world;
        for entry in world.workloads() {
            let mut gaps = Vec::new();
            let variants = variants(world, entry, |id, why| {
                gaps.push(Gap::in_object(world.snapshot().object(id), &Path::root(), &why));
            });
            self.outcome.gaps.append(&mut gaps);
            if variants.is_empty() {
                continue;
            }
            self.outcome.workloads += 1;
            for variant in &variants {
                self.left_out(&variant.opened, variant.members);
            }
            let keys: Vec<MergeKeys<'_>> = variants
                .iter()
                .map(|variant| MergeKeys::of(world.snapshot().object(variant.opened.object())))
                .collect();
            for control in controls {
                if let Check::Workload(check) = control.check {
                    self.workload(control, check, entry.object, variants.iter().zip(&keys));
                }
            }
        }
    }

    /// What is judged once, for all objects together.
    fn cluster(&mut self, controls: &[&'static Control]) {
        for control in controls {
            let Check::Cluster(check) = control.check else { continue };
            let scope = ClusterScope::new(self.world, control.reads);
            let hidden = scope.view().hidden(&Namespace::Cluster);
            let said = hear(control, hidden, |sink| check(scope, sink));
            let failed = self.note(control, None, &said);
            for draft in said.drafts {
                let path = draft.path.to_string();
                self.finding(control, None, 1, &path, draft);
            }
            self.count(control, &said.verdict, failed);
        }
    }

    /// One control on one workload: what several variants say is one finding, shown at the first that says it.
    fn workload<'v, 'k: 'v>(
        &mut self,
        control: &'static Control,
        check: fn(Workload<'_>, &mut Sink<'_>),
        owner: ObjectId,
        variants: impl Iterator<Item = (&'v Variant, &'v MergeKeys<'k>)>,
    ) {
        let mut said_by: BTreeMap<[String; 3], Shown> = BTreeMap::new();
        let mut verdict = Heard::Judged;
        for (variant, keys) in variants {
            let workload = Workload::new(&variant.opened, self.world, control.reads);
            let hidden = workload.view().hidden(&workload.identity().namespace);
            let said = hear(control, hidden, |sink| check(workload, sink));
            self.note(control, Some(workload.id()), &said);
            for draft in said.drafts {
                let path = keys.path(&draft.path);
                let below = below_template(workload, &draft.path, &path).to_owned();
                let key = [below, draft.discriminator.clone(), draft.message.clone()];
                let shown = said_by.entry(key).or_insert_with(|| Shown {
                    by: workload.id(),
                    members: 0,
                    path,
                    draft,
                });
                shown.members += variant.members;
            }
            if !matches!(said.verdict, Heard::Judged) {
                verdict = said.verdict;
            }
        }
        let failed = !said_by.is_empty();
        for shown in said_by.into_values() {
            self.finding(control, Some((owner, shown.by)), shown.members.max(1), &shown.path, shown.draft);
        }
        self.count(control, &verdict, failed);
    }

    /// Turns fields that were left out into gaps: they were there and were not judged.
    fn left_out(&mut self, opened: &Opened, members: u32) {
        if members == 0 {
            return;
        }
        let id = opened.object();
        for (path, why) in opened.left_out() {
            let why = format!(
                "{why}; the field was left out and the rest judged (the API server refuses the object)"
            );
            self.outcome.gaps.push(Gap::in_object(self.world.snapshot().object(id), path, &why));
        }
    }

    /// Records what a call said beside failures. Returns whether it failed.
    fn note(&mut self, control: &'static Control, id: Option<ObjectId>, said: &Said) -> bool {
        let snapshot = self.world.snapshot();
        match &said.verdict {
            Heard::Unknown(why) => {
                let identity = id.map_or_else(Identity::cluster, |id| snapshot.object(id).identity().clone());
                self.outcome.findings.push(Finding {
                    control: control.name,
                    layer: control.layer,
                    severity: control.severity,
                    verdict: Verdict::Unknown,
                    object: id,
                    shown_by: id,
                    instances: 1,
                    path: Path::root(),
                    message: format!("could not be judged: {why}"),
                    fix: None,
                    no_fix: None,
                    fingerprint: Fingerprint::new(control.name, &identity, "", "unknown", ""),
                });
            }
            Heard::Panicked => {
                let why = "the control failed to run; this is a bug in Watertight, please report it";
                let mut gap = match id {
                    Some(id) => Gap::in_object(snapshot.object(id), &Path::root(), why),
                    None => {
                        let what = Identity::cluster().to_string();
                        Gap { what, why: why.to_owned(), affects: vec![control.name.to_owned()] }
                    }
                };
                gap.what = format!("control {} on {}", control.name, gap.what);
                self.outcome.gaps.push(gap);
            }
            Heard::NotInView(kinds) => {
                for &kind in kinds {
                    let note = self.outcome.notes.entry(kind).or_default();
                    note.partly = snapshot.is_in_view(kind);
                    note.controls.insert(control.name);
                    note.subjects += 1;
                }
            }
            Heard::Judged | Heard::NotApplicable => {}
        }
        !said.drafts.is_empty()
    }

    fn count(&mut self, control: &'static Control, verdict: &Heard, failed: bool) {
        let counts = self.outcome.counts.entry(control.name).or_default();
        match verdict {
            _ if failed => counts.failed += 1,
            Heard::Judged => counts.passed += 1,
            Heard::NotApplicable => counts.not_applicable += 1,
            Heard::Unknown(_) | Heard::Panicked => counts.unknown += 1,
            Heard::NotInView(_) => counts.not_in_view += 1,
        }
    }

    fn finding(
        &mut self,
        control: &'static Control,
        of: Option<(ObjectId, ObjectId)>,
        instances: u32,
        path: &str,
        draft: Draft,
    ) {
        let snapshot = self.world.snapshot();
        let (object, shown_by) = of.unzip();
        let (identity, origin) = match object.map(|id| snapshot.object(id)) {
            Some(object) => (object.identity().clone(), object.origin().distinct_name()),
            None => (Identity::cluster(), String::new()),
        };
        let file = if self.twins.contains(&identity) { origin } else { String::new() };
        self.outcome.findings.push(Finding {
            control: control.name,
            layer: control.layer,
            severity: draft.severity,
            verdict: Verdict::Fail,
            object,
            shown_by,
            instances,
            fingerprint: Fingerprint::new(control.name, &identity, path, &draft.discriminator, &file),
            path: draft.path,
            message: draft.message,
            fix: draft.fix,
            no_fix: draft.no_fix,
        });
    }

    fn finish(mut self) -> Outcome {
        self.outcome.rank(self.world.snapshot());
        self.outcome.gaps.sort();
        self.outcome.gaps.dedup();
        self.outcome
    }
}

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

/// A fix of a namespace that nobody declared is its declaration.
fn declaring(name: &str, fix: &Fix) -> Fix {
    // What only adds other objects needs no declaration.
    if fix.changes.is_empty() {
        return fix.clone();
    }
    let mut object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    let left = apply(&mut object, &fix.changes);
    let declared = Fix { changes: Vec::new(), ..fix.clone() };
    if left.is_some() { declared } else { declared.create(object) }
}

/// What one or several variants of a workload said.
struct Shown {
    by: ObjectId,
    members: u32,
    path: String,
    draft: Draft,
}

/// Paths of one object with merge keys. Its body is opened once, and only when something is found.
struct MergeKeys<'w> {
    object: &'w Object,
    body: OnceCell<Option<Body<'w>>>,
}

impl<'w> MergeKeys<'w> {
    fn of(object: &'w Object) -> Self {
        Self { object, body: OnceCell::new() }
    }

    fn path(&self, path: &Path) -> String {
        match self.body.get_or_init(|| self.object.body().ok()) {
            Some(body) => merge_key_path(body.root(), path),
            None => path.to_string(),
        }
    }
}

/// The part of a path (`full`, with merge keys) below the pod template: equal for an owner and its pods.
fn below_template<'p>(workload: Workload<'_>, path: &Path, full: &'p str) -> &'p str {
    for base in [workload.path(), workload.metadata_path()] {
        if base.covers(path) {
            let above = base.parent().filter(|parent| !parent.is_root());
            let prefix = above.map_or(0, |parent| parent.to_string().len());
            return full.get(prefix..).unwrap_or(full);
        }
    }
    full
}

/// Calls a control. What it cannot have seen makes it unknown before the call, or makes its silence
/// unknown where more could only add; a panic ends the call only.
fn hear(control: &Control, hidden: Option<&Gap>, call: impl FnOnce(&mut Sink<'_>)) -> Said {
    let unseen = hidden.map(|gap| format!("{} could not be read", gap.what));
    if let Some(why) = unseen.clone().filter(|_| !control.check.is_additive()) {
        return Said { drafts: Vec::new(), verdict: Heard::Unknown(why) };
    }
    let (mut drafts, mut unknown, mut applies) = (Vec::new(), None, true);
    let mut out_of_view = BTreeSet::new();
    let mut sink = Sink {
        severity: control.severity,
        drafts: &mut drafts,
        unknown: &mut unknown,
        out_of_view: &mut out_of_view,
        applies: &mut applies,
    };
    // Nothing of a half-finished call is used after a panic but the drafts pushed before it.
    let finished = catch_unwind(AssertUnwindSafe(|| call(&mut sink))).is_ok();
    let verdict = match unknown.or(unseen.filter(|_| drafts.is_empty())) {
        _ if !finished => Heard::Panicked,
        Some(why) => Heard::Unknown(why),
        None if !out_of_view.is_empty() => Heard::NotInView(out_of_view),
        None if applies => Heard::Judged,
        None => Heard::NotApplicable,
    };
    Said { drafts, verdict }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
