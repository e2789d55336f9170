//! Which nodes pods may be on: what a spec asks of nodes, against nodes in view or those that every cluster has.
//!
//! Upstream: `k8s.io/component-helpers` `scheduling/corev1/nodeaffinity/nodeaffinity.go`
//! (`GetRequiredNodeAffinity`), `k8s.io/api` `core/v1/toleration.go` (`ToleratesTaint`), and for DaemonSets
//! `pkg/controller/daemon/util/daemonset_util.go` (`AddOrUpdateDaemonPodTolerations`).

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Toleration};
use watertight_syntax::Value;

/// The labels that say of a node that it is of the control plane, which are also the keys of its taints.
pub const CONTROL_PLANE: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// A taint that keeps pods off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taint {
    key: String,
    value: String,
    effect: String,
}

impl Taint {
    /// The taints of a node that keep pods off: `PreferNoSchedule` does not.
    pub(crate) fn of_node(root: Value<'_>) -> Vec<Self> {
        let taints = root.get("spec").and_then(|spec| spec.get("taints"));
        let text =
            |taint: Value<'_>, key| taint.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = taints.into_iter().flat_map(Value::items).map(|taint| Self {
            key: text(taint, "key"),
            value: text(taint, "value"),
            effect: text(taint, "effect"),
        });
        all.filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")).collect()
    }

    /// What kubeadm puts on nodes of the control plane.
    fn of_control_plane(key: &str) -> Self {
        Self { key: key.to_owned(), value: String::new(), effect: "NoSchedule".to_owned() }
    }
}

/// What a pod spec asks of its node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    node: Option<String>,
    selector: BTreeMap<String, String>,
    terms: Option<Vec<NodeSelectorTerm>>,
    tolerations: Vec<Toleration>,
    /// Whether there is a pod on each node that fits.
    pub(crate) on_every: bool,
}

impl Wanted {
    pub(crate) fn of(spec: &PodSpec, on_every: bool, windows: bool) -> Self {
        let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
        let required =
            affinity.and_then(|own| own.required_during_scheduling_ignored_during_execution.as_ref());
        let mut selector = spec.node_selector.clone().unwrap_or_default();
        if windows {
            selector.entry("kubernetes.io/os".to_owned()).or_insert_with(|| "windows".to_owned());
        }
        Self {
            node: spec.node_name.clone().filter(|name| !name.is_empty()),
            selector,
            terms: required.map(|required| required.node_selector_terms.clone()),
            tolerations: spec.tolerations.clone().unwrap_or_default(),
            on_every,
        }
    }

    /// Whether a node in view may run it.
    pub(crate) fn fits(&self, name: &str, labels: &BTreeMap<String, String>, taints: &[Taint]) -> bool {
        if let Some(node) = &self.node {
            return node == name;
        }
        self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.terms.as_ref().is_none_or(|terms| terms.iter().any(|term| term_fits(term, name, labels)))
            && taints.iter().all(|taint| self.tolerates(taint))
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        self.tolerations.iter().any(|own| {
            let effect = own.effect.as_deref().unwrap_or_default();
            let key = own.key.as_deref().unwrap_or_default();
            let value = own.value.as_deref().unwrap_or_default();
            (effect.is_empty() || effect == taint.effect)
                && (key.is_empty() || key == taint.key)
                && match own.operator.as_deref().unwrap_or("Equal") {
                    "Exists" => true,
                    "" | "Equal" => value == taint.value,
                    // The comparisons of 1.35 and later count by numbers; such a taint may be tolerated.
                    _ => true,
                }
        })
    }

    /// Whether it may be on a node of the control plane of which nothing else is known.
    pub(crate) fn may_be_on_control_plane(&self) -> bool {
        if let Some(node) = &self.node {
            return CONTROL_PLANE_NAMES.iter().any(|part| node.contains(part));
        }
        let tolerates = CONTROL_PLANE.iter().any(|key| self.tolerates(&Taint::of_control_plane(key)));
        (tolerates || self.asks_for_control_plane())
            && self.terms.as_ref().is_none_or(|terms| {
                terms.iter().any(|term| !requirements(term).any(|own| denies(own, &CONTROL_PLANE)))
            })
            && self.selector.get("kubernetes.io/os").is_none_or(|os| os == "linux")
    }

