//! One workload: every field of its templates and pods that a level does not allow.

use std::collections::BTreeSet;

use watertight_model::{Gap, ObjectId};
use watertight_podsecurity::{
    Admission, Check, Level, LevelVersion, NamespacePolicy, Offence, Place, Pod, Remedy, Segment as Step,
    Value, Version,
};
use watertight_syntax::{Path, Segment};

use crate::workload::{Opened, Workload};
use crate::world::{WorkloadEntry, World};

/// What is known of Pod Security of one workload.
#[derive(Debug)]
pub struct WorkloadSecurity {
    /// The top-most owner.
    pub object: ObjectId,
    /// Whether the runtime class of all its pods is exempt.
    pub exempt: bool,
    /// Whether it violates what its namespace enforces: its pods are refused.
    pub refused: bool,
    /// Whether it violates what its namespace audits.
    pub audited: bool,
    /// Whether it violates what its namespace warns of.
    pub warned: bool,
    baseline: Vec<Violation>,
    restricted: Vec<Violation>,
}

/// One field that a level does not allow, or asks for in vain.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The check.
    pub check: &'static Check,
    /// The object in view that holds the field: the owner, or a pod of it that differs.
    pub shown_by: ObjectId,
    /// The name of the container, when it is a container's field.
    pub container: Option<String>,
    /// The field, below its container or below the pod's spec, as `securityContext.privileged`; list
    /// items that have a name are addressed by it.
    pub field: String,
    /// Where it is in the object, also when it is not set.
    pub path: Path,
    /// What it holds; `not set`.
    pub value: String,
    /// What makes the check content.
    pub remedy: Remedy,
    /// Whether the field can be set once for all containers of the pod.
    pub inherited: bool,
}

impl WorkloadSecurity {
    /// The strictest level that it meets.
    #[must_use]
    pub fn meets(&self) -> Level {
        let meets = |level: &Level| self.violations(*level).is_empty();
        Level::ALL.into_iter().rev().find(meets).unwrap_or(Level::Privileged)
    }

    /// What does not allow a level: the pod's own fields, then container by container.
    #[must_use]
    pub fn violations(&self, level: Level) -> &[Violation] {
        match level {
            Level::Privileged => &[],
            Level::Baseline => &self.baseline,
            Level::Restricted => &self.restricted,
        }
    }
}

/// What workloads are asked.
pub(super) struct Asked<'a> {
    pub(super) admission: &'a Admission,
    pub(super) version: Version,
    /// Of the namespace.
    pub(super) policy: NamespacePolicy,
}

impl Asked<'_> {
    /// Judges a workload: its owner's template, and its pods where they differ. Nothing when the object
    /// has no template of its own. What could not be seen of it comes beside.
    pub(super) fn judge(
        &self,
        world: &World<'_>,
        entry: &WorkloadEntry,
    ) -> (Option<WorkloadSecurity>, Vec<Gap>) {
        let mut gaps = Vec::new();
        let mut judged: Option<WorkloadSecurity> = None;
        let mut seen = BTreeSet::new();
        for id in std::iter::once(entry.object).chain(entry.instances.iter().copied()) {
            let opened = match Opened::of(world, id) {
                Ok(Some(opened)) => opened,
                Ok(None) => continue,
                Err(why) => {
                    gaps.push(Gap::in_object(world.snapshot().object(id), &Path::root(), &why));
                    continue;
                }
            };
            if !seen.insert(opened.canonical_digest()) {
                continue;
            }
            for (path, why) in opened.left_out() {
                gaps.push(Gap::in_object(world.snapshot().object(id), path, why));
            }
            self.add(&opened, world, judged.get_or_insert_with(|| WorkloadSecurity::unasked(entry.object)));
        }
        if let Some(judged) = &mut judged {
            by_container(&mut judged.baseline);
            by_container(&mut judged.restricted);
        }
        (judged, gaps)
    }

    fn add(&self, opened: &Opened, world: &World<'_>, judged: &mut WorkloadSecurity) {
        let workload = Workload::new(opened, world, &[]);
        let pod = Pod::new(Some(workload.annotations()), workload.spec()).as_written();
        if self.admission.exempts_runtime_class_of(pod.spec) {
            return;
        }
        judged.exempt = false;
        let standards = &self.admission.standards;
        let forbids = |policy: LevelVersion| !standards.policy(policy).allows(pod);
        judged.refused |= forbids(self.policy.enforce);
        judged.audited |= forbids(self.policy.audit);
        judged.warned |= forbids(self.policy.warn);
        for (level, violations) in
            [(Level::Baseline, &mut judged.baseline), (Level::Restricted, &mut judged.restricted)]
        {
            let offences = standards.policy(LevelVersion { level, version: self.version }).offences(pod);
            let mut known: BTreeSet<_> = violations.iter().map(Violation::key).collect();
            for (check, offence) in offences {
                let violation = Violation::of(check, &offence, workload);
                // What owner and pods have in common is said once.
                if known.insert(violation.key()) {
                    violations.push(violation);
                }
            }
        }
    }
}

impl WorkloadSecurity {
    fn unasked(object: ObjectId) -> Self {
        Self {
            object,
            exempt: true,
            refused: false,
            audited: false,
            warned: false,
            baseline: Vec::new(),
            restricted: Vec::new(),
        }
    }
}

impl Violation {
    fn of(check: &'static Check, offence: &Offence<'_>, workload: Workload<'_>) -> Self {
        let below_metadata = matches!(offence.place, Place::Annotation { .. });
        let base = if below_metadata { workload.metadata_path() } else { workload.path() };
        // The offence's own path begins with `spec` or `metadata`, which is what the base leads to.
        let below: Path = offence.path().skip(1).map(segment).collect();
        Self {
            check,
            shown_by: workload.id(),
            container: offence.container().map(str::to_owned),
            field: field(offence),
            path: base.join(&below),
            value: offence.value.to_string(),
            remedy: offence.remedy,
            inherited: offence.value == Value::Absent
                && matches!(check.id, "runAsNonRoot" | "seccompProfile_restricted"),
        }
    }

    /// Equal for the same violation in owner and pod, whose containers may be numbered differently.
    fn key(&self) -> (&'static str, Option<String>, String, String) {
        (self.check.id, self.container.clone(), self.field.clone(), self.value.clone())
    }
}

/// The pod's own first, then container by container, in the order that checks came upon them.
fn by_container(violations: &mut [Violation]) {
    let mut order: Vec<Option<String>> = vec![None];
    for violation in violations.iter() {
        if !order.contains(&violation.container) {
            order.push(violation.container.clone());
        }
    }
    violations.sort_by_key(|violation| order.iter().position(|container| *container == violation.container));
}

fn segment(step: Step<'_>) -> Segment {
    match step {
        Step::Key(key) => Segment::Key(key.to_owned().into()),
        Step::Index(index) => Segment::Index(index),
    }
}

/// The field as people name it.
fn field(offence: &Offence<'_>) -> String {
    let tail = offence.field.replace("[]", &format!("[{}]", offence.item));
    match offence.place {
        Place::Pod | Place::Container { .. } => tail,
        Place::Volume { name, .. } if tail.is_empty() => format!("volumes[name={name}]"),
        Place::Volume { name, .. } => format!("volumes[name={name}].{tail}"),
        Place::Annotation { key } => format!("metadata.annotations['{key}']"),
    }
}
