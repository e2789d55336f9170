//! What keeps workloads going: how many replicas there are, who changes that, what may be evicted.
//!
//! Start reading at [`Replicas`] and [`BudgetFacts`].

mod amount;
mod autoscaler;
mod budget;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{GroupKind, Namespace, Object, ObjectId};
use watertight_rbac::Selector;
use watertight_syntax::{Kind, Value};

use crate::object_facts::ObjectFacts;
use crate::workload::Workload;
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

/// Says which pods go first when there is no room.
pub const PRIORITY_CLASS: GroupKind = GroupKind { group: "scheduling.k8s.io", kind: "PriorityClass" };

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
    /// Whether somebody wrote the number. `kubectl apply` leaves one that is not written as it is, so that
    /// it is 1 unless something out of view scales the workload.
    pub is_written: bool,
}

/// Whether a kind may be a budget. Any group: the name says what is meant, and what is in the wrong
/// group is refused by the API server.
fn is_budget(object: &Object) -> bool {
    &*object.identity().kind == DISRUPTION_BUDGET.kind
}

/// Whether an object is joined here.
pub(crate) fn is_joined(object: &Object) -> bool {
    let kinds = [AUTOSCALER, SCALED_OBJECT, PRIORITY_CLASS];
    is_budget(object) || kinds.iter().any(|kind| kind.is(object.identity()))
}

/// The facts of a budget, an autoscaler or a priority class.
pub(crate) fn facts(object: &Object) -> ObjectFacts {
    let body = match object.body() {
        Ok(body) => body,
        Err(error) => return ObjectFacts::Unreadable(error.message),
    };
    if is_budget(object) {
        ObjectFacts::Budget(Box::new(BudgetFacts::of(object.identity(), &body)))
    } else if PRIORITY_CLASS.is(object.identity()) {
        let is_default = body.root().get("globalDefault").and_then(Value::as_bool) == Some(true);
        if is_default { ObjectFacts::DefaultPriority } else { ObjectFacts::Other }
    } else {
        ObjectFacts::Autoscaler(Box::new(AutoscalerFacts::of(object.identity(), body.root())))
    }
}

/// What a workload says of the number of its replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Its kind has no replicas, or they cannot be read.
    None,
    /// So many are written.
    Written(i64),
    /// Nothing is written, which is 1.
    Unwritten,
}

/// What a workload says of the number of its replicas.
pub(crate) fn scale(template: &Template, root: Value<'_>) -> Scale {
    if !SCALED.contains(&template.kind) {
        return Scale::None;
    }
    match root.get("spec").and_then(|spec| spec.get("replicas")) {
        Some(value) if value.kind() != Kind::Null => value.as_i64().map_or(Scale::None, Scale::Written),
        _ => Scale::Unwritten,
    }
}

/// Which budgets are about which workloads, and which autoscalers scale what.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    budgets_of: HashMap<ObjectId, Vec<ObjectId>>,
    workloads_under: HashMap<ObjectId, Vec<ObjectId>>,
    autoscalers: HashMap<TargetKey, Vec<ObjectId>>,
    /// Autoscalers whose target is in view.
    with_target: HashSet<ObjectId>,
    has_default_priority: bool,
    /// Namespaces with objects of kinds that are not Kubernetes' own, which may stand for pods.
    with_custom_resources: HashSet<Namespace>,
}

/// Namespace, kind, name.
type TargetKey = (Namespace, String, String);