    /// Whether only nodes of the control plane will do.
    pub(crate) fn asks_for_control_plane(&self) -> bool {
        let asks = |own: &NodeSelectorRequirement| {
            CONTROL_PLANE.contains(&own.key.as_str()) && matches!(own.operator.as_str(), "Exists" | "In")
        };
        self.node.as_ref().is_some_and(|node| CONTROL_PLANE_NAMES.iter().any(|part| node.contains(part)))
            || self.selector.keys().any(|key| CONTROL_PLANE.contains(&key.as_str()))
            || self.terms.as_ref().is_some_and(|terms| {
                !terms.is_empty() && terms.iter().all(|term| requirements(term).any(asks))
            })
    }

    /// By label, the values that a worker may have, as far as this alone decides: what two workloads must have in
    /// common to share a node.
    pub(crate) fn allowed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut narrow = |key: &str, values: BTreeSet<String>| match allowed.get_mut(key) {
            Some(known) => *known = known.intersection(&values).cloned().collect(),
            None => {
                allowed.insert(key.to_owned(), values);
            }
        };
        for (key, value) in &self.selector {
            narrow(key, [value.clone()].into());
        }
        if let Some([term]) = self.terms.as_deref() {
            for own in requirements(term).filter(|own| own.operator == "In") {
                narrow(&own.key, own.values.iter().flatten().cloned().collect());
            }
        }
        if let Some(node) = &self.node {
            narrow("kubernetes.io/hostname", [node.clone()].into());
        }
        allowed.entry("kubernetes.io/os".to_owned()).or_insert_with(|| ["linux".to_owned()].into());
        allowed
    }
}

/// Parts of names that nodes of the control plane have by kubeadm, kind and minikube.
const CONTROL_PLANE_NAMES: [&str; 2] = ["control-plane", "master"];

fn requirements(term: &NodeSelectorTerm) -> impl Iterator<Item = &NodeSelectorRequirement> {
    term.match_expressions.iter().flatten()
}

/// Whether a requirement rules out every node that has one of these labels.
fn denies(own: &NodeSelectorRequirement, keys: &[&str]) -> bool {
    keys.contains(&own.key.as_str()) && own.operator == "DoesNotExist"
}

/// `nodeSelectorTerm.match`: a term without requirements matches nothing.
fn term_fits(term: &NodeSelectorTerm, name: &str, labels: &BTreeMap<String, String>) -> bool {
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    if fields.is_empty() && expressions.is_empty() {
        return false;
    }
    let name_is = |own: &NodeSelectorRequirement| {
        let has = own.values.iter().flatten().any(|value| value == name);
        own.key == "metadata.name" && if own.operator == "NotIn" { !has } else { has }
    };
    fields.iter().all(name_is) && expressions.iter().all(|own| requirement_fits(own, labels))
}

fn requirement_fits(own: &NodeSelectorRequirement, labels: &BTreeMap<String, String>) -> bool {
    let values = own.values.as_deref().unwrap_or_default();
    let number = |text: &str| text.parse::<i64>().ok();
    let compared = |holds: fn(i64, i64) -> bool| {
        let label = labels.get(&own.key).and_then(|label| number(label));
        let bound = values.first().and_then(|value| number(value));
        matches!((label, bound), (Some(label), Some(bound)) if holds(label, bound))
    };
    match own.operator.as_str() {
        "In" => labels.get(&own.key).is_some_and(|label| values.contains(label)),
        "NotIn" => labels.get(&own.key).is_none_or(|label| !values.contains(label)),
        "Exists" => labels.contains_key(&own.key),
        "DoesNotExist" => !labels.contains_key(&own.key),
        "Gt" => compared(|label, bound| label > bound),
        "Lt" => compared(|label, bound| label < bound),
        _ => false,
    }
}

/// Whether one node may have labels that both allow.
pub(crate) fn may_share(
    one: &BTreeMap<String, BTreeSet<String>>,
    other: &BTreeMap<String, BTreeSet<String>>,
) -> bool {
    one.iter().all(|(key, values)| other.get(key).is_none_or(|own| !own.is_disjoint(values)))
}
