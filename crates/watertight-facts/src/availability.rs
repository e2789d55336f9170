//! What keeps workloads going: how many replicas there are, who changes that, what may be evicted.
//!
//! Start reading at [`Replicas`] and [`BudgetFacts`].

mod amount;
mod autoscaler;
mod budget;

use std::collections::{BTreeMap, HashMap};

use watertight_model::{GroupKind, Namespace, Object, ObjectId};
use watertight_syntax::{Kind, Value};

use crate::object_facts::ObjectFacts;
use crate::workload_kinds::Template;
use crate::world::{View, World};

pub use amount::Amount;
pub use autoscaler::{AutoscalerFacts, ScaleTarget, Utilization};
pub use budget::{BudgetFacts, Selects};

/// Says how many pods may be evicted.
pub const DISRUPTION_BUDGET: GroupKind = GroupKind { group: "policy", kind: "PodDisruptionBudget" };
/// Changes the number of replicas.
pub const AUTOSCALER: GroupKind = GroupKind { group: "autoscaling", kind: "HorizontalPodAutoscaler" };
/// KEDA's: changes the number of replicas down to none.
pub const SCALED_OBJECT: GroupKind = GroupKind { group: "keda.sh", kind: "ScaledObject" };

/// The kinds that keep a number of equal pods running, by `spec.replicas`, which is 1 when it is not
/// written (`pkg/apis/apps/v1/defaults.go` and its like).
const SCALED: [&str; 7] = [
    "CloneSet",
    "Deployment",
    "DeploymentConfig",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "StatefulSet",
];

/// How many replicas a workload has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replicas {
    /// The fewest.
    pub least: i64,
    /// The most.
    pub most: i64,
    /// The autoscaler that decides, when one in view does.
    pub autoscaler: Option<ObjectId>,
}

/// Whether a kind may be a budget. Any group: the name says what is meant, and what is in the wrong
/// group is refused by the API server.
pub(crate) fn is_budget(object: &Object) -> bool {
    &*object.identity().kind == DISRUPTION_BUDGET.kind
}

/// Whether an object changes the number of replicas of another.
pub(crate) fn is_autoscaler(object: &Object) -> bool {
    [AUTOSCALER, SCALED_OBJECT].iter().any(|kind| kind.is(object.identity()))
}

/// The facts of a budget or an autoscaler.
pub(crate) fn facts(object: &Object) -> ObjectFacts {
    let body = match object.body() {
        Ok(body) => body,
        Err(error) => return ObjectFacts::Unreadable(error.message),
    };
    if is_budget(object) {
        ObjectFacts::Budget(Box::new(BudgetFacts::of(object.identity(), &body)))
    } else {
        ObjectFacts::Autoscaler(Box::new(AutoscalerFacts::of(object.identity(), body.root())))
    }
}

/// The replicas that a workload asks for; `None` when its kind has none or they cannot be read.
pub(crate) fn replicas_written(template: &Template, root: Value<'_>) -> Option<i64> {
    if !SCALED.contains(&template.kind) {
        return None;
    }
    match root.get("spec").and_then(|spec| spec.get("replicas")) {
        Some(value) if value.kind() != Kind::Null => value.as_i64(),
        _ => Some(1),
    }
}

/// Which budgets are about which workloads, and which autoscalers scale what.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    budgets_of: HashMap<ObjectId, Vec<ObjectId>>,
    workloads_under: HashMap<ObjectId, Vec<ObjectId>>,
    autoscalers: HashMap<(Namespace, String, String), Vec<ObjectId>>,
}

impl Joins {
    pub(crate) fn of(world: &World<'_>) -> Self {
        let mut joins = Self::default();
        let mut budgets: BTreeMap<&Namespace, Vec<(ObjectId, &BudgetFacts)>> = BTreeMap::new();
        for (id, object) in world.snapshot().objects() {
            let namespace = &object.identity().namespace;
            match world.facts(id) {
                ObjectFacts::Budget(facts) => budgets.entry(namespace).or_default().push((id, facts)),
                ObjectFacts::Autoscaler(facts) => {
                    let target = &facts.target;
                    let key = (namespace.clone(), target.kind.clone(), target.name.clone());
                    joins.autoscalers.entry(key).or_default().push(id);
                }
                _ => {}
            }
        }
        for entry in world.workloads() {
            let namespace = &world.snapshot().object(entry.object).identity().namespace;
            let Some(facts) = world.workload_facts(entry.object).filter(|facts| facts.has_template) else {
                continue;
            };
            for &(budget, says) in budgets.get(namespace).into_iter().flatten() {
                if says.selects(&facts.labels) {
                    joins.budgets_of.entry(entry.object).or_default().push(budget);
                    joins.workloads_under.entry(budget).or_default().push(entry.object);
                }
            }
        }
        joins
    }
}

