//! Label selectors as objects have them: `matchLabels` and `matchExpressions`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_syntax::Path;

use super::Problem;

/// Requirements that all have to hold; none at all selects everything. The meaning is that of
/// `LabelSelectorAsSelector` in `k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    wants: Wants,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wants {
    Exists,
    Absent,
    In(Vec<String>),
    /// Also holds where the key is absent.
    NotIn(Vec<String>),
    /// An operator that nobody knows: the API server refuses the selector.
    Unknown,
}

/// Labels that pods have beside those of their template: controllers, admission and injectors add them,
/// each with its upstream source.
pub(crate) const ADDED: &[&str] = &[
    // pkg/controller/deployment/sync.go; argo-rollouts/pkg/apis/rollouts/v1alpha1/types.go
    "pod-template-hash",
    "rollouts-pod-template-hash",
    // pkg/controller/history, pkg/controller/daemon
    "controller-revision-hash",
    "pod-template-generation",
    // pkg/controller/statefulset/stateful_set_utils.go
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    // pkg/apis/batch/v1/defaults.go, pkg/registry/batch/job/strategy.go
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
    // plugin/pkg/admission/podtopologylabels
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    // istio: manifests/charts/istio-control/istio-discovery/files/injection-template.yaml
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    // linkerd2: charts/patch
    "linkerd.io/control-plane-ns",
    "linkerd.io/workload-ns",
];

impl Selector {
    /// The selector of an object.
    #[must_use]
    pub fn of(selector: &LabelSelector) -> Self {
        let mut requirements: Vec<Requirement> = Self::of_labels(selector.match_labels.iter().flatten());
        for expression in selector.match_expressions.iter().flatten() {
            let values = expression.values.clone().unwrap_or_default();
            let wants = match expression.operator.as_str() {
                "In" => Wants::In(values),
                "NotIn" => Wants::NotIn(values),
                "Exists" => Wants::Exists,
                "DoesNotExist" => Wants::Absent,
                _ => Wants::Unknown,
            };
            requirements.push(Requirement { key: expression.key.clone(), wants });
        }
        Self { requirements }
    }

    /// The selector that wants each of these labels, as in a Service.
    #[must_use]
    pub fn of_map(labels: &BTreeMap<String, String>) -> Self {
        Self { requirements: Self::of_labels(labels) }
    }

    fn of_labels<'l>(labels: impl IntoIterator<Item = (&'l String, &'l String)>) -> Vec<Requirement> {
        let wanted = |(key, value): (&String, &String)| Requirement {
            key: key.clone(),
            wants: Wants::In(vec![value.clone()]),
        };
        labels.into_iter().map(wanted).collect()
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The keys of the labels that it asks for.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().map(|requirement| requirement.key.as_str())
    }

    /// Whether an object with these labels is selected.
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.requirements.iter().all(|requirement| requirement.holds(labels))
    }

    /// Whether pods of a template with these labels may be selected: what is wanted of labels that the
    /// pods get later is taken to hold.
    #[must_use]
    pub fn may_select_pods(&self, labels: &BTreeMap<String, String>) -> bool {
        let known = |requirement: &&Requirement| {
            labels.contains_key(&requirement.key) || !ADDED.contains(&requirement.key.as_str())
        };
        self.requirements.iter().filter(known).all(|requirement| requirement.holds(labels))
    }

    /// What the API server refuses about a selector: `ValidateLabelSelectorRequirement` in
    /// `k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go`.
    pub(crate) fn problems(selector: &LabelSelector, at: &Path) -> Vec<Problem> {
        let list = at.key("matchExpressions");
        let expressions = selector.match_expressions.iter().flatten().enumerate();
        let problem = |(index, expression): (usize, _)| {
            let expression: &k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement =
                expression;
            let has_values = expression.values.as_ref().is_some_and(|values| !values.is_empty());
            let (field, why) = match expression.operator.as_str() {
                "In" | "NotIn" if !has_values => ("values", "`In` and `NotIn` need a value"),
                "Exists" | "DoesNotExist" if has_values => {
                    ("values", "`Exists` and `DoesNotExist` take no values")
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" if !expression.key.is_empty() => return None,
                "In" | "NotIn" | "Exists" | "DoesNotExist" => ("key", "a requirement needs a key"),
                _ => ("operator", "the operator is none of In, NotIn, Exists and DoesNotExist"),
            };
            Some(Problem { path: list.index(index).key(field), why: why.to_owned() })
        };
        expressions.filter_map(problem).collect()
    }
}

impl Requirement {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match &self.wants {
            Wants::Exists => value.is_some(),
            Wants::Absent => value.is_none(),
            Wants::In(values) => value.is_some_and(|value| values.contains(value)),
            Wants::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Wants::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn selects(selector: serde_json::Value, labels: &[(&str, &str)]) -> (bool, bool) {
        let selector = Selector::of(&serde_json::from_value(selector).unwrap());
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        (selector.selects(&labels), selector.may_select_pods(&labels))
    }

    #[test]
    fn selectors_mean_what_they_mean_to_the_api_server() {
        let web = &[("app", "web"), ("tier", "front")];
        let expression = |operator: &str, key: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for selector in [
            json!({}),
            json!({"matchLabels": {"app": "web"}}),
            expression("In", "app", &["db", "web"]),
            expression("NotIn", "app", &["db"]),
            expression("NotIn", "zone", &["a"]),
            expression("Exists", "tier", &[]),
            expression("DoesNotExist", "zone", &[]),
        ] {
            assert_eq!(selects(selector.clone(), web), (true, true), "{selector}");
        }
        for selector in [
            json!({"matchLabels": {"app": "web", "tier": "back"}}),
            expression("In", "zone", &["a"]),
            expression("NotIn", "app", &["web"]),
            expression("Exists", "zone", &[]),
            expression("DoesNotExist", "app", &[]),
            expression("Like", "app", &["web"]),
        ] {
            assert_eq!(selects(selector.clone(), web), (false, false), "{selector}");
        }
    }

    #[test]
    fn labels_that_pods_get_later_may_match() {
        let hash = json!({"matchLabels": {"app": "web", "pod-template-hash": "x"}});
        assert_eq!(selects(hash.clone(), &[("app", "web")]), (false, true));
        assert_eq!(selects(hash.clone(), &[("app", "db")]), (false, false));
        assert_eq!(selects(hash, &[("app", "web"), ("pod-template-hash", "y")]), (false, false));
    }
}
