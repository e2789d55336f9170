//! Which pods a selector selects of those that templates will make.

use std::collections::BTreeMap;

use watertight_netpol::{Label, Selector, Truth};

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

/// Whether pods of a template with these labels may be selected: what is wanted of labels that the pods get later is
/// taken to hold. What could not be read selects nobody: the API server refuses it.
#[must_use]
pub fn may_select_pods(selector: &Selector, labels: &BTreeMap<String, String>) -> bool {
    let label = |key: &str| match labels.get(key) {
        Some(value) => Label::Value(value),
        None if ADDED.contains(&key) => Label::Unknown,
        None => Label::Absent,
    };
    selector.is_readable() && selector.holds(&label) != Truth::No
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn may_select(selector: Value, labels: &[(&str, &str)]) -> bool {
        let selector = Selector::of(&serde_json::from_value(selector).unwrap());
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        may_select_pods(&selector, &labels)
    }

    #[test]
    fn labels_that_pods_get_later_may_match() {
        let hash = json!({"matchLabels": {"app": "web", "pod-template-hash": "x"}});
        assert!(may_select(hash.clone(), &[("app", "web")]));
        assert!(!may_select(hash.clone(), &[("app", "db")]));
        assert!(!may_select(hash, &[("app", "web"), ("pod-template-hash", "y")]));
        let without = json!({"matchExpressions": [{"key": "pod-template-hash", "operator": "DoesNotExist"}]});
        assert!(may_select(without, &[]));
    }

    #[test]
    fn what_is_refused_selects_nobody() {
        for operator in ["Like", "In", "NotIn"] {
            let refused = json!({"matchExpressions": [{"key": "app", "operator": operator}]});
            assert!(!may_select(refused, &[("app", "web")]), "{operator}");
        }
    }
}