impl<'w> View<'w> {
    /// What a budget says; `None` for what is none, or could not be read.
    #[must_use]
    pub fn budget(self, id: ObjectId) -> Option<&'w BudgetFacts> {
        if let ObjectFacts::Budget(facts) = self.world().facts(id) { Some(facts) } else { None }
    }

    /// What an autoscaler says; `None` for what is none, or could not be read.
    #[must_use]
    pub fn autoscaler(self, id: ObjectId) -> Option<&'w AutoscalerFacts> {
        if let ObjectFacts::Autoscaler(facts) = self.world().facts(id) { Some(facts) } else { None }
    }

    /// The budgets that are about the pods of a workload.
    ///
    /// # Panics
    /// When the control does not declare [`DISRUPTION_BUDGET`] among its `reads`.
    #[must_use]
    pub fn budgets_of(self, workload: ObjectId) -> &'w [ObjectId] {
        self.declared(DISRUPTION_BUDGET);
        self.world().availability().budgets_of.get(&self.top_most(workload)).map_or(&[], Vec::as_slice)
    }

    /// The workloads in view whose pods a budget is about.
    #[must_use]
    pub fn workloads_under(self, budget: ObjectId) -> &'w [ObjectId] {
        self.world().availability().workloads_under.get(&budget).map_or(&[], Vec::as_slice)
    }

    /// The autoscalers that scale a workload.
    ///
    /// # Panics
    /// When the control does not declare [`AUTOSCALER`] and [`SCALED_OBJECT`] among its `reads`.
    #[must_use]
    pub fn autoscalers_of(self, workload: ObjectId) -> Vec<ObjectId> {
        [AUTOSCALER, SCALED_OBJECT].into_iter().for_each(|kind| self.declared(kind));
        let identity = self.snapshot().object(workload).identity();
        let key = (identity.namespace.clone(), identity.kind.to_string(), identity.name.to_string());
        let found = self.world().availability().autoscalers.get(&key);
        let scales = |&id: &ObjectId| {
            let group = self.autoscaler(id).and_then(|facts| facts.target.group.as_deref());
            group.is_none_or(|group| group == &*identity.group || is_former_group(&identity.group, group))
        };
        found.into_iter().flatten().copied().filter(scales).collect()
    }

    /// How many replicas a workload has; `None` when its kind has none, or they cannot be read.
    ///
    /// # Panics
    /// When the control does not declare [`AUTOSCALER`] and [`SCALED_OBJECT`] among its `reads`.
    #[must_use]
    pub fn replicas(self, workload: ObjectId) -> Option<Replicas> {
        let written = self.world().workload_facts(workload)?.replicas?;
        let autoscalers = self.autoscalers_of(workload);
        let Some((id, facts)) = autoscalers.first().and_then(|&id| Some((id, self.autoscaler(id)?))) else {
            return Some(Replicas { least: written, most: written, autoscaler: None });
        };
        // An autoscaler leaves alone what was scaled to none (`reconcileAutoscaler` in
        // `pkg/controller/podautoscaler/horizontal.go`); KEDA wakes it up.
        if written == 0 && !facts.may_scale_to_zero {
            return Some(Replicas { least: 0, most: 0, autoscaler: None });
        }
        let least = facts.least();
        Some(Replicas { least, most: facts.max_replicas.unwrap_or(least).max(least), autoscaler: Some(id) })
    }
}

/// Whether two API groups have served the same kind.
fn is_former_group(group: &str, other: &str) -> bool {
    const FORMER: [&str; 2] = ["apps", "extensions"];
    FORMER.contains(&group) && FORMER.contains(&other)
}