impl Joins {
    pub(crate) fn of(world: &World<'_>) -> Self {
        let mut joins = Self::default();
        let mut budgets: BTreeMap<&Namespace, Vec<(ObjectId, &BudgetFacts)>> = BTreeMap::new();
        for (id, object) in world.snapshot().objects() {
            let namespace = &object.identity().namespace;
            if is_custom(&object.identity().group) && !joins.with_custom_resources.contains(namespace) {
                joins.with_custom_resources.insert(namespace.clone());
            }
            match world.facts(id) {
                ObjectFacts::Budget(facts) => budgets.entry(namespace).or_default().push((id, facts)),
                ObjectFacts::Autoscaler(facts) => {
                    let target = &facts.target;
                    let key = (namespace.clone(), target.kind.clone(), target.name.clone());
                    joins.autoscalers.entry(key).or_default().push(id);
                }
                ObjectFacts::DefaultPriority => joins.has_default_priority = true,
                _ => {}
            }
        }
        joins.find_targets(world);
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

    fn find_targets(&mut self, world: &World<'_>) {
        let kinds: BTreeSet<&str> = self.autoscalers.keys().map(|(_, kind, _)| kind.as_str()).collect();
        let objects = kinds.into_iter().flat_map(|kind| world.snapshot().of_kind(kind));
        for identity in objects.map(|&id| world.snapshot().object(id).identity()) {
            let key = (identity.namespace.clone(), identity.kind.to_string(), identity.name.to_string());
            let autoscalers = self.autoscalers.get(&key).into_iter().flatten();
            let found = autoscalers.filter(|&&id| match world.facts(id) {
                ObjectFacts::Autoscaler(facts) => facts.target.is_in_group(&identity.group),
                _ => false,
            });
            self.with_target.extend(found);
        }
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

    /// Whether a priority class in view is that of pods which name none.
    ///
    /// # Panics
    /// When the control does not declare [`PRIORITY_CLASS`] among its `reads`.
    #[must_use]
    pub fn has_default_priority(self) -> bool {
        self.declared(PRIORITY_CLASS);
        self.world().availability().has_default_priority
    }

    /// Whether something in view of this namespace may stand for pods that are not: an object of a kind
    /// that is not Kubernetes' own, whose operator makes them.
    #[must_use]
    pub fn may_hold_other_pods(self, namespace: &Namespace) -> bool {
        self.world().availability().with_custom_resources.contains(namespace)
    }

    /// Whether what an autoscaler scales is in view.
    #[must_use]
    pub fn has_target(self, autoscaler: ObjectId) -> bool {
        self.world().availability().with_target.contains(&autoscaler)
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
            self.autoscaler(id).is_some_and(|facts| facts.target.is_in_group(&identity.group))
        };
        found.into_iter().flatten().copied().filter(scales).collect()
    }

    /// How many replicas a workload has; `None` when its kind has none, or they cannot be read.
    ///
    /// # Panics
    /// When the control does not declare [`AUTOSCALER`] and [`SCALED_OBJECT`] among its `reads`.
    #[must_use]
    pub fn replicas(self, workload: ObjectId) -> Option<Replicas> {
        let (written, is_written) = match self.world().workload_facts(workload)?.scale {
            Scale::None => return None,
            Scale::Written(count) => (count, true),
            Scale::Unwritten => (1, false),
        };
        let autoscalers = self.autoscalers_of(workload);
        let Some((id, facts)) = autoscalers.first().and_then(|&id| Some((id, self.autoscaler(id)?))) else {
            return Some(Replicas { least: written, most: written, autoscaler: None, is_written });
        };
        // An autoscaler leaves alone what was scaled to none (`reconcileAutoscaler` in
        // `pkg/controller/podautoscaler/horizontal.go`); KEDA wakes it up.
        if written == 0 && !facts.may_scale_to_zero {
            return Some(Replicas { least: 0, most: 0, autoscaler: None, is_written });
        }
        let least = facts.least();
        let most = facts.max_replicas.unwrap_or(least).max(least);
        Some(Replicas { least, most, autoscaler: Some(id), is_written })
    }
}

/// Whether an API group is not Kubernetes' own.
fn is_custom(group: &str) -> bool {
    group.contains('.') && !group.ends_with(".k8s.io")
}

impl ScaleTarget {
    /// Whether an object of this group may be meant: `apps` and `extensions` have served the same kinds.
    fn is_in_group(&self, group: &str) -> bool {
        const FORMER: [&str; 2] = ["apps", "extensions"];
        let own = self.group.as_deref().unwrap_or_default();
        own == group || (FORMER.contains(&own) && FORMER.contains(&group))
    }
}

impl Workload<'_> {
    /// The selector by which the controller knows its pods; `None` when its kind has none or none is
    /// written, and why when it is no selector.
    #[must_use]
    pub fn selector(self) -> Option<Result<Selector, String>> {
        let at = self.path().parent()?.parent()?.key("selector");
        let object = self.view().snapshot().object(self.id());
        let body = object.body().ok()?;
        if &*object.identity().kind != "ReplicationController" {
            return budget::selector(&body, &at);
        }
        let labels = body.decode::<BTreeMap<String, String>>(&at)?;
        let labels = labels.map(|labels| labels.value).unwrap_or_default();
        let plain = LabelSelector { match_labels: Some(labels), match_expressions: None };
        Some(Selector::new(&plain).map_err(|error| error.to_string()))
    }
}
