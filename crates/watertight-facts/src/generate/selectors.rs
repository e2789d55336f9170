//! Labels that select the pods of one workload, today and after the next rollout.

use std::collections::BTreeMap;

/// Labels that change with every rollout, or with every release: no policy may ask for them. Each with its source.
const UNSTABLE: &[&str] = &[
    // pkg/controller/deployment, history, daemon, statefulset, job; argo-rollouts
    "pod-template-hash",
    "rollouts-pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
    // The version of what is deployed: docs/concepts/overview/working-with-objects/common-labels.md
    "app.kubernetes.io/version",
    "version",
    "helm.sh/chart",
    "chart",
    // Who deploys it, not what it is.
    "app.kubernetes.io/managed-by",
    "heritage",
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
    "helm.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
    "skaffold.dev/run-id",
    // Set by admission and injectors.
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "istio.io/rev",
    "linkerd.io/control-plane-ns",
    "linkerd.io/workload-ns",
];

/// Labels that say what something is, the most telling first.
const TELLING: &[&str] = &[
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "name",
    "app.kubernetes.io/component",
    "component",
    "app.kubernetes.io/instance",
    "instance",
    "release",
    "tier",
    "role",
];

/// The labels that may be asked for.
pub(super) fn stable(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_stable = |key: &str| {
        !UNSTABLE.contains(&key) && !key.starts_with("checksum/") && !key.starts_with("linkerd.io/proxy-")
    };
    let kept = labels.iter().filter(|(key, _)| is_stable(key));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The fewest telling labels that select a workload and none of the others, which are given by their labels. All stable
/// labels where these select others too; then it is `false`.
pub(super) fn select(
    own: &BTreeMap<String, String>,
    others: &[&BTreeMap<String, String>],
) -> (BTreeMap<String, String>, bool) {
    let stable = stable(own);
    let rank = |key: &str| TELLING.iter().position(|telling| *telling == key).unwrap_or(TELLING.len());
    let mut keys: Vec<&String> = stable.keys().collect();
    keys.sort_by_key(|key| (rank(key), key.as_str()));
    let mut chosen: BTreeMap<String, String> = BTreeMap::new();
    let selects = |chosen: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        chosen.iter().all(|(key, value)| other.get(key) == Some(value))
    };
    let mut left: Vec<&BTreeMap<String, String>> = others.to_vec();
    for key in keys {
        if !chosen.is_empty() && left.is_empty() {
            break;
        }
        let mut with = chosen.clone();
        with.insert(key.clone(), stable[key].clone());
        let rest: Vec<_> = left.iter().copied().filter(|other| selects(&with, other)).collect();
        // A label that tells nobody apart is not asked for, but the first one is.
        if chosen.is_empty() || rest.len() < left.len() {
            chosen = with;
            left = rest;
        }
    }
    if left.is_empty() { (chosen, true) } else { (stable, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_fewest_stable_labels_are_chosen() {
        let web = labels(&[("app", "web"), ("pod-template-hash", "x"), ("tier", "front"), ("version", "2")]);
        let db = labels(&[("app", "db"), ("tier", "back")]);
        assert_eq!(select(&web, &[&db]), (labels(&[("app", "web")]), true));
        assert_eq!(select(&web, &[]), (labels(&[("app", "web")]), true));
        let canary = labels(&[("app", "web"), ("tier", "canary")]);
        assert_eq!(select(&web, &[&db, &canary]), (labels(&[("app", "web"), ("tier", "front")]), true));
        let twin = labels(&[("app", "web"), ("tier", "front"), ("version", "3")]);
        assert_eq!(select(&web, &[&twin]), (labels(&[("app", "web"), ("tier", "front")]), false));
        assert_eq!(select(&labels(&[("pod-template-hash", "x")]), &[&db]), (labels(&[]), false));
    }
}
