//! Policies for namespaces to come, made by Kyverno when a namespace is.

use serde_json::{Value as Json, json};

/// A ClusterPolicy of Kyverno that gives each new namespace a default-deny with DNS
/// (`kyverno.io/v1`, documentation "Generate Rules"). Namespaces of Kubernetes itself and of Kyverno are let be.
pub(super) fn for_new_namespaces(made: [(&str, &str, &str, Json); 2]) -> Json {
    let rules = made.map(|(name, version, kind, spec)| {
        json!({
            "name": name,
            "match": {"any": [{"resources": {"kinds": ["Namespace"], "operations": ["CREATE"]}}]},
            "exclude": {"any": [{"resources": {"names": [
                "kube-system", "kube-public", "kube-node-lease", "kyverno",
            ]}}]},
            "generate": {
                "apiVersion": version,
                "kind": kind,
                "name": name,
                "namespace": "{{request.object.metadata.name}}",
                "synchronize": true,
                "data": {"spec": spec},
            },
        })
    });
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {
            "name": "default-deny-new-namespaces",
            "annotations": {
                "policies.kyverno.io/title": "Default-deny for new namespaces",
                "policies.kyverno.io/description":
                    "Gives each new namespace a network policy that lets nothing in or out, and one for DNS.",
            },
        },
        "spec": {"rules": rules},
    })
}
